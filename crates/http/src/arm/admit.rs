//! What has to be right of every management request before its handler is asked.

use super::error::ArmError;
use crate::address::{base, host};
use crate::facts::RequestId;
use crate::oci::caller::{Shown, shown};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, header};
use boathook_core::defaults;
use boathook_core::grant::Grants;
use boathook_core::name::RegistryName;
use boathook_core::role::{ArmAction, RoleScope};
use boathook_engine::audit::Actor;
use boathook_engine::auth::identity::Principal;
use boathook_engine::auth::{self, Caller};
use boathook_engine::{Ctx, RegistryRow, manage};
use boathook_wire::arm::condition::{Condition, InvalidCondition};
use boathook_wire::arm::path::{Needs, RegistryId, Scope, Target, UnknownPath};
use boathook_wire::arm::query::{Query, filtered_link, next_link};
use std::sync::Arc;

/// A request by somebody who may ask, about a registry that is there.
pub(super) struct Call<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) parts: &'a Parts,
    pub(super) caller: Caller,
    /// Who asks, and what they may do elsewhere.
    pub(super) principal: Arc<Principal>,
    pub(super) registry: RegistryRow,
    /// The registry's id, its names in the case in which they are stored.
    pub(super) id: RegistryId,
    /// The version of the API that the client was written for.
    pub(super) api_version: String,
    /// Where the page that is asked for begins.
    pub(super) skip_token: Option<String>,
    /// What the caller says that the resource is like.
    pub(super) condition: Condition,
}

/// A request by somebody who may ask, about whatever.
pub(super) struct Ask<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) parts: &'a Parts,
    /// Who asks.
    pub(super) principal: Arc<Principal>,
    /// The version of the API that the client was written for.
    pub(super) api_version: String,
    /// Where the page that is asked for begins.
    pub(super) skip_token: Option<String>,
    /// Which entries of a list are asked for.
    pub(super) filter: Option<String>,
    /// What the caller says that the resource is like.
    pub(super) condition: Condition,
}

impl<'a> Ask<'a> {
    /// Checks the query, and whether the caller may do this: the one place where that is asked.
    pub(super) fn admit(
        ctx: &'a Ctx,
        parts: &'a Parts,
        principal: Arc<Principal>,
        target: &Target,
    ) -> Result<Self, ArmError> {
        let Query { api_version, skip_token, filter } = Query::parse(parts.uri.query());
        let api_version = api_version.ok_or(ArmError::MissingApiVersion)?;
        let subscription = target.subscription().unwrap_or(defaults::SUBSCRIPTION_ID);
        if !subscription.eq_ignore_ascii_case(defaults::SUBSCRIPTION_ID) {
            return Err(ArmError::SubscriptionNotFound(subscription.to_owned()));
        }
        let needs = target.needs(&parts.method);
        match needs.ok_or_else(|| ArmError::Method { allowed: target.methods() })? {
            Needs::SignIn | Needs::ReadOfEach => (),
            Needs::Action { action, scope } => {
                let is_allowed = ArmAction::parse(&action)
                    .is_some_and(|action| principal.may(action, &role_scope(target)));
                if !is_allowed {
                    return Err(ArmError::forbidden(&principal, action, scope));
                }
            }
        }
        // Changes alone are made on a condition; what is asked for is shown as it is.
        let condition = match parts.method {
            Method::PUT | Method::PATCH | Method::DELETE => condition(&parts.headers)?,
            _ => Condition::default(),
        };
        let is_without_tag = matches!(target, Target::Identity { .. } | Target::RoleAssignment(..));
        if is_without_tag && condition.is_set() {
            return Err(ArmError::NoTag);
        }
        Ok(Self { ctx, parts, principal, api_version, skip_token, filter, condition })
    }

    /// The scheme and the host that the request was sent to.
    pub(super) fn base(&self) -> String {
        base(self.parts)
    }

    /// The host that the request was sent to.
    pub(super) fn host(&self) -> Authority {
        host(self.parts)
    }

    /// Who is told of in the audit log.
    pub(super) fn actor(&self) -> Actor {
        let id = self.parts.extensions.get::<RequestId>();
        Actor {
            name: self.principal.client_id.to_string(),
            request: id.map(|RequestId(id)| id.clone()).unwrap_or_default(),
        }
    }

    /// The address of the next page.
    pub(super) fn next_link(&self, skip_token: &str) -> String {
        let path = self.parts.uri.path();
        filtered_link(&self.base(), path, &self.api_version, self.filter.as_deref(), skip_token)
    }
}

/// The place in the tree of resources by which a request is judged: the nearest one that roles can be given on. Names
/// that none can have are in nothing but what is above them.
fn role_scope(target: &Target) -> RoleScope {
    let (group, registry) = match target {
        Target::RoleDefinitions(scope)
        | Target::RoleDefinition(scope, _)
        | Target::RoleAssignments(scope)
        | Target::RoleAssignment(scope, _) => match scope {
            Scope::Root | Scope::Subscription(_) => (None, None),
            Scope::ResourceGroup(id) => (Some(&id.resource_group), None),
            Scope::Registry(id) => (Some(&id.resource_group), Some(&id.registry)),
        },
        Target::ResourceGroup(id) | Target::GroupResources(id) | Target::GroupRegistries(id) => {
            (Some(&id.resource_group), None)
        }
        other => other.registry().map(|id| (&id.resource_group, &id.registry)).unzip(),
    };
    let Some(Ok(group)) = group.map(|name| name.parse()) else { return RoleScope::Subscription };
    match registry.map(|name| name.parse()) {
        Some(Ok(registry)) => RoleScope::Registry(group, registry),
        Some(Err(_)) | None => RoleScope::ResourceGroup(group),
    }
}

/// What a request says of the entity tag of its resource. A header that comes twice is one list.
fn condition(headers: &HeaderMap) -> Result<Condition, InvalidCondition> {
    let list = |name: HeaderName| -> Result<Option<String>, InvalidCondition> {
        let lines = headers.get_all(name).iter().map(|line| line.to_str());
        let lines: Vec<_> = lines.collect::<Result<_, _>>().map_err(|_| InvalidCondition)?;
        Ok((!lines.is_empty()).then(|| lines.join(",")))
    };
    let (if_match, if_none_match) = (list(header::IF_MATCH)?, list(header::IF_NONE_MATCH)?);
    Condition::parse(if_match.as_deref(), if_none_match.as_deref())
}

/// Says who asks.
pub(super) async fn caller(ctx: &Ctx, parts: &Parts) -> Result<Arc<Principal>, ArmError> {
    let credentials = match shown(&parts.headers) {
        Shown::Credentials(credentials) => Some(credentials),
        Shown::Nothing | Shown::Unreadable => None,
    };
    auth::manager(ctx, credentials.as_ref()).await?.ok_or(ArmError::Unauthenticated)
}

impl<'a> Call<'a> {
    /// Looks the registry up.
    pub(super) async fn admit(ask: Ask<'a>, target: &Target) -> Result<Self, ArmError> {
        let Ask { ctx, parts, principal, api_version, skip_token, condition, .. } = ask;
        let (Target::Registry(asked)
        | Target::Webhooks(asked)
        | Target::Webhook(asked, _)
        | Target::WebhookAction(asked, _, _)
        | Target::ScopeMaps(asked)
        | Target::ScopeMap(asked, _)
        | Target::Tokens(asked)
        | Target::Token(asked, _)
        | Target::Replications(asked)
        | Target::Replication(asked, _)
        | Target::OperationStatus { registry: asked, .. }
        | Target::Empty(asked, _)
        | Target::EmptyEntry(asked, _, _)
        | Target::RegistryAction(asked, _)) = target
        else {
            return Err(ArmError::Path(UnknownPath));
        };
        let registry = registry(ctx, asked).await?;
        let registry = registry.ok_or_else(|| ArmError::not_found(asked, None))?;
        let id = RegistryId {
            subscription: defaults::SUBSCRIPTION_ID.to_owned(),
            resource_group: registry.resource_group.to_string(),
            registry: registry.name.to_string(),
        };
        let caller = Caller::new(principal.client_id.to_string(), Grants::All);
        Ok(Self { ctx, parts, caller, principal, registry, id, api_version, skip_token, condition })
    }

    /// Who is told of in the audit log.
    pub(super) fn actor(&self) -> Actor {
        let id = self.parts.extensions.get::<RequestId>();
        Actor {
            name: self.caller.name.clone(),
            request: id.map(|RequestId(id)| id.clone()).unwrap_or_default(),
        }
    }

    /// The address of the next page.
    pub(super) fn next_link(&self, skip_token: &str) -> String {
        next_link(&self.base(), self.parts.uri.path(), &self.api_version, skip_token)
    }

    /// The host that the request was sent to.
    pub(super) fn host(&self) -> Authority {
        host(self.parts)
    }

    /// The scheme and the host that the request was sent to.
    pub(super) fn base(&self) -> String {
        base(self.parts)
    }
}

/// The registry of that name, if it is in that resource group.
pub(super) async fn registry(
    ctx: &Ctx,
    asked: &RegistryId,
) -> Result<Option<RegistryRow>, ArmError> {
    let Ok(name) = asked.registry.parse::<RegistryName>() else { return Ok(None) };
    let registry = manage::registry(ctx, &name).await?;
    Ok(registry.filter(|registry| {
        registry.resource_group.as_str().eq_ignore_ascii_case(&asked.resource_group)
    }))
}
