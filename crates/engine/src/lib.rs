//! What Boathook does: *engine acts*.
//!
//! One file a use case. Each takes [`Ctx`] and a command, and has the same four beats: load, decide (a function in
//! `core`), commit (one transaction of `store`), tell. Each answers with an outcome; an [`Error`] means that the machine
//! is broken. No HTTP is served here, and no SQL is written.
//!
//! The workers, which act at their own pace, are in [`announce`], [`operations`], [`collection`] and [`housekeeping`]; [`supervisor`] owns their tasks.

pub mod announce;
pub mod audit;
pub mod auth;
mod blob_store;
pub mod certificates;
pub mod charts;
pub mod collection;
pub mod courier;
mod ctx;
pub mod fsck;
pub mod housekeeping;
pub mod live;
pub mod manage;
pub mod meters;
pub mod operations;
pub mod place;
pub mod registry;
pub mod remote;
mod seal;
pub mod steps;
pub mod supervisor;
pub mod system;
pub mod traffic;

pub use blob_store::{BlobStore, adopt_blob_store};
pub use boathook_store::{
    AssignmentRow, AuditRow, Blobs, Db, DeliveryState, Error, EventLine, Histogram,
    IdentitySecretRow, IdentityWithSecrets, PasswordRow, RegistryRow, RegistrySettings,
    ResourceGroupRow, SessionRow, TIME_BUCKETS_US, TokenRow, TransactionTimes, Uploads, WebhookDue,
    WebhookRow,
};
pub use ctx::{Ctx, Limits, Site};
pub use seal::{Seal, is_the_key};
