//! Resource providers as the management API shows them. Those that are here are always registered.

use serde::Serialize;

/// A resource provider of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// Its id.
    pub id: String,
    /// Its name, such as `Microsoft.ContainerRegistry`.
    pub namespace: String,
    /// `Registered`; clients that find anything else register it and wait.
    pub registration_state: &'static str,
    /// Why it is there.
    pub registration_policy: &'static str,
    /// The kinds of resource that it has.
    pub resource_types: Vec<ResourceType>,
}

/// A kind of resource of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceType {
    /// Its name within the provider, such as `registries/webhooks`.
    pub resource_type: &'static str,
    /// The regions that it can be in.
    pub locations: Vec<String>,
    /// Versions of the API that clients may choose from, the newest first. Others are taken too.
    pub api_versions: Vec<&'static str>,
}

/// The versions of the API whose shapes are followed here, the newest first.
pub const API_VERSIONS: [&str; 4] =
    ["2026-09-01-preview", "2025-11-01", "2023-07-01", "2019-05-01"];

/// The providers that a server has, and the kinds of resource of each.
const PROVIDERS: [(&str, &[&str]); 4] = [
    (
        "Microsoft.ContainerRegistry",
        &[
            "registries",
            "registries/replications",
            "registries/scopeMaps",
            "registries/tokens",
            "registries/webhooks",
            "checkNameAvailability",
            "operations",
            "locations/operationResults",
        ],
    ),
    ("Microsoft.Resources", &["subscriptions", "resourceGroups", "tenants"]),
    ("Microsoft.Authorization", &["roleAssignments", "roleDefinitions"]),
    ("Boathook.Identity", &["servicePrincipals"]),
];

impl Provider {
    /// The providers of a server, as a subscription with these regions shows them.
    pub fn all(subscription: &str, locations: &[String]) -> Vec<Self> {
        let provider = |(namespace, types): (&str, &[&'static str])| Self {
            id: format!("/subscriptions/{subscription}/providers/{namespace}"),
            namespace: namespace.to_owned(),
            registration_state: "Registered",
            registration_policy: "RegistrationFree",
            resource_types: types
                .iter()
                .map(|&resource_type| ResourceType {
                    resource_type,
                    locations: locations.to_vec(),
                    api_versions: API_VERSIONS.to_vec(),
                })
                .collect(),
        };
        PROVIDERS.into_iter().map(provider).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_arm_shows() {
        let providers = Provider::all("s", &["westus".to_owned()]);
        let identity = providers.last().unwrap();
        let expected = concat!(
            r#"{"id":"/subscriptions/s/providers/Boathook.Identity","namespace":"Boathook.Identity","#,
            r#""registrationState":"Registered","registrationPolicy":"RegistrationFree","resourceTypes":["#,
            r#"{"resourceType":"servicePrincipals","locations":["westus"],"#,
            r#""apiVersions":["2026-09-01-preview","2025-11-01","2023-07-01","2019-05-01"]}]}"#,
        );
        assert_eq!(serde_json::to_string(identity).unwrap(), expected);
    }

    #[test]
    fn registries_and_their_webhooks_can_be_had() {
        let providers = Provider::all("s", &[]);
        let acr = providers.iter().find(|found| found.namespace == "Microsoft.ContainerRegistry");
        let types: Vec<_> =
            acr.unwrap().resource_types.iter().map(|found| found.resource_type).collect();
        assert!(types.contains(&"registries") && types.contains(&"registries/webhooks"));
    }
}
