//! Tokens of a registry as the management API shows them (`acr-facts` §3.9).
//!
//! A token's passwords have names, times and no values here: those are shown once, by
//! [`generateCredentials`](super::credentials).

pub mod parameters;

use super::switch;
use super::system_data::SystemData;
use boathook_core::time::Timestamp;
use serde::Serialize;

/// The `type` of the resource.
pub const TYPE: &str = "Microsoft.ContainerRegistry/registries/tokens";

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// [`TYPE`].
    pub r#type: &'static str,
    /// Its id.
    pub id: String,
    /// Its name, which is also the user name that it signs in with.
    pub name: String,
    /// Who made and who changed it.
    pub system_data: SystemData,
    /// What it may do.
    pub properties: Properties,
}

/// What a token may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// When it was made.
    #[serde(serialize_with = "crate::time::as_text")]
    pub creation_date: Timestamp,
    /// Where its last change stands.
    pub provisioning_state: &'static str,
    /// The id of its scope map.
    pub scope_map_id: String,
    /// What it signs in with.
    pub credentials: Credentials,
    /// Whether it may sign in.
    #[serde(rename = "status", serialize_with = "switch::lower")]
    pub is_enabled: bool,
}

/// What a token signs in with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// Certificates, of which there are none here.
    pub certificates: [&'static str; 0],
    /// One password or two, or none.
    pub passwords: Vec<Password>,
}

/// A password of a token, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Password {
    /// When it was made.
    #[serde(serialize_with = "crate::time::as_text")]
    pub creation_time: Timestamp,
    /// When it no longer counts, if ever.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::as_text_if_any"
    )]
    pub expiry: Option<Timestamp>,
    /// `password1` or `password2`.
    pub name: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::system_data::tests::{PRINTED, system_data};

    #[test]
    fn it_is_what_acr_shows() {
        let password = |name, expiry| Password { creation_time: Timestamp(0), expiry, name };
        let token = Token {
            r#type: TYPE,
            id: "/r/tokens/mytoken".to_owned(),
            name: "mytoken".to_owned(),
            system_data: system_data(),
            properties: Properties {
                creation_date: Timestamp(0),
                provisioning_state: "Succeeded",
                scope_map_id: "/r/scopeMaps/mymap".to_owned(),
                credentials: Credentials {
                    certificates: [],
                    passwords: vec![
                        password("password1", None),
                        password("password2", Some(Timestamp(1_000))),
                    ],
                },
                is_enabled: true,
            },
        };
        let expected = format!(
            concat!(
                r#"{{"type":"Microsoft.ContainerRegistry/registries/tokens","id":"/r/tokens/mytoken","name":"mytoken",{},"#,
                r#""properties":{{"creationDate":"1970-01-01T00:00:00.0000000Z","provisioningState":"Succeeded","#,
                r#""scopeMapId":"/r/scopeMaps/mymap","credentials":{{"certificates":[],"passwords":["#,
                r#"{{"creationTime":"1970-01-01T00:00:00.0000000Z","name":"password1"}},"#,
                r#"{{"creationTime":"1970-01-01T00:00:00.0000000Z","expiry":"1970-01-01T00:00:01.0000000Z","name":"password2"}}]}},"#,
                r#""status":"enabled"}}}}"#,
            ),
            PRINTED
        );
        assert_eq!(serde_json::to_string(&token).unwrap(), expected);
    }
}
