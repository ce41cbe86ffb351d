//! Names that people choose: parsed once at the edge, trusted everywhere after.

mod place;
mod reference;
mod repository;

pub use place::{InvalidName, Place, Region, RegistryName, WebhookName};
pub use reference::{InvalidReference, InvalidTag, Reference, TAG_BYTES_MAX, Tag};
pub use repository::{InvalidRepository, REPOSITORY_BYTES_MAX, Repository};
