//! What a manifest consists of, read from its bytes for people. Whatever in it is not as it should be is passed over.

use crate::content::amount;
use crate::room::{Room, cut, escaped};
use boathook_core::manifest;
use boathook_engine::registry::pull::ManifestInfo;
use serde::Deserialize;
use url::Url;

/// How many layers are shown.
const LAYERS_SHOWN_MAX: usize = 200;
/// How many annotations are shown.
const ANNOTATIONS_SHOWN_MAX: usize = 100;
/// How much of a text out of a manifest is shown, in characters.
const TEXT_CHARS_MAX: usize = 2_000;
/// How much HTML there is around a layer, or around an annotation, in bytes.
const LAYER_BYTES: usize = 187;
const ANNOTATION_BYTES: usize = 80;
/// How long the beginning of an annotation is at least, in bytes of HTML.
const ANNOTATION_BYTES_MIN: usize = 64;

pub(super) struct Anatomy {
    pub(super) artifact_type: Option<String>,
    pub(super) config: Option<Part>,
    pub(super) layers: Vec<Part>,
    pub(super) annotations: Vec<Annotation>,
    /// Whether there are more layers or annotations than are shown.
    pub(super) is_cut: bool,
}

/// A configuration or a layer.
pub(super) struct Part {
    pub(super) media_type: String,
    pub(super) digest: String,
    pub(super) size: String,
}

pub(super) struct Annotation {
    pub(super) name: String,
    pub(super) value: String,
    /// Whether it is an address that a browser may be led to.
    pub(super) is_link: bool,
}

/// The members that are shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    config: Option<Descriptor>,
    layers: Vec<Descriptor>,
    /// What an artifact of before OCI 1.1 has instead.
    blobs: Vec<Descriptor>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
}

impl Anatomy {
    /// What there is room for.
    pub(super) fn of(info: &ManifestInfo, room: &mut Room) -> Self {
        let read = manifest::parse(Some(&info.media_type), &info.bytes).ok();
        let (artifact_type, annotations) =
            read.map(|read| (read.artifact_type, read.annotations)).unwrap_or_default();
        let annotations = annotations.unwrap_or_default();
        let Body { config, layers, blobs } =
            serde_json::from_slice(&info.bytes).unwrap_or_default();
        let all = (layers.len() + blobs.len(), annotations.len());
        let artifact_type = artifact_type.map(|text| room.beginning(&shown(&text)));
        let config = config.map(Part::from).filter(|part| room.fits(part.bytes()));
        let layers = layers.into_iter().chain(blobs).take(LAYERS_SHOWN_MAX).map(Part::from);
        let layers: Vec<_> = layers.take_while(|part| room.fits(part.bytes())).collect();
        let few = annotations.iter().take(ANNOTATIONS_SHOWN_MAX);
        // However long the first are, there is room for the last.
        let share = room.left() / few.len().max(1);
        let annotation = |(name, value): (&String, &serde_json::Value)| {
            Annotation::new(name, value.as_str().unwrap_or_default(), share)
        };
        let annotations: Vec<_> =
            few.map(annotation).take_while(|annotation| room.fits(annotation.bytes())).collect();
        let is_cut = (layers.len(), annotations.len()) != all;
        Self { artifact_type, config, layers, annotations, is_cut }
    }
}

impl From<Descriptor> for Part {
    fn from(descriptor: Descriptor) -> Self {
        Self {
            media_type: shown(&descriptor.media_type),
            digest: shown(&descriptor.digest),
            size: amount(descriptor.size),
        }
    }
}

impl Part {
    /// How much HTML it is, in bytes.
    fn bytes(&self) -> usize {
        LAYER_BYTES + escaped(&self.media_type) + escaped(&self.digest)
    }
}

impl Annotation {
    /// An annotation of at most so many bytes of HTML, if that is enough for something to be seen of it.
    fn new(name: &str, value: &str, bytes_max: usize) -> Self {
        let name = cut(name, (bytes_max / 4).max(ANNOTATION_BYTES_MIN));
        let rest = bytes_max.saturating_sub(ANNOTATION_BYTES + escaped(&name));
        let is_link = is_link(value) && 2 * escaped(value) <= rest;
        let value = cut(&shown(value), rest.max(ANNOTATION_BYTES_MIN));
        Self { name, value, is_link }
    }

    /// How much HTML it is, in bytes.
    fn bytes(&self) -> usize {
        let times = if self.is_link { 2 } else { 1 };
        ANNOTATION_BYTES + escaped(&self.name) + times * escaped(&self.value)
    }
}

/// Says whether a text is an address that leads a browser to a page and nowhere else.
pub(in crate::page) fn is_link(text: &str) -> bool {
    let leads = |url: Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_plain = !text.chars().any(|char| char.is_whitespace() || char.is_control());
    text.len() <= TEXT_CHARS_MAX && is_plain && Url::parse(text).is_ok_and(leads)
}

/// The beginning of a text.
pub(in crate::page) fn shown(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((idx, _)) => format!("{}…", &text[..idx]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(is_link(text), expected, "{text:?}");
    }

    #[test]
    fn only_addresses_of_pages_are_links() {
        check("https://example.com/a?b=c", true);
        check("http://example.com", true);
        check("HTTPS://example.com", true);
        for bad in [
            "",
            "example.com",
            "javascript:alert(1)",
            "JavaScript:alert(1)//https://example.com",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "file:///etc/passwd",
            "https:",
            "//example.com",
            "https://example.com/ x",
        ] {
            check(bad, false);
        }
        check(&format!("https://e/{}", "x".repeat(TEXT_CHARS_MAX)), false);
    }

    #[test]
    fn a_long_text_is_cut() {
        let text = "ä".repeat(TEXT_CHARS_MAX);
        assert_eq!(shown(&text), text);
        assert_eq!(shown(&format!("{text}ä")), format!("{text}…"));
    }
}
