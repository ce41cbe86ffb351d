//! The management API: Azure Resource Manager's paths (`acr-facts` §3).
//!
//! Lives here: which handler a request is for, who may ask, and the headers that every answer has. One handler a file;
//! each asks `engine` and prints with `wire`. Not here: what a webhook may be, which `engine` decides.

mod activity;
mod admit;
mod body;
mod error;
mod garbage;
mod groups;
mod identities;
mod import;
mod operations;
mod print;
mod registry;
mod replications;
mod resources;
mod roles;
mod scope_maps;
mod scope_test;
mod subscriptions;
mod tokens;
mod visible;
mod webhooks;

use crate::app::App;
use crate::facts::{Facts, RequestId};
use crate::server::Closed;
use admit::{Ask, Call};
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{Method, request::Parts};
use axum::response::{IntoResponse, Response};
use boathook_wire::arm::path::{
    self, IdentityAction, RegistryAction, Target, UnknownPath, WebhookAction,
};
use bytes::Bytes;
use error::ArmError;

/// Says whether a path, still percent-encoded, belongs to this face.
pub(crate) fn is_ours(path: &str) -> bool {
    let first = path.strip_prefix('/').and_then(|rest| rest.split('/').next());
    let words = ["subscriptions", "tenants", "providers"];
    first.is_some_and(|first| words.iter().any(|word| first.eq_ignore_ascii_case(word)))
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
    facts.caller = Some(caller.client_id.to_string());
    let target = target?;
    let mut ask = Ask::admit(&app.ctx, parts, caller, &target)?;
    let is_here = body.is_end_stream();
    let whole = match parts.method {
        Method::PUT | Method::PATCH | Method::POST => body::read(parts, body).await?,
        _ => Bytes::new(),
    };
    if !is_here {
        // It may have taken hours: what the caller might do when it began to come, they may not be allowed by now.
        let caller = admit::caller(&app.ctx, parts).await?;
        ask = Ask::admit(&app.ctx, parts, caller, &target)?;
    }
    let body = &*whole;
    // Whoever makes or deletes a registry does not ask that it is there.
    let need_not_be = matches!(parts.method, Method::PUT | Method::DELETE);
    if target.registry().is_none() || need_not_be && matches!(target, Target::Registry(_)) {
        return beside_registries(&ask, &target, body).await;
    }
    let call = Call::admit(ask, &target).await?;
    within_registry(&call, &target, body).await
}

/// Answers a request about a registry that is there, or about a part of it.
async fn within_registry(
    call: &Call<'_>,
    target: &Target,
    body: &[u8],
) -> Result<Response, ArmError> {
    match (target, &call.parts.method) {
        (Target::Registry(_), &Method::GET) => Ok(registry::get::handle(call)),
        (Target::Registry(_), &Method::PATCH) => registry::update::handle(call, body).await,
        (Target::Webhooks(_), &Method::GET) => webhooks::list::handle(call).await,
        (Target::Webhook(_, name), &Method::GET) => webhooks::get::handle(call, name).await,
        (Target::Webhook(_, name), &Method::PUT) => {
            webhooks::create::handle(call, name, body).await
        }
        (Target::Webhook(_, name), &Method::PATCH) => {
            webhooks::update::handle(call, name, body).await
        }
        (Target::Webhook(_, name), &Method::DELETE) => webhooks::delete::handle(call, name).await,
        (Target::WebhookAction(_, name, WebhookAction::Ping), &Method::POST) => {
            webhooks::ping::handle(call, name).await
        }
        // Clients follow `nextLink` with GET.
        (
            Target::WebhookAction(_, name, WebhookAction::ListEvents),
            &Method::GET | &Method::POST,
        ) => webhooks::list_events::handle(call, name).await,
        (Target::WebhookAction(_, name, WebhookAction::GetCallbackConfig), &Method::POST) => {
            webhooks::callback::handle(call, name).await
        }
        (Target::WebhookAction(_, name, WebhookAction::Redeliver), &Method::POST) => {
            webhooks::redeliver::handle(call, name, body).await
        }
        (
            Target::WebhookAction(_, name, WebhookAction::ListDeliveries),
            &Method::GET | &Method::POST,
        ) => webhooks::list_deliveries::handle(call, name, body).await,
        (Target::Replications(_), _) => replications::list(call).await,
        (Target::Replication(_, name), &Method::GET) => replications::get(call, name).await,
        (Target::Replication(_, name), &Method::PUT) => {
            replications::create(call, name, body).await
        }
        (Target::Replication(_, name), &Method::PATCH) => {
            replications::update(call, name, body).await
        }
        (Target::Replication(_, name), _) => replications::delete(call, name).await,
        (Target::ScopeMaps(_), _) => scope_maps::list::handle(call).await,
        (Target::ScopeMap(_, name), &Method::GET) => scope_maps::get::handle(call, name).await,
        (Target::ScopeMap(_, name), &Method::PUT) => {
            scope_maps::create::handle(call, name, body).await
        }
        (Target::ScopeMap(_, name), &Method::PATCH) => {
            scope_maps::update::handle(call, name, body).await
        }
        (Target::ScopeMap(_, name), _) => scope_maps::delete::handle(call, name).await,
        (Target::Tokens(_), _) => tokens::list::handle(call).await,
        (Target::Token(_, name), &Method::GET) => tokens::get::handle(call, name).await,
        (Target::Token(_, name), &Method::PUT) => tokens::create::handle(call, name, body).await,
        (Target::Token(_, name), &Method::PATCH) => tokens::update::handle(call, name, body).await,
        (Target::Token(_, name), _) => tokens::delete::handle(call, name).await,
        (Target::RegistryAction(_, action), _) => registry_action(call, *action, body).await,
        // What ACR has and no registry here has any of, such as cache rules: clients read the lists all the same.
        (Target::Empty(..), _) => Ok(print::empty()),
        (Target::EmptyEntry(_, list, name), _) => {
            Err(ArmError::no_child(&call.id, list.as_str(), name))
        }
        (Target::OperationStatus { child, operation, .. }, _) => {
            operations::status(call, child.as_ref(), operation).await
        }
        (target, _) => Err(ArmError::Method { allowed: target.methods() }),
    }
}

/// Does something with a registry as a whole.
async fn registry_action(
    call: &Call<'_>,
    action: RegistryAction,
    body: &[u8],
) -> Result<Response, ArmError> {
    match action {
        RegistryAction::CollectGarbage => garbage::handle(call, body).await,
        RegistryAction::GenerateCredentials => tokens::generate::handle(call, body).await,
        RegistryAction::ImportImage => import::handle(call, body).await,
        RegistryAction::ListCredentials => registry::credentials::list(call).await,
        RegistryAction::ListUsages => registry::usages::handle(call).await,
        RegistryAction::RegenerateCredential => registry::credentials::regenerate(call, body).await,
        RegistryAction::TestScope => scope_test::handle(call, body).await,
    }
}

/// Answers a request about what is no registry and no part of one, or about a registry that need not be there.
async fn beside_registries(
    ask: &Ask<'_>,
    target: &Target,
    body: &[u8],
) -> Result<Response, ArmError> {
    match (target, &ask.parts.method) {
        (Target::Operations, _) => Ok(operations::all()),
        (Target::OperationResult { operation, .. }, _) => operations::result(ask, operation).await,
        (Target::Subscriptions, _) => Ok(subscriptions::list()),
        (Target::Subscription(_), _) => Ok(subscriptions::get()),
        (Target::Tenants, _) => Ok(subscriptions::tenants(ask)),
        (Target::Locations(_), _) => Ok(subscriptions::locations(ask)),
        (Target::Providers(_), _) => Ok(subscriptions::providers(ask)),
        (Target::Provider { namespace, .. } | Target::RegisterProvider { namespace, .. }, _) => {
            subscriptions::provider(ask, namespace)
        }
        (Target::ResourceGroups(_), _) => groups::list(ask).await,
        (Target::ResourceGroup(id), &Method::GET) => groups::get(ask, id).await,
        (Target::ResourceGroup(id), &Method::HEAD) => groups::exists(ask, id).await,
        (Target::ResourceGroup(id), &Method::PUT) => groups::put(ask, id, body).await,
        (Target::ResourceGroup(id), &Method::PATCH) => groups::update(ask, id, body).await,
        (Target::ResourceGroup(id), _) => groups::delete(ask, id).await,
        (Target::Resources(_), _) => resources::list(ask, None).await,
        (Target::GroupResources(id), _) => resources::list(ask, Some(&id.resource_group)).await,
        (Target::Registries(_), _) => registry::list::handle(ask, None).await,
        (Target::GroupRegistries(id), _) => {
            registry::list::handle(ask, Some(&id.resource_group)).await
        }
        (Target::Registry(id), &Method::PUT) => registry::create::handle(ask, id, body).await,
        (Target::Registry(id), _) => registry::delete::handle(ask, id).await,
        (Target::CheckNameAvailability(_), _) => registry::availability::handle(ask, body).await,
        (Target::ActivityLog(_), _) => activity::list(ask).await,
        (Target::RotateSigningKey(_), _) => identities::rotate::handle(ask).await,
        (Target::Identities(_), _) => identities::list::handle(ask).await,
        (Target::Identity { name, .. }, &Method::GET) => identities::get::handle(ask, name).await,
        (Target::Identity { name, .. }, &Method::PUT) => {
            identities::put::handle(ask, name, body).await
        }
        (Target::Identity { name, .. }, _) => identities::delete::handle(ask, name).await,
        (Target::IdentityAction { name, action: IdentityAction::AddPassword, .. }, _) => {
            identities::add_password::handle(ask, name, body).await
        }
        (Target::IdentityAction { name, action: IdentityAction::RemovePassword, .. }, _) => {
            identities::remove_password::handle(ask, name, body).await
        }
        (Target::RoleDefinitions(scope), _) => roles::definitions::list(ask, scope),
        (Target::RoleDefinition(scope, id), _) => roles::definitions::get(scope, id),
        (Target::RoleAssignments(scope), _) => roles::list::handle(ask, scope).await,
        (Target::RoleAssignment(scope, id), &Method::GET) => {
            roles::get::handle(ask, scope, id).await
        }
        (Target::RoleAssignment(scope, id), &Method::PUT) => {
            roles::put::handle(ask, scope, id, body).await
        }
        (Target::RoleAssignment(scope, id), _) => roles::delete::handle(ask, scope, id).await,
        _ => Err(ArmError::Path(UnknownPath)),
    }
}

/// What the log line and the metrics say of a request.
fn tell(facts: &mut Facts, target: &Target) {
    let (route, subject) = match target {
        Target::Registry(_) => ("arm.registry", None),
        Target::Registries(_) | Target::GroupRegistries(_) => ("arm.registries", None),
        Target::CheckNameAvailability(_) => ("arm.checkNameAvailability", None),
        Target::RegistryAction(_, RegistryAction::ListCredentials) => ("arm.listCredentials", None),
        Target::RegistryAction(_, RegistryAction::RegenerateCredential) => {
            ("arm.regenerateCredential", None)
        }
        Target::RegistryAction(_, RegistryAction::ListUsages) => ("arm.listUsages", None),
        Target::Webhooks(_) => ("arm.webhooks", None),
        Target::Webhook(_, name) => ("arm.webhook", Some(name)),
        Target::WebhookAction(_, name, WebhookAction::Ping) => ("arm.ping", Some(name)),
        Target::WebhookAction(_, name, WebhookAction::ListEvents) => ("arm.listEvents", Some(name)),
        Target::WebhookAction(_, name, WebhookAction::GetCallbackConfig) => {
            ("arm.getCallbackConfig", Some(name))
        }
        Target::WebhookAction(_, name, WebhookAction::Redeliver) => ("arm.redeliver", Some(name)),
        Target::WebhookAction(_, name, WebhookAction::ListDeliveries) => {
            ("arm.listDeliveries", Some(name))
        }
        Target::Replications(_) => ("arm.replications", None),
        Target::Replication(_, name) => ("arm.replication", Some(name)),
        Target::ScopeMaps(_) => ("arm.scopeMaps", None),
        Target::ScopeMap(_, name) => ("arm.scopeMap", Some(name)),
        Target::Tokens(_) => ("arm.tokens", None),
        Target::Token(_, name) => ("arm.token", Some(name)),
        Target::RegistryAction(_, RegistryAction::GenerateCredentials) => {
            ("arm.generateCredentials", None)
        }
        Target::RegistryAction(_, RegistryAction::ImportImage) => ("arm.importImage", None),
        Target::RegistryAction(_, RegistryAction::CollectGarbage) => ("arm.collectGarbage", None),
        Target::RegistryAction(_, RegistryAction::TestScope) => ("arm.testScope", None),
        Target::OperationStatus { operation, .. } => ("arm.operationStatus", Some(operation)),
        Target::OperationResult { operation, .. } => ("arm.operationResult", Some(operation)),
        Target::Subscriptions => ("arm.subscriptions", None),
        Target::Subscription(_) => ("arm.subscription", None),
        Target::Tenants => ("arm.tenants", None),
        Target::Locations(_) => ("arm.locations", None),
        Target::Providers(_) => ("arm.providers", None),
        Target::Provider { namespace, .. } => ("arm.provider", Some(namespace)),
        Target::RegisterProvider { namespace, .. } => ("arm.registerProvider", Some(namespace)),
        Target::ResourceGroups(_) => ("arm.resourceGroups", None),
        Target::ResourceGroup(id) => ("arm.resourceGroup", Some(&id.resource_group)),
        Target::Resources(_) | Target::GroupResources(_) => ("arm.resources", None),
        Target::ActivityLog(_) => ("arm.activityLog", None),
        Target::RotateSigningKey(_) => ("arm.rotateSigningKey", None),
        Target::Identities(_) => ("arm.identities", None),
        Target::Identity { name, .. } => ("arm.identity", Some(name)),
        Target::IdentityAction { name, action: IdentityAction::AddPassword, .. } => {
            ("arm.addPassword", Some(name))
        }
        Target::IdentityAction { name, action: IdentityAction::RemovePassword, .. } => {
            ("arm.removePassword", Some(name))
        }
        Target::RoleDefinitions(_) => ("arm.roleDefinitions", None),
        Target::RoleDefinition(_, id) => ("arm.roleDefinition", Some(id)),
        Target::RoleAssignments(_) => ("arm.roleAssignments", None),
        Target::RoleAssignment(_, id) => ("arm.roleAssignment", Some(id)),
        Target::Operations => ("arm.operations", None),
        Target::Empty(..) => ("arm.empty", None),
        Target::EmptyEntry(_, _, name) => ("arm.empty", Some(name)),
    };
    facts.route = Some(route);
    facts.subject = subject.cloned();
}

#[cfg(test)]
pub(crate) mod tests;
