//! `/metadata/endpoints`: what a cloud consists of. One document serves both `az` and Terraform (`az-wire` §3).

use serde::Serialize;

/// What is told of a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Its name.
    pub name: String,
    /// The base address of the management API.
    pub resource_manager: String,
    /// The base address of sign-in: [`Authority::Adfs`](super::route::Authority::Adfs) at a host. `az` asks a directory of
    /// Microsoft's about any other.
    pub login_endpoint: String,
    /// The address of the pages for people.
    pub portal: String,
    /// What tokens for the management API are for. The first is the one that `az` asks for.
    pub audiences: Vec<String>,
    /// What Terraform asks its first token for; there is no such API here.
    pub graph: String,
    /// What the hosts of registries end in, without a dot before it and with the port, if it is not 443.
    pub acr_suffix: String,
}

/// Prints the document, in the shape that this version of the API has: one cloud, or a list of them.
pub fn print(cloud: &Cloud, api_version: &str) -> Vec<u8> {
    let document = Document::new(cloud);
    let printed = if matches!(api_version, "2019-05-01" | "2020-06-01") {
        serde_json::to_vec(&[document])
    } else {
        serde_json::to_vec(&document)
    };
    printed.expect("because strings are always printable")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    name: &'a str,
    portal: &'a str,
    authentication: Authentication<'a>,
    graph: &'a str,
    graph_audience: &'a str,
    microsoft_graph_resource_id: &'a str,
    resource_manager: &'a str,
    suffixes: Suffixes<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Authentication<'a> {
    login_endpoint: &'a str,
    audiences: &'a [String],
    tenant: &'static str,
    identity_provider: &'static str,
}

/// Terraform refuses a cloud without the second and the third, though it has no use for them here.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Suffixes<'a> {
    acr_login_server: &'a str,
    key_vault_dns: String,
    storage: String,
}

impl<'a> Document<'a> {
    fn new(cloud: &'a Cloud) -> Self {
        let suffix = &cloud.acr_suffix;
        Self {
            name: &cloud.name,
            portal: &cloud.portal,
            authentication: Authentication {
                login_endpoint: &cloud.login_endpoint,
                audiences: &cloud.audiences,
                tenant: "common",
                identity_provider: "AAD",
            },
            graph: &cloud.graph,
            graph_audience: &cloud.graph,
            microsoft_graph_resource_id: &cloud.graph,
            resource_manager: &cloud.resource_manager,
            suffixes: Suffixes {
                acr_login_server: suffix,
                key_vault_dns: format!("vault.{suffix}"),
                storage: format!("storage.{suffix}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = concat!(
        r#"{"name":"Boathook","portal":"https://portal.azurecr.localhost","authentication":{"#,
        r#""loginEndpoint":"https://login.azurecr.localhost/adfs","audiences":["https://management.azurecr.localhost/"],"#,
        r#""tenant":"common","identityProvider":"AAD"},"graph":"https://graph.azurecr.localhost/","#,
        r#""graphAudience":"https://graph.azurecr.localhost/","microsoftGraphResourceId":"https://graph.azurecr.localhost/","#,
        r#""resourceManager":"https://management.azurecr.localhost","suffixes":{"acrLoginServer":"azurecr.localhost","#,
        r#""keyVaultDns":"vault.azurecr.localhost","storage":"storage.azurecr.localhost"}}"#,
    );

    #[track_caller]
    fn check(api_version: &str, expected: &str) {
        let cloud = Cloud {
            name: "Boathook".to_owned(),
            resource_manager: "https://management.azurecr.localhost".to_owned(),
            login_endpoint: "https://login.azurecr.localhost/adfs".to_owned(),
            portal: "https://portal.azurecr.localhost".to_owned(),
            audiences: vec!["https://management.azurecr.localhost/".to_owned()],
            graph: "https://graph.azurecr.localhost/".to_owned(),
            acr_suffix: "azurecr.localhost".to_owned(),
        };
        assert_eq!(String::from_utf8(print(&cloud, api_version)).unwrap(), expected);
    }

    #[test]
    fn the_shape_follows_the_version() {
        check("2022-09-01", DOCUMENT);
        check("2019-05-01", &format!("[{DOCUMENT}]"));
        check("2020-06-01", &format!("[{DOCUMENT}]"));
        check("2099-01-01", DOCUMENT);
    }
}
