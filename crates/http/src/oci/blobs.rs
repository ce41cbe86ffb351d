//! Blobs: pulled in whole or in part, and deleted.

use super::manifests::text;
use super::{Call, OciError};
use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::digest::Digest;
use boathook_core::name::Repository;
use boathook_engine::registry::delete::{self, BlobDeletion};
use boathook_engine::registry::pull::{self, Pieces};
use boathook_wire::oci::header::CONTENT_DIGEST;
use boathook_wire::oci::range::{self, Requested};

pub(super) async fn get(
    call: &Call<'_>,
    repository: &Repository,
    digest: &Digest,
) -> Result<Response, OciError> {
    let ctx = &call.app.ctx;
    let found = pull::blob(ctx, &call.place, repository, digest).await??;
    let blob = found.ok_or(OciError::BlobUnknown)?;
    let (status, part) = match range::requested(call.header(&header::RANGE), blob.size) {
        Requested::Whole => (StatusCode::OK, 0..blob.size),
        Requested::Part { first, last } => (StatusCode::PARTIAL_CONTENT, first..last + 1),
        Requested::Unsatisfiable => return Err(OciError::RangeNotSatisfiable { size: blob.size }),
    };
    let is_head = call.parts.method == Method::HEAD;
    // RFC 9110 §14.2: a range means nothing to a HEAD.
    let (status, part) = if is_head { (StatusCode::OK, 0..blob.size) } else { (status, part) };
    let body = if is_head {
        Body::empty()
    } else {
        match pull::read(ctx, &call.place, digest, &blob, part.clone()).await? {
            Pieces::Whole(bytes) => Body::from(bytes),
            Pieces::Stream(pieces) => Body::from_stream(pieces),
        }
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, (part.end - part.start).into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_DIGEST, text(digest.as_str()));
    if status == StatusCode::PARTIAL_CONTENT {
        let range = range::content_range(part.start, part.end - 1, blob.size);
        headers.insert(header::CONTENT_RANGE, text(&range));
    }
    Ok(response)
}

pub(super) async fn delete(
    call: &Call<'_>,
    repository: &Repository,
    digest: &Digest,
) -> Result<Response, OciError> {
    match delete::blob(&call.app.ctx, &call.place, repository, digest).await? {
        BlobDeletion::Deleted => Ok(StatusCode::ACCEPTED.into_response()),
        BlobDeletion::Unknown => Err(OciError::BlobUnknown),
        BlobDeletion::Locked(locked) => Err(locked.into()),
        BlobDeletion::Needed { by } => Err(OciError::BlobNeeded { by }),
    }
}
