//! Who made a resource and who changed it last.

use boathook_core::time::Timestamp;
use serde::Serialize;

/// What kind of identity acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum IdentityType {
    /// A person.
    User,
    /// A service principal.
    Application,
    /// An identity that the platform keeps.
    ManagedIdentity,
    /// A key that stands for nobody in particular.
    Key,
}

/// The `systemData` of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemData {
    /// Who made it.
    pub created_by: String,
    /// What kind of identity that was.
    pub created_by_type: IdentityType,
    /// When.
    #[serde(serialize_with = "crate::time::with_offset")]
    pub created_at: Timestamp,
    /// Who changed it last.
    pub last_modified_by: String,
    /// What kind of identity that was.
    pub last_modified_by_type: IdentityType,
    /// When.
    #[serde(serialize_with = "crate::time::with_offset")]
    pub last_modified_at: Timestamp,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What the goldens of resources have.
    pub(in crate::arm) fn system_data() -> SystemData {
        SystemData {
            created_by: "a".to_owned(),
            created_by_type: IdentityType::Application,
            created_at: Timestamp(0),
            last_modified_by: "a".to_owned(),
            last_modified_by_type: IdentityType::Application,
            last_modified_at: Timestamp(0),
        }
    }

    /// [`system_data`] as it is printed.
    pub(in crate::arm) const PRINTED: &str = concat!(
        r#""systemData":{"createdBy":"a","createdByType":"Application","#,
        r#""createdAt":"1970-01-01T00:00:00.0000000+00:00","lastModifiedBy":"a","#,
        r#""lastModifiedByType":"Application","lastModifiedAt":"1970-01-01T00:00:00.0000000+00:00"}"#,
    );

    #[test]
    fn times_have_an_offset() {
        let data = SystemData {
            created_by: "a".to_owned(),
            created_by_type: IdentityType::Application,
            created_at: Timestamp(0),
            last_modified_by: "b".to_owned(),
            last_modified_by_type: IdentityType::User,
            last_modified_at: Timestamp(1_500),
        };
        let expected = concat!(
            r#"{"createdBy":"a","createdByType":"Application","createdAt":"1970-01-01T00:00:00.0000000+00:00","#,
            r#""lastModifiedBy":"b","lastModifiedByType":"User","lastModifiedAt":"1970-01-01T00:00:01.5000000+00:00"}"#,
        );
        assert_eq!(serde_json::to_string(&data).unwrap(), expected);
    }
}
