//! The keys of a provider: fetched when a token asks for one, and kept.
//!
//! A provider that is away takes nobody's sign-in away for as long as its keys are known. A token that names a key which
//! is not known may be signed by a new one, so the keys are fetched again; but not for each such token.

use super::fault::Fault;
use crate::auth::password::Unchecked;
use crate::courier::{Courier, Exchange, Parcel};
use crate::ctx::Ctx;
use boathook_core::service_uri::ServiceUri;
use boathook_core::time::Timestamp;
use boathook_wire::sign_in::provider::{DISCOVERY_PATH, Discovery};
use bytes::Bytes;
use http::{Method, StatusCode};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long keys count as the present ones.
const FRESH: Duration = Duration::from_hours(1);
/// How long they count where no others can be had.
const KEPT: Duration = Duration::from_hours(24);
/// How long after one question the next one may follow.
pub(in crate::auth) const ASKED_EVERY: Duration = Duration::from_secs(10);
/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The largest document, in bytes.
const DOCUMENT_BYTES_MAX: usize = 256 * 1024;
/// How many keys of a provider are looked at.
const KEYS_MAX: usize = 100;

pub(super) struct Keys {
    issuer: ServiceUri,
    uri: Option<ServiceUri>,
    courier: Arc<dyn Courier>,
    known: Mutex<Arc<Known>>,
    /// Held by whoever asks the provider.
    turn: tokio::sync::Mutex<()>,
}

/// What is known, and since when.
#[derive(Default)]
struct Known {
    keys: Vec<Key>,
    fetched: Option<Timestamp>,
    asked: Option<Timestamp>,
}

#[derive(Clone)]
struct Key {
    shown: Arc<Jwk>,
    checking: Arc<DecodingKey>,
}

/// RFC 7517 §5. What cannot be understood of it is not its reader's.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

impl Keys {
    pub(super) fn new(
        issuer: ServiceUri,
        uri: Option<ServiceUri>,
        courier: Arc<dyn Courier>,
    ) -> Self {
        Self { issuer, uri, courier, known: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// The key that a token says it is signed with; none where the provider has no such key.
    pub(super) async fn find(
        &self,
        ctx: &Ctx,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Option<Arc<DecodingKey>>, Unchecked> {
        let known = self.known();
        let (key, now) = (known.find(id, algorithm), ctx.clock.now());
        if (known.is_fresh(now) && key.is_some()) || known.was_just_asked(now) {
            return known.answer(key, now);
        }
        let turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            // Somebody asks already, and what is known will do.
            Err(_) if key.is_some() && known.is_usable(now) => return Ok(key),
            Err(_) => self.turn.lock().await,
        };
        let known = self.known();
        if known.was_just_asked(now) {
            return known.answer(known.find(id, algorithm), now);
        }
        let known = Arc::new(known.after(self.fetch().await, now));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
        drop(turn);
        known.answer(known.find(id, algorithm), now)
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn fetch(&self) -> Result<Vec<Key>, Fault> {
        let uri = match &self.uri {
            Some(uri) => uri.clone(),
            None => self.discover().await?,
        };
        let set: KeySet = self.get(&uri).await?;
        let keys = set.keys.into_iter().take(KEYS_MAX);
        let keys: Vec<_> =
            keys.filter_map(|key| Key::new(serde_json::from_value(key).ok()?)).collect();
        if keys.is_empty() {
            return Err(Fault::NoKeys(uri.request_uri()));
        }
        Ok(keys)
    }

    /// `OpenID` Connect Discovery 1.0 §4.
    async fn discover(&self) -> Result<ServiceUri, Fault> {
        let issuer = self.issuer.as_typed();
        let parse = |text: String| {
            text.parse::<ServiceUri>().map_err(|error| Fault::Address { uri: text, error })
        };
        let document = parse(format!("{}{DISCOVERY_PATH}", issuer.trim_end_matches('/')))?;
        let found: Discovery = self.get(&document).await?;
        if found.issuer != issuer {
            return Err(Fault::OtherIssuer(found.issuer));
        }
        let uri = parse(found.jwks_uri)?;
        if self.issuer.is_https() && !uri.is_https() {
            return Err(Fault::Insecure(uri.request_uri()));
        }
        Ok(uri)
    }

    async fn get<T: DeserializeOwned>(&self, uri: &ServiceUri) -> Result<T, Fault> {
        let parcel = Parcel {
            method: Method::GET,
            uri: uri.clone(),
            headers: vec![("Accept".to_owned(), "application/json".to_owned())],
            body: Bytes::new(),
            answer_bytes_max: DOCUMENT_BYTES_MAX,
            timeout: TIMEOUT,
        };
        let Exchange { result, .. } = self.courier.send(parcel).await;
        let uri = uri.request_uri();
        match result {
            Err(failure) => Err(Fault::Unanswered { uri, failure }),
            Ok(answer) if answer.status != StatusCode::OK => {
                Err(Fault::Status { uri, status: answer.status })
            }
            Ok(answer) if !answer.is_whole => Err(Fault::TooLong { uri, max: DOCUMENT_BYTES_MAX }),
            Ok(answer) => serde_json::from_slice(&answer.body_prefix)
                .map_err(|error| Fault::Unreadable { uri, error }),
        }
    }
}

impl Known {
    /// What is known after the provider was asked.
    fn after(&self, fetched: Result<Vec<Key>, Fault>, now: Timestamp) -> Self {
        match fetched {
            Ok(keys) => Self { keys, fetched: Some(now), asked: Some(now) },
            Err(fault) => {
                tracing::warn!("the identity provider's keys cannot be fetched: {fault}");
                Self { keys: self.keys.clone(), fetched: self.fetched, asked: Some(now) }
            }
        }
    }

    fn answer(
        &self,
        key: Option<Arc<DecodingKey>>,
        now: Timestamp,
    ) -> Result<Option<Arc<DecodingKey>>, Unchecked> {
        if self.is_usable(now) { Ok(key) } else { Err(Unchecked::NoKeys) }
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        is_within(self.fetched, FRESH, now)
    }

    fn is_usable(&self, now: Timestamp) -> bool {
        is_within(self.fetched, KEPT, now)
    }

    fn was_just_asked(&self, now: Timestamp) -> bool {
        is_within(self.asked, ASKED_EVERY, now)
    }

    /// A key of that name which may sign so; without a name, the only one which may.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Arc<DecodingKey>> {
        let is_meant = |key: &&Key| {
            id.is_none_or(|id| key.shown.common.key_id.as_deref() == Some(id))
                && key.signs(algorithm)
        };
        let mut meant = self.keys.iter().filter(is_meant);
        let first = meant.next()?;
        let is_certain = id.is_some() || meant.next().is_none();
        is_certain.then(|| Arc::clone(&first.checking))
    }
}

impl Key {
    /// A key for signatures; none where it is for something else.
    fn new(shown: Jwk) -> Option<Self> {
        let is_for_signatures =
            matches!(shown.common.public_key_use, None | Some(PublicKeyUse::Signature));
        let checking = DecodingKey::from_jwk(&shown).ok().filter(|_| is_for_signatures)?;
        Some(Self { shown: Arc::new(shown), checking: Arc::new(checking) })
    }

    /// Says whether signatures of that kind can be the key's (RFC 8725 §3.1: never what the token says alone).
    fn signs(&self, algorithm: Algorithm) -> bool {
        let Jwk { common, algorithm: parameters } = &*self.shown;
        let fits = match parameters {
            AlgorithmParameters::RSA(_) => algorithm.family() == AlgorithmFamily::Rsa,
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                algorithm == Algorithm::ES256
            }
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => {
                algorithm == Algorithm::ES384
            }
            AlgorithmParameters::OctetKeyPair(_) => algorithm == Algorithm::EdDSA,
            _ => false,
        };
        let is_named = |named: &KeyAlgorithm| {
            named.to_string().parse::<Algorithm>().is_ok_and(|named| named == algorithm)
        };
        fits && common.key_algorithm.as_ref().is_none_or(is_named)
    }
}

/// Says whether something was less than `age` ago; a clock may have been set back meanwhile.
fn is_within(then: Option<Timestamp>, age: Duration, now: Timestamp) -> bool {
    then.is_some_and(|then| now.since(then).max(then.since(now)) < age)
}
