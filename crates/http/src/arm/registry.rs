//! Registries: one file for each thing that can be done with them.

pub(super) mod availability;
pub(super) mod create;
pub(super) mod credentials;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;
pub(super) mod usages;

use super::print;
use crate::address::login_server;
use axum::http::uri::Authority;
use boathook_core::policy::{Policies, Status, Term};
use boathook_engine::manage::registries::id_of;
use boathook_engine::{Ctx, RegistryRow, RegistrySettings};
use boathook_wire::arm::registry::{self as shown, Keeping, Registry, Settings};

/// A registry as it is shown to whoever asked at `host`.
fn resource(ctx: &Ctx, row: &RegistryRow, host: &Authority) -> Registry {
    Registry {
        id: id_of(row).to_string(),
        name: row.label.to_string(),
        location: row.location.to_string(),
        tags: print::tags(&row.tags),
        sku: row.sku.to_string(),
        system_data: print::system_data(&row.created, &row.updated),
        login_server: login_server(&row.name, &ctx.site.registry, &ctx.site.domain, host),
        created: row.created.0,
        provisioning_state: "Succeeded",
        settings: settings(ctx, &row.settings),
        data_endpoint_host_names: Vec::new(),
        regional_endpoint_host_names: Vec::new(),
    }
}

fn settings(ctx: &Ctx, set: &RegistrySettings) -> Settings {
    let Policies { quarantine, trust, retention, export, azure_ad_as_arm, soft_delete, .. } =
        set.policies;
    let is = |status: Status| status == Status::Enabled;
    let keeping = |term: Term| Keeping {
        days: u32::from(term.days),
        updated: term.updated,
        is_enabled: is(term.status),
    };
    Settings {
        is_admin_user_enabled: set.is_admin_user_enabled,
        is_anonymous_pull_enabled: set.is_anonymous_pull_enabled || ctx.site.is_open,
        is_data_endpoint_enabled: set.is_data_endpoint_enabled,
        is_regional_endpoints_enabled: set.is_regional_endpoints_enabled,
        is_public_network_access_enabled: set.is_public_network_access_enabled,
        is_zone_redundant: set.is_zone_redundant,
        network_rule_bypass_options: set.network_rule_bypass_options.clone(),
        is_network_rule_bypass_allowed_for_tasks: set.is_network_rule_bypass_allowed_for_tasks,
        policies: shown::Policies {
            is_quarantine_enabled: is(quarantine),
            is_trust_enabled: is(trust),
            retention: keeping(retention),
            is_export_enabled: is(export),
            is_azure_ad_authentication_as_arm_enabled: is(azure_ad_as_arm),
            soft_delete: keeping(soft_delete),
        },
        has_oci_charts_in_index: set.has_oci_charts_in_index,
        ..Settings::initial(retention.updated)
    }
}
