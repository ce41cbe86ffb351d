//! Repositories, manifests, tags and blobs.
//!
//! Bytes come first, rows second: no row points at bytes that are not there. Every change that webhooks hear of takes its
//! event along, in the same transaction.

mod attributes;
pub(crate) mod blob;
pub(crate) mod blob_tally;
mod chart;
mod delete;
mod deleted;
mod find;
mod list;
mod locks;
mod platforms;
mod pulled;
mod purging;
mod push;
mod quarantine;
mod read;
mod records;
mod retention;
mod tally;
mod untag;

pub use attributes::{Holder, Relocked};
pub use blob::{BlobContent, BlobDeletion, BlobOutcome, CommitBlob, Mount, MountOutcome};
pub use chart::{
    CHART_CHANGES_MAX, CHART_REPOSITORIES_LOOKED_MAX, CHARTS_BYTES_MAX, ChartChange, ChartChanges,
    ChartOutcome, ChartPart, ChartRow, ChartWrite, ChartsDeletion, CommitChart, ListedChart,
};
pub use delete::{
    DeletedManifest, Deletion, ManifestForecast, NEEDED_BY_MAX, RepositoryDeletion,
    STEP_MANIFESTS_MAX, Untagging,
};
#[cfg(test)]
pub(crate) use deleted::KEPT_COLUMNS;
pub use deleted::{
    AfterDeletedTag, DeletedManifestRow, DeletedTagRow, PURGE_BYTES_MAX, PURGE_MANIFESTS_MAX,
    Purged, RESTORED_TOGETHER_MAX, Restore, RestoreOutcome,
};
pub use list::{ReferrerRow, WantedReferrers};
pub(crate) use locks::RepositoryLocks;
pub use pulled::TAGS_COMPARED_MAX;
pub use purging::Purging;
pub use push::{CommitPush, PushOutcome};
pub use quarantine::{Judge, Judged, ManifestChange, RELEASED_TAGS_MAX, Released, Scanned};
pub(crate) use read::CachedManifest;
pub use read::{BlobInfo, FoundBlob, FoundManifest, ManifestInfo};
pub use records::{
    After, ManifestRow, Order, PageOf, RepositoryRow, SEVERAL_MAX, TAGS_MAX, TagRow,
};
pub use retention::{RETIRED_MAX, Retired};
pub use untag::{AnnounceMoved, Untagged};
