//! Signing in at the server's authority, as `az` does: a client id and a secret for a token.

use serde_json::Value as Json;
use url::form_urlencoded;

use super::Arm;
use crate::cli::failure::{ArmError, Failure, Refusal};

/// Where tokens are had.
const PATH: &str = "/adfs/oauth2/token";

/// Asks for a token for an audience.
pub(super) async fn token(arm: &Arm, audience: &str) -> Result<String, Failure> {
    let session = arm.session();
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &session.client_id)
        .append_pair("client_secret", &session.client_secret)
        .append_pair("scope", &format!("{audience}/.default"))
        .finish();
    let url = format!("{}{PATH}", session.endpoint.trim_end_matches('/'));
    tracing::debug!(method = "POST", url, "signing in");
    let request = arm.http().post(url).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(form).send().await.map_err(|error| arm.unreachable(&error))?;
    let status = answer.status();
    let body = answer.bytes().await.map_err(|error| arm.unreachable(&error))?;
    tracing::debug!(status = status.as_u16(), bytes = body.len(), "the server answered");
    let told: Json = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| told[name].as_str().map(str::to_owned);
    if status.is_success() {
        return text("access_token").ok_or_else(|| arm.unreadable("its answer has no token"));
    }
    let error = text("error").map(|code| ArmError {
        code,
        message: text("error_description").unwrap_or_default(),
        target: None,
    });
    let reason = status.canonical_reason().unwrap_or(status.as_str()).to_owned();
    Err(Failure::Refused(Refusal { status: status.as_u16(), reason, error }))
}
