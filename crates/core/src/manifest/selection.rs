//! Taking some platforms out of an index.

use crate::digest::Digest;
use crate::media_type::ManifestKind;
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// How many platforms may be asked for at a time.
pub const WANTED_MAX: usize = 20;
/// How many platforms a complaint names.
const NAMED_MAX: usize = 20;

/// A platform that is asked for: `os/architecture`, or `os/architecture/variant`. Without a variant it is every one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    os: String,
    architecture: String,
    variant: Option<String>,
}

/// A text is no platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a platform is `os/architecture` or `os/architecture/variant`, such as `linux/amd64` or `linux/arm/v7`"
)]
pub struct InvalidPlatform;

/// What is left of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// One manifest, which needs no index.
    One(Digest),
    /// An index of some of the manifests, as it is to be stored.
    Index(Vec<u8>),
}

/// Why nothing is left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSelection {
    /// There is nothing to choose from.
    #[error("the image is no index, so that there are no platforms to choose from: leave them out")]
    NoIndex,
    /// One that is asked for is not there.
    #[error("the image has nothing for `{wanted}`: it has {known}")]
    Absent {
        /// As it was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
}

impl FromStr for Wanted {
    type Err = InvalidPlatform;

    fn from_str(text: &str) -> Result<Self, InvalidPlatform> {
        let is_part = |part: &str| {
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            (1..=64).contains(&part.len()) && part.bytes().all(is_letter)
        };
        let parts: Vec<_> = text.split('/').collect();
        if !parts.iter().all(|part| is_part(part)) {
            return Err(InvalidPlatform);
        }
        let (os, architecture, variant) = match parts[..] {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] => (os, architecture, Some(variant.to_owned())),
            _ => return Err(InvalidPlatform),
        };
        Ok(Self { os: os.to_owned(), architecture: architecture.to_owned(), variant })
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

impl Wanted {
    fn is(&self, entry: &Value) -> bool {
        let says = |member: &str, text: &str| {
            let said = entry.get("platform").and_then(|platform| platform.get(member)?.as_str());
            said == Some(text)
        };
        says("os", &self.os)
            && says("architecture", &self.architecture)
            && self.variant.as_ref().is_none_or(|variant| says("variant", variant))
    }
}

/// Takes the manifests for some platforms out of an index; each has to be there.
///
/// What is left of the index is as it was in everything else. It has another digest, since it is another index.
pub fn select(media_type: &str, bytes: &[u8], wanted: &[Wanted]) -> Result<Selected, NoSelection> {
    let is_index = ManifestKind::from_media_type(media_type) == Ok(ManifestKind::Index);
    let index = serde_json::from_slice::<Map<String, Value>>(bytes).ok().filter(|_| is_index);
    let mut index = index.ok_or(NoSelection::NoIndex)?;
    let Some(Value::Array(entries)) = index.get_mut("manifests") else {
        return Err(NoSelection::NoIndex);
    };
    if let Some(absent) = wanted.iter().find(|it| !entries.iter().any(|entry| it.is(entry))) {
        return Err(NoSelection::Absent { wanted: absent.to_string(), known: known(entries) });
    }
    entries.retain(|entry| wanted.iter().any(|wanted| wanted.is(entry)));
    if let [entry] = &entries[..]
        && let Some(digest) = entry.get("digest").and_then(Value::as_str)
        && let Ok(digest) = digest.parse()
    {
        return Ok(Selected::One(digest));
    }
    Ok(Selected::Index(Value::Object(index).to_string().into_bytes()))
}

/// The platforms that an index has, for a complaint.
fn known(entries: &[Value]) -> String {
    let name = |entry: &Value| {
        let platform = entry.get("platform")?;
        let text = |member| platform.get(member)?.as_str();
        let (os, architecture) = (text("os")?, text("architecture")?);
        let name = match text("variant") {
            None => format!("{os}/{architecture}"),
            Some(variant) => format!("{os}/{architecture}/{variant}"),
        };
        name.parse::<Wanted>().ok().map(|known| format!("`{known}`"))
    };
    let mut names: Vec<_> = entries.iter().filter_map(name).take(NAMED_MAX).collect();
    names.dedup();
    if names.is_empty() { "none that it names".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media_type::{DOCKER_LIST, OCI_INDEX, OCI_MANIFEST};
    use serde_json::json;

    fn index() -> Vec<u8> {
        let entry = |idx: usize, platform: Value| json!({ "mediaType": OCI_MANIFEST, "size": 2, "digest": format!("sha256:{idx:064}"), "platform": platform });
        json!({
            "schemaVersion": 2, "mediaType": OCI_INDEX, "annotations": { "a": "b" },
            "manifests": [
                entry(0, json!({ "os": "linux", "architecture": "amd64" })),
                entry(1, json!({ "os": "linux", "architecture": "arm", "variant": "v6" })),
                entry(2, json!({ "os": "linux", "architecture": "arm", "variant": "v7" })),
                entry(3, json!({ "os": "unknown", "architecture": "unknown" })),
            ],
        })
        .to_string()
        .into_bytes()
    }

    fn chosen(wanted: &[&str]) -> Result<Selected, NoSelection> {
        let wanted: Vec<_> = wanted.iter().map(|text| text.parse().unwrap()).collect();
        select(OCI_INDEX, &index(), &wanted)
    }

    #[track_caller]
    fn check(wanted: &[&str], expected: &[usize]) {
        let digest = |idx: &usize| format!("sha256:{idx:064}");
        match chosen(wanted).unwrap() {
            Selected::One(one) => assert_eq!([one.to_string()], [digest(&expected[0])]),
            Selected::Index(bytes) => {
                let left: Value = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(left["annotations"]["a"], "b");
                let entries = left["manifests"].as_array().unwrap().iter();
                let digests: Vec<_> = entries.map(|it| it["digest"].as_str().unwrap()).collect();
                assert_eq!(digests, expected.iter().map(digest).collect::<Vec<_>>());
                assert!(1 < digests.len(), "one needs no index");
            }
        }
    }

    #[test]
    fn what_is_asked_for_is_left_in_its_order() {
        check(&["linux/amd64"], &[0]);
        check(&["linux/arm/v7"], &[2]);
        check(&["linux/arm"], &[1, 2]);
        check(&["linux/arm/v7", "linux/amd64", "linux/amd64"], &[0, 2]);
    }

    #[test]
    fn what_is_not_there_is_named_with_what_is() {
        let absent = chosen(&["linux/amd64", "windows/amd64"]).unwrap_err().to_string();
        let expected = "the image has nothing for `windows/amd64`: it has `linux/amd64`, `linux/arm/v6`, \
                        `linux/arm/v7`, `unknown/unknown`";
        assert_eq!(absent, expected);
        let wanted = ["linux/amd64".parse().unwrap()];
        assert_eq!(select(OCI_MANIFEST, &index(), &wanted), Err(NoSelection::NoIndex));
        assert_eq!(select(DOCKER_LIST, b"{}", &wanted), Err(NoSelection::NoIndex));
        let empty = select(OCI_INDEX, br#"{"manifests":[{}]}"#, &wanted).unwrap_err().to_string();
        assert!(empty.ends_with("it has none that it names"), "{empty}");
    }

    #[test]
    fn a_platform_has_two_parts_or_three() {
        for text in ["linux/amd64", "linux/arm/v7", "windows/amd64"] {
            assert_eq!(text.parse::<Wanted>().unwrap().to_string(), text);
        }
        let long = format!("linux/{}", "a".repeat(65));
        for text in ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/am d64", "linux/`", &long] {
            assert_eq!(text.parse::<Wanted>(), Err(InvalidPlatform), "{text}");
        }
    }
}
