//! Tokens for docker and its kin: `GET` and `POST /oauth2/token`, and `POST /oauth2/exchange` (`az-wire` §6).

use crate::app::App;
use crate::body::{self, Uncollected};
use crate::facts::Facts;
use crate::oci::caller::{Shown, shown};
use crate::place::{self, Unreachable};
use crate::server::Closed;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_core::grant::Grants;
use boathook_engine::auth::{self, Caller, Unchecked};
use boathook_engine::place::{Found, Registry};
use boathook_engine::{Ctx, Error};
use boathook_wire::oauth2::authorization::Credentials;
use boathook_wire::oauth2::error::{self, Code};
use boathook_wire::oauth2::exchange::{self, Exchange, InvalidExchange, Shown as Exchanged};
use boathook_wire::oauth2::token::{self, Answer, Grant, InvalidTokenRequest, Wanted};

/// The largest form, in bytes.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// How one signs in for a token.
const CHALLENGE: &str = "Basic realm=\"registry\", charset=\"UTF-8\"";

pub(crate) async fn token(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answered = match parts.method {
        Method::GET => by_query(&app, &parts).await,
        Method::POST => by_form(&app, &parts, body).await,
        _ => Err(Refusal::Method { allowed: "GET, POST" }),
    };
    let (mut response, caller) = match answered {
        Ok((answer, caller)) => (axum::Json(answer).into_response(), Some(caller.name)),
        Err(refusal) => (refusal.into_response(), None),
    };
    keep_out_of_caches(&mut response);
    response.extensions_mut().insert(Facts {
        route: Some("oauth2.token"),
        caller,
        ..Facts::default()
    });
    response
}

/// Exchanges a token of the authority for a refresh token.
pub(crate) async fn exchange(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answered = match parts.method {
        Method::POST => exchanged(&app, &parts, body).await,
        _ => Err(Refusal::Method { allowed: "POST" }),
    };
    let (mut response, caller) = match answered {
        Ok((answer, caller)) => (axum::Json(answer).into_response(), Some(caller.name)),
        Err(refusal) => (refusal.into_response(), None),
    };
    keep_out_of_caches(&mut response);
    response.extensions_mut().insert(Facts {
        route: Some("oauth2.exchange"),
        caller,
        ..Facts::default()
    });
    response
}

/// The answer where there is nobody to answer.
pub(crate) fn away(closed: Closed) -> Response {
    let mut response = Refusal::Away(closed).into_response();
    keep_out_of_caches(&mut response);
    response
}

fn keep_out_of_caches(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

async fn by_query(app: &App, parts: &Parts) -> Result<(Answer, Caller), Refusal> {
    let wanted = token::parse_query(parts.uri.query())?;
    let credentials = match shown(&parts.headers) {
        Shown::Nothing => None,
        Shown::Credentials(credentials) => Some(credentials),
        Shown::Unreadable => return Err(Refusal::Credentials),
    };
    issue(app, parts, credentials, &wanted).await
}

async fn by_form(app: &App, parts: &Parts, body: Body) -> Result<(Answer, Caller), Refusal> {
    let form = body::collect(&parts.headers, body, FORM_BYTES_MAX).await.map_err(Refusal::Form)?;
    let (grant, wanted) = token::parse_form(&form)?;
    let ctx = &app.ctx;
    match grant {
        Grant::Password { username, password } => {
            let credentials = Credentials::Basic { user: username, password };
            issue(app, parts, Some(credentials), &wanted).await
        }
        Grant::Anonymous => issue(app, parts, None, &wanted).await,
        Grant::RefreshToken(token) => {
            let Found { registry, .. } = place::of_request(app, parts).await?;
            check(ctx, &registry, wanted.service.as_deref(), None)?;
            let caller = auth::refreshed(ctx, &registry, &token).await?;
            Ok(token_for(ctx, &registry, caller.ok_or(Refusal::RefreshToken)?, &wanted))
        }
        Grant::AccessToken { token, tenant } => {
            let Found { registry, .. } = place::of_request(app, parts).await?;
            check(ctx, &registry, wanted.service.as_deref(), tenant.as_deref())?;
            let caller = auth::directory_caller(ctx, &registry, &token).await?;
            Ok(token_for(ctx, &registry, caller.ok_or(Refusal::AccessToken)?, &wanted))
        }
    }
}

async fn exchanged(
    app: &App,
    parts: &Parts,
    body: Body,
) -> Result<(exchange::Answer, Caller), Refusal> {
    let form = body::collect(&parts.headers, body, FORM_BYTES_MAX).await.map_err(Refusal::Form)?;
    let Exchange { shown, service, tenant } = exchange::parse(&form)?;
    let Found { registry, .. } = place::of_request(app, parts).await?;
    check(&app.ctx, &registry, service.as_deref(), tenant.as_deref())?;
    let token = match shown {
        Exchanged::AccessToken(token) | Exchanged::Both { access_token: token, .. } => token,
        // The authority here gives no refresh tokens that one could be.
        Exchanged::RefreshToken(_) => return Err(Refusal::AccessToken),
    };
    let exchanged = auth::exchange(&app.ctx, &registry, &token).await?;
    let (refresh_token, caller) = exchanged.ok_or(Refusal::AccessToken)?;
    Ok((exchange::Answer { refresh_token }, caller))
}

/// Refuses what is for another registry or another tenant.
fn check(
    ctx: &Ctx,
    registry: &Registry,
    service: Option<&str>,
    tenant: Option<&str>,
) -> Result<(), Refusal> {
    if service.is_some_and(|service| !auth::is_service(ctx, registry, service)) {
        return Err(Refusal::Service);
    }
    if tenant.is_some_and(|tenant| !auth::is_tenant(tenant)) {
        return Err(Refusal::Tenant);
    }
    Ok(())
}

async fn issue(
    app: &App,
    parts: &Parts,
    credentials: Option<Credentials>,
    wanted: &Wanted,
) -> Result<(Answer, Caller), Refusal> {
    let Found { registry, .. } = place::of_request(app, parts).await?;
    check(&app.ctx, &registry, wanted.service.as_deref(), None)?;
    let caller = match &credentials {
        None => auth::anonymous_caller(&app.ctx, &registry),
        shown => {
            let caller = auth::registry_caller(&app.ctx, &registry, shown.as_ref()).await?;
            caller.ok_or(Refusal::Credentials)?
        }
    };
    if credentials.is_none() && caller.grants == Grants::none() {
        return Err(Refusal::Anonymous);
    }
    Ok(token_for(&app.ctx, &registry, caller, wanted))
}

/// An access token for as much of what is wanted as the caller has.
fn token_for(ctx: &Ctx, registry: &Registry, caller: Caller, wanted: &Wanted) -> (Answer, Caller) {
    let issued = auth::issue(ctx, registry, &caller, &wanted.scopes);
    let answer = Answer {
        token: Some(issued.token.clone()),
        access_token: issued.token,
        expires_in: issued.age.as_secs(),
        issued_at: issued.at,
    };
    (answer, caller)
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the user name or the password is wrong")]
    Credentials,
    #[error("this registry gives tokens to those who sign in: send a user name and a password")]
    Anonymous,
    #[error(transparent)]
    Unreachable(Unreachable),
    #[error(transparent)]
    Request(#[from] InvalidTokenRequest),
    #[error(transparent)]
    Exchange(#[from] InvalidExchange),
    #[error("the refresh token is not one that counts at this registry: sign in again")]
    RefreshToken,
    #[error(
        "the access token is not one of this server's authority that counts at this registry: sign in again"
    )]
    AccessToken,
    #[error("`service` names another registry than this one, whose host the request was sent to")]
    Service,
    #[error("`tenant` is not the one of this server")]
    Tenant,
    #[error("the form has at most {FORM_BYTES_MAX} bytes, and comes whole")]
    Form(Uncollected),
    #[error("a token is asked for with {allowed}")]
    Method { allowed: &'static str },
    #[error(transparent)]
    Busy(Unchecked),
    #[error("the server cannot answer now")]
    Broken(Error),
    #[error("{}", .0.message())]
    Away(Closed),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::Credentials | Self::Anonymous => (StatusCode::UNAUTHORIZED, Code::InvalidClient),
            Self::RefreshToken | Self::AccessToken => {
                (StatusCode::UNAUTHORIZED, Code::InvalidGrant)
            }
            Self::Request(InvalidTokenRequest::UnsupportedGrantType)
            | Self::Exchange(InvalidExchange::UnsupportedGrantType) => {
                (StatusCode::BAD_REQUEST, Code::UnsupportedGrantType)
            }
            Self::Request(InvalidTokenRequest::TooManyScopes) => {
                (StatusCode::BAD_REQUEST, Code::InvalidScope)
            }
            Self::Request(InvalidTokenRequest::Missing(_))
            | Self::Exchange(InvalidExchange::Missing(_))
            | Self::Form(Uncollected::CutOff)
            | Self::Service
            | Self::Tenant => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
            Self::Form(Uncollected::TooLarge) => {
                (StatusCode::PAYLOAD_TOO_LARGE, Code::InvalidRequest)
            }
            Self::Unreachable(Unreachable::Unknown(_)) => {
                (StatusCode::NOT_FOUND, Code::InvalidRequest)
            }
            Self::Unreachable(_) => (StatusCode::FORBIDDEN, Code::InvalidRequest),
            Self::Method { .. } => (StatusCode::METHOD_NOT_ALLOWED, Code::InvalidRequest),
            Self::Away(_) | Self::Busy(Unchecked::NoKeys) => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::TemporarilyUnavailable)
            }
            Self::Busy(_) => (StatusCode::TOO_MANY_REQUESTS, Code::TemporarilyUnavailable),
            Self::Broken(error) => {
                tracing::error!(
                    error = error as &dyn std::error::Error,
                    "a token cannot be issued"
                );
                (StatusCode::SERVICE_UNAVAILABLE, Code::TemporarilyUnavailable)
            }
        };
        let body = error::body(code, &self.to_string());
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        let header = match self {
            Self::Method { allowed } => Some((header::ALLOW, HeaderValue::from_static(allowed))),
            // RFC 9110 §11.6.1: every 401 says how to sign in. Docker has its own name and password at hand here.
            Self::Credentials | Self::Anonymous | Self::RefreshToken | Self::AccessToken => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE)))
            }
            Self::Busy(unchecked) => {
                Some((header::RETRY_AFTER, unchecked.retry_after_seconds().into()))
            }
            Self::Away(_) | Self::Broken(_) => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            Self::Unreachable(_)
            | Self::Request(_)
            | Self::Exchange(_)
            | Self::Form(_)
            | Self::Service
            | Self::Tenant => None,
        };
        response.headers_mut().extend(header);
        response
    }
}

impl From<Unreachable> for Refusal {
    fn from(unreachable: Unreachable) -> Self {
        match unreachable {
            Unreachable::Failed(error) => Self::Broken(error),
            unreachable => Self::Unreachable(unreachable),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl From<Unchecked> for Refusal {
    fn from(unchecked: Unchecked) -> Self {
        match unchecked {
            Unchecked::Failed(error) => Self::Broken(error),
            Unchecked::Busy | Unchecked::Guessed(_) | Unchecked::NoKeys => Self::Busy(unchecked),
        }
    }
}
