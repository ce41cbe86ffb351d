//! What `listEvents` shows: the request that was sent, and what was answered (`acr-facts` §3.4).
//!
//! Hiding secrets and cutting bodies short is done by whoever fills these in.

use boathook_core::time::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// The version of HTTP that requests and answers are shown with.
pub const HTTP_VERSION: &str = "1.1";

/// One event on its way to one webhook, with its latest attempt.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What was sent, or is going to be.
    pub event_request_message: RequestMessage,
    /// What was answered; null as long as nothing was.
    pub event_response_message: Option<ResponseMessage>,
    /// The event's id.
    pub id: String,
    /// How far it has come, for which ACR has no member.
    pub boathook: Progress,
}

/// A request to a receiver.
#[derive(Clone, Debug, Serialize)]
pub struct RequestMessage {
    /// The body, shown as the object that it is.
    pub content: Box<RawValue>,
    /// The rest of it.
    #[serde(flatten)]
    pub head: RequestHead,
}

/// A request to a receiver without its body.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestHead {
    /// The headers, in the order in which they are sent.
    #[serde(serialize_with = "super::headers::as_object")]
    pub headers: Vec<(String, String)>,
    /// The method.
    pub method: &'static str,
    /// Where it goes, without userinfo.
    pub request_uri: String,
    /// [`HTTP_VERSION`].
    pub version: &'static str,
}

/// A receiver's answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseMessage {
    /// The beginning of the body.
    pub content: String,
    /// The headers, one value each.
    #[serde(serialize_with = "super::headers::as_object")]
    pub headers: Vec<(String, String)>,
    /// The status in words.
    pub reason_phrase: String,
    /// The status in digits; clients expect a string.
    #[serde(serialize_with = "as_text")]
    pub status_code: u16,
    /// [`HTTP_VERSION`].
    pub version: &'static str,
}

/// How far a delivery has come.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The delivery's state in one word.
    pub state: &'static str,
    /// How many attempts were made.
    pub attempts: u32,
    /// When the next one is due, if there will be one.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::as_text_if_any"
    )]
    pub next_attempt: Option<Timestamp>,
    /// Why the latest attempt failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// Why an attempt failed.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// The kind of failure, in one word that programs may compare.
    pub class: String,
    /// The same for people.
    pub message: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn as_text<S: Serializer>(status: &u16, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str =
        r#"{"id":"826b","timestamp":"2021-12-30T21:06:39.5160873Z","action":"ping"}"#;

    fn event() -> Event {
        Event {
            event_request_message: RequestMessage {
                content: RawValue::from_string(BODY.to_owned()).unwrap(),
                head: RequestHead {
                    headers: vec![
                        ("key".to_owned(), "value".to_owned()),
                        ("Content-Length".to_owned(), "104".to_owned()),
                    ],
                    method: "POST",
                    request_uri: "http://www.example.com/".to_owned(),
                    version: HTTP_VERSION,
                },
            },
            event_response_message: None,
            id: "826b".to_owned(),
            boathook: Progress { state: "pending", attempts: 0, next_attempt: None, error: None },
        }
    }

    fn request() -> String {
        format!(
            concat!(
                r#"{{"eventRequestMessage":{{"content":{},"headers":{{"key":"value","Content-Length":"104"}},"#,
                r#""method":"POST","requestUri":"http://www.example.com/","version":"1.1"}},"#,
            ),
            BODY
        )
    }

    #[test]
    fn an_event_without_an_answer_says_so_with_null() {
        let expected = request()
            + r#""eventResponseMessage":null,"id":"826b","boathook":{"state":"pending","attempts":0}}"#;
        assert_eq!(serde_json::to_string(&event()).unwrap(), expected);
    }

    #[test]
    fn an_answer_has_its_status_as_a_string() {
        let response = ResponseMessage {
            content: "no".to_owned(),
            headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
            reason_phrase: "Forbidden".to_owned(),
            status_code: 403,
            version: HTTP_VERSION,
        };
        let failure = Failure { class: "status".to_owned(), message: "answered 403".to_owned() };
        let event = Event {
            event_response_message: Some(response),
            boathook: Progress {
                state: "pending",
                attempts: 2,
                next_attempt: Some(Timestamp(0)),
                error: Some(failure),
            },
            ..event()
        };
        let expected = request()
            + concat!(
                r#""eventResponseMessage":{"content":"no","headers":{"Content-Type":"text/html"},"#,
                r#""reasonPhrase":"Forbidden","statusCode":"403","version":"1.1"},"id":"826b","#,
                r#""boathook":{"state":"pending","attempts":2,"nextAttempt":"1970-01-01T00:00:00.0000000Z","#,
                r#""error":{"class":"status","message":"answered 403"}}}"#,
            );
        assert_eq!(serde_json::to_string(&event).unwrap(), expected);
    }
}
