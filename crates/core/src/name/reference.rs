//! Tags, and what a manifest may be asked for by (OCI distribution-spec 1.1, "Pulling manifests").

use crate::digest::{Digest, InvalidDigest};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The longest tag, in bytes.
pub const TAG_BYTES_MAX: usize = 128;

/// A movable name for a manifest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Arc<str>);

/// Why a text is not a tag.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a tag has 1 to {TAG_BYTES_MAX} letters, digits, `_`, `.` and `-`, and begins with a letter, a digit or `_`"
)]
pub struct InvalidTag;

impl Tag {
    /// The tag as it appears in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_tag = text.len() <= TAG_BYTES_MAX
            && text.starts_with(is_word)
            && text.chars().all(|c| is_word(c) || matches!(c, '.' | '-'));
        if is_tag { Ok(Self(text.into())) } else { Err(InvalidTag) }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.0)
    }
}

/// What a manifest is asked for by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// The name that moves.
    Tag(Tag),
    /// The name that cannot.
    Digest(Digest),
}

/// Why a text is neither a tag nor a digest.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidReference {
    /// It has a colon, so that it can only be a digest.
    #[error(transparent)]
    Digest(#[from] InvalidDigest),
    /// It has no colon, so that it can only be a tag.
    #[error(transparent)]
    Tag(#[from] InvalidTag),
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains(':') {
            Ok(Self::Digest(text.parse()?))
        } else {
            Ok(Self::Tag(text.parse()?))
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(text.parse::<Tag>().is_ok(), expected, "{text:?}");
    }

    #[test]
    fn grammar() {
        check("latest", true);
        check("1.0_RC-2", true);
        check("_", true);
        check(".hidden", false);
        check("-dash", false);
        check("a/b", false);
        check("a:b", false);
        check("", false);
        check(&"t".repeat(TAG_BYTES_MAX), true);
        check(&"t".repeat(TAG_BYTES_MAX + 1), false);
    }

    #[test]
    fn a_colon_makes_it_a_digest() {
        let reference = "sha256:short".parse::<Reference>();
        assert_eq!(reference, Err(InvalidReference::Digest(InvalidDigest::Hex)));
        assert!(matches!("v1".parse::<Reference>(), Ok(Reference::Tag(_))));
    }
}
