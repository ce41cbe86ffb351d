//! How the management API says no.
//!
//! Which status goes with which code is the face's business.

use serde::{Serialize, Serializer};

/// What went wrong, in the words that clients print and compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The name is taken, here or elsewhere in the server.
    AlreadyInUse,
    /// There is no token, or none that is good.
    AuthenticationFailed,
    /// The caller may not do this.
    AuthorizationFailed,
    /// The resource is not in a state in which this can be done, or is being changed by somebody else.
    Conflict,
    /// The token was good once.
    ExpiredAuthenticationToken,
    /// The server failed.
    InternalServerError,
    /// The token is not one of ours, or has been changed.
    InvalidAuthenticationToken,
    /// The token is for something else than the management API.
    InvalidAuthenticationTokenAudience,
    /// The token is of another tenant.
    InvalidAuthenticationTokenTenant,
    /// The `$filter` asks for what cannot be filtered by.
    InvalidFilterInQueryString,
    /// A value in the request breaks a rule; the error's target names the member.
    InvalidRequest,
    /// The body is not JSON of the right shape.
    InvalidRequestContent,
    /// The resource group is in another region already, and cannot move.
    InvalidResourceGroupLocation,
    /// The resource is in another region already, and cannot move.
    InvalidResourceLocation,
    /// The path names no type of resource that is known.
    InvalidResourceType,
    /// There is no such region for resource groups.
    LocationNotAvailableForResourceGroup,
    /// There is no such region for the kind of resource.
    LocationNotAvailableForResourceType,
    /// The resource does not take this method.
    MethodNotAllowed,
    /// The query has no `api-version`.
    MissingApiVersionParameter,
    /// The operation is not there, or was too long ago.
    OperationNotFound,
    /// The resource is no longer as the caller last saw it.
    PreconditionFailed,
    /// There is nobody of the id that a role should be given to.
    PrincipalNotFound,
    /// The registry has as many resources of the kind as it may.
    QuotaExceeded,
    /// A registry, or its replica in the region asked for, is not there.
    RegistryResourceNotFound,
    /// The body is larger than is taken.
    RequestEntityTooLarge,
    /// The resource group of that name is being deleted.
    ResourceGroupBeingDeleted,
    /// The resource group is not there.
    ResourceGroupNotFound,
    /// The resource is not there.
    ResourceNotFound,
    /// The role is given already, under another name.
    RoleAssignmentExists,
    /// There is no such role.
    RoleDefinitionDoesNotExist,
    /// The server cannot answer now.
    ServiceUnavailable,
    /// The subscription is not there.
    SubscriptionNotFound,
    /// The caller has to slow down, or the server has too much to do at the moment.
    TooManyRequests,
}

impl Code {
    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyInUse => "AlreadyInUse",
            Self::AuthenticationFailed => "AuthenticationFailed",
            Self::AuthorizationFailed => "AuthorizationFailed",
            Self::Conflict => "Conflict",
            Self::ExpiredAuthenticationToken => "ExpiredAuthenticationToken",
            Self::InternalServerError => "InternalServerError",
            Self::InvalidAuthenticationToken => "InvalidAuthenticationToken",
            Self::InvalidAuthenticationTokenAudience => "InvalidAuthenticationTokenAudience",
            Self::InvalidAuthenticationTokenTenant => "InvalidAuthenticationTokenTenant",
            Self::InvalidFilterInQueryString => "InvalidFilterInQueryString",
            Self::InvalidRequest => "InvalidRequest",
            Self::InvalidRequestContent => "InvalidRequestContent",
            Self::InvalidResourceGroupLocation => "InvalidResourceGroupLocation",
            Self::InvalidResourceLocation => "InvalidResourceLocation",
            Self::InvalidResourceType => "InvalidResourceType",
            Self::LocationNotAvailableForResourceGroup => "LocationNotAvailableForResourceGroup",
            Self::LocationNotAvailableForResourceType => "LocationNotAvailableForResourceType",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::MissingApiVersionParameter => "MissingApiVersionParameter",
            Self::OperationNotFound => "OperationNotFound",
            Self::PreconditionFailed => "PreconditionFailed",
            Self::PrincipalNotFound => "PrincipalNotFound",
            Self::QuotaExceeded => "QuotaExceeded",
            Self::RegistryResourceNotFound => "RegistryResourceNotFound",
            Self::RequestEntityTooLarge => "RequestEntityTooLarge",
            Self::ResourceGroupBeingDeleted => "ResourceGroupBeingDeleted",
            Self::ResourceGroupNotFound => "ResourceGroupNotFound",
            Self::ResourceNotFound => "ResourceNotFound",
            Self::RoleAssignmentExists => "RoleAssignmentExists",
            Self::RoleDefinitionDoesNotExist => "RoleDefinitionDoesNotExist",
            Self::ServiceUnavailable => "ServiceUnavailable",
            Self::SubscriptionNotFound => "SubscriptionNotFound",
            Self::TooManyRequests => "TooManyRequests",
        }
    }
}

/// One error, perhaps made of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub code: Code,
    /// The same for people, and what would be right.
    pub message: String,
    /// The member of the request that is at fault, such as `properties.actions`.
    pub target: Option<String>,
    /// The errors that this one sums up.
    pub details: Vec<Error>,
}

impl Error {
    /// An error that names no member.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), target: None, details: Vec::new() }
    }

    /// An error about one member of the request.
    pub fn about(code: Code, target: impl Into<String>, message: impl Into<String>) -> Self {
        Self { target: Some(target.into()), ..Self::new(code, message) }
    }

    /// Prints the body.
    pub fn body(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a Error,
        }
        let body = Body { error: self };
        serde_json::to_vec(&body).expect("because strings are always printable")
    }
}

/// Prints what stands in the body under `error`, and under `error` of a failed operation.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Member::new(self).serialize(serializer)
    }
}

#[derive(Serialize)]
struct Member<'a> {
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Member<'a>>,
}

impl<'a> Member<'a> {
    fn new(error: &'a Error) -> Self {
        Self {
            code: error.code.as_str(),
            message: &error.message,
            target: error.target.as_deref(),
            details: error.details.iter().map(Self::new).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: &Error, expected: &str) {
        assert_eq!(String::from_utf8(error.body()).unwrap(), expected);
    }

    #[test]
    fn members_that_say_nothing_are_left_out() {
        let plain = Error::new(Code::ResourceNotFound, "no such webhook");
        check(&plain, r#"{"error":{"code":"ResourceNotFound","message":"no such webhook"}}"#);
        let about = Error::about(Code::InvalidRequest, "properties.scope", "bad");
        check(
            &about,
            r#"{"error":{"code":"InvalidRequest","message":"bad","target":"properties.scope"}}"#,
        );
        let sum = Error { details: vec![about], ..plain };
        check(
            &sum,
            r#"{"error":{"code":"ResourceNotFound","message":"no such webhook","details":[{"code":"InvalidRequest","message":"bad","target":"properties.scope"}]}}"#,
        );
    }
}
