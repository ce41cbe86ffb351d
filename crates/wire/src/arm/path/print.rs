//! From what is named back to its path.

use super::id::Name;
use super::target::Target;
use std::fmt;

/// The path, its fixed parts in their canonical case.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(id) => id.fmt(f),
            Self::RegistryAction(id, action) => write!(f, "{id}/{}", action.as_str()),
            Self::Webhooks(id) => write!(f, "{id}/webhooks"),
            Self::Webhook(id, name) => write!(f, "{id}/webhooks/{}", Name(name)),
            Self::WebhookAction(id, name, action) => {
                write!(f, "{id}/webhooks/{}/{}", Name(name), action.as_str())
            }
            Self::Replications(id) => write!(f, "{id}/replications"),
            Self::Replication(id, name) => write!(f, "{id}/replications/{}", Name(name)),
            Self::Tokens(id) => write!(f, "{id}/tokens"),
            Self::Token(id, name) => write!(f, "{id}/tokens/{}", Name(name)),
            Self::ScopeMaps(id) => write!(f, "{id}/scopeMaps"),
            Self::ScopeMap(id, name) => write!(f, "{id}/scopeMaps/{}", Name(name)),
            Self::OperationStatus { registry, child, operation } => {
                registry.fmt(f)?;
                if let Some((child, name)) = child {
                    write!(f, "/{}/{}", child.as_str(), Name(name))?;
                }
                write!(f, "/operationStatuses/{}", Name(operation))
            }
            Self::Empty(id, list) => write!(f, "{id}/{}", list.as_str()),
            Self::EmptyEntry(id, list, name) => {
                write!(f, "{id}/{}/{}", list.as_str(), Name(name))
            }
            Self::RoleDefinitions(scope) => {
                write!(f, "{}{AUTHORIZATION}/roleDefinitions", scope.prefix())
            }
            Self::RoleDefinition(scope, name) => {
                write!(f, "{}{AUTHORIZATION}/roleDefinitions/{}", scope.prefix(), Name(name))
            }
            Self::RoleAssignments(scope) => {
                write!(f, "{}{AUTHORIZATION}/roleAssignments", scope.prefix())
            }
            Self::RoleAssignment(scope, name) => {
                write!(f, "{}{AUTHORIZATION}/roleAssignments/{}", scope.prefix(), Name(name))
            }
            Self::ResourceGroup(id) => id.fmt(f),
            Self::GroupResources(id) => write!(f, "{id}/resources"),
            Self::GroupRegistries(id) => write!(f, "{id}{REGISTRY}/registries"),
            Self::Subscriptions => f.write_str("/subscriptions"),
            Self::Tenants => f.write_str("/tenants"),
            Self::Operations => write!(f, "{REGISTRY}/operations"),
            Self::Subscription(subscription)
            | Self::Locations(subscription)
            | Self::ResourceGroups(subscription)
            | Self::Resources(subscription)
            | Self::Providers(subscription)
            | Self::Provider { subscription, .. }
            | Self::RegisterProvider { subscription, .. }
            | Self::CheckNameAvailability(subscription)
            | Self::OperationResult { subscription, .. }
            | Self::Registries(subscription)
            | Self::ActivityLog(subscription)
            | Self::RotateSigningKey(subscription)
            | Self::Identities(subscription)
            | Self::Identity { subscription, .. }
            | Self::IdentityAction { subscription, .. } => {
                write!(f, "/subscriptions/{}", Name(subscription))?;
                self.fmt_within_subscription(f)
            }
        }
    }
}

const ACTIVITY: &str = "/providers/Microsoft.Insights/eventtypes/management/values";
const AUTHORIZATION: &str = "/providers/Microsoft.Authorization";
const IDENTITY: &str = "/providers/Boathook.Identity/servicePrincipals";
const REGISTRY: &str = "/providers/Microsoft.ContainerRegistry";
const ROTATE: &str = "/providers/Boathook.Identity/signingKeys/rotate";

impl Target {
    /// What follows the subscription, where that alone stands before it.
    fn fmt_within_subscription(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locations(_) => f.write_str("/locations"),
            Self::ResourceGroups(_) => f.write_str("/resourceGroups"),
            Self::Resources(_) => f.write_str("/resources"),
            Self::Providers(_) => f.write_str("/providers"),
            Self::Provider { namespace, .. } => write!(f, "/providers/{}", Name(namespace)),
            Self::RegisterProvider { namespace, .. } => {
                write!(f, "/providers/{}/register", Name(namespace))
            }
            Self::CheckNameAvailability(_) => write!(f, "{REGISTRY}/checkNameAvailability"),
            Self::OperationResult { location: None, operation, .. } => {
                write!(f, "{REGISTRY}/operationResults/{}", Name(operation))
            }
            Self::OperationResult { location: Some(location), operation, .. } => {
                let (location, operation) = (Name(location), Name(operation));
                write!(f, "{REGISTRY}/locations/{location}/operationResults/{operation}")
            }
            Self::Registries(_) => write!(f, "{REGISTRY}/registries"),
            Self::ActivityLog(_) => f.write_str(ACTIVITY),
            Self::RotateSigningKey(_) => f.write_str(ROTATE),
            Self::Identities(_) => f.write_str(IDENTITY),
            Self::Identity { name, .. } => write!(f, "{IDENTITY}/{}", Name(name)),
            Self::IdentityAction { name, action, .. } => {
                write!(f, "{IDENTITY}/{}/{}", Name(name), action.as_str())
            }
            _ => Ok(()),
        }
    }
}
