//! The headers that the distribution API has of its own.

use http::HeaderName;

/// The digest of the content that an answer is about.
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
/// The id of an upload.
pub const UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");
/// [`API_VERSION`]; older clients take a server without it for no registry.
pub const DISTRIBUTION_API_VERSION: HeaderName =
    HeaderName::from_static("docker-distribution-api-version");
/// The manifest that a pushed one is about: says that the registry lists referrers.
pub const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
/// What a list of referrers was filtered by.
pub const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// The value of [`DISTRIBUTION_API_VERSION`].
pub const API_VERSION: &str = "registry/2.0";
