//! `If-Match` and `If-None-Match`: a change that is made only to what the caller last saw (RFC 9110 §13.1).

/// What a request says of the resource's entity tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    Any,
    Listed(Vec<String>),
}

/// A header has neither an asterisk nor a list of entity tags.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`If-Match` and `If-None-Match` are `*`, or entity tags in double quotes with commas between"
)]
pub struct InvalidCondition;

impl Condition {
    /// Reads the two headers, where a request has them.
    pub fn parse(
        if_match: Option<&str>,
        if_none_match: Option<&str>,
    ) -> Result<Self, InvalidCondition> {
        Ok(Self {
            if_match: if_match.map(Tags::parse).transpose()?,
            if_none_match: if_none_match.map(Tags::parse).transpose()?,
        })
    }

    /// Says whether a request has either of the two headers.
    pub fn is_set(&self) -> bool {
        *self != Self::default()
    }

    /// Says whether a change may be made, by the entity tag of the resource, which there may be none of.
    pub fn holds(&self, etag: Option<&str>) -> bool {
        self.if_match.as_ref().is_none_or(|tags| tags.name(etag))
            && !self.if_none_match.as_ref().is_some_and(|tags| tags.name(etag))
    }
}

impl Tags {
    fn parse(text: &str) -> Result<Self, InvalidCondition> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let tag = |tag: &str| {
            // Ours are all strong, and a weak one of a client's is one of ours that something on its way has changed.
            let tag = tag.trim();
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            let tag = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            tag.filter(|tag| !tag.contains('"')).map(str::to_owned).ok_or(InvalidCondition)
        };
        text.split(',').map(tag).collect::<Result<_, _>>().map(Self::Listed)
    }

    /// Says whether a resource with this entity tag is one of those that are meant.
    fn name(&self, etag: Option<&str>) -> bool {
        match (self, etag) {
            (_, None) => false,
            (Self::Any, Some(_)) => true,
            (Self::Listed(tags), Some(etag)) => tags.iter().any(|tag| tag == etag),
        }
    }
}

/// Prints the value of an `ETag` header. An entity tag of ours is letters and digits.
pub fn header(etag: &str) -> String {
    format!("\"{etag}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(if_match: Option<&str>, if_none_match: Option<&str>, expected: [bool; 3]) {
        let condition = Condition::parse(if_match, if_none_match).unwrap();
        let held = [None, Some("1"), Some("2")].map(|etag| condition.holds(etag));
        assert_eq!(held, expected, "{condition:?}: absent, tag 1, tag 2");
    }

    #[test]
    fn a_change_is_made_to_what_was_seen() {
        check(None, None, [true, true, true]);
        check(Some("*"), None, [false, true, true]);
        check(Some("\"1\""), None, [false, true, false]);
        check(Some(" \"0\" , W/\"2\""), None, [false, false, true]);
        check(None, Some("*"), [true, false, false]);
        check(None, Some("\"2\""), [true, true, false]);
        check(Some("*"), Some("\"2\""), [false, true, false]);
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in ["", "1", "\"1", "\"1\",", "\"1\" \"2\"", "*,\"1\"", "\"a\"b\""] {
            assert_eq!(Condition::parse(Some(text), None), Err(InvalidCondition), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_tag_that_was_told_is_known_again(etag in "[a-zA-Z0-9]{1,20}") {
            let condition = Condition::parse(Some(&header(&etag)), None).unwrap();
            prop_assert!(condition.holds(Some(&etag)));
            prop_assert!(!condition.holds(Some("other-tag")));
        }

        #[test]
        fn parsing_never_panics(text in "(W/|\"|\\*|,| |\\PC){0,10}") {
            let _ = Condition::parse(Some(&text), Some(&text));
        }
    }
}
