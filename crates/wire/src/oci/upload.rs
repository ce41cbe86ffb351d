//! What the query of an upload asks for (OCI distribution-spec 1.1, "Pushing blobs").

use boathook_core::digest::{Digest, InvalidDigest};
use boathook_core::name::Repository;
use url::form_urlencoded;

/// What a POST to `blobs/uploads/` begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// An upload; bytes follow in other requests.
    Session,
    /// An upload that is whole: the body is the blob.
    Whole(Digest),
    /// No upload, if the blob is elsewhere in the registry already.
    Mount {
        /// The blob.
        digest: Digest,
        /// The repository that has it. One whose name breaks the grammar has nothing, and counts as not named.
        from: Option<Repository>,
    },
}

impl Begin {
    /// Reads the query of a POST. Where it names both, mounting comes before a body.
    pub fn parse(query: Option<&str>) -> Result<Self, InvalidDigest> {
        let (mut mount, mut from, mut digest) = (None, None, None);
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "mount" if !value.is_empty() => mount = Some(value.parse()?),
                "from" => from = value.parse().ok(),
                "digest" => digest = Some(value.parse()?),
                _ => (),
            }
        }
        Ok(match (mount, digest) {
            (Some(digest), _) => Self::Mount { digest, from },
            (None, Some(digest)) => Self::Whole(digest),
            (None, None) => Self::Session,
        })
    }
}

/// Reads the digest that a PUT ends an upload with. One that is not there is wrong in its form.
pub fn end(query: Option<&str>) -> Result<Digest, InvalidDigest> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "digest")
        .ok_or(InvalidDigest::Form)
        .and_then(|(_, value)| value.parse())
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::digest::Algorithm;
    use proptest::prelude::*;

    const DIGEST: &str =
        "sha256%3Ae3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn digest() -> Digest {
        Algorithm::Sha256.digest(b"")
    }

    #[track_caller]
    fn check(query: &str, expected: &Begin) {
        assert_eq!(Begin::parse(Some(query)).as_ref(), Ok(expected), "{query:?}");
    }

    #[test]
    fn each_beginning_is_known() {
        let mount = |from: Option<&str>| Begin::Mount {
            digest: digest(),
            from: from.map(|from| from.parse().unwrap()),
        };
        assert_eq!(Begin::parse(None), Ok(Begin::Session));
        check("", &Begin::Session);
        check("mount=&from=", &Begin::Session);
        check("from=team/app", &Begin::Session);
        check(&format!("digest={DIGEST}"), &Begin::Whole(digest()));
        check(&format!("mount={DIGEST}"), &mount(None));
        check(&format!("mount={DIGEST}&from=team%2Fapp"), &mount(Some("team/app")));
        check(&format!("from=team/app&mount={DIGEST}"), &mount(Some("team/app")));
        check(&format!("mount={DIGEST}&from=NO"), &mount(None));
        check(&format!("mount={DIGEST}&digest={DIGEST}"), &mount(None));
    }

    #[test]
    fn bad_digests_are_told_apart() {
        assert_eq!(Begin::parse(Some("mount=sha256:0")), Err(InvalidDigest::Hex));
        assert_eq!(Begin::parse(Some("digest=")), Err(InvalidDigest::Form));
        assert_eq!(end(Some(&format!("_state=x&digest={DIGEST}"))), Ok(digest()));
        assert_eq!(end(None), Err(InvalidDigest::Form));
        assert_eq!(end(Some("digest=md5:0")), Err(InvalidDigest::Algorithm));
    }

    proptest! {
        #[test]
        fn parsing_never_panics(query in "((mount|from|digest)=\\PC{0,5}&?){0,4}") {
            let _ = Begin::parse(Some(&query));
            let _ = end(Some(&query));
        }
    }
}
