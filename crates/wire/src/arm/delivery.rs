//! What `listDeliveries` is asked, and what it shows: how each delivery to a webhook went, attempt by attempt. ACR has nothing
//! of the kind; requests and answers are shown as its `listEvents` shows them.

use super::event::{Failure, RequestHead, ResponseMessage};
use super::object::{InvalidBody, Object};
use boathook_core::time::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

/// What `listDeliveries` is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListDeliveries {
    /// The event whose delivery alone is wanted.
    pub id: Option<String>,
}

impl ListDeliveries {
    /// Reads the body of the POST, which need not have one.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        if body.is_empty() {
            return Ok(Self { id: None });
        }
        let body = Object::from_body(body)?;
        body.only(&["id"], &[])?;
        Ok(Self { id: body.string("id")? })
    }
}

/// One delivery to a webhook, with its latest attempts.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The event's id.
    pub id: String,
    /// The delivery's state in one word.
    pub state: &'static str,
    /// How many attempts were made.
    pub attempt_count: u32,
    /// When the next one is due; null where none is planned.
    #[serde(serialize_with = "crate::time::as_text_if_any")]
    pub next_attempt: Option<Timestamp>,
    /// What the receiver gets, shown as the object that it is.
    pub body: Box<RawValue>,
    /// The latest attempts, newest first.
    pub attempts: Vec<Attempt>,
}

/// One try of a delivery.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Which one it was, the first being 1.
    pub number: u32,
    /// When it began.
    #[serde(serialize_with = "crate::time::as_text")]
    pub start_time: Timestamp,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What was sent.
    pub request: RequestHead,
    /// What was answered; null where nothing was.
    pub response: Option<ResponseMessage>,
    /// Why it failed; null where it did not.
    pub error: Option<Failure>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::event::HTTP_VERSION;

    fn delivery() -> Delivery {
        Delivery {
            id: "826b".to_owned(),
            state: "delivered",
            attempt_count: 0,
            next_attempt: None,
            body: RawValue::from_string(r#"{"action":"ping"}"#.to_owned()).unwrap(),
            attempts: Vec::new(),
        }
    }

    #[test]
    fn a_body_names_an_event_or_none() {
        let read = |body: &str| ListDeliveries::parse(body.as_bytes());
        for body in ["", "{}", r#"{"id":null}"#] {
            assert_eq!(read(body), Ok(ListDeliveries { id: None }), "{body}");
        }
        let one = ListDeliveries { id: Some("826b".to_owned()) };
        assert_eq!(read(r#"{"id":"826b"}"#), Ok(one));
        for (body, target) in [
            ("[]", None),
            (" ", None),
            (r#"{"id":1}"#, Some("id")),
            (r#"{"event":"826b"}"#, Some("event")),
        ] {
            assert_eq!(read(body).unwrap_err().target(), target, "{body}");
        }
    }

    #[test]
    fn a_delivery_without_attempts_has_every_member() {
        let expected = r#"{"id":"826b","state":"delivered","attemptCount":0,"nextAttempt":null,"body":{"action":"ping"},"attempts":[]}"#;
        assert_eq!(serde_json::to_string(&delivery()).unwrap(), expected);
    }

    #[test]
    fn an_attempt_is_shown_as_the_list_of_events_shows_it() {
        let attempt = Attempt {
            number: 2,
            start_time: Timestamp(0),
            duration_ms: 7,
            request: RequestHead {
                headers: vec![("key".to_owned(), "value".to_owned())],
                method: "POST",
                request_uri: "http://www.example.com/".to_owned(),
                version: HTTP_VERSION,
            },
            response: Some(ResponseMessage {
                content: "no".to_owned(),
                headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
                reason_phrase: "Forbidden".to_owned(),
                status_code: 403,
                version: HTTP_VERSION,
            }),
            error: None,
        };
        let failure = Failure { class: "timeout".to_owned(), message: "too late".to_owned() };
        let earlier =
            Attempt { number: 1, response: None, error: Some(failure), ..attempt.clone() };
        let delivery = Delivery {
            attempt_count: 2,
            next_attempt: Some(Timestamp(0)),
            attempts: vec![attempt, earlier],
            ..delivery()
        };
        let expected = concat!(
            r#"{"id":"826b","state":"delivered","attemptCount":2,"nextAttempt":"1970-01-01T00:00:00.0000000Z","#,
            r#""body":{"action":"ping"},"attempts":["#,
            r#"{"number":2,"startTime":"1970-01-01T00:00:00.0000000Z","durationMs":7,"#,
            r#""request":{"headers":{"key":"value"},"method":"POST","requestUri":"http://www.example.com/","version":"1.1"},"#,
            r#""response":{"content":"no","headers":{"Content-Type":"text/html"},"reasonPhrase":"Forbidden","#,
            r#""statusCode":"403","version":"1.1"},"error":null},"#,
            r#"{"number":1,"startTime":"1970-01-01T00:00:00.0000000Z","durationMs":7,"#,
            r#""request":{"headers":{"key":"value"},"method":"POST","requestUri":"http://www.example.com/","version":"1.1"},"#,
            r#""response":null,"error":{"class":"timeout","message":"too late"}}]}"#,
        );
        assert_eq!(serde_json::to_string(&delivery).unwrap(), expected);
    }
}
