//! What of a registry can be set here, and what cannot.

use super::Refusal;
use boathook_core::policy::Asked;
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

const OFF: &str = "disable it";
const ON: &str = "enable it";

/// The settings with what is asked changed, as a registry of `sku` may have them.
pub(super) fn changed(
    before: &RegistrySettings,
    asked: &Settings,
    sku: Sku,
    now: Timestamp,
) -> Result<RegistrySettings, Refusal> {
    check(asked)?;
    let days = &asked.policies;
    let policies = Asked {
        retention_days: days.retention.days.map(i64::from),
        soft_delete_days: days.soft_delete.days.map(i64::from),
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
        ("dataEndpointEnabled", asked.is_data_endpoint_enabled, false),
        ("regionalEndpoints", asked.is_regional_endpoints_enabled, false),
        ("zoneRedundancy", asked.is_zone_redundant, false),
        ("networkRuleBypassAllowedForTasks", asked.is_network_rule_bypass_allowed_for_tasks, false),
        ("encryption", asked.is_encryption_enabled, false),
        ("policies.quarantinePolicy", policies.is_quarantine_enabled, false),
        ("policies.trustPolicy", policies.is_trust_enabled, false),
        ("policies.retentionPolicy", policies.retention.is_enabled, false),
        ("policies.softDeletePolicy", policies.soft_delete.is_enabled, false),
        ("policies.exportPolicy", policies.is_export_enabled, true),
        (
            "policies.azureADAuthenticationAsArmPolicy",
            policies.is_azure_ad_authentication_as_arm_enabled,
            true,
        ),
    ];
    for (member, asked, offered) in switches {
        if asked.is_some_and(|asked| asked != offered) {
            return Err(NotHere { member, only: if offered { ON } else { OFF } });
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
