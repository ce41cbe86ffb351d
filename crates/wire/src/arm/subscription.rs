//! Subscriptions, tenants and regions as the management API shows them.

use serde::Serialize;

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its GUID.
    pub id: String,
    /// The GUID of its tenant.
    pub tenant_id: String,
    /// Its name, for people.
    pub display_name: String,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its GUID.
    pub id: String,
    /// Its name, for people.
    pub display_name: String,
    /// The domain of its server.
    pub domain: String,
}

/// A region of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The subscription's GUID.
    pub subscription_id: String,
    /// Its name, such as `westeurope`.
    pub name: String,
    /// The same for people, such as `West Europe`.
    pub display_name: String,
}

impl Serialize for Subscription {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Members<'a> {
            id: String,
            authorization_source: &'static str,
            subscription_id: &'a str,
            tenant_id: &'a str,
            display_name: &'a str,
            state: &'static str,
            managed_by_tenants: [&'static str; 0],
        }
        let Self { id, tenant_id, display_name } = self;
        let members = Members {
            id: format!("/subscriptions/{id}"),
            authorization_source: "RoleBased",
            subscription_id: id,
            tenant_id,
            display_name,
            state: "Enabled",
            managed_by_tenants: [],
        };
        members.serialize(serializer)
    }
}

impl Serialize for Tenant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Members<'a> {
            id: String,
            tenant_id: &'a str,
            tenant_category: &'static str,
            display_name: &'a str,
            default_domain: &'a str,
            domains: [&'a str; 1],
        }
        let Self { id, display_name, domain } = self;
        let members = Members {
            id: format!("/tenants/{id}"),
            tenant_id: id,
            tenant_category: "Home",
            display_name,
            default_domain: domain,
            domains: [domain],
        };
        members.serialize(serializer)
    }
}

impl Serialize for Location {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Members<'a> {
            id: String,
            name: &'a str,
            r#type: &'static str,
            display_name: &'a str,
            regional_display_name: &'a str,
            metadata: Metadata,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Metadata {
            region_type: &'static str,
            region_category: &'static str,
        }
        let Self { subscription_id, name, display_name } = self;
        let members = Members {
            id: format!("/subscriptions/{subscription_id}/locations/{name}"),
            name,
            r#type: "Region",
            display_name,
            regional_display_name: display_name,
            metadata: Metadata { region_type: "Physical", region_category: "Recommended" },
        };
        members.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(printed: &impl Serialize, expected: &str) {
        assert_eq!(serde_json::to_string(printed).unwrap(), expected);
    }

    #[test]
    fn they_are_what_arm_shows() {
        let subscription = Subscription {
            id: "s".to_owned(),
            tenant_id: "t".to_owned(),
            display_name: "Boathook".to_owned(),
        };
        check(
            &subscription,
            r#"{"id":"/subscriptions/s","authorizationSource":"RoleBased","subscriptionId":"s","tenantId":"t","displayName":"Boathook","state":"Enabled","managedByTenants":[]}"#,
        );
        let tenant = Tenant {
            id: "t".to_owned(),
            display_name: "Boathook".to_owned(),
            domain: "azurecr.localhost".to_owned(),
        };
        check(
            &tenant,
            r#"{"id":"/tenants/t","tenantId":"t","tenantCategory":"Home","displayName":"Boathook","defaultDomain":"azurecr.localhost","domains":["azurecr.localhost"]}"#,
        );
        let location = Location {
            subscription_id: "s".to_owned(),
            name: "westus".to_owned(),
            display_name: "West US".to_owned(),
        };
        check(
            &location,
            r#"{"id":"/subscriptions/s/locations/westus","name":"westus","type":"Region","displayName":"West US","regionalDisplayName":"West US","metadata":{"regionType":"Physical","regionCategory":"Recommended"}}"#,
        );
    }
}
