//! What came back.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; nothing for a HEAD.
    pub body: Bytes,
}

impl Answer {
    /// Fails the test unless the status is this.
    #[track_caller]
    #[must_use]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?} {}", self.headers, self.text());
        self
    }

    /// Fails the test unless this is a refusal of the registry in its documented shape, and gives its one error.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{:?} {}", self.headers, self.text());
        assert_eq!(self.header("content-type"), "application/json; charset=utf-8");
        let json = self.json();
        assert_eq!(json.as_object().map(serde_json::Map::len), Some(1), "{json}");
        let [error] = &json["errors"].as_array().expect("the errors are a list")[..] else {
            panic!("a refusal has one error: {json}");
        };
        assert_eq!(error["code"], code, "{json}");
        let message = error["message"].as_str().expect("an error has a message");
        assert!(!message.is_empty(), "{json}");
        assert!(error.get("detail").is_some(), "{json}");
        error.clone()
    }

    /// A header that has to be there once, as text.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let found = self.optional_header(name);
        found.unwrap_or_else(|| panic!("the answer has no `{name}`: {:?}", self.headers))
    }

    /// A header that may be there once, as text.
    #[track_caller]
    pub fn optional_header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "the answer has `{name}` twice: {:?}", self.headers);
        Some(value.to_str().expect("a header is text"))
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(2_000)]).into_owned()
    }
}
