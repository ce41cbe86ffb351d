//! What a manifest says and refers to, read from its bytes.
//!
//! The bytes themselves are kept as they came: nothing here writes JSON, and unknown members are nobody's business.
//! Sources: OCI image-spec 1.1 (`manifest.md`, `image-index.md`, `descriptor.md`); Docker's schema 2.

mod platform;
mod selection;

pub use platform::{PLATFORMS_MAX, Platform};
pub use selection::{InvalidPlatform, NoSelection, Selected, WANTED_MAX, Wanted, select};

use crate::digest::Digest;
use crate::media_type::{self, ManifestKind, NotAManifest};
use serde_json::{Map, Value};

/// The largest manifest, in bytes (OCI distribution-spec 1.1, "Pushing manifests").
pub const MANIFEST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How many blobs and manifests one manifest may refer to.
pub const REFERENCES_MAX: usize = 10_000;

/// What the registry needs to know of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its media type, without parameters.
    pub media_type: String,
    /// What kind of artifact it is: its `artifactType`, or else its configuration's media type.
    pub artifact_type: Option<String>,
    /// The manifest that this one is about.
    pub subject: Option<Digest>,
    /// What has to be there before it.
    pub references: Vec<Reference>,
    /// Its annotations, as a JSON object; shown in lists of referrers.
    pub annotations: Option<Map<String, Value>>,
    /// Its configuration, which is the first of its references; none where it has none.
    pub config: Option<Config>,
    /// The manifests of an index and what each is for, [`PLATFORMS_MAX`] at most.
    pub platforms: Vec<(Digest, Platform)>,
}

/// The configuration of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its media type.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes, as the manifest has it.
    pub size: u64,
}

/// Something that a manifest cannot do without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What is referred to.
    pub kind: ReferenceKind,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes, as the manifest has it.
    pub size: u64,
}

/// Whether a manifest refers to bytes or to another manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// A configuration or a layer.
    Blob,
    /// An entry of an index.
    Manifest,
}

/// Why bytes are not a manifest.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidManifest {
    /// They are no JSON, or JSON too deep to be honest.
    #[error("the manifest is not a JSON object: {0}")]
    Json(String),
    /// Neither the request nor the manifest names a type.
    #[error("the manifest's type is missing: send `Content-Type`, or a `mediaType` member")]
    NoMediaType,
    /// The request says one thing and the manifest another.
    #[error("`Content-Type` is `{header}`, but the manifest's `mediaType` is `{member}`")]
    MediaTypesDiffer {
        /// From the request.
        header: String,
        /// From the manifest.
        member: String,
    },
    /// The type is not one that we take.
    #[error(transparent)]
    NotAManifest(#[from] NotAManifest),
    /// A member is missing or has the wrong shape.
    #[error("`{path}` {expected}")]
    Member {
        /// Where in the manifest, such as `layers[2].digest`.
        path: String,
        /// What would be right.
        expected: &'static str,
    },
}

/// Reads a manifest that was sent as `content_type`, if the request said.
pub fn parse(content_type: Option<&str>, bytes: &[u8]) -> Result<Manifest, InvalidManifest> {
    let json: Value =
        serde_json::from_slice(bytes).map_err(|error| InvalidManifest::Json(error.to_string()))?;
    let object = json
        .as_object()
        .ok_or_else(|| InvalidManifest::Json("it is another kind of value".to_owned()))?;
    if object.get("schemaVersion").and_then(Value::as_u64) == Some(1) {
        let name = content_type.unwrap_or("schemaVersion 1");
        return Err(NotAManifest::DockerSchema1(name.to_owned()).into());
    }
    let media_type = agreed_media_type(content_type, object)?;
    let kind = ManifestKind::from_media_type(&media_type)?;
    if kind != ManifestKind::Artifact
        && object.get("schemaVersion").and_then(Value::as_u64) != Some(2)
    {
        return Err(member("schemaVersion", "has to be 2"));
    }
    let subject = match object.get("subject") {
        None | Some(Value::Null) => None,
        Some(subject) => Some(descriptor("subject", subject)?.digest),
    };
    Ok(Manifest {
        artifact_type: artifact_type(object)?,
        subject,
        references: references(kind, object)?,
        annotations: annotations(object)?,
        config: config(kind, object)?,
        platforms: platform::of_index(kind, object),
        media_type,
    })
}

fn agreed_media_type(
    content_type: Option<&str>,
    object: &Map<String, Value>,
) -> Result<String, InvalidManifest> {
    let header = content_type
        .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        .filter(|value| {
            !value.is_empty() && value != "application/json" && value != "application/octet-stream"
        });
    let member = text(object, "mediaType", "mediaType")?;
    match (header, member) {
        (Some(header), Some(member)) if header != member => {
            Err(InvalidManifest::MediaTypesDiffer { header, member: member.to_owned() })
        }
        (Some(header), _) => Ok(header),
        (None, Some(member)) => Ok(member.to_owned()),
        (None, None) => Err(InvalidManifest::NoMediaType),
    }
}

/// OCI distribution-spec 1.1, "Listing Referrers": the field, or the configuration's type where the field is absent.
fn artifact_type(object: &Map<String, Value>) -> Result<Option<String>, InvalidManifest> {
    let own = text(object, "artifactType", "artifactType")?.filter(|value| !value.is_empty());
    let config = || object.get("config")?.get("mediaType")?.as_str();
    Ok(own.or_else(config).map(str::to_owned))
}

fn config(
    kind: ManifestKind,
    object: &Map<String, Value>,
) -> Result<Option<Config>, InvalidManifest> {
    let Some(config) = object.get("config").filter(|_| kind == ManifestKind::Image) else {
        return Ok(None);
    };
    let Descriptor { media_type, digest, size } = descriptor("config", config)?;
    Ok(Some(Config { media_type: media_type.to_owned(), digest, size }))
}

fn references(
    kind: ManifestKind,
    object: &Map<String, Value>,
) -> Result<Vec<Reference>, InvalidManifest> {
    let mut references = Vec::new();
    let list = match kind {
        ManifestKind::Image => {
            let config = object.get("config").ok_or_else(|| member("config", "is missing"))?;
            references.push(descriptor("config", config)?.reference(ReferenceKind::Blob));
            "layers"
        }
        ManifestKind::Index => "manifests",
        ManifestKind::Artifact => "blobs",
    };
    let entries = match object.get(list) {
        Some(Value::Array(entries)) => entries.as_slice(),
        None if kind == ManifestKind::Artifact => &[],
        _ => return Err(member(list, "has to be an array")),
    };
    if REFERENCES_MAX < entries.len() {
        return Err(member(list, "has more than 10,000 entries"));
    }
    for (idx, entry) in entries.iter().enumerate() {
        let entry = descriptor(&format!("{list}[{idx}]"), entry)?;
        if !media_type::is_non_distributable(entry.media_type) {
            // Build caches are indexes of layers.
            let is_manifest = kind == ManifestKind::Index
                && ManifestKind::from_media_type(entry.media_type).is_ok();
            let reference_kind =
                if is_manifest { ReferenceKind::Manifest } else { ReferenceKind::Blob };
            references.push(entry.reference(reference_kind));
        }
    }
    Ok(references)
}

fn annotations(object: &Map<String, Value>) -> Result<Option<Map<String, Value>>, InvalidManifest> {
    match object.get("annotations") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(annotations)) if annotations.values().all(Value::is_string) => {
            Ok(Some(annotations.clone()))
        }
        Some(_) => Err(member("annotations", "has to be an object of strings")),
    }
}

struct Descriptor<'a> {
    media_type: &'a str,
    digest: Digest,
    size: u64,
}

impl Descriptor<'_> {
    fn reference(self, kind: ReferenceKind) -> Reference {
        Reference { kind, digest: self.digest, size: self.size }
    }
}

fn descriptor<'a>(path: &str, value: &'a Value) -> Result<Descriptor<'a>, InvalidManifest> {
    let object = value.as_object().ok_or_else(|| member(path, "has to be a descriptor"))?;
    let media_type = text(object, "mediaType", &format!("{path}.mediaType"))?
        .ok_or_else(|| member(&format!("{path}.mediaType"), "is missing"))?;
    let digest = object
        .get("digest")
        .and_then(Value::as_str)
        .and_then(|digest| digest.parse().ok())
        .ok_or_else(|| member(&format!("{path}.digest"), "has to be a sha256 or sha512 digest"))?;
    let size = object
        .get("size")
        .and_then(Value::as_u64)
        .ok_or_else(|| member(&format!("{path}.size"), "has to be a number of bytes"))?;
    Ok(Descriptor { media_type, digest, size })
}

fn text<'a>(
    object: &'a Map<String, Value>,
    name: &str,
    path: &str,
) -> Result<Option<&'a str>, InvalidManifest> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(member(path, "has to be a string")),
    }
}

fn member(path: &str, expected: &'static str) -> InvalidManifest {
    InvalidManifest::Member { path: path.to_owned(), expected }
}

#[cfg(test)]
mod tests;
