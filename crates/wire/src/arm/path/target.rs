//! Everything that a path of the management API can name.

use super::id::{GroupId, RegistryId, Scope};
use super::word::{Child, EmptyList, IdentityAction, RegistryAction, WebhookAction};

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The subscriptions that the caller sees.
    Subscriptions,
    /// One subscription.
    Subscription(String),
    /// The tenants that the caller is known in.
    Tenants,
    /// The regions of a subscription.
    Locations(String),
    /// The resource groups of a subscription.
    ResourceGroups(String),
    /// One resource group.
    ResourceGroup(GroupId),
    /// The resources of a subscription, of whatever type.
    Resources(String),
    /// The resources of a resource group, of whatever type.
    GroupResources(GroupId),
    /// The resource providers of a subscription.
    Providers(String),
    /// One resource provider.
    Provider {
        /// The subscription.
        subscription: String,
        /// The provider, such as `Microsoft.ContainerRegistry`.
        namespace: String,
    },
    /// The registration of a resource provider.
    RegisterProvider {
        /// The subscription.
        subscription: String,
        /// The provider, such as `Microsoft.ContainerRegistry`.
        namespace: String,
    },
    /// What can be done with registries at all.
    Operations,
    /// Whether a registry may have a name, asked in a subscription.
    CheckNameAvailability(String),
    /// What came of an operation whose resource may be gone.
    OperationResult {
        /// The subscription.
        subscription: String,
        /// The region that the operation runs in, where the path names one.
        location: Option<String>,
        /// The operation's id.
        operation: String,
    },
    /// The registries of a subscription.
    Registries(String),
    /// The registries of a resource group.
    GroupRegistries(GroupId),
    /// A registry.
    Registry(RegistryId),
    /// Something that is done with a registry.
    RegistryAction(RegistryId, RegistryAction),
    /// The webhooks of a registry.
    Webhooks(RegistryId),
    /// One webhook, by name.
    Webhook(RegistryId, String),
    /// Something that is done with a webhook.
    WebhookAction(RegistryId, String, WebhookAction),
    /// The replications of a registry.
    Replications(RegistryId),
    /// One replication, by name.
    Replication(RegistryId, String),
    /// The tokens of a registry.
    Tokens(RegistryId),
    /// One token, by name.
    Token(RegistryId, String),
    /// The scope maps of a registry.
    ScopeMaps(RegistryId),
    /// One scope map, by name.
    ScopeMap(RegistryId, String),
    /// How far an operation has come.
    OperationStatus {
        /// The registry.
        registry: RegistryId,
        /// What of the registry the operation changes, by kind and name; nothing where it is the registry itself.
        child: Option<(Child, String)>,
        /// The operation's id.
        operation: String,
    },
    /// A list of what no registry here has.
    Empty(RegistryId, EmptyList),
    /// One thing, by name, of what no registry here has.
    EmptyEntry(RegistryId, EmptyList, String),
    /// The roles that can be given on a scope.
    RoleDefinitions(Scope),
    /// One role, by its GUID.
    RoleDefinition(Scope, String),
    /// The roles that are given on a scope.
    RoleAssignments(Scope),
    /// One role given, by its GUID.
    RoleAssignment(Scope, String),
    /// What was changed in a subscription, and by whom.
    ActivityLog(String),
    /// The signing keys of this server's authority, whose last one is given a successor.
    RotateSigningKey(String),
    /// The service principals of this server.
    Identities(String),
    /// One service principal.
    Identity {
        /// The subscription.
        subscription: String,
        /// The service principal's name.
        name: String,
    },
    /// Something that is done with a service principal.
    IdentityAction {
        /// The subscription.
        subscription: String,
        /// The service principal's name.
        name: String,
        /// What is done.
        action: IdentityAction,
    },
}

impl Target {
    /// The subscription that the path names, if it names one.
    pub fn subscription(&self) -> Option<&str> {
        match self {
            Self::Subscriptions | Self::Tenants | Self::Operations => None,
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
            | Self::IdentityAction { subscription, .. } => Some(subscription),
            Self::ResourceGroup(id) | Self::GroupResources(id) | Self::GroupRegistries(id) => {
                Some(&id.subscription)
            }
            Self::RoleDefinitions(scope)
            | Self::RoleDefinition(scope, _)
            | Self::RoleAssignments(scope)
            | Self::RoleAssignment(scope, _) => match scope {
                Scope::Root => None,
                Scope::Subscription(subscription) => Some(subscription),
                Scope::ResourceGroup(id) => Some(&id.subscription),
                Scope::Registry(id) => Some(&id.subscription),
            },
            Self::Registry(_)
            | Self::RegistryAction(..)
            | Self::Webhooks(_)
            | Self::Webhook(..)
            | Self::WebhookAction(..)
            | Self::Replications(_)
            | Self::Replication(..)
            | Self::Tokens(_)
            | Self::Token(..)
            | Self::ScopeMaps(_)
            | Self::ScopeMap(..)
            | Self::OperationStatus { .. }
            | Self::Empty(..)
            | Self::EmptyEntry(..) => self.registry().map(|id| id.subscription.as_str()),
        }
    }

    /// The registry that the resource is, or is part of.
    pub fn registry(&self) -> Option<&RegistryId> {
        match self {
            Self::Registry(id)
            | Self::RegistryAction(id, _)
            | Self::Webhooks(id)
            | Self::Webhook(id, _)
            | Self::WebhookAction(id, _, _)
            | Self::Replications(id)
            | Self::Replication(id, _)
            | Self::Tokens(id)
            | Self::Token(id, _)
            | Self::ScopeMaps(id)
            | Self::ScopeMap(id, _)
            | Self::OperationStatus { registry: id, .. }
            | Self::Empty(id, _)
            | Self::EmptyEntry(id, _, _) => Some(id),
            Self::Subscriptions
            | Self::Subscription(_)
            | Self::Tenants
            | Self::Locations(_)
            | Self::ResourceGroups(_)
            | Self::ResourceGroup(_)
            | Self::Resources(_)
            | Self::GroupResources(_)
            | Self::Providers(_)
            | Self::Provider { .. }
            | Self::RegisterProvider { .. }
            | Self::Operations
            | Self::CheckNameAvailability(_)
            | Self::OperationResult { .. }
            | Self::Registries(_)
            | Self::GroupRegistries(_)
            | Self::RoleDefinitions(_)
            | Self::RoleDefinition(..)
            | Self::RoleAssignments(_)
            | Self::RoleAssignment(..)
            | Self::ActivityLog(_)
            | Self::RotateSigningKey(_)
            | Self::Identities(_)
            | Self::Identity { .. }
            | Self::IdentityAction { .. } => None,
        }
    }

    /// All of a registry's resources of a kind.
    pub(super) fn children(id: RegistryId, child: Child) -> Self {
        match child {
            Child::Replications => Self::Replications(id),
            Child::ScopeMaps => Self::ScopeMaps(id),
            Child::Tokens => Self::Tokens(id),
            Child::Webhooks => Self::Webhooks(id),
        }
    }

    /// One of a registry's resources of a kind.
    pub(super) fn child(id: RegistryId, child: Child, name: String) -> Self {
        match child {
            Child::Replications => Self::Replication(id, name),
            Child::ScopeMaps => Self::ScopeMap(id, name),
            Child::Tokens => Self::Token(id, name),
            Child::Webhooks => Self::Webhook(id, name),
        }
    }
}
