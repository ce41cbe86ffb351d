//! Repositories, manifests, tags and blobs.
//!
//! Bytes come first, rows second: no row points at bytes that are not there. Every change that webhooks hear of takes its
//! event along, in the same transaction.

mod blob;
mod delete;
mod list;
mod push;
mod read;

pub use blob::{BlobDeletion, CommitBlob, Mount};
pub use delete::{DeletedManifest, Deletion};
pub use list::ReferrerRow;
pub use push::{CommitPush, PushOutcome};
pub use read::{BlobInfo, ManifestInfo};
