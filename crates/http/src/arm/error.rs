//! How the management API says no. The table is `docs/status-codes.md`.

use super::body::BODY_BYTES_MAX;
use super::{operations, print};
use crate::body::Uncollected;
use crate::server::Closed;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_engine::Error;
use boathook_engine::auth::identity::Principal;
use boathook_engine::auth::{Unchecked, admin};
use boathook_engine::manage::etag::Stale;
use boathook_engine::manage::events::{NoSuchEvent, NotRedelivered};
use boathook_engine::manage::garbage;
use boathook_engine::manage::import::{self, NotBegun};
use boathook_engine::manage::webhooks::Refusal;
use boathook_engine::manage::{
    groups, identities, registries, replications, roles, scope_maps, scope_test, tokens,
};
use boathook_engine::operations::Cause;
use boathook_wire::arm::condition::InvalidCondition;
use boathook_wire::arm::error::{Code, Error as Told};
use boathook_wire::arm::filter::InvalidFilter;
use boathook_wire::arm::object::InvalidBody;
use boathook_wire::arm::path::{RegistryId, UnknownPath};
use std::borrow::Cow;

/// One variant for each answer that a client can tell apart.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArmError {
    #[error(
        "the `Authorization` header has to be `Bearer` and a token of this server's authority for the management API: \
         sign in with a client id and a secret, such as those in `credentials.json`"
    )]
    Unauthenticated,
    #[error("the query has to name an `api-version`, such as `api-version=2025-11-01`")]
    MissingApiVersion,
    // The words of Azure Resource Manager, which tools look for.
    #[error(
        "The client '{client_id}' with object id '{object_id}' does not have authorization to perform action '{action}' \
         over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
    )]
    Forbidden { client_id: String, object_id: String, action: String, scope: String },
    #[error(transparent)]
    Path(#[from] UnknownPath),
    #[error("this resource takes {allowed}")]
    Method { allowed: &'static str },
    // The words of Azure Resource Manager, which tools look for.
    #[error("The subscription '{0}' could not be found.")]
    SubscriptionNotFound(String),
    #[error(
        "The Resource 'Microsoft.ContainerRegistry/registries/{resource}' under resource group '{resource_group}' \
         was not found."
    )]
    NotFound { resource: String, resource_group: String },
    #[error("The resource '{0}' was not found.")]
    NoSuch(String),
    #[error(transparent)]
    Filter(#[from] InvalidFilter),
    #[error(transparent)]
    Group(#[from] groups::Refusal),
    #[error(transparent)]
    Identity(#[from] identities::Refusal),
    #[error(transparent)]
    Role(#[from] roles::Refusal),
    #[error(transparent)]
    Registry(registries::Refusal),
    #[error(transparent)]
    Admin(admin::Refusal),
    #[error(transparent)]
    ScopeMap(scope_maps::Refusal),
    #[error(transparent)]
    Token(tokens::Refusal),
    #[error(transparent)]
    Replication(replications::Refusal),
    #[error(transparent)]
    Import(import::Refusal),
    #[error(transparent)]
    Garbage(garbage::Refusal),
    #[error("the operation is not there: it may have ended more than a day ago")]
    NoOperation,
    #[error("{1}")]
    OperationFailed(Cause, String),
    #[error("a body has at most {BODY_BYTES_MAX} bytes")]
    BodyTooLarge,
    #[error("the request's body ended before it was complete")]
    BodyCutOff,
    #[error(transparent)]
    Body(#[from] InvalidBody),
    #[error("`$skipToken` is what an earlier page gave: follow `nextLink` as it was given")]
    SkipToken,
    #[error(transparent)]
    Condition(#[from] InvalidCondition),
    #[error("this resource has no entity tag: leave `If-Match` and `If-None-Match` out")]
    NoTag,
    #[error(transparent)]
    Stale(#[from] Stale),
    #[error(transparent)]
    Refused(Refusal),
    #[error(transparent)]
    Redelivery(#[from] NotRedelivered),
    #[error(transparent)]
    NoEvent(#[from] NoSuchEvent),
    #[error(transparent)]
    ScopeTest(scope_test::Refusal),
    #[error(transparent)]
    TooManySignIns(Unchecked),
    #[error(transparent)]
    NoKeys(Unchecked),
    /// It was there when the request came.
    #[error("the registry is not there any more")]
    Gone,
    #[error("the server cannot answer now: try again")]
    Unavailable(#[source] Error),
    /// Our fault. Its cause goes to the log, never to the client.
    #[error("the server failed")]
    Internal(#[source] Error),
    #[error("{}", .0.message())]
    Away(Closed),
}

impl ArmError {
    /// There is no such registry, or no such webhook of it.
    pub(super) fn not_found(id: &RegistryId, webhook: Option<&str>) -> Self {
        let resource = match webhook {
            Some(webhook) => format!("{}/webhooks/{webhook}", id.registry),
            None => id.registry.clone(),
        };
        Self::NotFound { resource, resource_group: id.resource_group.clone() }
    }

    /// There is no such part of a registry, of a kind such as `tokens`.
    pub(super) fn no_child(id: &RegistryId, kind: &str, name: &str) -> Self {
        let resource = format!("{}/{kind}/{name}", id.registry);
        Self::NotFound { resource, resource_group: id.resource_group.clone() }
    }

    /// The caller may not do this.
    pub(super) fn forbidden(principal: &Principal, action: String, scope: String) -> Self {
        let (client_id, object_id) = (principal.client_id.to_string(), principal.id.to_string());
        Self::Forbidden { client_id, object_id, action, scope }
    }

    fn status_and_code(&self) -> (StatusCode, Code) {
        match self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, Code::AuthenticationFailed),
            Self::MissingApiVersion => (StatusCode::BAD_REQUEST, Code::MissingApiVersionParameter),
            Self::Forbidden { .. } => (StatusCode::FORBIDDEN, Code::AuthorizationFailed),
            Self::Filter(_) => (StatusCode::BAD_REQUEST, Code::InvalidFilterInQueryString),
            Self::Group(refusal) => group(refusal),
            Self::Identity(refusal) => identity(refusal),
            Self::Role(refusal) => role(refusal),
            Self::Registry(refusal) => registry(refusal),
            // A client is told to enable it, as ACR's own does.
            Self::Admin(admin::Refusal::Disabled | admin::Refusal::Sealed)
            | Self::Redelivery(NotRedelivered::Disabled) => (StatusCode::CONFLICT, Code::Conflict),
            Self::ScopeMap(refusal) => scope_map(refusal),
            Self::Token(refusal) => token(refusal),
            Self::Replication(refusal) => replication(refusal),
            Self::Import(refusal) => import(refusal),
            Self::Garbage(refusal) => garbage(refusal),
            Self::NoOperation => (StatusCode::NOT_FOUND, Code::OperationNotFound),
            Self::OperationFailed(cause, _) => operations::code(*cause),
            Self::Path(UnknownPath) => (StatusCode::NOT_FOUND, Code::InvalidResourceType),
            Self::Method { .. } => (StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed),
            Self::SubscriptionNotFound(_) => (StatusCode::NOT_FOUND, Code::SubscriptionNotFound),
            Self::NotFound { .. }
            | Self::NoSuch(_)
            | Self::Redelivery(NotRedelivered::Unknown(NoSuchEvent))
            | Self::NoEvent(NoSuchEvent)
            | Self::Gone => (StatusCode::NOT_FOUND, Code::ResourceNotFound),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Code::RequestEntityTooLarge),
            Self::BodyCutOff | Self::Body(_) => {
                (StatusCode::BAD_REQUEST, Code::InvalidRequestContent)
            }
            Self::SkipToken
            | Self::Condition(_)
            | Self::NoTag
            | Self::ScopeTest(scope_test::Refusal::Scope(_)) => {
                (StatusCode::BAD_REQUEST, Code::InvalidRequest)
            }
            Self::Stale(_) => STALE,
            Self::Refused(refusal) | Self::ScopeTest(scope_test::Refusal::Location(refusal)) => {
                refused(refusal)
            }
            Self::Unavailable(_) | Self::NoKeys(_) | Self::Away(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::ServiceUnavailable)
            }
            Self::TooManySignIns(_) => (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, Code::InternalServerError),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Refused(Refusal::Quota(quota)) => format!(
                "Quota exceeded for resource type webhooks for the registry SKU {}. It may have {}: \
                 delete one that is not needed any more.",
                quota.sku, quota.max
            ),
            error => error.to_string(),
        }
    }

    /// The member of the request that is at fault.
    fn target(&self) -> Option<Cow<'_, str>> {
        if let Self::Registry(refusal) = self {
            return refusal.target().map(Cow::Owned);
        }
        self.fixed_target().map(Cow::Borrowed)
    }

    fn fixed_target(&self) -> Option<&str> {
        match self {
            Self::Body(invalid) => invalid.target(),
            Self::Refused(refusal) => refusal.target(),
            Self::Group(refusal) => refusal.target(),
            Self::ScopeMap(refusal) => refusal.target(),
            Self::Token(refusal) => refusal.target(),
            Self::Replication(refusal) => refusal.target(),
            Self::Import(refusal) => refusal.target(),
            Self::ScopeTest(refusal) => refusal.target(),
            Self::SkipToken => Some("$skipToken"),
            Self::Filter(_) => Some("$filter"),
            Self::Identity(identities::Refusal::DisplayName) => Some("displayName"),
            Self::Identity(identities::Refusal::End) => Some("endDateTime"),
            Self::Identity(identities::Refusal::NoSuchSecret) => Some("keyId"),
            Self::Role(roles::Refusal::Condition) => Some("properties.condition"),
            Self::Role(roles::Refusal::NoRole(_)) => Some("properties.roleDefinitionId"),
            Self::Role(roles::Refusal::NoPrincipal(_)) => Some("properties.principalId"),
            _ => None,
        }
    }

    fn header(&self) -> Option<(header::HeaderName, HeaderValue)> {
        match self {
            Self::Unauthenticated => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
            }
            Self::Method { allowed } => Some((header::ALLOW, HeaderValue::from_static(allowed))),
            Self::Unavailable(_)
            | Self::Away(_)
            | Self::Refused(Refusal::Settling)
            | Self::Import(import::Refusal::TooMany(_))
            | Self::Garbage(garbage::Refusal::TooMany(_)) => {
                Some((header::RETRY_AFTER, HeaderValue::from_static("1")))
            }
            Self::TooManySignIns(unchecked) | Self::NoKeys(unchecked) => {
                Some((header::RETRY_AFTER, unchecked.retry_after_seconds().into()))
            }
            _ => None,
        }
    }
}

/// A resource is not as the caller last saw it.
const STALE: (StatusCode, Code) = (StatusCode::PRECONDITION_FAILED, Code::PreconditionFailed);

/// What Azure answers where a resource group is not there, or may not be so.
fn group(refusal: &groups::Refusal) -> (StatusCode, Code) {
    match refusal {
        groups::Refusal::Name(_) | groups::Refusal::Tags => {
            (StatusCode::BAD_REQUEST, Code::InvalidRequest)
        }
        groups::Refusal::Location { .. } => {
            (StatusCode::BAD_REQUEST, Code::LocationNotAvailableForResourceGroup)
        }
        groups::Refusal::Fixed { .. } => (StatusCode::CONFLICT, Code::InvalidResourceGroupLocation),
        groups::Refusal::Stale(_) => STALE,
        groups::Refusal::TooMany => (StatusCode::FORBIDDEN, Code::QuotaExceeded),
        groups::Refusal::NotFound(_) => (StatusCode::NOT_FOUND, Code::ResourceGroupNotFound),
        groups::Refusal::Going(_) => (StatusCode::CONFLICT, Code::ResourceGroupBeingDeleted),
    }
}

/// What is answered where an identity is not made or changed.
fn identity(refusal: &identities::Refusal) -> (StatusCode, Code) {
    match refusal {
        identities::Refusal::Name(_)
        | identities::Refusal::DisplayName
        | identities::Refusal::End => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
        identities::Refusal::TooMany | identities::Refusal::TooManySecrets => {
            (StatusCode::FORBIDDEN, Code::QuotaExceeded)
        }
        identities::Refusal::NotFound | identities::Refusal::NoSuchSecret => {
            (StatusCode::NOT_FOUND, Code::ResourceNotFound)
        }
        identities::Refusal::LastOwner => (StatusCode::CONFLICT, Code::Conflict),
    }
}

/// What Azure answers where a role is not given or taken away.
fn role(refusal: &roles::Refusal) -> (StatusCode, Code) {
    match refusal {
        roles::Refusal::Id | roles::Refusal::Condition => {
            (StatusCode::BAD_REQUEST, Code::InvalidRequest)
        }
        roles::Refusal::NoRole(_) => (StatusCode::NOT_FOUND, Code::RoleDefinitionDoesNotExist),
        roles::Refusal::NoPrincipal(_) => (StatusCode::BAD_REQUEST, Code::PrincipalNotFound),
        roles::Refusal::NoScope(_) => (StatusCode::NOT_FOUND, Code::ResourceNotFound),
        roles::Refusal::Exists(_) => (StatusCode::CONFLICT, Code::RoleAssignmentExists),
        roles::Refusal::TooMany => (StatusCode::FORBIDDEN, Code::QuotaExceeded),
        roles::Refusal::Taken | roles::Refusal::LastOwner => (StatusCode::CONFLICT, Code::Conflict),
    }
}

/// What ACR answers where a registry is not made or changed.
fn registry(refusal: &registries::Refusal) -> (StatusCode, Code) {
    match refusal {
        registries::Refusal::Name(_)
        | registries::Refusal::Sku(_)
        | registries::Refusal::AnonymousPull
        | registries::Refusal::Policy(_)
        | registries::Refusal::NotHere(_)
        | registries::Refusal::Tags(_) => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
        registries::Refusal::Taken(_) => (StatusCode::CONFLICT, Code::AlreadyInUse),
        registries::Refusal::NoGroup(_) => (StatusCode::NOT_FOUND, Code::ResourceGroupNotFound),
        registries::Refusal::Location { .. } => {
            (StatusCode::BAD_REQUEST, Code::LocationNotAvailableForResourceType)
        }
        registries::Refusal::Moved(_) => (StatusCode::CONFLICT, Code::InvalidResourceLocation),
        registries::Refusal::Quota(_) | registries::Refusal::TooMany => {
            (StatusCode::FORBIDDEN, Code::QuotaExceeded)
        }
        registries::Refusal::Stale(_) => STALE,
        registries::Refusal::NotFound => (StatusCode::NOT_FOUND, Code::ResourceNotFound),
    }
}

/// What is answered where a scope map is not made or changed.
fn scope_map(refusal: &scope_maps::Refusal) -> (StatusCode, Code) {
    match refusal {
        scope_maps::Refusal::Name(_) | scope_maps::Refusal::Rule(_) => {
            (StatusCode::BAD_REQUEST, Code::InvalidRequest)
        }
        scope_maps::Refusal::Quota(_) => (StatusCode::FORBIDDEN, Code::QuotaExceeded),
        scope_maps::Refusal::System(_) => (StatusCode::CONFLICT, Code::Conflict),
        scope_maps::Refusal::Stale(_) => STALE,
        scope_maps::Refusal::NotFound => (StatusCode::NOT_FOUND, Code::ResourceNotFound),
    }
}

/// What is answered where a token is not made or changed.
fn token(refusal: &tokens::Refusal) -> (StatusCode, Code) {
    match refusal {
        tokens::Refusal::Name(_)
        | tokens::Refusal::ScopeMapId
        | tokens::Refusal::NoScopeMap(_)
        | tokens::Refusal::Password
        | tokens::Refusal::TokenId
        | tokens::Refusal::Expiry => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
        tokens::Refusal::Quota(_) => (StatusCode::FORBIDDEN, Code::QuotaExceeded),
        tokens::Refusal::Stale(_) => STALE,
        tokens::Refusal::NotFound => (StatusCode::NOT_FOUND, Code::ResourceNotFound),
    }
}

/// What is answered where a replication is not made, changed or removed.
fn replication(refusal: &replications::Refusal) -> (StatusCode, Code) {
    match refusal {
        replications::Refusal::Name(_)
        | replications::Refusal::Sku(_)
        | replications::Refusal::Home
        | replications::Refusal::Tags(_) => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
        replications::Refusal::NoRegion { .. } => {
            (StatusCode::BAD_REQUEST, Code::LocationNotAvailableForResourceType)
        }
        replications::Refusal::LocationFixed(_) => {
            (StatusCode::CONFLICT, Code::InvalidResourceLocation)
        }
        replications::Refusal::IsHome
        | replications::Refusal::Taken(_)
        | replications::Refusal::HasWebhook => (StatusCode::CONFLICT, Code::Conflict),
        replications::Refusal::Quota(_) => (StatusCode::FORBIDDEN, Code::QuotaExceeded),
        replications::Refusal::Stale(_) => STALE,
        replications::Refusal::NotFound => (StatusCode::NOT_FOUND, Code::ResourceNotFound),
    }
}

/// What is answered where nothing is imported.
fn import(refusal: &import::Refusal) -> (StatusCode, Code) {
    match refusal {
        import::Refusal::MayNotPull
        | import::Refusal::NoExport
        | import::Refusal::Quarantined
        | import::Refusal::Source(import::Fault::MayNotPull { .. }) => {
            (StatusCode::FORBIDDEN, Code::AuthorizationFailed)
        }
        import::Refusal::NoImage(_) | import::Refusal::Source(import::Fault::Missing { .. }) => {
            (StatusCode::NOT_FOUND, Code::ResourceNotFound)
        }
        // Not 502: clients would take that for a trouble of this server's, and ask again and again.
        import::Refusal::Source(_)
        | import::Refusal::OneSource
        | import::Refusal::NoRegistry(_)
        | import::Refusal::Origin(_)
        | import::Refusal::Platform(_)
        | import::Refusal::TooManyPlatforms
        | import::Refusal::NoSelection(_)
        | import::Refusal::Image
        | import::Refusal::Target(_)
        | import::Refusal::NoTarget
        | import::Refusal::TooManyTargets => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
        import::Refusal::Locked(_) | import::Refusal::Exists(_) => {
            (StatusCode::CONFLICT, Code::Conflict)
        }
        import::Refusal::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests),
    }
}

/// What is answered where nothing is collected.
fn garbage(refusal: &garbage::Refusal) -> (StatusCode, Code) {
    match refusal {
        garbage::Refusal::Off | garbage::Refusal::NotOurs => (StatusCode::CONFLICT, Code::Conflict),
        garbage::Refusal::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests),
    }
}

/// What ACR answers to what a webhook may not be.
fn refused(refusal: &Refusal) -> (StatusCode, Code) {
    match refusal {
        Refusal::Name(_)
        | Refusal::LocationFixed { .. }
        | Refusal::Uri(_)
        | Refusal::Address(_)
        | Refusal::Headers(_)
        | Refusal::Action { .. }
        | Refusal::ExtraAction { .. }
        | Refusal::NoAction
        | Refusal::Status(_)
        | Refusal::Scope(_)
        | Refusal::Tags => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
        Refusal::Location { .. } => (StatusCode::NOT_FOUND, Code::RegistryResourceNotFound),
        Refusal::Stale(_) => STALE,
        Refusal::NotFound => (StatusCode::NOT_FOUND, Code::ResourceNotFound),
        Refusal::Quota(_) => (StatusCode::FORBIDDEN, Code::QuotaExceeded),
        Refusal::Settling => (StatusCode::SERVICE_UNAVAILABLE, Code::ServiceUnavailable),
        Refusal::Changing | Refusal::Sealed => (StatusCode::CONFLICT, Code::Conflict),
    }
}

impl From<Error> for ArmError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoRegistry => Self::Gone,
            error if error.is_transient() => Self::Unavailable(error),
            error => Self::Internal(error),
        }
    }
}

impl From<Unchecked> for ArmError {
    fn from(unchecked: Unchecked) -> Self {
        match unchecked {
            Unchecked::Failed(error) => error.into(),
            Unchecked::Busy | Unchecked::Guessed(_) => Self::TooManySignIns(unchecked),
            Unchecked::NoKeys => Self::NoKeys(unchecked),
        }
    }
}

impl From<NotBegun> for ArmError {
    fn from(not_begun: NotBegun) -> Self {
        match not_begun {
            NotBegun::Refused(refusal) => Self::Import(refusal),
            NotBegun::Unchecked(unchecked) => unchecked.into(),
            NotBegun::Broken(error) => error.into(),
        }
    }
}

impl From<Uncollected> for ArmError {
    fn from(uncollected: Uncollected) -> Self {
        match uncollected {
            Uncollected::TooLarge => Self::BodyTooLarge,
            Uncollected::CutOff => Self::BodyCutOff,
        }
    }
}

impl IntoResponse for ArmError {
    fn into_response(self) -> Response {
        if let Self::Unavailable(cause) | Self::Internal(cause) = &self {
            tracing::error!(error = cause as &dyn std::error::Error, "a request failed");
        }
        let (status, code) = self.status_and_code();
        let target = self.target().map(Cow::into_owned);
        let told = Told { target, ..Told::new(code, self.message()) };
        let mut response = print::body(status, told.body());
        response.headers_mut().extend(self.header());
        response
    }
}
