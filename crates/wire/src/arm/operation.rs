//! Operations: how far one that takes long has come (`acr-facts` §3.5), and which ones there are at all.

use super::error::Error;
use boathook_core::time::Timestamp;
use http::HeaderName;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// Where the status of what a PUT, PATCH or POST has begun is found: an absolute URL, as [`link`](super::query::link)
/// prints it. A DELETE has it in `Location`.
pub const AZURE_ASYNC_OPERATION: HeaderName = HeaderName::from_static("azure-asyncoperation");

/// How far an operation has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationStatus {
    /// The path of this status.
    pub id: String,
    /// The operation's id.
    pub name: String,
    /// In one word.
    pub status: State,
    /// When it began.
    #[serde(serialize_with = "crate::time::as_text")]
    pub start_time: Timestamp,
    /// When it ended, if it has.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::as_text_if_any"
    )]
    pub end_time: Option<Timestamp>,
    /// How much of it is done, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent_complete: Option<u8>,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
    /// How much of what is done; a member that is ours and not Azure's.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "by_name")]
    pub boathook: Vec<(String, Share)>,
}

/// How much of something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// So much.
    pub done: u64,
    /// Of so much.
    pub total: u64,
}

fn by_name<S: Serializer>(shares: &[(String, Share)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(shares.len()))?;
    for (name, share) in shares {
        map.serialize_entry(name, share)?;
    }
    map.end()
}

/// How far an operation has come, in the words that pollers compare. The last three are the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum State {
    /// It makes something.
    Creating,
    /// It changes something.
    Updating,
    /// It takes something away.
    Deleting,
    /// It does something else.
    InProgress,
    /// It did what it should.
    Succeeded,
    /// It could not.
    Failed,
    /// Somebody stopped it.
    Canceled,
}

/// Something that can be done with registries, as the list of operations shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// The action that roles name.
    pub name: String,
    /// Whether it is about what a registry holds.
    pub is_data_action: bool,
    /// The same for people.
    pub display: Display,
}

/// An operation in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Display {
    /// Whose it is.
    pub provider: &'static str,
    /// What it is done with.
    pub resource: String,
    /// What is done.
    pub operation: String,
}

/// The actions of the management API that begin with `Microsoft.ContainerRegistry/`, without that.
const ACTIONS: [&str; 40] = [
    "register/action",
    "checkNameAvailability/read",
    "registries/read",
    "registries/write",
    "registries/delete",
    "registries/collectGarbage/read",
    "registries/collectGarbage/action",
    "registries/generateCredentials/action",
    "registries/importImage/action",
    "registries/listCredentials/action",
    "registries/listUsages/read",
    "registries/regenerateCredential/action",
    "registries/testScope/action",
    "registries/operationStatuses/read",
    "registries/cacheRules/read",
    "registries/connectedRegistries/read",
    "registries/credentialSets/read",
    "registries/privateEndpointConnections/read",
    "registries/privateLinkResources/read",
    "registries/replications/read",
    "registries/replications/write",
    "registries/replications/delete",
    "registries/replications/operationStatuses/read",
    "registries/scopeMaps/read",
    "registries/scopeMaps/write",
    "registries/scopeMaps/delete",
    "registries/scopeMaps/operationStatuses/read",
    "registries/tokens/read",
    "registries/tokens/write",
    "registries/tokens/delete",
    "registries/tokens/operationStatuses/read",
    "registries/webhooks/read",
    "registries/webhooks/write",
    "registries/webhooks/delete",
    "registries/webhooks/operationStatuses/read",
    "registries/webhooks/ping/action",
    "registries/webhooks/listEvents/action",
    "registries/webhooks/getCallbackConfig/action",
    "registries/webhooks/redeliver/action",
    "registries/webhooks/listDeliveries/action",
];

impl Operation {
    /// Every operation of the management API on registries.
    pub fn all() -> Vec<Self> {
        let operation = |action: &str| {
            // What is done stands at the end, before the word `action` if that is there.
            let words = action.strip_suffix("/action").unwrap_or(action);
            let (resource, verb) = words.rsplit_once('/').unwrap_or(("", words));
            Self {
                name: format!("Microsoft.ContainerRegistry/{action}"),
                is_data_action: false,
                display: Display {
                    provider: "Microsoft Container Registry",
                    resource: resource.to_owned(),
                    operation: verb.to_owned(),
                },
            }
        };
        ACTIONS.into_iter().map(operation).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::error::Code;

    #[test]
    fn the_status_is_what_pollers_read() {
        let running = OperationStatus {
            id: "/r/operationStatuses/registries-1".to_owned(),
            name: "registries-1".to_owned(),
            status: State::Creating,
            start_time: Timestamp(0),
            end_time: None,
            percent_complete: None,
            error: None,
            boathook: Vec::new(),
        };
        let expected = r#"{"id":"/r/operationStatuses/registries-1","name":"registries-1","status":"Creating","startTime":"1970-01-01T00:00:00.0000000Z"}"#;
        assert_eq!(serde_json::to_string(&running).unwrap(), expected);
        let half = OperationStatus {
            percent_complete: Some(50),
            boathook: vec![("blobs".to_owned(), Share { done: 1, total: 2 })],
            ..running.clone()
        };
        let expected = r#"{"id":"/r/operationStatuses/registries-1","name":"registries-1","status":"Creating","startTime":"1970-01-01T00:00:00.0000000Z","percentComplete":50,"boathook":{"blobs":{"done":1,"total":2}}}"#;
        assert_eq!(serde_json::to_string(&half).unwrap(), expected);
        let failed = OperationStatus {
            status: State::Failed,
            end_time: Some(Timestamp(1_000)),
            error: Some(Error::new(Code::Conflict, "no")),
            ..running
        };
        let expected = r#"{"id":"/r/operationStatuses/registries-1","name":"registries-1","status":"Failed","startTime":"1970-01-01T00:00:00.0000000Z","endTime":"1970-01-01T00:00:01.0000000Z","error":{"code":"Conflict","message":"no"}}"#;
        assert_eq!(serde_json::to_string(&failed).unwrap(), expected);
    }

    #[test]
    fn operations_are_listed_with_their_words() {
        let operations = Operation::all();
        let ping = operations.iter().find(|found| found.name.ends_with("ping/action")).unwrap();
        let expected = r#"{"name":"Microsoft.ContainerRegistry/registries/webhooks/ping/action","isDataAction":false,"display":{"provider":"Microsoft Container Registry","resource":"registries/webhooks","operation":"ping"}}"#;
        assert_eq!(serde_json::to_string(ping).unwrap(), expected);
    }
}
