//! What a registry is created and changed with.
//!
//! The shape alone is checked here. Members that are not known are passed over, as ARM does: clients of many versions
//! send back what they were shown. Whether a SKU, a region or a policy is right is for the rules to say.

use super::IpRule;
use crate::arm::object::{Change, InvalidBody, Object};
use std::collections::BTreeMap;

/// What `properties.boathook` may have. Nobody sends that back without knowing it, so that all else is a slip of the pen.
const BOATHOOK: &[&str] = &["ociChartsInIndex"];

/// What a registry is created with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// Its home region.
    pub location: String,
    /// The name of its SKU.
    pub sku: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
    /// What is to be set.
    pub settings: Settings,
}

/// What of a registry is changed. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// The region, which cannot change: it is right only if it is the registry's own.
    pub location: Option<String>,
    /// The name of its SKU from now on.
    pub sku: Option<String>,
    /// All its tags from now on.
    pub tags: Change<BTreeMap<String, String>>,
    /// What is to be set.
    pub settings: Settings,
}

/// What can be set of a registry; nothing where nothing is said. [`super::Settings`] tells what each means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the members are those of the resource, each optional")]
pub struct Settings {
    pub is_admin_user_enabled: Option<bool>,
    pub is_anonymous_pull_enabled: Option<bool>,
    pub is_data_endpoint_enabled: Option<bool>,
    pub is_regional_endpoints_enabled: Option<bool>,
    pub is_public_network_access_enabled: Option<bool>,
    pub is_zone_redundant: Option<bool>,
    pub network_rule_bypass_options: Option<String>,
    pub is_network_rule_bypass_allowed_for_tasks: Option<bool>,
    pub role_assignment_mode: Option<String>,
    /// `Allow` or `Deny`, as text.
    pub network_default_action: Option<String>,
    /// All rules for addresses from now on.
    pub ip_rules: Option<Vec<IpRule>>,
    pub policies: Policies,
    /// Whether a key of the owner's encrypts what is kept, which cannot be had here.
    pub is_encryption_enabled: Option<bool>,
    pub has_oci_charts_in_index: Option<bool>,
}

/// What can be set of a registry's policies; nothing where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the members are those of the resource, each optional")]
pub struct Policies {
    pub is_quarantine_enabled: Option<bool>,
    pub is_trust_enabled: Option<bool>,
    pub retention: Keeping,
    pub is_export_enabled: Option<bool>,
    pub is_azure_ad_authentication_as_arm_enabled: Option<bool>,
    pub soft_delete: Keeping,
}

/// What can be set of a policy of keeping something for some days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keeping {
    /// For how many days.
    pub days: Option<u32>,
    /// Whether it holds.
    pub is_enabled: Option<bool>,
}

impl Create {
    /// Reads the body of a PUT.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        Ok(Self {
            location: body.required_string("location")?,
            sku: body.required_object("sku")?.required_string("name")?,
            tags: body.map("tags")?.unwrap_or_default(),
            settings: Settings::within(&body)?,
        })
    }
}

impl Update {
    /// Reads the body of a PATCH.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        let sku = match body.object("sku")? {
            Some(sku) => sku.string("name")?,
            None => None,
        };
        Ok(Self {
            location: body.string("location")?,
            sku,
            tags: body.map_change("tags")?,
            settings: Settings::within(&body)?,
        })
    }
}

impl Settings {
    fn within(body: &Object<'_>) -> Result<Self, InvalidBody> {
        let Some(properties) = body.object("properties")? else { return Ok(Self::default()) };
        let (network_default_action, ip_rules) = match properties.object("networkRuleSet")? {
            Some(rules) => (rules.string("defaultAction")?, ip_rules(&rules)?),
            None => (None, None),
        };
        Ok(Self {
            is_admin_user_enabled: properties.boolean("adminUserEnabled")?,
            is_anonymous_pull_enabled: properties.boolean("anonymousPullEnabled")?,
            is_data_endpoint_enabled: properties.boolean("dataEndpointEnabled")?,
            is_regional_endpoints_enabled: properties.switch("regionalEndpoints")?,
            is_public_network_access_enabled: properties.switch("publicNetworkAccess")?,
            is_zone_redundant: properties.switch("zoneRedundancy")?,
            network_rule_bypass_options: properties.string("networkRuleBypassOptions")?,
            is_network_rule_bypass_allowed_for_tasks: properties
                .boolean("networkRuleBypassAllowedForTasks")?,
            role_assignment_mode: properties.string("roleAssignmentMode")?,
            network_default_action,
            ip_rules,
            policies: match properties.object("policies")? {
                Some(policies) => Policies::read(&policies)?,
                None => Policies::default(),
            },
            is_encryption_enabled: status(&properties, "encryption")?,
            has_oci_charts_in_index: match properties.object("boathook")? {
                Some(boathook) => {
                    boathook.only(BOATHOOK, &[])?;
                    boathook.boolean("ociChartsInIndex")?
                }
                None => None,
            },
        })
    }
}

impl Policies {
    fn read(policies: &Object<'_>) -> Result<Self, InvalidBody> {
        Ok(Self {
            is_quarantine_enabled: status(policies, "quarantinePolicy")?,
            is_trust_enabled: status(policies, "trustPolicy")?,
            retention: Keeping::read(policies, "retentionPolicy", "days")?,
            is_export_enabled: status(policies, "exportPolicy")?,
            is_azure_ad_authentication_as_arm_enabled: status(
                policies,
                "azureADAuthenticationAsArmPolicy",
            )?,
            soft_delete: Keeping::read(policies, "softDeletePolicy", "retentionDays")?,
        })
    }
}

impl Keeping {
    fn read(policies: &Object<'_>, name: &str, days: &str) -> Result<Self, InvalidBody> {
        let Some(policy) = policies.object(name)? else { return Ok(Self::default()) };
        Ok(Self { days: policy.number(days)?, is_enabled: policy.switch("status")? })
    }
}

/// The `status` of a member that is an object.
fn status(object: &Object<'_>, name: &str) -> Result<Option<bool>, InvalidBody> {
    match object.object(name)? {
        Some(member) => member.switch("status"),
        None => Ok(None),
    }
}

fn ip_rules(rules: &Object<'_>) -> Result<Option<Vec<IpRule>>, InvalidBody> {
    let Some(rules) = rules.objects("ipRules")? else { return Ok(None) };
    let rule = |rule: &Object<'_>| {
        let action = rule.string("action")?.unwrap_or_else(|| "Allow".to_owned());
        Ok(IpRule { action, value: rule.required_string("value")? })
    };
    rules.iter().map(rule).collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::registry::{self, Registry};
    use crate::arm::system_data::tests::system_data;
    use boathook_core::time::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn what_az_sends_is_read() {
        let body = br#"{"location":"westus","sku":{"name":"Standard"},"properties":{"adminUserEnabled":true}}"#;
        let expected = Create {
            location: "westus".to_owned(),
            sku: "Standard".to_owned(),
            tags: BTreeMap::new(),
            settings: Settings { is_admin_user_enabled: Some(true), ..Settings::default() },
        };
        assert_eq!(Create::parse(body), Ok(expected));
        let update = Update::parse(br#"{"properties":{"anonymousPullEnabled":true}}"#);
        let settings = Settings { is_anonymous_pull_enabled: Some(true), ..Settings::default() };
        assert_eq!(update, Ok(Update { settings, ..Update::default() }));
    }

    #[test]
    fn every_setting_is_read() {
        let body = br#"{"location":"l","sku":{"name":"Premium","tier":"Premium"},"tags":{"k":"v"},"colour":1,"properties":{
            "adminUserEnabled":false,"anonymousPullEnabled":false,"dataEndpointEnabled":true,"regionalEndpoints":"Enabled",
            "publicNetworkAccess":"Disabled","zoneRedundancy":"Enabled","networkRuleBypassOptions":"None",
            "networkRuleBypassAllowedForTasks":true,"roleAssignmentMode":"AbacRepositoryPermissions",
            "networkRuleSet":{"defaultAction":"Deny","ipRules":[{"value":"10.0.0.0/8"},{"action":"Allow","value":"1.2.3.4"}]},
            "policies":{"quarantinePolicy":{"status":"enabled"},"trustPolicy":{"type":"Notary","status":"disabled"},
                "retentionPolicy":{"days":30,"status":"enabled","lastUpdatedTime":"x"},"exportPolicy":{"status":"disabled"},
                "azureADAuthenticationAsArmPolicy":{"status":"disabled"},"softDeletePolicy":{"retentionDays":9,"status":"enabled"}},
            "encryption":{"status":"disabled"},"loginServer":"shown","boathook":{"ociChartsInIndex":true}}}"#;
        let rule = |value: &str| IpRule { action: "Allow".to_owned(), value: value.to_owned() };
        let expected = Settings {
            is_admin_user_enabled: Some(false),
            is_anonymous_pull_enabled: Some(false),
            is_data_endpoint_enabled: Some(true),
            is_regional_endpoints_enabled: Some(true),
            is_public_network_access_enabled: Some(false),
            is_zone_redundant: Some(true),
            network_rule_bypass_options: Some("None".to_owned()),
            is_network_rule_bypass_allowed_for_tasks: Some(true),
            role_assignment_mode: Some("AbacRepositoryPermissions".to_owned()),
            network_default_action: Some("Deny".to_owned()),
            ip_rules: Some(vec![rule("10.0.0.0/8"), rule("1.2.3.4")]),
            policies: Policies {
                is_quarantine_enabled: Some(true),
                is_trust_enabled: Some(false),
                retention: Keeping { days: Some(30), is_enabled: Some(true) },
                is_export_enabled: Some(false),
                is_azure_ad_authentication_as_arm_enabled: Some(false),
                soft_delete: Keeping { days: Some(9), is_enabled: Some(true) },
            },
            is_encryption_enabled: Some(false),
            has_oci_charts_in_index: Some(true),
        };
        assert_eq!(Create::parse(body).unwrap().settings, expected);
        assert_eq!(Update::parse(body).unwrap().settings, expected);
    }

    #[test]
    fn what_was_shown_may_be_sent_back() {
        let registry = Registry {
            id: "i".to_owned(),
            name: "reg01".to_owned(),
            location: "westus".to_owned(),
            tags: BTreeMap::new(),
            sku: "Premium".to_owned(),
            system_data: system_data(),
            login_server: "reg01.azurecr.io".to_owned(),
            created: Timestamp(0),
            provisioning_state: "Succeeded",
            settings: registry::Settings::initial(Timestamp(0)),
            data_endpoint_host_names: Vec::new(),
            regional_endpoint_host_names: Vec::new(),
        };
        let create = Create::parse(&serde_json::to_vec(&registry).unwrap()).unwrap();
        assert_eq!((create.location.as_str(), create.sku.as_str()), ("westus", "Premium"));
        let keeping = Keeping { days: Some(7), is_enabled: Some(false) };
        let policies = Policies {
            is_quarantine_enabled: Some(false),
            is_trust_enabled: Some(false),
            retention: keeping,
            is_export_enabled: Some(true),
            is_azure_ad_authentication_as_arm_enabled: Some(true),
            soft_delete: keeping,
        };
        assert_eq!(create.settings.policies, policies);
        assert_eq!(create.settings.network_default_action.as_deref(), Some("Allow"));
        assert_eq!(create.settings.is_public_network_access_enabled, Some(true));
    }

    #[test]
    fn tags_can_be_kept_replaced_and_cleared() {
        let tags = |body: &str| Update::parse(body.as_bytes()).unwrap().tags;
        assert_eq!(tags("{}"), Change::Keep);
        assert_eq!(tags(r#"{"tags":null}"#), Change::Clear);
        assert_eq!(tags(r#"{"tags":{}}"#), Change::Set(BTreeMap::new()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |body: &str, target: &str| {
            let error = Create::parse(body.as_bytes()).unwrap_err();
            assert_eq!(error.target(), Some(target), "{body}: {error}");
        };
        refused("{}", "location");
        refused(r#"{"location":"l"}"#, "sku");
        refused(r#"{"location":"l","sku":{}}"#, "sku.name");
        let with = |member: &str| {
            format!(r#"{{"location":"l","sku":{{"name":"Basic"}},"properties":{{{member}}}}}"#)
        };
        refused(&with(r#""adminUserEnabled":"true""#), "properties.adminUserEnabled");
        refused(&with(r#""publicNetworkAccess":true"#), "properties.publicNetworkAccess");
        refused(&with(r#""policies":[]"#), "properties.policies");
        let retention = "properties.policies.retentionPolicy.days";
        refused(&with(r#""policies":{"retentionPolicy":{"days":-1}}"#), retention);
        let listed = "properties.boathook.ociChartsInIndex";
        refused(&with(r#""boathook":{"ociChartsInIndex":"true"}"#), listed);
        refused(&with(r#""boathook":{"ociCharts":true}"#), "properties.boathook.ociCharts");
        let rule = "properties.networkRuleSet.ipRules[0].value";
        refused(&with(r#""networkRuleSet":{"ipRules":[{}]}"#), rule);
    }

    proptest! {
        #[test]
        fn reading_never_panics(body in "[{}\\[\\]\":,]{0,16}|(\\{\"(sku|tags|properties)\":[{}\\[\\]\"1]{0,6}\\})") {
            let _ = Create::parse(body.as_bytes());
            let _ = Update::parse(body.as_bytes());
        }
    }
}
