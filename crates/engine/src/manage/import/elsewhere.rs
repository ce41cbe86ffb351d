//! Looking at an image of a registry elsewhere, while whoever asks for it waits.

use super::order::There;
use crate::ctx::Ctx;
use crate::registry::pull::ManifestInfo;
use crate::remote::{Client, Credentials, Fault, Fetched};
use boathook_core::manifest;
use boathook_core::name::{Reference, Repository};
use boathook_wire::arm::import;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::timeout;

/// How long it is looked at: less than clients wait for an answer.
const LOOK_TIMEOUT: Duration = Duration::from_secs(40);
/// Whose password a token is where nobody is named, as ACR has it. Others do not care.
const TOKEN_USER: &str = "00000000-0000-0000-0000-000000000000";

/// What to sign in with, as it was asked.
pub(super) fn credentials(asked: Option<&import::Credentials>) -> Option<Credentials> {
    let import::Credentials { username, password } = asked?;
    let username = username.clone().filter(|name| !name.is_empty());
    let username = username.unwrap_or_else(|| TOKEN_USER.to_owned());
    Some(Credentials { username, password: password.clone() })
}

/// Fetches the manifest of an image, which has to be one.
pub(super) async fn look(
    ctx: &Ctx,
    there: &There,
    repository: &Repository,
    reference: &Reference,
) -> Result<ManifestInfo, Fault> {
    let There { origin, credentials } = there;
    let client = Client {
        sources: &ctx.sources,
        origin,
        repository,
        credentials: credentials.as_ref(),
        authorization: Mutex::default(),
        now: ctx.clock.now(),
    };
    let looked = timeout(LOOK_TIMEOUT, client.manifest(reference)).await;
    let Fetched { digest, media_type, bytes } = looked.unwrap_or_else(|_| {
        let reason = format!("it takes longer than {} seconds", LOOK_TIMEOUT.as_secs());
        Err(Fault::Away { host: origin.host().to_owned(), reason })
    })?;
    let parsed = manifest::parse(media_type.as_deref(), &bytes).map_err(|invalid| Fault::Odd {
        host: origin.host().to_owned(),
        reason: invalid.to_string(),
    })?;
    Ok(ManifestInfo { digest, media_type: parsed.media_type, bytes })
}
