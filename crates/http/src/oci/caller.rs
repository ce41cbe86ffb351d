//! Who asks, and how they are told to sign in.

use crate::address::host;
use crate::app::App;
use crate::facts::RequestId;
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_core::event::Request;
use boathook_core::grant::{Access, Grants};
use boathook_engine::auth::{self, Caller, Unchecked};
use boathook_engine::place::Registry;
use boathook_wire::oauth2::authorization::Credentials;
use boathook_wire::oauth2::challenge;

/// What a request shows of its caller.
pub(crate) enum Shown {
    Nothing,
    Credentials(Credentials),
    Unreadable,
}

/// Reads the `Authorization` header.
pub(crate) fn shown(headers: &HeaderMap) -> Shown {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Shown::Nothing };
    match value.to_str().ok().map(Credentials::parse) {
        Some(Ok(credentials)) => Shown::Credentials(credentials),
        _ => Shown::Unreadable,
    }
}

/// Why a caller is not let in.
pub(crate) enum NotAdmitted {
    /// It has to say who it is, or to be given more.
    Unauthorized { wanted: Option<Access> },
    /// Nobody has looked at what it shows.
    Unchecked(Unchecked),
}

impl From<Unchecked> for NotAdmitted {
    fn from(unchecked: Unchecked) -> Self {
        Self::Unchecked(unchecked)
    }
}

/// Lets the caller in, if it may do what it wants.
pub(crate) async fn admit(
    app: &App,
    parts: &Parts,
    registry: &Registry,
    wanted: Option<&Access>,
) -> Result<Caller, NotAdmitted> {
    let unauthorized = || NotAdmitted::Unauthorized { wanted: wanted.cloned() };
    let credentials = match shown(&parts.headers) {
        Shown::Nothing => None,
        Shown::Credentials(credentials) => Some(credentials),
        Shown::Unreadable => return Err(unauthorized()),
    };
    let caller = auth::registry_caller(&app.ctx, registry, credentials.as_ref()).await?;
    let caller = caller.ok_or_else(unauthorized)?;
    let may = match wanted {
        Some(wanted) => caller.grants.allows(wanted),
        None => credentials.is_some() || caller.grants != Grants::none(),
    };
    if may { Ok(caller) } else { Err(unauthorized()) }
}

/// Lets the caller in, if it may do one of two things. The first is what it is told to get a token for.
pub(crate) async fn admit_to_either(
    app: &App,
    parts: &Parts,
    registry: &Registry,
    [first, second]: [&Access; 2],
) -> Result<Caller, NotAdmitted> {
    let unauthorized = || NotAdmitted::Unauthorized { wanted: Some(first.clone()) };
    let caller = admit(app, parts, registry, None).await.map_err(|error| match error {
        NotAdmitted::Unauthorized { .. } => unauthorized(),
        NotAdmitted::Unchecked(unchecked) => unchecked.into(),
    })?;
    let may = caller.grants.allows(first) || caller.grants.allows(second);
    if may { Ok(caller) } else { Err(unauthorized()) }
}

/// The request as events tell of it.
pub(crate) fn request(parts: &Parts, method: &'static str) -> Request {
    let id = parts.extensions.get::<RequestId>();
    let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Request {
        id: id.map(|id| id.0.clone()).unwrap_or_default(),
        host: host(parts).to_string(),
        method,
        user_agent: user_agent.map(str::to_owned),
    }
}

/// Says where to get a token (`az-wire` §6): the realm repeats the scheme and the host of the request.
pub(crate) fn challenge(parts: &Parts, wanted: &[Access]) -> Response {
    let scheme = parts.extensions.get::<Scheme>().cloned().unwrap_or(Scheme::HTTP);
    let value = challenge::header(&scheme, &host(parts), wanted);
    let mut response = (
        StatusCode::UNAUTHORIZED,
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        challenge::body(wanted),
    )
        .into_response();
    if let Ok(value) = HeaderValue::from_str(&value) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}
