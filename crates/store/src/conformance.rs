//! What storage promises: one promise, one test, stamped for each engine.
//!
//! The lists at the heads of the files are the table of contents. What an engine promises alone is in `sqlite.rs` and
//! `postgres.rs`. PostgreSQL's promises need a server, whose address is in `BOATHOOK_TEST_POSTGRES`, such as
//! `postgres://postgres@127.0.0.1:5432`; every promise makes a database there and drops it again.

mod blob_store;
mod blobs;
mod caching;
mod charts;
mod collecting;
mod deletes;
mod dispatching;
mod engines;
mod erasing;
mod extras;
mod faults;
mod groups;
mod history;
mod identities;
mod leases;
mod lists;
mod locks;
mod oci_charts;
mod operations;
mod outcomes;
mod pauses;
mod plans;
mod postgres;
mod pushes;
mod quarantine;
mod records;
mod redelivering;
mod registries;
mod replications;
mod repositories;
mod retaining;
mod samples;
mod schema;
mod secrets;
mod sessions;
mod settling;
mod soft_deletes;
mod sqlite;
mod stops;
mod text;
mod tokens;
mod traffic;
mod webhooks;

/// Stamps out the promises of a file as named tests, so that a failure names both engine and promise.
///
/// Promises are async functions of a `&Db`, or with `at:` of the address of a database that is not there yet.
macro_rules! promises {
    (at: $($promise:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $promise() {
                crate::conformance::engines::on_sqlite(super::$promise).await;
            })*
        }
        mod postgres {
            $(#[tokio::test] async fn $promise() {
                crate::conformance::engines::on_postgres(super::$promise).await;
            })*
        }
    };
    ($($promise:ident),* $(,)?) => {
        mod sqlite {
            use crate::conformance::engines;
            $(#[tokio::test] async fn $promise() {
                engines::on_sqlite(async |url: &str| engines::opened(url, super::$promise).await).await;
            })*
        }
        mod postgres {
            use crate::conformance::engines;
            $(#[tokio::test] async fn $promise() {
                engines::on_postgres(async |url: &str| engines::opened(url, super::$promise).await).await;
            })*
        }
    };
}
use promises;

pub(crate) use plans::Plans;
pub(crate) use stops::{Stop, Stops};
