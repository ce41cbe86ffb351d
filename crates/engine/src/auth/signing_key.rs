//! The keys that the authority signs with: ECDSA on P-256, sealed in the database, the same for all nodes.
//!
//! A key gets a successor from time to time. The successor is shown to everybody before anything is signed with it, and
//! the key is kept for as long as its last token counts: nobody is logged out.

use super::directory::{SKEW, TOKEN_AGE};
use super::fresh::Moment;
use crate::audit::{self, Actor};
use crate::ctx::Ctx;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use boathook_core::id::SigningKeyId;
use boathook_core::time::Timestamp;
use boathook_store::{Error, SigningKeyRow};
use boathook_wire::sign_in::jwks::{Key, KeySet};
use jsonwebtoken::{DecodingKey, EncodingKey};
use std::sync::Arc;
use std::time::Duration;

/// How long a key is signed with.
const KEY_AGE_MAX: Duration = Duration::from_hours(90 * 24);
/// How long a successor is shown before it is used: longer than another node needs to hear of it.
const SHOWN_BEFORE: Duration = Duration::from_secs(10);

/// A key, opened.
pub(super) struct SigningKey {
    pub(super) id: SigningKeyId,
    begins: Timestamp,
    ends: Option<Timestamp>,
    pub(super) signing: EncodingKey,
    pub(super) checking: DecodingKey,
    shown: Key,
}

/// All keys that count or will.
pub(super) struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// The one to sign with.
    pub(super) fn current(&self, now: Timestamp) -> Option<&SigningKey> {
        let begun = self.0.iter().rev().find(|key| key.begins <= now);
        // A clock may be behind the one that made the first key.
        begun.or_else(|| self.0.first())
    }

    /// The one that a token names, as long as its tokens count.
    pub(super) fn named(&self, id: &str, now: Timestamp) -> Option<&SigningKey> {
        let key = self.0.iter().find(|key| key.id.as_str() == id)?;
        key.ends.is_none_or(|ends| now < ends).then_some(key)
    }
}

/// The public keys, for everybody.
pub async fn key_set(ctx: &Ctx) -> Result<KeySet, Error> {
    let (keys, now) = (all(ctx).await?, ctx.clock.now());
    let alive = keys.0.iter().filter(|key| key.ends.is_none_or(|ends| now < ends));
    Ok(KeySet { keys: alive.map(|key| key.shown.clone()).collect() })
}

/// All keys; the first one is made where there is none.
pub(super) async fn all(ctx: &Ctx) -> Result<Arc<SigningKeys>, Error> {
    let known = &ctx.secrets.keys;
    if let Some(keys) = known.get(ctx, &()) {
        return Ok(keys);
    }
    let asked = Moment::now(ctx);
    let mut rows = ctx.db.signing_keys().await?;
    if rows.is_empty() {
        rows = ctx.db.ensure_signing_key(new(ctx, ctx.clock.now())).await?;
    }
    let keys = Arc::new(SigningKeys(rows.iter().filter_map(|row| open(ctx, row)).collect()));
    known.put(asked, (), Arc::clone(&keys));
    Ok(keys)
}

/// Gives the last key a successor, unless it is one that has yet to begin.
pub async fn rotate(ctx: &Ctx, actor: &Actor) -> Result<(), Error> {
    let now = ctx.clock.now();
    let keys = all(ctx).await?;
    let Some(last) = keys.0.last().filter(|last| last.begins <= now) else { return Ok(()) };
    succeed(ctx, last, now, actor).await
}

/// Gives the last key a successor if it is old.
pub(crate) async fn rotate_if_old(ctx: &Ctx) -> Result<(), Error> {
    let now = ctx.clock.now();
    let rows = ctx.db.signing_keys().await?;
    // Where nobody has ever signed in there is none.
    let Some(last) = rows.last().filter(|last| last.begins.after(KEY_AGE_MAX) <= now) else {
        return Ok(());
    };
    let Some(last) = open(ctx, last) else { return Ok(()) };
    succeed(ctx, &last, now, &Actor::server()).await
}

async fn succeed(ctx: &Ctx, last: &SigningKey, now: Timestamp, actor: &Actor) -> Result<(), Error> {
    let begins = now.max(last.begins).after(SHOWN_BEFORE);
    let ends = begins.after(TOKEN_AGE).after(2 * SKEW);
    let next = new(ctx, begins);
    let resource = audit::path(&format!("/providers/Boathook.Identity/signingKeys/{}", next.id));
    let entry = audit::entry(ctx, actor, "Boathook.Identity/signingKeys/write", resource);
    ctx.db.succeed_signing_key(&last.id, ends, next, now, entry).await?;
    Ok(())
}

fn new(ctx: &Ctx, begins: Timestamp) -> SigningKeyRow {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
    let pair = pair.expect("the operating system has random bytes");
    let bytes = pair.to_pkcs8v1().expect("a key that was just made can be written");
    let id = SigningKeyId::new(ctx.ids.uuid());
    let sealed = ctx.seal.close(&owner(&id), bytes.as_ref());
    SigningKeyRow { id, sealed, begins, ends: None }
}

/// Opens a key; none where it cannot be, which the log says.
fn open(ctx: &Ctx, row: &SigningKeyRow) -> Option<SigningKey> {
    let SigningKeyRow { id, sealed, begins, ends } = row;
    let bytes = ctx.seal.open(&owner(id), sealed);
    let bytes = bytes.inspect_err(|error| {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "a key of the authority cannot be used"
        );
    });
    let bytes = bytes.ok()?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes).ok()?;
    let point = pair.public_key().as_ref();
    Some(SigningKey {
        id: id.clone(),
        begins: *begins,
        ends: *ends,
        signing: EncodingKey::from_ec_der(&bytes),
        checking: DecodingKey::from_ec_der(point),
        shown: Key::p256(id.as_str(), point).ok()?,
    })
}

/// Whose secret a key is, for the seal.
fn owner(id: &SigningKeyId) -> String {
    format!("signing-key/{id}")
}
