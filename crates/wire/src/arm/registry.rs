//! A registry as the management API shows it (`acr-facts` §3.7).
//!
//! Every member that ACR's own answer has, since clients follow some of them without looking (`az-wire` §5). What
//! cannot be set here is stated as it is in every registry.

pub mod parameters;

use super::switch;
use super::system_data::SystemData;
use boathook_core::time::Timestamp;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The `type` of the resource.
pub const TYPE: &str = "Microsoft.ContainerRegistry/registries";

/// What a registry is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// Its id: the `Display` of [`RegistryId`](super::path::RegistryId).
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its home region.
    pub location: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
    /// `Basic`, `Standard` or `Premium`.
    pub sku: String,
    /// Who made and who changed it.
    pub system_data: SystemData,
    /// The host, with its port, that clients push to and pull from.
    pub login_server: String,
    /// When it was made.
    pub created: Timestamp,
    /// Where its last change stands, such as `Succeeded`.
    pub provisioning_state: &'static str,
    /// What its owner has set.
    pub settings: Settings,
    /// The hosts of its data, one a region, where they are told apart.
    pub data_endpoint_host_names: Vec<String>,
    /// The hosts of its regions.
    pub regional_endpoint_host_names: Vec<String>,
}

/// What the owner of a registry has set, or left as it was.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own to clients")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether its admin user may sign in.
    pub is_admin_user_enabled: bool,
    /// Whether anybody may pull.
    pub is_anonymous_pull_enabled: bool,
    /// Whether data has a host of its own.
    pub is_data_endpoint_enabled: bool,
    /// Whether each region has a host of its own.
    pub is_regional_endpoints_enabled: bool,
    /// Whether it is reached from everywhere.
    pub is_public_network_access_enabled: bool,
    /// Whether it is kept in several zones of a region.
    pub is_zone_redundant: bool,
    /// `AzureServices` or `None`.
    pub network_rule_bypass_options: String,
    /// Whether tasks may pass the network rules.
    pub is_network_rule_bypass_allowed_for_tasks: bool,
    /// `LegacyRegistryPermissions` or `AbacRepositoryPermissions`.
    pub role_assignment_mode: String,
    /// Who may reach it.
    pub network_rule_set: NetworkRuleSet,
    /// What happens to what it holds.
    pub policies: Policies,
    /// Whether the index of a classic Helm repository lists the charts that lie below it as OCI artifacts. ACR has no member
    /// for it.
    pub has_oci_charts_in_index: bool,
}

/// Which addresses may reach a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkRuleSet {
    /// `Allow` or `Deny`: what becomes of addresses that no rule names.
    pub default_action: String,
    /// Rules for networks, of which there are none here.
    pub virtual_network_rules: [&'static str; 0],
    /// Rules for addresses.
    pub ip_rules: Vec<IpRule>,
}

/// A rule for an address or a range of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IpRule {
    /// `Allow`
    pub action: String,
    /// The address, or the range in CIDR form.
    pub value: String,
}

/// A registry's policies.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own to clients")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// Whether what is pushed waits to be passed.
    pub is_quarantine_enabled: bool,
    /// Whether signatures in Notary's first form are kept.
    pub is_trust_enabled: bool,
    /// How long untagged manifests are kept.
    pub retention: Keeping,
    /// Whether what it holds may be copied elsewhere.
    pub is_export_enabled: bool,
    /// Whether tokens for the management API are good for signing in to the registry.
    pub is_azure_ad_authentication_as_arm_enabled: bool,
    /// How long what was deleted can be had back.
    pub soft_delete: Keeping,
}

/// A policy of keeping something for some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// For how many days.
    pub days: u32,
    /// When the policy was last changed.
    pub updated: Timestamp,
    /// Whether it holds.
    pub is_enabled: bool,
}

impl Serialize for Registry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Resource::new(self).serialize(serializer)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    sku: Sku<'a>,
    r#type: &'static str,
    id: &'a str,
    name: &'a str,
    location: &'a str,
    tags: &'a BTreeMap<String, String>,
    system_data: &'a SystemData,
    properties: Properties<'a>,
}

/// A registry's price class, whose two members are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sku<'a> {
    /// `Basic`, `Standard` or `Premium`.
    pub name: &'a str,
    /// The same.
    pub tier: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "they are members of ACR's resource")]
struct Properties<'a> {
    login_server: &'a str,
    #[serde(serialize_with = "crate::time::as_text")]
    creation_date: Timestamp,
    provisioning_state: &'static str,
    admin_user_enabled: bool,
    network_rule_set: &'a NetworkRuleSet,
    policies: PolicyMembers,
    encryption: Status,
    data_endpoint_enabled: bool,
    #[serde(serialize_with = "switch::capital")]
    regional_endpoints: bool,
    data_endpoint_host_names: &'a [String],
    regional_endpoint_host_names: &'a [String],
    endpoint_protocol: &'static str,
    private_endpoint_connections: [&'static str; 0],
    #[serde(serialize_with = "switch::capital")]
    public_network_access: bool,
    network_rule_bypass_options: &'a str,
    network_rule_bypass_allowed_for_tasks: bool,
    #[serde(serialize_with = "switch::capital")]
    zone_redundancy: bool,
    anonymous_pull_enabled: bool,
    metadata_search: &'static str,
    role_assignment_mode: &'a str,
    auto_generated_domain_name_label_scope: &'static str,
    writable_cache_repos: &'static str,
    /// Only where there is anything to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    boathook: Option<Boathook>,
}

/// What ACR has no member for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Boathook {
    #[serde(rename = "ociChartsInIndex")]
    has_oci_charts_in_index: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "ACR names its members so")]
struct PolicyMembers {
    quarantine_policy: Status,
    trust_policy: Trust,
    retention_policy: Retention,
    export_policy: Status,
    #[serde(rename = "azureADAuthenticationAsArmPolicy")]
    azure_ad_authentication_as_arm_policy: Status,
    soft_delete_policy: SoftDelete,
}

#[derive(Serialize)]
struct Status {
    #[serde(serialize_with = "switch::lower")]
    status: bool,
}

#[derive(Serialize)]
struct Trust {
    r#type: &'static str,
    #[serde(serialize_with = "switch::lower")]
    status: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Retention {
    days: u32,
    #[serde(serialize_with = "crate::time::with_offset")]
    last_updated_time: Timestamp,
    #[serde(serialize_with = "switch::lower")]
    status: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SoftDelete {
    retention_days: u32,
    #[serde(serialize_with = "crate::time::with_offset")]
    last_updated_time: Timestamp,
    #[serde(serialize_with = "switch::lower")]
    status: bool,
}

impl<'a> Resource<'a> {
    fn new(registry: &'a Registry) -> Self {
        Self {
            sku: Sku { name: &registry.sku, tier: &registry.sku },
            r#type: TYPE,
            id: &registry.id,
            name: &registry.name,
            location: &registry.location,
            tags: &registry.tags,
            system_data: &registry.system_data,
            properties: Properties::new(registry, &registry.settings),
        }
    }
}

impl<'a> Properties<'a> {
    fn new(registry: &'a Registry, settings: &'a Settings) -> Self {
        Self {
            login_server: &registry.login_server,
            creation_date: registry.created,
            provisioning_state: registry.provisioning_state,
            admin_user_enabled: settings.is_admin_user_enabled,
            network_rule_set: &settings.network_rule_set,
            policies: PolicyMembers::new(&settings.policies),
            encryption: Status { status: false },
            data_endpoint_enabled: settings.is_data_endpoint_enabled,
            regional_endpoints: settings.is_regional_endpoints_enabled,
            data_endpoint_host_names: &registry.data_endpoint_host_names,
            regional_endpoint_host_names: &registry.regional_endpoint_host_names,
            endpoint_protocol: "IPv4",
            private_endpoint_connections: [],
            public_network_access: settings.is_public_network_access_enabled,
            network_rule_bypass_options: &settings.network_rule_bypass_options,
            network_rule_bypass_allowed_for_tasks: settings
                .is_network_rule_bypass_allowed_for_tasks,
            zone_redundancy: settings.is_zone_redundant,
            anonymous_pull_enabled: settings.is_anonymous_pull_enabled,
            metadata_search: "Disabled",
            role_assignment_mode: &settings.role_assignment_mode,
            auto_generated_domain_name_label_scope: "Unsecure",
            writable_cache_repos: "Disabled",
            boathook: settings
                .has_oci_charts_in_index
                .then_some(Boathook { has_oci_charts_in_index: true }),
        }
    }
}

impl PolicyMembers {
    fn new(policies: &Policies) -> Self {
        let Policies { retention, soft_delete, .. } = policies;
        Self {
            quarantine_policy: Status { status: policies.is_quarantine_enabled },
            trust_policy: Trust { r#type: "Notary", status: policies.is_trust_enabled },
            retention_policy: Retention {
                days: retention.days,
                last_updated_time: retention.updated,
                status: retention.is_enabled,
            },
            export_policy: Status { status: policies.is_export_enabled },
            azure_ad_authentication_as_arm_policy: Status {
                status: policies.is_azure_ad_authentication_as_arm_enabled,
            },
            soft_delete_policy: SoftDelete {
                retention_days: soft_delete.days,
                last_updated_time: soft_delete.updated,
                status: soft_delete.is_enabled,
            },
        }
    }
}

impl Settings {
    /// What ACR gives a registry that is made now and of which nothing is said.
    pub fn initial(now: Timestamp) -> Self {
        let keeping = Keeping { days: 7, updated: now, is_enabled: false };
        Self {
            is_admin_user_enabled: false,
            is_anonymous_pull_enabled: false,
            is_data_endpoint_enabled: false,
            is_regional_endpoints_enabled: false,
            is_public_network_access_enabled: true,
            is_zone_redundant: false,
            network_rule_bypass_options: "AzureServices".to_owned(),
            is_network_rule_bypass_allowed_for_tasks: false,
            role_assignment_mode: "LegacyRegistryPermissions".to_owned(),
            network_rule_set: NetworkRuleSet {
                default_action: "Allow".to_owned(),
                virtual_network_rules: [],
                ip_rules: Vec::new(),
            },
            policies: Policies {
                is_quarantine_enabled: false,
                is_trust_enabled: false,
                retention: keeping,
                is_export_enabled: true,
                is_azure_ad_authentication_as_arm_enabled: true,
                soft_delete: keeping,
            },
            has_oci_charts_in_index: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::system_data::tests::system_data;

    #[test]
    fn it_is_what_acr_shows() {
        let registry = Registry {
            id: "/subscriptions/s/registries/reg01".to_owned(),
            name: "reg01".to_owned(),
            location: "westus".to_owned(),
            tags: BTreeMap::new(),
            sku: "Premium".to_owned(),
            system_data: system_data(),
            login_server: "reg01.azurecr.io".to_owned(),
            created: Timestamp(0),
            provisioning_state: "Succeeded",
            settings: Settings::initial(Timestamp(0)),
            data_endpoint_host_names: Vec::new(),
            regional_endpoint_host_names: Vec::new(),
        };
        // `acr-facts` §3.7, with other names and times.
        let expected = concat!(
            r#"{"sku":{"name":"Premium","tier":"Premium"},"type":"Microsoft.ContainerRegistry/registries","#,
            r#""id":"/subscriptions/s/registries/reg01","name":"reg01","location":"westus","tags":{},"#,
            r#""systemData":{"createdBy":"a","createdByType":"Application","#,
            r#""createdAt":"1970-01-01T00:00:00.0000000+00:00","lastModifiedBy":"a","#,
            r#""lastModifiedByType":"Application","lastModifiedAt":"1970-01-01T00:00:00.0000000+00:00"},"#,
            r#""properties":{"loginServer":"reg01.azurecr.io","creationDate":"1970-01-01T00:00:00.0000000Z","#,
            r#""provisioningState":"Succeeded","adminUserEnabled":false,"#,
            r#""networkRuleSet":{"defaultAction":"Allow","virtualNetworkRules":[],"ipRules":[]},"#,
            r#""policies":{"quarantinePolicy":{"status":"disabled"},"trustPolicy":{"type":"Notary","status":"disabled"},"#,
            r#""retentionPolicy":{"days":7,"lastUpdatedTime":"1970-01-01T00:00:00.0000000+00:00","status":"disabled"},"#,
            r#""exportPolicy":{"status":"enabled"},"azureADAuthenticationAsArmPolicy":{"status":"enabled"},"#,
            r#""softDeletePolicy":{"retentionDays":7,"lastUpdatedTime":"1970-01-01T00:00:00.0000000+00:00","status":"disabled"}},"#,
            r#""encryption":{"status":"disabled"},"dataEndpointEnabled":false,"regionalEndpoints":"Disabled","#,
            r#""dataEndpointHostNames":[],"regionalEndpointHostNames":[],"endpointProtocol":"IPv4","#,
            r#""privateEndpointConnections":[],"publicNetworkAccess":"Enabled","networkRuleBypassOptions":"AzureServices","#,
            r#""networkRuleBypassAllowedForTasks":false,"zoneRedundancy":"Disabled","anonymousPullEnabled":false,"#,
            r#""metadataSearch":"Disabled","roleAssignmentMode":"LegacyRegistryPermissions","#,
            r#""autoGeneratedDomainNameLabelScope":"Unsecure","writableCacheRepos":"Disabled"}}"#,
        );
        assert_eq!(serde_json::to_string(&registry).unwrap(), expected);
        let settings = Settings { has_oci_charts_in_index: true, ..registry.settings.clone() };
        let registry = Registry { settings, ..registry };
        let more = r#""writableCacheRepos":"Disabled","boathook":{"ociChartsInIndex":true}}}"#;
        let expected = expected.replace(r#""writableCacheRepos":"Disabled"}}"#, more);
        assert_eq!(serde_json::to_string(&registry).unwrap(), expected);
    }
}
