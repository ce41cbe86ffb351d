//! The fixed words that end a path or name a kind of resource in it.

/// The last segment of a path that asks for something to be done with a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistryAction {
    /// Removes what nobody needs, or shows with GET what was last removed; not one of ACR's.
    CollectGarbage,
    /// Makes passwords for a token.
    GenerateCredentials,
    /// Copies an image from another registry.
    ImportImage,
    /// Shows the admin user's passwords.
    ListCredentials,
    /// Shows how much there is of what is limited; asked for with GET.
    ListUsages,
    /// Replaces one of the admin user's passwords.
    RegenerateCredential,
    /// Shows which tags a webhook would hear of; not one of ACR's.
    TestScope,
}

impl RegistryAction {
    /// Every action of a registry.
    pub const ALL: [Self; 7] = [
        Self::CollectGarbage,
        Self::GenerateCredentials,
        Self::ImportImage,
        Self::ListCredentials,
        Self::ListUsages,
        Self::RegenerateCredential,
        Self::TestScope,
    ];

    pub(super) fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str().eq_ignore_ascii_case(segment))
    }

    /// The segment in its canonical case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CollectGarbage => "collectGarbage",
            Self::GenerateCredentials => "generateCredentials",
            Self::ImportImage => "importImage",
            Self::ListCredentials => "listCredentials",
            Self::ListUsages => "listUsages",
            Self::RegenerateCredential => "regenerateCredential",
            Self::TestScope => "testScope",
        }
    }
}

/// The last segment of a path that asks for something to be done with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookAction {
    /// Sends a ping.
    Ping,
    /// Lists the events that were sent, and what came of them.
    ListEvents,
    /// Shows the address and the headers, secrets included.
    GetCallbackConfig,
    /// Sends an event again; not one of ACR's.
    Redeliver,
    /// Lists the deliveries with their attempts; not one of ACR's.
    ListDeliveries,
}

impl WebhookAction {
    /// Every action of a webhook.
    pub const ALL: [Self; 5] = [
        Self::Ping,
        Self::ListEvents,
        Self::GetCallbackConfig,
        Self::Redeliver,
        Self::ListDeliveries,
    ];

    pub(super) fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str().eq_ignore_ascii_case(segment))
    }

    /// The segment in its canonical case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::ListEvents => "listEvents",
            Self::GetCallbackConfig => "getCallbackConfig",
            Self::Redeliver => "redeliver",
            Self::ListDeliveries => "listDeliveries",
        }
    }
}

/// The last segment of a path that asks for something to be done with a service principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityAction {
    /// Makes one more secret, and shows it once.
    AddPassword,
    /// Takes a secret away.
    RemovePassword,
}

impl IdentityAction {
    /// Every action of a service principal.
    pub const ALL: [Self; 2] = [Self::AddPassword, Self::RemovePassword];

    pub(super) fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str().eq_ignore_ascii_case(segment))
    }

    /// The segment in its canonical case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AddPassword => "addPassword",
            Self::RemovePassword => "removePassword",
        }
    }
}

/// A kind of resource that a registry has, as paths and types spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// `replications`
    Replications,
    /// `scopeMaps`
    ScopeMaps,
    /// `tokens`
    Tokens,
    /// `webhooks`
    Webhooks,
}

impl Child {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Replications, Self::ScopeMaps, Self::Tokens, Self::Webhooks];

    pub(super) fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|child| child.as_str().eq_ignore_ascii_case(segment))
    }

    /// The segment in its canonical case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replications => "replications",
            Self::ScopeMaps => "scopeMaps",
            Self::Tokens => "tokens",
            Self::Webhooks => "webhooks",
        }
    }
}

/// A kind of resource that ACR has and no registry here has any of; clients read the lists all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyList {
    /// `cacheRules`
    CacheRules,
    /// `connectedRegistries`
    ConnectedRegistries,
    /// `credentialSets`
    CredentialSets,
    /// `privateEndpointConnections`
    PrivateEndpointConnections,
    /// `privateLinkResources`
    PrivateLinkResources,
}

impl EmptyList {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::CacheRules,
        Self::ConnectedRegistries,
        Self::CredentialSets,
        Self::PrivateEndpointConnections,
        Self::PrivateLinkResources,
    ];

    pub(super) fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.as_str().eq_ignore_ascii_case(segment))
    }

    /// The segment in its canonical case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CacheRules => "cacheRules",
            Self::ConnectedRegistries => "connectedRegistries",
            Self::CredentialSets => "credentialSets",
            Self::PrivateEndpointConnections => "privateEndpointConnections",
            Self::PrivateLinkResources => "privateLinkResources",
        }
    }
}
