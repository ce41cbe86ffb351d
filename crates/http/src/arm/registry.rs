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
use axum::http::uri::Authority;
use boathook_core::name::RegistryName;
use boathook_core::policy::{Policies, Status, Term};
use boathook_engine::manage::registries::id_of;
use boathook_engine::{Ctx, RegistryRow, RegistrySettings};
use boathook_wire::arm::registry::{self as shown, Keeping, Registry, Settings};
use std::net::IpAddr;

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

/// The host that clients use for the registry, by the host that this request was sent to: who reaches one reaches the
/// other at the same port.
pub(super) fn login_server(
    registry: &RegistryName,
    default: &RegistryName,
    domain: &str,
    host: &Authority,
) -> String {
    let port = host.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let domain = domain.to_ascii_lowercase();
    let name = host.host().to_ascii_lowercase();
    let is_in_domain =
        name.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if is_in_domain || registry != default {
        format!("{registry}.{domain}{port}")
    } else if is_address {
        // Clients of registries speak plain HTTP to `localhost` alone.
        format!("localhost{port}")
    } else {
        // Any other name leads to the default registry.
        format!("{name}{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &'static str, expected: &str) {
        let registry = "boathook".parse().unwrap();
        let host = Authority::from_static(host);
        assert_eq!(
            login_server(&registry, &registry, "azurecr.localhost", &host),
            expected,
            "{host}"
        );
    }

    #[test]
    fn the_login_server_follows_the_host_of_the_request() {
        check("boathook.azurecr.localhost:5000", "boathook.azurecr.localhost:5000");
        check("management.AzureCR.localhost", "boathook.azurecr.localhost");
        check("azurecr.localhost:5443", "boathook.azurecr.localhost:5443");
        check("localhost:5000", "localhost:5000");
        check("LOCALHOST", "localhost");
        check("127.0.0.1:5000", "localhost:5000");
        check("[::1]:5000", "localhost:5000");
        check("192.168.7.9", "localhost");
        check("registry.example.com:8443", "registry.example.com:8443");
        check("notazurecr.localhost:5000", "notazurecr.localhost:5000");
    }

    #[test]
    fn only_the_default_registry_is_at_hosts_that_name_none() {
        let (registry, default) = ("second".parse().unwrap(), "boathook".parse().unwrap());
        for (host, expected) in [
            ("localhost:5000", "second.azurecr.localhost:5000"),
            ("127.0.0.1", "second.azurecr.localhost"),
            ("boathook.azurecr.localhost:1", "second.azurecr.localhost:1"),
            ("registry.example.com", "second.azurecr.localhost"),
        ] {
            let host = Authority::from_static(host);
            assert_eq!(
                login_server(&registry, &default, "azurecr.localhost", &host),
                expected,
                "{host}"
            );
        }
    }
}
