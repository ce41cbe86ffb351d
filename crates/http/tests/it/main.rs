//! What the registry's face promises, shown over real connections to a real database and real files.
//!
//! The name of a test is the promise.

mod blobs;
mod lists;
mod manifests;
mod referrers;
mod served;
mod uploads;
