//! Manifests: pulled, pushed, deleted.

use super::{Call, OciError};
use crate::body;
use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::manifest::MANIFEST_BYTES_MAX;
use boathook_core::name::{Reference, Repository};
use boathook_engine::registry::delete::{self, DeleteManifest, DeleteTag};
use boathook_engine::registry::pull::{self, Pulled};
use boathook_engine::registry::push::{self, PushManifest, Pushed};
use boathook_wire::oci::accept::accepts;
use boathook_wire::oci::header::{CONTENT_DIGEST, SUBJECT};
use boathook_wire::oci::route::Target;

pub(super) async fn get(
    call: &Call<'_>,
    repository: &Repository,
    reference: &Reference,
) -> Result<Response, OciError> {
    let (ctx, place, sight) = (&call.app.ctx, &call.place, call.sight(repository));
    let manifest = match pull::manifest(ctx, place, repository, reference, sight).await? {
        Pulled::Found(manifest) => manifest,
        Pulled::Unknown => return Err(OciError::ManifestUnknown),
        Pulled::Locked(locked) => return Err(locked.into()),
        Pulled::Quarantined => return Err(OciError::Quarantined),
    };
    let accept = call.parts.headers.get_all(header::ACCEPT);
    if !accepts(accept.iter().filter_map(|value| value.to_str().ok()), &manifest.media_type) {
        return Err(OciError::NotAcceptable(manifest.media_type.clone()));
    }
    if call.parts.method == Method::GET {
        let request = || call.request("GET");
        pull::tell(ctx, place, repository, reference, &manifest, request).await?;
    }
    ctx.meters.bytes_out.add(manifest.bytes.len() as u64);
    let mut response = Body::from(manifest.bytes.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, text(&manifest.media_type));
    headers.insert(header::CONTENT_LENGTH, manifest.bytes.len().into());
    headers.insert(CONTENT_DIGEST, text(manifest.digest.as_str()));
    Ok(response)
}

pub(super) async fn put(
    call: &Call<'_>,
    repository: Repository,
    reference: Reference,
    body: Body,
) -> Result<Response, OciError> {
    let bytes = body::collect(&call.parts.headers, body, MANIFEST_BYTES_MAX).await?;
    let push = PushManifest {
        place: call.place.clone(),
        repository: repository.clone(),
        reference: reference.clone(),
        content_type: call.header(&header::CONTENT_TYPE).map(str::to_owned),
        bytes,
        pushed_by: call.caller.signed_in_name(),
        request: call.request("PUT"),
    };
    match push::manifest(&call.app.ctx, push).await? {
        Pushed::Stored { digest, subject } => {
            let location = Target::Manifest(repository, reference).to_string();
            let mut response =
                (StatusCode::CREATED, [(header::LOCATION, location)]).into_response();
            response.headers_mut().insert(CONTENT_DIGEST, text(digest.as_str()));
            if let Some(subject) = subject {
                response.headers_mut().insert(SUBJECT, text(subject.as_str()));
            }
            Ok(response)
        }
        Pushed::Invalid(reason) => Err(OciError::ManifestInvalid(reason)),
        Pushed::DigestDiffers { actual } => Err(OciError::DigestDiffers { actual }),
        Pushed::Locked(locked) => Err(locked.into()),
        Pushed::OfChart => Err(OciError::TagOfChart),
        Pushed::Missing(reference) => Err(OciError::ManifestBlobUnknown(reference)),
        Pushed::SizeDiffers { reference, size } => Err(OciError::SizeDiffers { reference, size }),
    }
}

pub(super) async fn delete(
    call: &Call<'_>,
    repository: Repository,
    reference: Reference,
) -> Result<Response, OciError> {
    let (ctx, place, request) = (&call.app.ctx, call.place.clone(), call.request("DELETE"));
    let was_there = match reference {
        Reference::Tag(tag) => {
            delete::tag(ctx, DeleteTag { place, repository, tag, request }).await??
        }
        Reference::Digest(digest) => {
            delete::manifest(ctx, DeleteManifest { place, repository, digest, request }).await??
        }
    };
    if was_there {
        Ok(StatusCode::ACCEPTED.into_response())
    } else {
        Err(OciError::ManifestUnknown)
    }
}

/// A header's value from text that was checked when it came in.
pub(super) fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static("invalid"))
}
