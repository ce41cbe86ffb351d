//! An identity provider outside of this server: its tokens say who somebody is, and by its claims what they may do.
//!
//! Nobody of them is in the database. What a claim's value means here is configured, and looked up each time that a
//! token is shown. Sources: RFC 7519 §4.1, `OpenID` Connect Core 1.0 §3.1.3.7, RFC 8725 §3.

mod fault;
mod keys;

use super::directory::{SKEW, Verified};
use super::identity::Principal;
use super::password::Unchecked;
use crate::courier::Courier;
use crate::ctx::Ctx;
use boathook_core::id::{ClientId, PrincipalId};
use boathook_core::role::{self, RoleMapping};
use boathook_core::service_uri::ServiceUri;
use boathook_core::time::Timestamp;
use boathook_wire::sign_in::provider::ProviderClaims;
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Header, Validation, decode_header};
pub(super) use keys::ASKED_EVERY;
use keys::Keys;
use serde::Deserialize;
use std::sync::Arc;

/// The longest token that is looked at, in bytes: groups make tokens long.
const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// The longest name that somebody may have, in bytes.
const NAME_BYTES_MAX: usize = 256;
/// What stands between the issuer and the name that it has given.
const OF: char = '#';

/// Which provider is believed, and what its claims mean.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// Who issues its tokens, letter for letter.
    pub issuer: ServiceUri,
    /// What its tokens have to be for.
    pub audience: String,
    /// Where its keys are; where nothing is said, its discovery document says it.
    pub keys_uri: Option<ServiceUri>,
    /// The claim that says how somebody is called.
    pub name_claim: String,
    /// The claim whose values give roles.
    pub roles_claim: String,
    /// Which values do.
    pub roles: Vec<RoleMapping>,
}

/// An identity provider, and its keys.
pub struct Provider {
    settings: ProviderSettings,
    keys: Keys,
}

#[derive(Deserialize)]
struct Issuer {
    iss: String,
}

impl Provider {
    /// Believes the provider that `settings` tells of, and fetches its keys with `courier` when they are needed.
    pub fn new(settings: ProviderSettings, courier: Arc<dyn Courier>) -> Self {
        let keys = Keys::new(settings.issuer.clone(), settings.keys_uri.clone(), courier);
        Self { settings, keys }
    }

    /// Says whether a token says that it is from here. That is no proof yet.
    pub(super) fn is_named_by(&self, token: &str) -> bool {
        token.len() <= TOKEN_BYTES_MAX
            && insecure_decode_claims::<Issuer>(token)
                .is_ok_and(|Issuer { iss }| iss == self.settings.issuer.as_typed())
    }

    /// Says who shows a token; nobody where it is not one of the provider's for this server, or does not count now.
    pub(super) async fn verify(
        &self,
        ctx: &Ctx,
        token: &str,
    ) -> Result<Option<Verified>, Unchecked> {
        let Ok(Header { alg, kid, crit: None, .. }) = decode_header(token) else { return Ok(None) };
        let Some(key) = self.keys.find(ctx, kid.as_deref(), alg).await? else { return Ok(None) };
        // The time is compared here, by the clock that was handed in; the audience by the type of the claims.
        let mut rules = Validation::new(alg);
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        let Ok(decoded) = jsonwebtoken::decode::<ProviderClaims>(token, &key, &rules) else {
            return Ok(None);
        };
        Ok(self.admit(&decoded.claims, ctx.clock.now()))
    }

    /// Judges what a token says that the provider has signed.
    fn admit(&self, claims: &ProviderClaims, now: Timestamp) -> Option<Verified> {
        let is_right = claims.iss == self.settings.issuer.as_typed()
            && claims.is_for(&self.settings.audience)
            && claims.nbf.is_none_or(|begins| begins <= seconds(now.after(SKEW)))
            && seconds(now) < claims.exp + SKEW.as_secs_f64();
        if !is_right {
            return None;
        }
        let names = claims.texts(&self.settings.name_claim);
        let name = names.first().copied().filter(|name| is_name(name))?;
        let values = claims.texts(&self.settings.roles_claim);
        let means = |value: &&str| self.settings.roles.iter().any(|role| role.value == *value);
        let roles: Vec<_> = values.into_iter().filter(means).map(str::to_owned).collect();
        let principal = self.principal(name, &roles);
        Some(Verified { principal: Arc::new(principal), roles, expires: milliseconds(claims.exp) })
    }

    /// Somebody whom the provider has told of before, by what [`Principal::id`] was then and by the values of the claim;
    /// nobody where it was another provider.
    pub(super) fn known(&self, id: &str, roles: &[String]) -> Option<Principal> {
        let name = id.strip_prefix(self.settings.issuer.as_typed())?.strip_prefix(OF)?;
        Some(self.principal(name, roles))
    }

    fn principal(&self, name: &str, roles: &[String]) -> Principal {
        let id = format!("{}{OF}{name}", self.settings.issuer.as_typed());
        Principal {
            name: name.to_owned(),
            client_id: ClientId::new(id.clone()),
            id: PrincipalId::new(id),
            is_enabled: true,
            assignments: role::mapped(&self.settings.roles, &roles.iter().map(String::as_str)),
        }
    }
}

/// Names go into logs, audit entries and tokens.
fn is_name(name: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.chars().any(char::is_control)
}

/// Tokens count seconds, and parts of them (RFC 7519 §2).
#[expect(clippy::cast_precision_loss, reason = "times of this age are whole numbers of fewer bits")]
fn seconds(time: Timestamp) -> f64 {
    time.0 as f64 / 1_000.0
}

#[expect(clippy::cast_possible_truncation, reason = "it saturates: a token may count for ever")]
fn milliseconds(seconds: f64) -> Timestamp {
    Timestamp((seconds * 1_000.0) as i64)
}
