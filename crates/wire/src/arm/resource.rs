//! Resources of whatever type, as `/resources` lists them, and the `$filter` that it takes.

use super::filter::{self, Comparison, InvalidFilter};
use super::registry::Sku;
use super::system_data::SystemData;
use serde::Serialize;
use std::collections::BTreeMap;

/// An entry of the list. `az` takes the resource group out of the id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource<'a> {
    /// Its id.
    pub id: String,
    /// Its name; of what is part of something else, both names with a slash between.
    pub name: String,
    /// Its type.
    pub r#type: &'static str,
    /// Its SKU, where its type has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku<'a>>,
    /// Its region.
    pub location: String,
    /// Words of its owner's.
    pub tags: BTreeMap<String, String>,
    /// Who made and who changed it.
    pub system_data: SystemData,
}

/// What the list is filtered by. Everything that is said has to hold; all is compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The type.
    pub resource_type: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The resource group.
    pub resource_group: Option<String>,
    /// The region.
    pub location: Option<String>,
}

impl Filter {
    /// Reads a `$filter`: `MEMBER eq 'VALUE'`, several joined by `and`.
    pub fn parse(text: &str) -> Result<Self, InvalidFilter> {
        let mut filter = Self::default();
        for Comparison { member, value } in filter::comparisons(text)? {
            let place = match member.to_ascii_lowercase().as_str() {
                "resourcetype" => &mut filter.resource_type,
                "name" => &mut filter.name,
                "resourcegroup" => &mut filter.resource_group,
                "location" => &mut filter.location,
                _ => return Err(InvalidFilter::Member { member, known: MEMBERS }),
            };
            *place = Some(value);
        }
        Ok(filter)
    }

    /// Says whether a resource is one of those that are asked for.
    pub fn matches(&self, resource: &Resource<'_>, resource_group: &str) -> bool {
        let is_asked = |asked: &Option<String>, value: &str| {
            asked.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(value))
        };
        is_asked(&self.resource_type, resource.r#type)
            && is_asked(&self.name, &resource.name)
            && is_asked(&self.resource_group, resource_group)
            && is_asked(&self.location, &resource.location)
    }
}

const MEMBERS: &str = "`resourceType`, `name`, `resourceGroup` and `location`";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::registry;
    use crate::arm::system_data::tests::{PRINTED, system_data};

    fn resource() -> Resource<'static> {
        Resource {
            id: "/subscriptions/s/resourceGroups/rg1/providers/x/registries/reg01".to_owned(),
            name: "reg01".to_owned(),
            r#type: registry::TYPE,
            sku: Some(Sku { name: "Premium", tier: "Premium" }),
            location: "westus".to_owned(),
            tags: BTreeMap::new(),
            system_data: system_data(),
        }
    }

    #[test]
    fn it_is_what_arm_shows() {
        let expected = format!(
            concat!(
                r#"{{"id":"/subscriptions/s/resourceGroups/rg1/providers/x/registries/reg01","name":"reg01","#,
                r#""type":"Microsoft.ContainerRegistry/registries","sku":{{"name":"Premium","tier":"Premium"}},"#,
                r#""location":"westus","tags":{{}},{}}}"#,
            ),
            PRINTED
        );
        assert_eq!(serde_json::to_string(&resource()).unwrap(), expected);
    }

    #[track_caller]
    fn check(filter: &str, expected: bool) {
        let filter = Filter::parse(filter).unwrap();
        assert_eq!(filter.matches(&resource(), "rg1"), expected, "{filter:?}");
    }

    #[test]
    fn the_list_is_filtered_as_az_asks() {
        check("", true);
        check("resourceType eq 'Microsoft.ContainerRegistry/registries'", true);
        check("resourceType eq 'microsoft.containerregistry/REGISTRIES' and name eq 'REG01'", true);
        check("resourceType eq 'Microsoft.Storage/storageAccounts'", false);
        check("name eq 'reg02'", false);
        check("resourceGroup eq 'RG1' and location eq 'westus'", true);
        check("resourceGroup eq 'rg2'", false);
    }

    #[test]
    fn other_filters_are_refused_by_name() {
        let error = Filter::parse("tagName eq 'a'").unwrap_err();
        let expected = "`tagName` cannot be filtered by: there are `resourceType`, `name`, `resourceGroup` and `location`";
        assert_eq!(error.to_string(), expected);
    }
}
