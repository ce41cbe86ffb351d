//! What `collectGarbage` is asked, and what it shows: removing what nobody needs. ACR has nothing of the kind.

use super::object::{InvalidBody, Object};
use super::operation::State;
use boathook_core::time::Timestamp;
use serde::Serialize;

/// What `collectGarbage` is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectGarbage {
    /// Whether it is only to be looked at.
    pub is_dry_run: bool,
}

impl CollectGarbage {
    /// Reads the body of the POST.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        body.only(&["dryRun"], &[])?;
        Ok(Self { is_dry_run: body.boolean("dryRun")?.unwrap_or(false) })
    }
}

/// How much there is of something that nobody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Links of blobs to repositories.
    pub links: u64,
    /// Blobs.
    pub blobs: u64,
    /// How large those are, in bytes.
    pub bytes: u64,
}

/// What came of a collection that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Collected {
    /// Whether it was only to be looked at.
    #[serde(rename = "dryRun")]
    pub is_dry_run: bool,
    /// What there was to remove when it was asked for.
    pub due: Amount,
    /// What is gone, unless it was only to be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freed: Option<Amount>,
    /// What is of no use, and not for long enough.
    pub waiting: Waiting,
}

/// What is of no use, and not for long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// How much.
    #[serde(flatten)]
    pub amount: Amount,
    /// When the first of it is due.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::as_text_if_any"
    )]
    pub first_due_time: Option<Timestamp>,
    /// When the last of it is due.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::as_text_if_any"
    )]
    pub last_due_time: Option<Timestamp>,
}

/// The last collection in one of a registry's regions, whoever asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Collection {
    /// The region.
    pub location: String,
    /// In one word.
    pub status: State,
    /// Whether somebody asked for it; or else it was time for one.
    #[serde(rename = "onDemand")]
    pub is_on_demand: bool,
    /// When it began.
    #[serde(serialize_with = "crate::time::as_text")]
    pub start_time: Timestamp,
    /// When it ended, if it has.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::as_text_if_any"
    )]
    pub end_time: Option<Timestamp>,
    /// What is gone.
    pub freed: Amount,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_says_whether_it_is_only_a_look() {
        let read = |body: &str| CollectGarbage::parse(body.as_bytes());
        for (body, is_dry_run) in
            [("{}", false), (r#"{"dryRun":false}"#, false), (r#"{"dryRun":true}"#, true)]
        {
            assert_eq!(read(body), Ok(CollectGarbage { is_dry_run }), "{body}");
        }
        for (body, target) in [
            ("", None),
            ("[]", None),
            (r#"{"dryRun":"yes"}"#, Some("dryRun")),
            // Whoever misspells it does not mean to remove anything.
            (r#"{"dryrun":true}"#, Some("dryrun")),
        ] {
            assert_eq!(read(body).unwrap_err().target(), target, "{body}");
        }
    }

    #[test]
    fn what_is_shown_reads_as_it_should() {
        let amount = |n| Amount { links: n, blobs: n, bytes: n * 10 };
        let waiting = Waiting {
            amount: amount(1),
            first_due_time: Some(Timestamp(0)),
            last_due_time: Some(Timestamp(1_000)),
        };
        let collected =
            Collected { is_dry_run: false, due: amount(2), freed: Some(amount(3)), waiting };
        let expected = r#"{"dryRun":false,"due":{"links":2,"blobs":2,"bytes":20},"freed":{"links":3,"blobs":3,"bytes":30},"waiting":{"links":1,"blobs":1,"bytes":10,"firstDueTime":"1970-01-01T00:00:00.0000000Z","lastDueTime":"1970-01-01T00:00:01.0000000Z"}}"#;
        assert_eq!(serde_json::to_string(&collected).unwrap(), expected);
        let nothing = Waiting { amount: amount(0), first_due_time: None, last_due_time: None };
        let look = Collected { is_dry_run: true, freed: None, waiting: nothing, ..collected };
        let expected = r#"{"dryRun":true,"due":{"links":2,"blobs":2,"bytes":20},"waiting":{"links":0,"blobs":0,"bytes":0}}"#;
        assert_eq!(serde_json::to_string(&look).unwrap(), expected);
        let collection = Collection {
            location: "local".to_owned(),
            status: State::InProgress,
            is_on_demand: true,
            start_time: Timestamp(0),
            end_time: None,
            freed: amount(1),
        };
        let expected = r#"{"location":"local","status":"InProgress","onDemand":true,"startTime":"1970-01-01T00:00:00.0000000Z","freed":{"links":1,"blobs":1,"bytes":10}}"#;
        assert_eq!(serde_json::to_string(&collection).unwrap(), expected);
    }
}
