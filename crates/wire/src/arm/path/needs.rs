//! Which methods a resource takes, and what a caller has to be allowed for each.
//!
//! The actions are Azure's own words (`acr-facts` §2, §3), since roles are made of them.

use super::id::Name;
use super::target::Target;
use super::word::{RegistryAction, WebhookAction};
use http::Method;

/// What a caller needs to ask something of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// To be signed in. What is told is no secret, or nobody knows the id who was not told it.
    SignIn,
    /// To be signed in; of the list, each entry is shown to whoever may read it.
    ReadOfEach,
    /// To be allowed one action.
    Action {
        /// The action, such as `Microsoft.ContainerRegistry/registries/webhooks/ping/action`.
        action: String,
        /// The path of what it is done to. Roles given on anything that it is inside of count.
        scope: String,
    },
}

impl Target {
    /// The methods that it takes, as the `Allow` header of a 405 lists them.
    pub fn methods(&self) -> &'static str {
        match self {
            Self::Subscriptions
            | Self::Subscription(_)
            | Self::Tenants
            | Self::Locations(_)
            | Self::ResourceGroups(_)
            | Self::Resources(_)
            | Self::GroupResources(_)
            | Self::Providers(_)
            | Self::Provider { .. }
            | Self::Operations
            | Self::OperationResult { .. }
            | Self::OperationStatus { .. }
            | Self::Registries(_)
            | Self::GroupRegistries(_)
            | Self::Webhooks(_)
            | Self::Replications(_)
            | Self::Tokens(_)
            | Self::ScopeMaps(_)
            | Self::Empty(..)
            | Self::EmptyEntry(..)
            | Self::RoleDefinitions(_)
            | Self::RoleDefinition(..)
            | Self::RoleAssignments(_)
            | Self::ActivityLog(_)
            | Self::Identities(_) => "GET",
            // `az group exists` asks with HEAD.
            Self::ResourceGroup(_) => "GET, HEAD, PUT, PATCH, DELETE",
            Self::Registry(_)
            | Self::Webhook(..)
            | Self::Replication(..)
            | Self::Token(..)
            | Self::ScopeMap(..) => "GET, PUT, PATCH, DELETE",
            Self::RoleAssignment(..) | Self::Identity { .. } => "GET, PUT, DELETE",
            Self::RegisterProvider { .. }
            | Self::CheckNameAvailability(_)
            | Self::RotateSigningKey(_)
            | Self::IdentityAction { .. } => "POST",
            Self::RegistryAction(_, action) => match action {
                RegistryAction::ListUsages => "GET",
                // What was last collected is read; and clients follow `nextLink` with GET.
                RegistryAction::CollectGarbage | RegistryAction::TestScope => "GET, POST",
                RegistryAction::GenerateCredentials
                | RegistryAction::ImportImage
                | RegistryAction::ListCredentials
                | RegistryAction::RegenerateCredential => "POST",
            },
            Self::WebhookAction(_, _, action) => match action {
                WebhookAction::Ping
                | WebhookAction::GetCallbackConfig
                | WebhookAction::Redeliver => "POST",
                // Clients follow `nextLink` with GET.
                WebhookAction::ListEvents | WebhookAction::ListDeliveries => "GET, POST",
            },
        }
    }

    /// What a caller needs for a method; nothing where the resource does not take the method.
    pub fn needs(&self, method: &Method) -> Option<Needs> {
        if !self.methods().split(", ").any(|taken| taken == method.as_str()) {
            return None;
        }
        let over = |scope: String, action: String| Needs::Action { action, scope };
        let needs = match self {
            Self::Subscriptions
            | Self::Subscription(_)
            | Self::Tenants
            | Self::Locations(_)
            | Self::Providers(_)
            | Self::Provider { .. }
            | Self::Operations
            | Self::OperationResult { .. } => Needs::SignIn,
            Self::ResourceGroups(_)
            | Self::Resources(_)
            | Self::GroupResources(_)
            | Self::Registries(_)
            | Self::GroupRegistries(_) => Needs::ReadOfEach,
            Self::RegisterProvider { subscription, namespace } => {
                over(subscription_id(subscription), format!("{namespace}/register/action"))
            }
            // Azure's name for this one, though it is asked with POST.
            Self::CheckNameAvailability(subscription) => {
                over(subscription_id(subscription), format!("{ACR}/checkNameAvailability/read"))
            }
            Self::RotateSigningKey(subscription) => {
                let action = "Boathook.Identity/signingKeys/rotate/action";
                over(subscription_id(subscription), action.to_owned())
            }
            Self::ResourceGroup(_)
            | Self::Registry(_)
            | Self::Webhook(..)
            | Self::Replication(..)
            | Self::Token(..)
            | Self::ScopeMap(..)
            | Self::OperationStatus { .. }
            | Self::EmptyEntry(..)
            | Self::RoleDefinition(..)
            | Self::RoleAssignment(..)
            | Self::Identity { .. } => {
                over(self.to_string(), format!("{}/{}", self.kind(), verb(method)))
            }
            Self::Webhooks(id)
            | Self::Replications(id)
            | Self::Tokens(id)
            | Self::ScopeMaps(id)
            | Self::RegistryAction(id, RegistryAction::ListUsages)
            | Self::Empty(id, _) => over(id.to_string(), format!("{}/read", self.kind())),
            Self::RoleDefinitions(scope) | Self::RoleAssignments(scope) => {
                over(scope.to_string(), format!("{}/read", self.kind()))
            }
            Self::ActivityLog(subscription) | Self::Identities(subscription) => {
                over(subscription_id(subscription), format!("{}/read", self.kind()))
            }
            Self::RegistryAction(id, RegistryAction::CollectGarbage) if *method == Method::GET => {
                over(id.to_string(), format!("{}/read", self.kind()))
            }
            Self::RegistryAction(id, _) => over(id.to_string(), format!("{}/action", self.kind())),
            Self::WebhookAction(id, name, _) => {
                over(id.webhook(name), format!("{}/action", self.kind()))
            }
            Self::IdentityAction { subscription, name, .. } => {
                let (subscription, name) = (subscription.clone(), name.clone());
                let identity = Self::Identity { subscription, name }.to_string();
                over(identity, format!("{}/action", self.kind()))
            }
        };
        Some(needs)
    }

    /// What an action on it begins with: its path's fixed parts after the last `providers`, names left out.
    fn kind(&self) -> String {
        match self {
            Self::ResourceGroup(_) => "Microsoft.Resources/subscriptions/resourceGroups".to_owned(),
            Self::RoleDefinitions(_) | Self::RoleDefinition(..) => {
                "Microsoft.Authorization/roleDefinitions".to_owned()
            }
            Self::RoleAssignments(_) | Self::RoleAssignment(..) => {
                "Microsoft.Authorization/roleAssignments".to_owned()
            }
            Self::ActivityLog(_) => "Microsoft.Insights/eventtypes/values".to_owned(),
            Self::Identities(_) | Self::Identity { .. } => IDENTITY.to_owned(),
            Self::IdentityAction { action, .. } => format!("{IDENTITY}/{}", action.as_str()),
            Self::Webhooks(_) | Self::Webhook(..) => format!("{REGISTRY}/webhooks"),
            Self::WebhookAction(_, _, action) => {
                format!("{REGISTRY}/webhooks/{}", action.as_str())
            }
            Self::Replications(_) | Self::Replication(..) => format!("{REGISTRY}/replications"),
            Self::Tokens(_) | Self::Token(..) => format!("{REGISTRY}/tokens"),
            Self::ScopeMaps(_) | Self::ScopeMap(..) => format!("{REGISTRY}/scopeMaps"),
            Self::RegistryAction(_, action) => format!("{REGISTRY}/{}", action.as_str()),
            Self::Empty(_, list) | Self::EmptyEntry(_, list, _) => {
                format!("{REGISTRY}/{}", list.as_str())
            }
            Self::OperationStatus { child: None, .. } => format!("{REGISTRY}/operationStatuses"),
            Self::OperationStatus { child: Some((child, _)), .. } => {
                format!("{REGISTRY}/{}/operationStatuses", child.as_str())
            }
            _ => REGISTRY.to_owned(),
        }
    }
}

const ACR: &str = "Microsoft.ContainerRegistry";
const REGISTRY: &str = "Microsoft.ContainerRegistry/registries";
const IDENTITY: &str = "Boathook.Identity/servicePrincipals";

fn subscription_id(subscription: &str) -> String {
    format!("/subscriptions/{}", Name(subscription))
}

/// The last word of an action on a resource.
fn verb(method: &Method) -> &'static str {
    match *method {
        Method::GET | Method::HEAD => "read",
        Method::DELETE => "delete",
        _ => "write",
    }
}
