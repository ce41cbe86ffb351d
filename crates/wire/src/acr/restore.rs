//! What a request to restore something says: `?force=False` and `{"tag":"v1"}`.

use crate::arm::object::{InvalidBody, Object};
use boathook_core::name::{InvalidTag, Tag};
use url::form_urlencoded;

/// What is asked for beside the manifest, which the path names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restore {
    /// The tag that comes back.
    pub tag: Option<Tag>,
    /// Whether the tag leaves another manifest that it is on.
    pub is_forced: bool,
}

/// Why a request to restore something cannot be followed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidRestore {
    /// `force` is no yes or no.
    #[error("`force` is `true` or `false`")]
    Force,
    /// The body is not what it should be.
    #[error(transparent)]
    Body(#[from] InvalidBody),
    /// No manifest can have had the tag.
    #[error(transparent)]
    Tag(#[from] InvalidTag),
}

impl Restore {
    /// Reads the query and the body. Parameters and members that it does not know are passed over; `az` writes `force` with a
    /// capital.
    pub fn parse(query: Option<&str>, body: &[u8]) -> Result<Self, InvalidRestore> {
        let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let force = pairs.find(|(name, _)| name == "force").map(|(_, value)| value);
        let is_forced = match force {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("true") => true,
            Some(word) if word.eq_ignore_ascii_case("false") => false,
            Some(_) => return Err(InvalidRestore::Force),
        };
        let tag = if body.is_empty() { None } else { Object::from_body(body)?.string("tag")? };
        Ok(Self { tag: tag.map(|tag| tag.parse()).transpose()?, is_forced })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(query: &str, body: &str, expected: Option<(Option<&str>, bool)>) {
        let read = Restore::parse(Some(query), body.as_bytes()).ok();
        let expected = expected.map(|(tag, is_forced)| Restore {
            tag: tag.map(|tag| tag.parse().unwrap()),
            is_forced,
        });
        assert_eq!(read, expected, "{query:?} {body:?}");
    }

    #[test]
    fn what_az_sends_is_read() {
        check("force=False", r#"{"tag": "v1"}"#, Some((Some("v1"), false)));
        check("force=True&x=1", r#"{"tag": null}"#, Some((None, true)));
        check("", "", Some((None, false)));
        check("", r#"{"other":1}"#, Some((None, false)));
    }

    #[test]
    fn what_is_wrong_is_refused() {
        check("force=1", "{}", None);
        check("", "[]", None);
        check("", r#"{"tag":1}"#, None);
        check("", r#"{"tag":".v1"}"#, None);
        let error = Restore::parse(Some("force=yes"), b"{}").unwrap_err();
        assert_eq!(error.to_string(), "`force` is `true` or `false`");
    }

    proptest! {
        #[test]
        fn parsing_never_panics(query in "(force=)?\\PC{0,6}", body in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Restore::parse(Some(&query), &body);
        }
    }
}
