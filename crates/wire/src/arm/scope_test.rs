//! What `testScope` is asked, and what it shows: which of a registry's tags a webhook would hear of. ACR has nothing of the
//! kind.

use super::object::{InvalidBody, Object};
use serde::Serialize;
use std::fmt;

/// What `testScope` is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestScope {
    /// The scope that a webhook might have.
    pub scope: String,
    /// The region whose tags are meant; the registry's home where there is none.
    pub location: Option<String>,
}

impl TestScope {
    /// Reads the body of the POST.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidBody> {
        let body = Object::from_body(body)?;
        body.only(&["scope", "location"], &[])?;
        Ok(Self { scope: body.required_string("scope")?, location: body.string("location")? })
    }
}

/// A tag that a webhook would hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// The repository.
    pub repository: String,
    /// The tag.
    pub tag: String,
}

/// Where a page begins, and what was asked: clients follow `nextLink` with GET, which has no body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkipToken {
    /// What was asked.
    pub asked: TestScope,
    /// The repository to go on from.
    pub repository: String,
    /// The tag in it to go on from.
    pub tag: String,
}

/// What no scope, location, repository or tag has in it.
const BETWEEN: char = ',';

impl SkipToken {
    /// Reads a token; `None` where it is none that was printed.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let mut parts = text.split(BETWEEN).map(str::to_owned);
        let [scope, location, repository, tag] =
            [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let location = Some(location).filter(|location| !location.is_empty());
        let asked = TestScope { scope, location };
        parts.next().is_none().then_some(Self { asked, repository, tag })
    }
}

impl fmt::Display for SkipToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asked: TestScope { scope, location }, repository, tag } = self;
        let location = location.as_deref().unwrap_or_default();
        write!(f, "{scope}{BETWEEN}{location}{BETWEEN}{repository}{BETWEEN}{tag}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_body_has_a_scope_and_may_have_a_location() {
        let read = |body: &str| TestScope::parse(body.as_bytes());
        let asked = |scope: &str, location: Option<&str>| TestScope {
            scope: scope.to_owned(),
            location: location.map(str::to_owned),
        };
        assert_eq!(read(r#"{"scope":""}"#), Ok(asked("", None)));
        let body = r#"{"scope":"a:*","location":"westus"}"#;
        assert_eq!(read(body), Ok(asked("a:*", Some("westus"))));
        for (body, target) in [
            ("", None),
            ("{}", Some("scope")),
            (r#"{"scope":1}"#, Some("scope")),
            (r#"{"scope":"","location":1}"#, Some("location")),
            (r#"{"scope":"","region":"westus"}"#, Some("region")),
        ] {
            assert_eq!(read(body).unwrap_err().target(), target, "{body}");
        }
    }

    #[test]
    fn an_entry_is_a_repository_and_a_tag() {
        let heard = Heard { repository: "team/app".to_owned(), tag: "v1.4".to_owned() };
        let expected = r#"{"repository":"team/app","tag":"v1.4"}"#;
        assert_eq!(serde_json::to_string(&heard).unwrap(), expected);
    }

    #[test]
    fn what_was_never_printed_is_no_token() {
        for text in ["", "a", "a,b,c", "a,b,c,d,e", "a,b,c\0,d", "a,b,c d,e", "a,b,c,\u{e4}"] {
            assert_eq!(SkipToken::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_token_leads_back_to_what_was_asked(
            scope in "([a-z0-9/._*-]{1,9}(:[A-Za-z0-9._*-]{1,9})?)?",
            location in proptest::option::of("[a-z0-9]{1,9}"),
            repository in "[a-z0-9/._-]{1,9}",
            tag in "[A-Za-z0-9._-]{1,9}|~",
        ) {
            let token = SkipToken { asked: TestScope { scope, location }, repository, tag };
            prop_assert_eq!(SkipToken::parse(&token.to_string()), Some(token));
        }
    }
}
