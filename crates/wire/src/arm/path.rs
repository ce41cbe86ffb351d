//! Which resource a path names, what may be asked of it, and what a caller needs to ask it.
//!
//! ARM compares paths without regard to case, and clients rely on it (`resourcegroups`). Segments are decoded after the
//! path is split, so that an encoded slash is part of a name, where no rule allows it. Names are not checked, and keep
//! the case that they came in. Whether a caller has what [`Target::needs`] names is not said here.

mod id;
mod needs;
mod parse;
mod print;
mod target;
mod word;

pub use id::{GroupId, RegistryId, Scope};
pub use needs::Needs;
pub use target::Target;
pub use word::{Child, EmptyList, IdentityAction, RegistryAction, WebhookAction};

use percent_encoding::percent_decode_str;

/// A path names nothing that the management API has.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no resource of a known type at this path")]
pub struct UnknownPath;

/// Reads a request's path, still percent-encoded, without its query. A single slash at the end makes no difference.
pub fn parse(path: &str) -> Result<Target, UnknownPath> {
    let path = path.strip_prefix('/').ok_or(UnknownPath)?;
    let path = path.strip_suffix('/').unwrap_or(path);
    let names: Option<Vec<String>> = path.split('/').map(decode).collect();
    let names = names.ok_or(UnknownPath)?;
    let words: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let segments = words.iter().zip(&names).map(|(word, name)| (word.as_str(), name.as_str()));
    let segments: Vec<parse::Segment<'_>> = segments.collect();
    parse::target(&segments).ok_or(UnknownPath)
}

/// Decodes a segment that has to hold something, and something else than a way up.
fn decode(segment: &str) -> Option<String> {
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    let is_name = !matches!(decoded.as_ref(), "" | "." | "..") && !decoded.contains(['/', '\\']);
    is_name.then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests;
