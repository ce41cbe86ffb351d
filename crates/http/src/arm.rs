//! The management API: Azure Resource Manager's paths under `/subscriptions/` (`acr-facts` §3).
//!
//! Lives here: which handler a request is for, who may ask, and the headers that every answer has. One handler a file;
//! each asks `engine` and prints with `wire`. Not here: what a webhook may be, which `engine` decides.

mod admit;
mod body;
mod error;
mod print;
mod registry;
mod webhooks;

use crate::app::App;
use crate::facts::{Facts, RequestId};
use crate::server::Closed;
use admit::Call;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_wire::arm::path::{self, Target, WebhookAction};
use error::ArmError;

/// Says whether a path, still percent-encoded, belongs to this face.
pub(crate) fn is_ours(path: &str) -> bool {
    let first = path.strip_prefix('/').and_then(|rest| rest.split('/').next());
    first.is_some_and(|first| first.eq_ignore_ascii_case("subscriptions"))
}

/// Answers a request of this face.
pub(crate) async fn handle(app: &App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut facts = Facts { route: Some("arm.unknown"), ..Facts::default() };
    let answered = answer(app, &parts, body, &mut facts).await;
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    print::finish(&mut response, parts.extensions.get::<RequestId>());
    response.extensions_mut().insert(facts);
    response
}

/// The answer where there is nobody to answer.
pub(crate) fn away(closed: Closed) -> Response {
    ArmError::Away(closed).into_response()
}

async fn answer(
    app: &App,
    parts: &Parts,
    body: Body,
    facts: &mut Facts,
) -> Result<Response, ArmError> {
    let target = path::parse(parts.uri.path());
    if let Ok(target) = &target {
        tell(facts, target);
    }
    let caller = admit::caller(&app.ctx, parts).await?;
    facts.caller = Some(caller.name.clone());
    let target = target?;
    let call = Call::admit(&app.ctx, parts, caller, &target).await?;
    match (&target, &parts.method) {
        (Target::Registry(_), &Method::GET) => Ok(registry::get(&call)),
        (Target::Webhooks(_), &Method::GET) => webhooks::list::handle(&call).await,
        (Target::Webhook(_, name), &Method::GET) => webhooks::get::handle(&call, name).await,
        (Target::Webhook(_, name), &Method::PUT) => {
            webhooks::create::handle(&call, name, body).await
        }
        (Target::Webhook(_, name), &Method::PATCH) => {
            webhooks::update::handle(&call, name, body).await
        }
        (Target::Webhook(_, name), &Method::DELETE) => webhooks::delete::handle(&call, name).await,
        (Target::WebhookAction(_, name, WebhookAction::Ping), &Method::POST) => {
            webhooks::ping::handle(&call, name).await
        }
        // Clients follow `nextLink` with GET.
        (
            Target::WebhookAction(_, name, WebhookAction::ListEvents),
            &Method::GET | &Method::POST,
        ) => webhooks::list_events::handle(&call, name).await,
        (Target::WebhookAction(_, name, WebhookAction::GetCallbackConfig), &Method::POST) => {
            webhooks::callback::handle(&call, name).await
        }
        // What else registries take has no handler yet.
        (Target::Registry(_), _) => Err(ArmError::Method { allowed: "GET" }),
        (target, _) => Err(ArmError::Method { allowed: target.methods() }),
    }
}

/// What the log line and the metrics say of a request.
fn tell(facts: &mut Facts, target: &Target) {
    let (route, subject) = match target {
        Target::Registry(_) => ("arm.registry", None),
        Target::Webhooks(_) => ("arm.webhooks", None),
        Target::Webhook(_, name) => ("arm.webhook", Some(name)),
        Target::WebhookAction(_, name, WebhookAction::Ping) => ("arm.ping", Some(name)),
        Target::WebhookAction(_, name, WebhookAction::ListEvents) => ("arm.listEvents", Some(name)),
        Target::WebhookAction(_, name, WebhookAction::GetCallbackConfig) => {
            ("arm.getCallbackConfig", Some(name))
        }
        _ => ("arm.unknown", None),
    };
    facts.route = Some(route);
    facts.subject = subject.cloned();
}

#[cfg(test)]
pub(crate) mod tests;
