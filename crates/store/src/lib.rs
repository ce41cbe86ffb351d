//! What Boathook remembers: *store remembers*.
//!
//! [`Db`] is SQL on two engines, written once: every method is one transaction with a name, and what it returns has been
//! committed. [`Blobs`] is bytes named by their digest. No JSON of any protocol is known here, no HTTP, and no rule that
//! could be decided without looking something up.
//!
//! What storage promises is listed, one test a promise, in `conformance`.

mod account;
mod audit;
mod blobs;
mod cache;
mod collection;
mod content;
mod db;
mod error;
#[cfg(any(test, feature = "faults"))]
pub mod faults;
mod fsck;
mod guard;
mod identity;
mod migrate;
mod operation;
mod outbox;
mod registry;
mod replication;
mod resource_group;
mod row;
mod scope_map;
mod session;
mod token;
mod traffic;
mod tx;
mod upload;
mod webhook;

#[cfg(test)]
mod conformance;

pub use account::NewSecret;
pub use audit::{AuditEntry, AuditPage, AuditRow};
pub use blobs::{BlobBytes, Blobs, FileKind, FoundFile, INLINE_BYTES_MAX};
pub use collection::{
    BeginCollection, COLLECTED_MAX, CollectionBegin, CollectionRow, CollectionStep, DueAfter,
    DueBlob, DuePage, RemovedBlobs, ReviewedLinks,
};
pub use content::{
    After, AfterDeletedTag, AnnounceMoved, BlobContent, BlobDeletion, BlobInfo, BlobOutcome,
    CHART_CHANGES_MAX, CHART_REPOSITORIES_LOOKED_MAX, CHARTS_BYTES_MAX, ChartChange, ChartChanges,
    ChartOutcome, ChartPart, ChartRow, ChartWrite, ChartsDeletion, CommitBlob, CommitChart,
    CommitPush, DeletedManifest, DeletedManifestRow, DeletedTagRow, Deletion, FoundBlob,
    FoundManifest, Holder, Judge, Judged, ListedChart, ManifestChange, ManifestForecast,
    ManifestInfo, ManifestRow, Mount, MountOutcome, NEEDED_BY_MAX, Order, PURGE_BYTES_MAX,
    PURGE_MANIFESTS_MAX, PageOf, Purged, Purging, PushOutcome, RELEASED_TAGS_MAX,
    RESTORED_TOGETHER_MAX, RETIRED_MAX, ReferrerRow, Released, Relocked, RepositoryDeletion,
    RepositoryRow, Restore, RestoreOutcome, Retired, SEVERAL_MAX, STEP_MANIFESTS_MAX, Scanned,
    TAGS_COMPARED_MAX, TAGS_MAX, TagRow, Untagged, Untagging, WantedReferrers,
};
pub use db::{Db, Histogram, Signals, TIME_BUCKETS_US, TransactionTimes};
pub use error::Error;
pub use fsck::{ForgetOutcome, StoredBlob, StoredManifest};
pub use guard::{Guard, Removal};
pub use identity::{
    AddSecretOutcome, AssignOutcome, AssignmentRow, AssignmentsOf, FirstIdentity, IdentityDeletion,
    IdentityRow, IdentitySecretRow, IdentityWithSecrets, NewAssignment, PrincipalRow,
    PutIdentityOutcome, SigningKeyRow, Unassigned,
};
pub use operation::{OPERATIONS_OPEN_MAX, OperationEnd, OperationFailure, OperationRow};
pub use outbox::{
    AfterAttempt, AttemptPace, AttemptRow, Backlog, ClaimedDelivery, DeliveryEntry, DeliveryKind,
    DeliveryState, Dispatched, EventEntry, EventLine, FinishedAttempt, GLANCED_MAX, Glance,
    NewDelivery, NewEvent, Redelivery, ResponseRow, UndispatchedEvent, WebhookDue,
};
pub use registry::{DeleteRegistry, RegistryRow, RegistrySettings, RegistryStanding};
pub use replication::{ReplicationChange, ReplicationDeletion, ReplicationRefusal, ReplicationRow};
pub use resource_group::{PutGroupOutcome, ResourceGroupRow};
pub use scope_map::{Put, ScopeMapRow, Standing};
pub use session::{SESSIONS_MAX, SessionRow};
pub use token::{PasswordRow, TokenEntry, TokenRefusal, TokenRow};
pub use traffic::{TrafficKind, TrafficRow};
pub use upload::{Adopted, AppendError, Room, Upload, Uploads};
pub use webhook::{PutOutcome, WebhookRow};
