//! What may be set on a registry, as it is typed; `create` and `update` share it.

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::cli::acr::pairs;
use crate::cli::acr::status::State;
use crate::cli::acr::toggle::{self, Toggle};
use crate::cli::output::console::Console;

/// Why a registry is given no rules of the network.
pub(super) const NO_RULES: &str =
    "Network rules are only supported for managed registries in Premium SKU.";
/// Why a registry is given no regional endpoints.
pub(super) const NO_REGIONAL_ENDPOINTS: &str =
    "Regional endpoints are only supported for managed registries in Premium SKU.";

/// The kinds of registry.
#[derive(Clone, Copy, PartialEq, Serialize, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum Sku {
    Basic,
    Standard,
    Premium,
}

/// What happens to a request that no rule of the network matches.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum DefaultAction {
    Allow,
    Deny,
}

/// Who may have the same name elsewhere.
#[derive(Clone, Copy, PartialEq, Serialize, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum NameScope {
    Unsecure,
    TenantReuse,
    SubscriptionReuse,
    ResourceGroupReuse,
    NoReuse,
}

/// How far a role reaches.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
pub(super) enum RoleAssignmentMode {
    #[value(name = "rbac-abac")]
    #[serde(rename = "AbacRepositoryPermissions")]
    Repositories,
    #[value(name = "rbac")]
    #[serde(rename = "LegacyRegistryPermissions")]
    Registry,
}

/// The protocols by which a registry is reached.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
pub(super) enum EndpointProtocol {
    #[value(name = "IPv4")]
    #[serde(rename = "IPv4")]
    V4,
    #[value(name = "IPv4AndIPv6")]
    #[serde(rename = "IPv4AndIPv6")]
    V4AndV6,
}

/// The flags that both commands have.
#[derive(clap::Args)]
pub(super) struct Settings {
    /// Default action to apply when no rule matches. Only applicable to Premium SKU.
    #[arg(long, ignore_case = true, value_enum)]
    pub(super) default_action: Option<DefaultAction>,
    /// Allow public network access for the container registry.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    public_network_enabled: Option<Toggle>,
    /// Allow trusted services to access network restricted registries.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    allow_trusted_services: Option<Toggle>,
    /// Allow artifacts to be exported from this registry.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    allow_exports: Option<Toggle>,
    /// Enable the metadata-search feature for the registry.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    allow_metadata_search: Option<Toggle>,
    /// Role assignment mode of the registry.
    #[arg(long, ignore_case = true, value_enum)]
    role_assignment_mode: Option<RoleAssignmentMode>,
    /// Indicates whether regional endpoints are enabled for the registry.
    #[arg(long, ignore_case = true, value_enum)]
    pub(super) regional_endpoints: Option<State>,
    /// Enable dedicated data endpoints.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    data_endpoint_enabled: Option<Toggle>,
    /// The endpoint protocol for the registry.
    #[arg(long, ignore_case = true, value_enum)]
    endpoint_protocol: Option<EndpointProtocol>,
    /// Allow writing to repositories backed by cache rules.
    #[arg(long, ignore_case = true, value_enum)]
    writable_cache_repos: Option<State>,
    /// Space-separated tags: key[=value] [key[=value] ...]. Use '' to clear existing tags.
    #[arg(long, num_args = 0.., overrides_with = "tags", value_name = "KEY[=VALUE]")]
    tags: Option<Vec<String>>,
}

impl Settings {
    /// Writes what was set into the body of a request, and warns of what follows from it.
    pub(super) fn apply(&self, body: &mut Json, console: &mut Console<'_>) {
        let properties = &mut body["properties"];
        if let Some(enabled) = self.public_network_enabled {
            properties["publicNetworkAccess"] = toggle::state(enabled).into();
            if enabled == Toggle::False {
                properties["networkRuleSet"] = json!({ "defaultAction": DefaultAction::Deny });
                console
                    .warn("Disabling the public endpoint overrides all firewall configurations.");
            }
        }
        if let Some(action) = self.default_action {
            properties["networkRuleSet"] = json!({ "defaultAction": action });
        }
        if let Some(allowed) = self.allow_trusted_services {
            let services = if allowed.into() { "AzureServices" } else { "None" };
            properties["networkRuleBypassOptions"] = services.into();
        }
        if let Some(allowed) = self.allow_exports {
            let status = toggle::state(allowed).to_lowercase();
            properties["policies"] = json!({ "exportPolicy": { "status": status } });
        }
        if let Some(allowed) = self.allow_metadata_search {
            properties["metadataSearch"] = toggle::state(allowed).into();
        }
        if let Some(mode) = self.role_assignment_mode {
            properties["roleAssignmentMode"] = json!(mode);
        }
        if let Some(state) = self.regional_endpoints {
            properties["regionalEndpoints"] = json!(state);
        }
        if let Some(enabled) = self.data_endpoint_enabled {
            properties["dataEndpointEnabled"] = bool::from(enabled).into();
        }
        if let Some(protocol) = self.endpoint_protocol {
            properties["endpointProtocol"] = json!(protocol);
        }
        if let Some(state) = self.writable_cache_repos {
            properties["writableCacheRepos"] = json!(state);
        }
        if properties.is_null() {
            body.as_object_mut().expect("because it was indexed by a name").remove("properties");
        }
        if let Some(given) = &self.tags {
            body["tags"] = pairs::read(given).into();
        }
    }
}
