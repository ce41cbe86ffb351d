//! What a path under `/v2/` asks for.
//!
//! A repository's name may have any number of slashes, and may hold the very words that name operations. The operation
//! is therefore read from the end of the path, where each form is told from all others by its last two segments (for an
//! upload in progress, its last three). What stands before it is the name, whatever it looks like.

use crate::percent;
use boathook_core::digest::{Digest, InvalidDigest};
use boathook_core::id::UploadId;
use boathook_core::name::{InvalidReference, InvalidRepository, InvalidTag, Reference, Repository};
use std::fmt;

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The API itself: `/v2/`.
    Base,
    /// The list of repositories.
    Catalog,
    /// A repository's list of tags.
    Tags(Repository),
    /// A manifest.
    Manifest(Repository, Reference),
    /// A blob.
    Blob(Repository, Digest),
    /// The place where uploads begin.
    Uploads(Repository),
    /// An upload in progress.
    Upload(Repository, UploadId),
    /// The manifests that are about another one.
    Referrers(Repository, Digest),
}

/// Why a path asks for nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RouteError {
    /// The path has none of the API's forms (404).
    #[error("there is nothing at this path of the registry")]
    NoRoute,
    /// A percent sign is not followed by two hexadecimal digits, or the decoded path is not UTF-8 (400).
    #[error("the path is not percent-encoded UTF-8")]
    Encoding,
    /// The repository's name breaks the grammar: `NAME_INVALID`.
    #[error(transparent)]
    Repository(#[from] InvalidRepository),
    /// A digest breaks the grammar: `DIGEST_INVALID`.
    #[error(transparent)]
    Digest(#[from] InvalidDigest),
    /// A tag breaks the grammar. No manifest can have it, so that asking for it finds nothing (`MANIFEST_UNKNOWN`, which
    /// the OCI conformance suite demands of GET and HEAD), and putting it is `MANIFEST_INVALID`.
    #[error(transparent)]
    Tag(#[from] InvalidTag),
    /// No upload can have this id: `BLOB_UPLOAD_UNKNOWN`.
    #[error("there is no such upload: start one with a POST to `blobs/uploads/`")]
    Upload,
}

/// Reads a request's path, still percent-encoded, without its query.
pub fn parse(path: &str) -> Result<Target, RouteError> {
    let path = percent::decode(path).ok_or(RouteError::Encoding)?;
    let rest = path.strip_prefix("/v2").ok_or(RouteError::NoRoute)?;
    match rest {
        "" | "/" => return Ok(Target::Base),
        "/_catalog" => return Ok(Target::Catalog),
        _ => (),
    }
    // An operation that begins with a slash cannot be mistaken for the end of a name.
    let begins_upload =
        rest.strip_suffix("/blobs/uploads").or_else(|| rest.strip_suffix("/blobs/uploads/"));
    if let Some(name) = begins_upload {
        return Ok(Target::Uploads(repository(name)?));
    }
    if let Some(name) = rest.strip_suffix("/tags/list") {
        return Ok(Target::Tags(repository(name)?));
    }
    let (before, last) = rest.rsplit_once('/').ok_or(RouteError::NoRoute)?;
    if let Some(name) = before.strip_suffix("/manifests") {
        return Ok(Target::Manifest(repository(name)?, reference(last)?));
    }
    if let Some(name) = before.strip_suffix("/blobs/uploads") {
        let name = repository(name)?;
        return Ok(Target::Upload(name, UploadId::parse(last).ok_or(RouteError::Upload)?));
    }
    if let Some(name) = before.strip_suffix("/blobs") {
        return Ok(Target::Blob(repository(name)?, last.parse()?));
    }
    if let Some(name) = before.strip_suffix("/referrers") {
        return Ok(Target::Referrers(repository(name)?, last.parse()?));
    }
    Err(RouteError::NoRoute)
}

impl Target {
    /// The methods that it takes, as the `Allow` header of a 405 lists them.
    pub fn methods(&self) -> &'static str {
        match self {
            Self::Base | Self::Catalog | Self::Tags(_) | Self::Referrers(..) => "GET, HEAD",
            Self::Manifest(..) => "GET, HEAD, PUT, DELETE",
            Self::Blob(..) => "GET, HEAD, DELETE",
            Self::Uploads(_) => "POST",
            Self::Upload(..) => "GET, HEAD, PATCH, PUT, DELETE",
        }
    }
}

/// The path, as it stands in `Location` headers. No part of it needs encoding.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("/v2/"),
            Self::Catalog => f.write_str("/v2/_catalog"),
            Self::Tags(name) => write!(f, "/v2/{name}/tags/list"),
            Self::Manifest(name, reference) => write!(f, "/v2/{name}/manifests/{reference}"),
            Self::Blob(name, digest) => write!(f, "/v2/{name}/blobs/{digest}"),
            Self::Uploads(name) => write!(f, "/v2/{name}/blobs/uploads/"),
            Self::Upload(name, id) => write!(f, "/v2/{name}/blobs/uploads/{id}"),
            Self::Referrers(name, digest) => write!(f, "/v2/{name}/referrers/{digest}"),
        }
    }
}

/// Takes the name with the slash that stands before it.
fn repository(name: &str) -> Result<Repository, InvalidRepository> {
    name.strip_prefix('/').unwrap_or(name).parse()
}

fn reference(text: &str) -> Result<Reference, RouteError> {
    text.parse().map_err(|error| match error {
        InvalidReference::Digest(error) => RouteError::Digest(error),
        InvalidReference::Tag(error) => RouteError::Tag(error),
    })
}

#[cfg(test)]
mod tests;
