//! What operators do: registries and their webhooks, as the management API has them.

pub mod activity;
pub(crate) mod deletion;
pub mod etag;
pub mod events;
pub mod garbage;
pub mod groups;
pub mod health;
pub mod identities;
pub mod import;
pub mod pace;
pub mod registries;
pub mod replications;
pub mod roles;
pub mod scope_maps;
pub mod scope_test;
pub mod target;
pub mod tokens;
pub mod webhooks;

use crate::ctx::Ctx;
use boathook_core::name::RegistryName;
use boathook_store::{Error, RegistryRow};

/// Looks up a registry.
pub async fn registry(ctx: &Ctx, name: &RegistryName) -> Result<Option<RegistryRow>, Error> {
    ctx.db.registry(name).await
}
