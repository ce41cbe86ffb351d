//! Charts and their provenance: pulled, pushed and deleted.

use super::{Call, HelmError, shown};
use crate::body;
use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::chart::{ChartFile, ChartName, FileKind};
use boathook_core::name::Repository;
use boathook_engine::charts::delete::Deleted;
use boathook_engine::charts::push::{
    CHART_BYTES_MAX, Mode, PROVENANCE_BYTES_MAX, PushFile, Pushed,
};
use boathook_engine::charts::{delete, pull, push};
use boathook_engine::registry::pull::{self as blobs, Pieces};
use boathook_wire::oci::header::CONTENT_DIGEST;

pub(super) async fn get(
    call: &Call<'_>,
    repository: &Repository,
    file: &ChartFile,
) -> Result<Response, HelmError> {
    let ctx = &call.app.ctx;
    let found = pull::file(ctx, &call.place, repository, file).await??;
    let found = found.ok_or(HelmError::ChartUnknown)?;
    let size = found.blob.size;
    let body = if call.parts.method == Method::HEAD {
        Body::empty()
    } else {
        pull::tell(ctx, &call.place, file);
        match blobs::read(ctx, &call.place, &found.digest, &found.blob, 0..size).await? {
            Pieces::Whole(bytes) => Body::from(bytes),
            Pieces::Stream(pieces) => Body::from_stream(pieces),
        }
    };
    let kind = match file.kind {
        FileKind::Archive => "application/gzip",
        FileKind::Provenance => "text/plain; charset=utf-8",
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, size.into());
    let digest = HeaderValue::from_str(found.digest.as_str());
    headers.insert(CONTENT_DIGEST, digest.expect("because a digest is ASCII"));
    Ok(response)
}

/// Takes a file in: `PUT` where there is none, `PATCH` where there is one.
pub(super) async fn put(
    call: &Call<'_>,
    repository: Repository,
    file: ChartFile,
    body: Body,
) -> Result<Response, HelmError> {
    let bytes_max = match file.kind {
        FileKind::Archive => CHART_BYTES_MAX,
        FileKind::Provenance => PROVENANCE_BYTES_MAX,
    };
    let announced = call.parts.headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes_max < bytes) {
        return Err(HelmError::TooLarge { bytes_max });
    }
    let (mode, status) = if call.parts.method == Method::PATCH {
        (Mode::Replace, StatusCode::OK)
    } else {
        (Mode::Create, StatusCode::CREATED)
    };
    let place = call.place.clone();
    let pushed_by = call.caller.signed_in_name();
    let push = PushFile { place, repository, file, mode, pushed_by, body: body::pieces(body) };
    match push::file(&call.app.ctx, push).await? {
        Pushed::Stored => Ok((status, shown(r#"{"saved":true}"#)).into_response()),
        Pushed::Exists => Err(HelmError::Exists),
        Pushed::Taken => Err(HelmError::Taken),
        Pushed::Unknown => Err(HelmError::ChartUnknown),
        Pushed::NoChart => Err(HelmError::NoChart),
        Pushed::Invalid(reason) => Err(HelmError::Invalid(reason)),
        Pushed::InvalidProvenance => Err(HelmError::InvalidProvenance),
        Pushed::TooLarge { bytes_max } => Err(HelmError::TooLarge { bytes_max }),
        Pushed::Locked(locked) => Err(locked.into()),
        Pushed::Refused(refusal) => Err(HelmError::upload(&refusal)),
        Pushed::Interrupted => Err(HelmError::Interrupted),
    }
}

/// Removes a version of a chart, or its provenance alone.
pub(super) async fn delete(
    call: &Call<'_>,
    repository: &Repository,
    file: &ChartFile,
) -> Result<Response, HelmError> {
    match delete::file(&call.app.ctx, &call.place, repository, file).await? {
        Deleted::Gone => deleted(true),
        Deleted::Unknown => deleted(false),
        Deleted::Locked(locked) => Err(locked.into()),
        Deleted::Refused(refusal) => Err(HelmError::upload(&refusal)),
        Deleted::Interrupted => Err(HelmError::Interrupted),
    }
}

/// Removes all versions of a chart.
pub(super) async fn delete_chart(
    call: &Call<'_>,
    repository: &Repository,
    name: &ChartName,
) -> Result<Response, HelmError> {
    deleted(delete::chart(&call.app.ctx, &call.place, repository, name).await??)
}

fn deleted(was_there: bool) -> Result<Response, HelmError> {
    if was_there { Ok(shown(r#"{"deleted":true}"#)) } else { Err(HelmError::ChartUnknown) }
}
