//! What of a registry can be set here, and what cannot.

use super::Refusal;
use boathook_core::policy::{Asked, Status};
use boathook_core::quota::{Feature, Sku};
use boathook_core::time::Timestamp;
use boathook_store::RegistrySettings;
use boathook_wire::arm::registry::parameters::Settings;

/// A setting that this server would take and not keep to.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("this server does not have what `{member}` would set: leave it out, or {only}")]
pub struct NotHere {
    /// The member, below `properties`.
    pub member: &'static str,
    /// What it may be.
    pub only: &'static str,
}

/// The settings with what is asked changed, as a registry of `sku` may have them.
pub(super) fn changed(
    before: &RegistrySettings,
    asked: &Settings,
    sku: Sku,
    now: Timestamp,
) -> Result<RegistrySettings, Refusal> {
    check(asked)?;
    let wanted = &asked.policies;
    let status = |is_enabled: bool| if is_enabled { Status::Enabled } else { Status::Disabled };
    let policies = Asked {
        quarantine: wanted.is_quarantine_enabled.map(|is| status(is).as_str()),
        retention: wanted.retention.is_enabled.map(|is| status(is).as_str()),
        retention_days: wanted.retention.days.map(i64::from),
        soft_delete_days: wanted.soft_delete.days.map(i64::from),
        soft_delete: wanted.soft_delete.is_enabled.map(|is| status(is).as_str()),
        export: wanted.is_export_enabled.map(|is| status(is).as_str()),
        azure_ad_as_arm: wanted
            .is_azure_ad_authentication_as_arm_enabled
            .map(|is| status(is).as_str()),
        ..Asked::default()
    };
    let after = RegistrySettings {
        is_admin_user_enabled: asked.is_admin_user_enabled.unwrap_or(before.is_admin_user_enabled),
        is_anonymous_pull_enabled: asked
            .is_anonymous_pull_enabled
            .unwrap_or(before.is_anonymous_pull_enabled),
        is_public_network_access_enabled: asked
            .is_public_network_access_enabled
            .unwrap_or(before.is_public_network_access_enabled),
        policies: before.policies.changed(&policies, sku, now)?,
        has_oci_charts_in_index: asked
            .has_oci_charts_in_index
            .unwrap_or(before.has_oci_charts_in_index),
        ..before.clone()
    };
    if after.is_anonymous_pull_enabled && !sku.has(Feature::AnonymousPull) {
        return Err(Refusal::AnonymousPull);
    }
    Ok(after)
}

/// Refuses by name what would be taken and then ignored.
fn check(asked: &Settings) -> Result<(), NotHere> {
    let policies = &asked.policies;
    let switches = [
        ("dataEndpointEnabled", asked.is_data_endpoint_enabled),
        ("regionalEndpoints", asked.is_regional_endpoints_enabled),
        ("zoneRedundancy", asked.is_zone_redundant),
        ("networkRuleBypassAllowedForTasks", asked.is_network_rule_bypass_allowed_for_tasks),
        ("encryption", asked.is_encryption_enabled),
        ("policies.trustPolicy", policies.is_trust_enabled),
    ];
    for (member, asked) in switches {
        if asked == Some(true) {
            return Err(NotHere { member, only: "disable it" });
        }
    }
    let words = [
        (
            "networkRuleBypassOptions",
            &asked.network_rule_bypass_options,
            "AzureServices",
            "say `AzureServices`",
        ),
        (
            "roleAssignmentMode",
            &asked.role_assignment_mode,
            "LegacyRegistryPermissions",
            "say `LegacyRegistryPermissions`",
        ),
        ("networkRuleSet.defaultAction", &asked.network_default_action, "Allow", "say `Allow`"),
    ];
    for (member, asked, offered, only) in words {
        if asked.as_ref().is_some_and(|asked| !asked.eq_ignore_ascii_case(offered)) {
            return Err(NotHere { member, only });
        }
    }
    if asked.ip_rules.as_ref().is_some_and(|rules| !rules.is_empty()) {
        return Err(NotHere { member: "networkRuleSet.ipRules", only: "leave the list empty" });
    }
    Ok(())
}
