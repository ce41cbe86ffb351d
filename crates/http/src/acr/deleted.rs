//! What was deleted: listed, and restored.

use super::lists::{limit, linked};
use super::records::UPDATE_BYTES_MAX;
use super::{AcrError, Call, records, shape, shown};
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use boathook_core::digest::Digest;
use boathook_core::name::Repository;
use boathook_core::time::Timestamp;
use boathook_engine::registry::deleted::{
    self, AfterDeletedTag, DeletedManifestRow, DeletedTagRow, Restore, RestoreOutcome,
};
use boathook_wire::acr::body::{DeletedManifest, DeletedManifests, DeletedTag, DeletedTags};
use boathook_wire::acr::query::{self, DeletedTagPosition};
use boathook_wire::acr::restore;
use boathook_wire::acr::route::Target;

pub(super) async fn catalog(call: &Call<'_>) -> Result<Response, AcrError> {
    let asked = query::parse(call.parts.uri.query())?;
    let last = asked.last.as_deref().unwrap_or_default();
    let page = deleted::repositories(&call.app.ctx, &call.place, last, limit(&asked)).await?;
    let body = boathook_wire::oci::list::catalog(page.entries.iter().map(String::as_str));
    let response = ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body);
    let last = page.entries.last().filter(|_| page.has_more);
    let link = last.map(|last| asked.link(&Target::DeletedCatalog.to_string(), last));
    Ok(linked(response.into_response(), link))
}

pub(super) async fn manifests(call: &Call<'_>, name: &Repository) -> Result<Response, AcrError> {
    let asked = query::parse(call.parts.uri.query())?;
    let last = asked.last.as_deref().unwrap_or_default();
    let (ctx, place) = (&call.app.ctx, &call.place);
    let found = deleted::manifests(ctx, place, name, last, limit(&asked)).await?;
    let page = found.ok_or(AcrError::NameUnknown)?;
    let last = page.entries.last().filter(|_| page.has_more);
    let path = Target::DeletedManifests(name.clone()).to_string();
    let link = last.map(|last| asked.link(&path, last.digest.as_str()));
    let manifests = page.entries.into_iter().map(manifest).collect();
    Ok(linked(shown(&shape::within(call, name, DeletedManifests { manifests })), link))
}

fn manifest(row: DeletedManifestRow) -> DeletedManifest {
    DeletedManifest {
        digest: row.digest.to_string(),
        media_type: row.media_type,
        image_size: row.image_size,
        created_time: row.created,
        deleted_at: row.deleted,
    }
}

pub(super) async fn tags(call: &Call<'_>, name: &Repository) -> Result<Response, AcrError> {
    let asked = query::parse(call.parts.uri.query())?;
    let position = DeletedTagPosition::parse(asked.last.as_deref().unwrap_or_default());
    let after = after(position);
    let (ctx, place) = (&call.app.ctx, &call.place);
    let found = deleted::tags(ctx, place, name, after, limit(&asked)).await?;
    let page = found.ok_or(AcrError::NameUnknown)?;
    let last = page.entries.last().filter(|_| page.has_more);
    let path = Target::DeletedTags(name.clone()).to_string();
    let link = last.map(|last| {
        let deletion = Some((last.deleted, last.digest.as_str()));
        asked.link(&path, &DeletedTagPosition { name: last.name.as_str(), deletion }.print())
    });
    let tags = page.entries.iter().map(tag).collect();
    Ok(linked(shown(&shape::within(call, name, DeletedTags { tags })), link))
}

fn after(position: DeletedTagPosition<'_>) -> AfterDeletedTag {
    let begins_list = position.name.is_empty();
    let (deleted, digest) = match position.deletion {
        Some((at, digest)) => (at, digest.to_owned()),
        None if begins_list => (Timestamp(i64::MIN), String::new()),
        None => (Timestamp(i64::MAX), String::new()),
    };
    AfterDeletedTag { name: position.name.to_owned(), deleted, digest }
}

fn tag(row: &DeletedTagRow) -> DeletedTag {
    DeletedTag {
        tag: row.name.to_string(),
        digest: row.digest.to_string(),
        deleted_at: row.deleted,
    }
}

/// Brings back a manifest with a tag, and shows it.
pub(super) async fn restore(
    call: &Call<'_>,
    repository: Repository,
    digest: Digest,
    body: Body,
) -> Result<Response, AcrError> {
    let bytes = crate::body::collect(&call.parts.headers, body, UPDATE_BYTES_MAX).await?;
    let restore::Restore { tag, is_forced } =
        restore::Restore::parse(call.parts.uri.query(), &bytes)?;
    let target = Target::Manifest(repository.clone(), digest.clone());
    let restore = Restore { place: call.place.clone(), repository, digest, tag, is_forced };
    match deleted::restore(&call.app.ctx, restore).await? {
        RestoreOutcome::Restored => records::get(call, &target).await,
        RestoreOutcome::Unknown => Err(AcrError::NotDeleted),
        RestoreOutcome::TagUnknown => Err(AcrError::TagNotDeleted),
        RestoreOutcome::TagTaken { by } => Err(AcrError::TagTaken { by }),
        RestoreOutcome::SubjectDeleted(subject) => Err(AcrError::SubjectDeleted { subject }),
        RestoreOutcome::TooMany => Err(AcrError::TooManyTogether),
        RestoreOutcome::Locked(locked) => Err(locked.into()),
    }
}
