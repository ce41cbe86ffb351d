//! Roles, and who has them where, as the management API shows and takes them (`Microsoft.Authorization`).

use super::filter::{self, Comparison, InvalidFilter};
use super::object::{InvalidBody, Object};
use boathook_core::time::Timestamp;
use serde::Serialize;

/// The `type` of a [`RoleDefinition`].
pub const DEFINITION_TYPE: &str = "Microsoft.Authorization/roleDefinitions";
/// The `type` of a [`RoleAssignment`].
pub const ASSIGNMENT_TYPE: &str = "Microsoft.Authorization/roleAssignments";

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleDefinition {
    /// Its id.
    pub id: String,
    /// [`DEFINITION_TYPE`].
    pub r#type: &'static str,
    /// Its GUID.
    pub name: String,
    /// What it allows.
    pub properties: DefinitionProperties,
}

/// What a role allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DefinitionProperties {
    /// Its name, such as `AcrPull`.
    pub role_name: String,
    /// `BuiltInRole`
    pub r#type: &'static str,
    /// What it is for.
    pub description: String,
    /// Where it can be given.
    pub assignable_scopes: Vec<String>,
    /// What it allows.
    pub permissions: Vec<Permissions>,
}

/// Actions that a role allows, and those of them that it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    /// Actions of the management API.
    pub actions: Vec<String>,
    /// Those that are left out.
    pub not_actions: Vec<String>,
    /// Actions on what a registry holds.
    pub data_actions: Vec<String>,
    /// Those that are left out.
    pub not_data_actions: Vec<String>,
}

/// A role that somebody has somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleAssignment {
    /// Its id.
    pub id: String,
    /// [`ASSIGNMENT_TYPE`].
    pub r#type: &'static str,
    /// Its GUID.
    pub name: String,
    /// Who has what, and where.
    pub properties: AssignmentProperties,
}

/// Who has which role, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentProperties {
    /// The id of the role.
    pub role_definition_id: String,
    /// Who has it.
    pub principal_id: String,
    /// `ServicePrincipal`, or what was said when it was given.
    pub principal_type: String,
    /// On what.
    pub scope: String,
    /// When it was given.
    #[serde(serialize_with = "crate::time::as_text")]
    pub created_on: Timestamp,
    /// When it was last changed.
    #[serde(serialize_with = "crate::time::as_text")]
    pub updated_on: Timestamp,
    /// Who gave it.
    pub created_by: String,
    /// Who changed it last.
    pub updated_by: String,
}

/// What a role is given with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assign {
    /// The id of the role.
    pub role_definition_id: String,
    /// Who shall have it.
    pub principal_id: String,
    /// What kind of principal that is.
    pub principal_type: Option<String>,
    /// Where the role holds and where it does not, in ABAC's language.
    pub condition: Option<String>,
}

impl Assign {
    /// Reads the body of a PUT.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let properties = Object::from_body(body)?.required_object("properties")?;
        Ok(Self {
            role_definition_id: properties.required_string("roleDefinitionId")?,
            principal_id: properties.required_string("principalId")?,
            principal_type: properties.string("principalType")?,
            condition: properties.string("condition")?,
        })
    }
}

/// What a list of roles is filtered by: the name, compared without regard to case, or nothing.
pub fn parse_definition_filter(text: &str) -> Result<Option<String>, InvalidFilter> {
    let mut name = None;
    for Comparison { member, value } in filter::comparisons(text)? {
        if !member.eq_ignore_ascii_case("roleName") {
            return Err(InvalidFilter::Member { member, known: "`roleName`" });
        }
        name = Some(value);
    }
    Ok(name)
}

/// What a list of roles given is filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignmentFilter {
    /// Those given on the scope, above it and within it.
    All,
    /// Those given on the scope or above it.
    AtScope,
    /// Those that a principal has.
    Principal(String),
}

impl AssignmentFilter {
    /// Reads a `$filter`: `atScope()`, `assignedTo('ID')`, `principalId eq 'ID'`, or nothing.
    pub fn parse(text: &str) -> Result<Self, InvalidFilter> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::All);
        }
        let lower = text.to_ascii_lowercase();
        if lower == "atscope()" {
            return Ok(Self::AtScope);
        }
        let inner = lower.strip_prefix("assignedto('").and_then(|rest| rest.strip_suffix("')"));
        if let Some(id) = inner.filter(|id| !id.contains('\'')) {
            return Ok(Self::Principal(id.to_owned()));
        }
        let mut comparisons = filter::comparisons(text)?;
        match (comparisons.pop(), comparisons.as_slice()) {
            (Some(Comparison { member, value }), [])
                if member.eq_ignore_ascii_case("principalId") =>
            {
                Ok(Self::Principal(value))
            }
            (Some(Comparison { member, .. }), _) => Err(InvalidFilter::Member {
                member,
                known: "`principalId`, `atScope()` and `assignedTo()`",
            }),
            (None, _) => Ok(Self::All),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_what_arm_shows() {
        let role = RoleDefinition {
            id: "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/g".to_owned(),
            r#type: DEFINITION_TYPE,
            name: "g".to_owned(),
            properties: DefinitionProperties {
                role_name: "AcrPull".to_owned(),
                r#type: "BuiltInRole",
                description: "d".to_owned(),
                assignable_scopes: vec!["/".to_owned()],
                permissions: vec![Permissions {
                    actions: vec!["Microsoft.ContainerRegistry/registries/pull/read".to_owned()],
                    ..Permissions::default()
                }],
            },
        };
        let expected = concat!(
            r#"{"id":"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/g","#,
            r#""type":"Microsoft.Authorization/roleDefinitions","name":"g","properties":{"roleName":"AcrPull","#,
            r#""type":"BuiltInRole","description":"d","assignableScopes":["/"],"permissions":[{"#,
            r#""actions":["Microsoft.ContainerRegistry/registries/pull/read"],"notActions":[],"dataActions":[],"notDataActions":[]}]}}"#,
        );
        assert_eq!(serde_json::to_string(&role).unwrap(), expected);
        let assignment = RoleAssignment {
            id: "/s/a".to_owned(),
            r#type: ASSIGNMENT_TYPE,
            name: "a".to_owned(),
            properties: AssignmentProperties {
                role_definition_id: "/d".to_owned(),
                principal_id: "p".to_owned(),
                principal_type: "ServicePrincipal".to_owned(),
                scope: "/s".to_owned(),
                created_on: Timestamp(0),
                updated_on: Timestamp(0),
                created_by: "b".to_owned(),
                updated_by: "b".to_owned(),
            },
        };
        let expected = concat!(
            r#"{"id":"/s/a","type":"Microsoft.Authorization/roleAssignments","name":"a","properties":{"roleDefinitionId":"/d","#,
            r#""principalId":"p","principalType":"ServicePrincipal","scope":"/s","createdOn":"1970-01-01T00:00:00.0000000Z","#,
            r#""updatedOn":"1970-01-01T00:00:00.0000000Z","createdBy":"b","updatedBy":"b"}}"#,
        );
        assert_eq!(serde_json::to_string(&assignment).unwrap(), expected);
    }

    #[test]
    fn what_az_sends_is_read() {
        let body = br#"{"properties":{"roleDefinitionId":"/d","principalId":"p","principalType":"ServicePrincipal","scope":"x"}}"#;
        let expected = Assign {
            role_definition_id: "/d".to_owned(),
            principal_id: "p".to_owned(),
            principal_type: Some("ServicePrincipal".to_owned()),
            condition: None,
        };
        assert_eq!(Assign::parse(body), Ok(expected));
        assert_eq!(Assign::parse(b"{}").unwrap_err().target(), Some("properties"));
        let error = Assign::parse(br#"{"properties":{"roleDefinitionId":"/d"}}"#).unwrap_err();
        assert_eq!(error.target(), Some("properties.principalId"));
    }

    #[test]
    fn lists_are_filtered_as_az_asks() {
        let definition = |text: &str| parse_definition_filter(text).unwrap();
        assert_eq!(definition("roleName eq 'AcrPull'").as_deref(), Some("AcrPull"));
        assert_eq!(definition(""), None);
        assert!(parse_definition_filter("type eq 'x'").is_err());
        let principal = AssignmentFilter::Principal("p-1".to_owned());
        for text in ["assignedTo('P-1')", "principalId eq 'p-1'"] {
            assert_eq!(AssignmentFilter::parse(text).as_ref(), Ok(&principal), "{text}");
        }
        assert_eq!(AssignmentFilter::parse("atScope()"), Ok(AssignmentFilter::AtScope));
        assert_eq!(AssignmentFilter::parse(" "), Ok(AssignmentFilter::All));
        for text in ["x eq 'y'", "principalId eq 'p' and x eq 'y'", "assignedTo('a'b')", "all()"] {
            assert!(AssignmentFilter::parse(text).is_err(), "{text}");
        }
    }
}
