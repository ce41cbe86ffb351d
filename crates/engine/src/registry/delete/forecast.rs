//! What a deletion would do, said beforehand. Nothing is deleted, and nobody is told.

use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::lock::Locked;
use boathook_core::name::{Place, Repository};
use boathook_store::Error;

pub use boathook_store::{ManifestForecast, NEEDED_BY_MAX, STEP_MANIFESTS_MAX};

/// What would come of the deletion of a manifest; `None` where it is not there.
pub async fn manifest(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<ManifestForecast>, Error> {
    ctx.db.manifest_forecast(place, repository, digest).await
}

/// What would keep a repository from being deleted, if anything; `None` where it is not there.
pub async fn repository(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
) -> Result<Option<Result<(), Locked>>, Error> {
    ctx.db.repository_forecast(place, repository).await
}
