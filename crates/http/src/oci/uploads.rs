//! Uploads: begun, continued, looked at, finished, cancelled.

use super::manifests::text;
use super::{Call, OciError};
use crate::body;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::digest::Digest;
use boathook_core::id::UploadId;
use boathook_core::name::Repository;
use boathook_engine::registry::upload::{self, At, Finish, Finished, MountOutcome, Piece};
use boathook_wire::oci::header::{CONTENT_DIGEST, UPLOAD_UUID};
use boathook_wire::oci::range::{Chunk, received_range};
use boathook_wire::oci::route::Target;
use boathook_wire::oci::upload::{Begin, end};

pub(super) async fn begin(
    call: &Call<'_>,
    repository: Repository,
    body: Body,
) -> Result<Response, OciError> {
    let ctx = &call.app.ctx;
    match Begin::parse(call.parts.uri.query())? {
        Begin::Whole(digest) => {
            let pieces = body::pieces(body);
            let finished =
                upload::finish_whole(ctx, &call.place, &repository, digest.clone(), pieces).await?;
            let location = Target::Uploads(repository.clone()).to_string();
            return created(finished, repository, digest, location);
        }
        Begin::Mount { digest, from } => {
            let from = from.as_ref();
            match upload::mount(ctx, &call.caller, &call.place, &repository, &digest, from).await? {
                MountOutcome::Mounted => {
                    return created(Finished::Stored, repository, digest, String::new());
                }
                MountOutcome::NoSource => (),
                MountOutcome::Locked(locked) => return Err(locked.into()),
            }
        }
        Begin::Session => (),
    }
    match upload::begin(ctx, &call.place, &repository).await? {
        Ok(id) => Ok(progress(StatusCode::ACCEPTED, repository, id, 0)),
        Err(refusal) => Err(OciError::upload(&refusal, String::new())),
    }
}

pub(super) async fn status(
    call: &Call<'_>,
    repository: Repository,
    id: UploadId,
) -> Result<Response, OciError> {
    let at = at(call, &repository, &id);
    let offset = upload::status(&call.app.ctx, at).await?.ok_or(OciError::UploadUnknown)?;
    Ok(progress(StatusCode::NO_CONTENT, repository, id, offset))
}

pub(super) async fn append(
    call: &Call<'_>,
    repository: Repository,
    id: UploadId,
    body: Body,
) -> Result<Response, OciError> {
    let (at, piece) = (at(call, &repository, &id), piece(call)?);
    match upload::append(&call.app.ctx, at, piece, body::pieces(body)).await? {
        Ok(offset) => Ok(progress(StatusCode::ACCEPTED, repository, id, offset)),
        Err(refusal) => Err(OciError::upload(&refusal, Target::Upload(repository, id).to_string())),
    }
}

pub(super) async fn finish(
    call: &Call<'_>,
    repository: Repository,
    id: UploadId,
    body: Body,
) -> Result<Response, OciError> {
    let digest = end(call.parts.uri.query())?;
    let finish = Finish {
        at: at(call, &repository, &id),
        digest: digest.clone(),
        piece: piece(call)?,
        body: body::pieces(body),
    };
    let finished = upload::finish(&call.app.ctx, finish).await?;
    let location = Target::Upload(repository.clone(), id).to_string();
    created(finished, repository, digest, location)
}

pub(super) async fn cancel(
    call: &Call<'_>,
    repository: Repository,
    id: UploadId,
) -> Result<Response, OciError> {
    let cancelled = upload::cancel(&call.app.ctx, at(call, &repository, &id)).await?;
    match cancelled {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(refusal) => Err(OciError::upload(&refusal, Target::Upload(repository, id).to_string())),
    }
}

fn at(call: &Call<'_>, repository: &Repository, id: &UploadId) -> At {
    At { place: call.place.clone(), repository: repository.clone(), id: id.clone() }
}

/// The bounds of the body, if the request tells them.
fn piece(call: &Call<'_>) -> Result<Option<Piece>, OciError> {
    let chunk = call.header(&header::CONTENT_RANGE).map(Chunk::parse).transpose()?;
    Ok(chunk.map(|chunk| Piece { first: chunk.first, last: chunk.last }))
}

/// How far an upload has come, and where it goes on.
fn progress(status: StatusCode, repository: Repository, id: UploadId, offset: u64) -> Response {
    let uuid = text(id.as_str());
    let location = Target::Upload(repository, id).to_string();
    let mut response = (status, [(header::LOCATION, location)]).into_response();
    response.headers_mut().insert(header::RANGE, text(&received_range(offset)));
    response.headers_mut().insert(UPLOAD_UUID, uuid);
    response
}

/// A blob that is there, or why it is not.
fn created(
    finished: Finished,
    repository: Repository,
    digest: Digest,
    location: String,
) -> Result<Response, OciError> {
    match finished {
        Finished::Stored => {
            let value = text(digest.as_str());
            let location = Target::Blob(repository, digest).to_string();
            let mut response =
                (StatusCode::CREATED, [(header::LOCATION, location)]).into_response();
            response.headers_mut().insert(CONTENT_DIGEST, value);
            Ok(response)
        }
        Finished::DigestDiffers { actual } => Err(OciError::DigestDiffers { actual }),
        Finished::Refused(refusal) => Err(OciError::upload(&refusal, location)),
    }
}
