//! ARM's names for what may be done, and patterns of them.

use crate::pattern;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The longest pattern of actions, in bytes.
pub const ACTION_BYTES_MAX: usize = 256;

/// What a request does, in ARM's words: `Microsoft.ContainerRegistry/registries/webhooks/write`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArmAction<'a>(&'a str);

impl<'a> ArmAction<'a> {
    /// Names an action. Panics, in a constant while it is compiled, where the text is a pattern or none of ARM's names.
    pub const fn new(name: &'a str) -> Self {
        assert!(is_text_of_actions(name.as_bytes(), b'/'), "an action is a path of words");
        Self(name)
    }

    /// Reads the name of an action; part of it may be what a client has sent.
    pub fn parse(name: &'a str) -> Option<Self> {
        is_text_of_actions(name.as_bytes(), b'/').then_some(Self(name))
    }

    /// The action as refusals tell it.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Display for ArmAction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Actions of a role: a name, or one with stars for any run of characters. Case is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionPattern(Cow<'static, str>);

/// Why a text describes no actions.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "an action has 1 to {ACTION_BYTES_MAX} letters, digits, `.`, `/`, `-`, `_`, and `*` for any run of characters, as \
     in `Microsoft.ContainerRegistry/registries/*/read`"
)]
pub struct InvalidAction;

impl ActionPattern {
    pub(super) const fn new(text: &'static str) -> Self {
        assert!(
            is_text_of_actions(text.as_bytes(), b'*'),
            "a pattern is a path of words and stars"
        );
        Self(Cow::Borrowed(text))
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether `action` is one of those described.
    pub fn matches(&self, action: ArmAction<'_>) -> bool {
        pattern::matches_ignoring_case(&self.0, action.0)
    }
}

impl FromStr for ActionPattern {
    type Err = InvalidAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_text_of_actions(text.as_bytes(), b'*') {
            Ok(Self(Cow::Owned(text.to_owned())))
        } else {
            Err(InvalidAction)
        }
    }
}

/// Letters, digits, `.`, `/`, `-`, `_` and one more sign.
const fn is_text_of_actions(text: &[u8], sign: u8) -> bool {
    let mut idx = 0;
    while idx < text.len() {
        let byte = text[idx];
        if !byte.is_ascii_alphanumeric()
            && !matches!(byte, b'.' | b'/' | b'-' | b'_')
            && byte != sign
        {
            return false;
        }
        idx += 1;
    }
    !text.is_empty() && text.len() <= ACTION_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, action: &'static str, expected: bool) {
        let pattern: ActionPattern = pattern.parse().unwrap();
        assert_eq!(pattern.matches(ArmAction::new(action)), expected, "{pattern:?} on {action}");
    }

    #[test]
    fn patterns_ignore_case_and_let_stars_cross_slashes() {
        let write = "Microsoft.ContainerRegistry/registries/webhooks/write";
        check("*", write, true);
        check("*/write", write, true);
        check("*/read", write, false);
        check("microsoft.containerregistry/REGISTRIES/webhooks/write", write, true);
        check("Microsoft.ContainerRegistry/registries/*", write, true);
        check("Microsoft.ContainerRegistry/registries/*/write", write, true);
        check("Microsoft.ContainerRegistry/*/webhooks/*", write, true);
        check("Microsoft.ContainerRegistry/registries/write", write, false);
        check("Microsoft.ContainerRegistry/registries/webhooks", write, false);
        check("Microsoft.EventGrid/*", write, false);
    }

    #[test]
    fn what_is_no_action_is_refused() {
        for bad in ["", "a b", "a/b?", "ä/read", "a\n", &"a".repeat(ACTION_BYTES_MAX + 1)] {
            assert_eq!(bad.parse::<ActionPattern>(), Err(InvalidAction), "{bad:?}");
        }
        assert!("a".repeat(ACTION_BYTES_MAX).parse::<ActionPattern>().is_ok());
    }

    #[test]
    #[should_panic(expected = "an action is a path of words")]
    fn a_pattern_is_nothing_that_a_request_does() {
        let _ = ArmAction::new("*/read");
    }
}
