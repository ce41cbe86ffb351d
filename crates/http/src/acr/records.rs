//! Repositories, tags and manifests, one at a time: shown, locked and unlocked, removed.

use super::{AcrError, Call, shape, shown};
use crate::oci::caller;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use boathook_core::digest::Digest;
use boathook_core::grant::Permission;
use boathook_core::lock;
use boathook_core::name::{Repository, Tag};
use boathook_engine::operations::OperationRow;
use boathook_engine::registry::delete::repository::{self, DeleteRepository};
use boathook_engine::registry::delete::{self, DeleteTag};
use boathook_engine::registry::quarantine::{self, Judge, Judged};
use boathook_engine::registry::records::{self, ChangeAttributes, Holder};
use boathook_wire::acr::attributes::Update;
use boathook_wire::acr::body::{Deleted, OneManifest, OneTag};
use boathook_wire::acr::prefer;
use boathook_wire::acr::route::Target;

/// How large a change of attributes may be. Those who write a verdict of the quarantine send the most.
pub(super) const UPDATE_BYTES_MAX: usize = 64 * 1024;

/// Shows the thing that a path names.
pub(super) async fn get(call: &Call<'_>, target: &Target) -> Result<Response, AcrError> {
    let (ctx, place) = (&call.app.ctx, &call.place);
    Ok(match target {
        Target::Tag(name, tag) => {
            let found = records::tag(ctx, place, name, tag).await?;
            let tag = shape::tag(&found.ok_or(AcrError::TagUnknown)?);
            shown(&shape::within(call, name, OneTag { tag }))
        }
        Target::Manifest(name, digest) => {
            let found = records::manifest(ctx, place, name, digest).await?;
            let manifest = shape::manifest(found.ok_or(AcrError::ManifestUnknown)?);
            shown(&shape::within(call, name, OneManifest { manifest }))
        }
        Target::Repository(name) | Target::Tags(name) | Target::Manifests(name) => {
            let found = records::repository(ctx, place, name).await?;
            shown(&shape::repository(call, name, &found.ok_or(AcrError::NameUnknown)?))
        }
        Target::Catalog
        | Target::DeletedCatalog
        | Target::DeletedTags(_)
        | Target::DeletedManifests(_)
        | Target::DeletedManifest(..) => return Err(AcrError::NameUnknown),
    })
}

/// Changes what may be done with the thing that a path names, and shows it.
pub(super) async fn patch(
    call: &Call<'_>,
    target: &Target,
    body: Body,
) -> Result<Response, AcrError> {
    let bytes = crate::body::collect(&call.parts.headers, body, UPDATE_BYTES_MAX).await?;
    let update = Update::parse(&bytes)?;
    if update.is_verdict() {
        let Target::Manifest(name, digest) = target else { return Err(AcrError::NoManifest) };
        judge(call, name, digest, update).await?;
        return get(call, target).await;
    }
    if let Some(name) = target.repository() {
        call.needs(name, Permission::MetadataWrite)?;
    }
    let (name, holder, unknown) = match target {
        Target::Repository(name) => (name, Holder::Repository, AcrError::NameUnknown),
        Target::Tag(name, tag) => (name, Holder::Tag(tag.clone()), AcrError::TagUnknown),
        Target::Manifest(name, digest) => {
            (name, Holder::Manifest(digest.clone()), AcrError::ManifestUnknown)
        }
        Target::Catalog
        | Target::Tags(_)
        | Target::Manifests(_)
        | Target::DeletedCatalog
        | Target::DeletedTags(_)
        | Target::DeletedManifests(_)
        | Target::DeletedManifest(..) => {
            return Err(AcrError::Method { allowed: target.methods() });
        }
    };
    let change = move |before: lock::Attributes| shape::stored(update.apply(before.into()));
    let of = ChangeAttributes {
        place: call.place.clone(),
        repository: name.clone(),
        holder,
        request: caller::request(call.parts, "PATCH"),
    };
    if !records::change(&call.app.ctx, of, change).await? {
        return Err(unknown);
    }
    get(call, target).await
}

/// Writes down what somebody says of a manifest, and changes what may be done with it, where the body says that too.
async fn judge(
    call: &Call<'_>,
    repository: &Repository,
    digest: &Digest,
    update: Update,
) -> Result<(), AcrError> {
    call.needs(repository, Permission::QuarantineWrite)?;
    if update.has_attributes() {
        call.needs(repository, Permission::MetadataWrite)?;
    }
    let verdict = update.quarantine_state.as_deref().map(str::parse).transpose()?;
    let details = update.quarantine_details.as_deref().map(str::parse).transpose()?;
    let ctx = &call.app.ctx;
    let judge = Judge {
        place: call.place.clone(),
        repository: repository.clone(),
        digest: digest.clone(),
        verdict,
        details,
        now: ctx.clock.now(),
    };
    let change = move |before: lock::Attributes| shape::stored(update.apply(before.into()));
    let request = caller::request(call.parts, "PATCH");
    match quarantine::judge(ctx, judge, change, request).await? {
        Judged::Done => Ok(()),
        Judged::Unknown => Err(AcrError::ManifestUnknown),
        Judged::TooManyTags => Err(AcrError::TooManyTags),
        Judged::OfChart => Err(AcrError::OfChart),
    }
}

/// Removes a tag. What it was on stays, and nobody is told but those who ask for it.
pub(super) async fn untag(
    call: &Call<'_>,
    repository: Repository,
    tag: Tag,
) -> Result<Response, AcrError> {
    let request = caller::request(call.parts, "DELETE");
    let delete = DeleteTag { place: call.place.clone(), repository, tag, request };
    if delete::tag(&call.app.ctx, delete).await?? {
        Ok(StatusCode::ACCEPTED.into_response())
    } else {
        Err(AcrError::TagUnknown)
    }
}

/// Removes a repository with all that it has. Whoever does not want to wait for a large one is told of the operation.
pub(super) async fn delete_repository(
    call: &Call<'_>,
    repository: Repository,
) -> Result<Response, AcrError> {
    let request = caller::request(call.parts, "DELETE");
    let delete = DeleteRepository { place: call.place.clone(), repository, request };
    let begun = repository::begin(&call.app.ctx, delete).await??.ok_or(AcrError::NameUnknown)?;
    if let Some(operation) = &begun.operation
        && prefer::is_async(&call.parts.headers)
    {
        return Ok(going_on(operation));
    }
    let gone = begun.gone().await??;
    let mut response = shown(&Deleted {
        manifests_deleted: gone.manifests.iter().map(ToString::to_string).collect(),
        tags_deleted: gone.tags.iter().map(ToString::to_string).collect(),
    });
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// 202 to who does not want to wait: nothing is listed, and the operation says how far it is.
fn going_on(operation: &OperationRow) -> Response {
    let mut response = shown(&Deleted { manifests_deleted: Vec::new(), tags_deleted: Vec::new() });
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(prefer::PREFERENCE_APPLIED, prefer::RESPOND_ASYNC);
    let id = HeaderValue::from_str(&operation.id).expect("an id is a word and a UUID");
    headers.insert(prefer::OPERATION, id);
    response
}
