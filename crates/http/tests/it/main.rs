//! What the registry's face promises, shown over real connections to a real database and real files.
//!
//! The name of a test is the promise.

mod acr;
mod auth;
mod blobs;
mod callers;
mod charts;
mod deletions;
mod etags;
mod exchange;
mod extras;
mod foreign;
mod framing;
mod garbage;
mod groups;
mod identities;
mod imports;
mod life;
mod lists;
mod locks;
mod manifests;
mod oci_charts;
mod paths;
mod places;
mod provider;
mod quarantine;
mod referrers;
mod registries;
mod replications;
mod repositories;
mod retention;
mod scope_tests;
mod served;
mod sign_in;
mod slow;
mod soft_deletes;
mod tls;
mod together;
mod tokens;
mod uploads;
mod wire;
