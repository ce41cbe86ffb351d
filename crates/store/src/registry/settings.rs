//! What the owner of a registry can set.

use crate::row::{Row, Value, params};
use boathook_core::policy::{Policies, Status, Term};
use boathook_core::time::Timestamp;

/// What the owner of a registry has set, or left as it was.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own to clients")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegistrySettings {
    /// Whether its admin user may sign in.
    pub is_admin_user_enabled: bool,
    /// Whether anybody may pull.
    pub is_anonymous_pull_enabled: bool,
    /// Whether data has a host of its own.
    pub is_data_endpoint_enabled: bool,
    /// Whether each region has a host of its own.
    pub is_regional_endpoints_enabled: bool,
    /// Whether its content can be reached at all.
    pub is_public_network_access_enabled: bool,
    /// Whether it is kept in several zones of a region.
    pub is_zone_redundant: bool,
    /// `AzureServices` or `None`.
    pub network_rule_bypass_options: String,
    /// Whether tasks may pass the network rules.
    pub is_network_rule_bypass_allowed_for_tasks: bool,
    /// What happens to what it holds.
    pub policies: Policies,
    /// Whether the index of a classic Helm repository lists the charts that lie below it as OCI artifacts.
    pub has_oci_charts_in_index: bool,
}

pub(super) const SETTING_COLUMNS: &str =
    "has_admin_user, has_anonymous_pull, has_data_endpoint, has_regional_endpoints, has_public_access, is_zone_redundant,
    network_bypass, may_tasks_bypass, quarantine, trust, retention, retention_days, retention_updated_ms, export,
    azure_ad_as_arm, soft_delete, soft_delete_days, soft_delete_updated_ms, retention_since_ms,
    has_oci_charts_in_index";
pub(super) const SETTINGS_COUNT: usize = 20;

impl RegistrySettings {
    /// What a registry that is made now has if nothing is said.
    pub fn new(now: Timestamp) -> Self {
        Self {
            is_admin_user_enabled: false,
            is_anonymous_pull_enabled: false,
            is_data_endpoint_enabled: false,
            is_regional_endpoints_enabled: false,
            is_public_network_access_enabled: true,
            is_zone_redundant: false,
            network_rule_bypass_options: "AzureServices".to_owned(),
            is_network_rule_bypass_allowed_for_tasks: false,
            policies: Policies::new(now),
            has_oci_charts_in_index: false,
        }
    }

    /// Those of a row, whose settings begin at the column `first`.
    pub(super) fn of(row: &Row, first: usize) -> Self {
        let is = |idx| row.int(first + idx) == 1;
        let status = |idx| row.parsed::<Status>(first + idx);
        let term = |idx| Term {
            status: status(idx),
            days: u16::try_from(row.int(first + idx + 1)).expect("it was a `u16`"),
            updated: Timestamp(row.int(first + idx + 2)),
        };
        Self {
            is_admin_user_enabled: is(0),
            is_anonymous_pull_enabled: is(1),
            is_data_endpoint_enabled: is(2),
            is_regional_endpoints_enabled: is(3),
            is_public_network_access_enabled: is(4),
            is_zone_redundant: is(5),
            network_rule_bypass_options: row.text(first + 6).to_owned(),
            is_network_rule_bypass_allowed_for_tasks: is(7),
            policies: Policies {
                quarantine: status(8),
                trust: status(9),
                retention: term(10),
                retention_since: Timestamp(row.int(first + 18)),
                export: status(13),
                azure_ad_as_arm: status(14),
                soft_delete: term(15),
            },
            has_oci_charts_in_index: is(19),
        }
    }

    /// In the order of the columns.
    pub(super) fn values(&self) -> Vec<Value<'_>> {
        let Policies {
            quarantine,
            trust,
            retention,
            retention_since,
            export,
            azure_ad_as_arm,
            soft_delete,
        } = &self.policies;
        params![
            i64::from(self.is_admin_user_enabled),
            i64::from(self.is_anonymous_pull_enabled),
            i64::from(self.is_data_endpoint_enabled),
            i64::from(self.is_regional_endpoints_enabled),
            i64::from(self.is_public_network_access_enabled),
            i64::from(self.is_zone_redundant),
            &self.network_rule_bypass_options,
            i64::from(self.is_network_rule_bypass_allowed_for_tasks),
            quarantine.as_str(),
            trust.as_str(),
            retention.status.as_str(),
            i64::from(retention.days),
            retention.updated.0,
            export.as_str(),
            azure_ad_as_arm.as_str(),
            soft_delete.status.as_str(),
            i64::from(soft_delete.days),
            soft_delete.updated.0,
            retention_since.0,
            i64::from(self.has_oci_charts_in_index),
        ]
        .to_vec()
    }
}
