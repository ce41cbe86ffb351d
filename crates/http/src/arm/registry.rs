//! A registry, as far as it can be looked at.

use super::admit::Call;
use super::print;
use axum::http::uri::Authority;
use axum::response::Response;
use boathook_core::defaults;
use boathook_core::name::RegistryName;
use boathook_wire::arm::registry::{Registry, Settings};
use boathook_wire::arm::system_data::{IdentityType, SystemData};
use std::collections::BTreeMap;
use std::net::IpAddr;

pub(super) fn get(call: &Call<'_>) -> Response {
    let Call { ctx, registry, id, .. } = call;
    print::json(&Registry {
        id: id.to_string(),
        name: registry.label.to_string(),
        location: registry.location.to_string(),
        tags: BTreeMap::new(),
        sku: registry.sku.to_string(),
        system_data: SystemData {
            created_by: defaults::CLIENT_ID.to_owned(),
            created_by_type: IdentityType::Application,
            created_at: registry.created.0,
            last_modified_by: defaults::CLIENT_ID.to_owned(),
            last_modified_by_type: IdentityType::Application,
            last_modified_at: registry.updated.0,
        },
        login_server: login_server(&registry.name, &ctx.site.domain, &call.host()),
        created: registry.created.0,
        provisioning_state: "Succeeded",
        settings: Settings {
            is_admin_user_enabled: true,
            is_anonymous_pull_enabled: ctx.site.is_open,
            ..Settings::initial(registry.created.0)
        },
        data_endpoint_host_names: Vec::new(),
        regional_endpoint_host_names: Vec::new(),
    })
}

/// The host that clients use for the registry, by the host that this request was sent to: who reaches one reaches the
/// other at the same port.
pub(super) fn login_server(registry: &RegistryName, domain: &str, host: &Authority) -> String {
    let port = host.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let domain = domain.to_ascii_lowercase();
    let name = host.host().to_ascii_lowercase();
    let is_in_domain =
        name.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if is_in_domain {
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
        assert_eq!(login_server(&registry, "azurecr.localhost", &host), expected, "{host}");
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
}
