//! The classic Helm repository under `/helm/v1/`: routes, charts' own words, manifests, lists and `index.yaml`
//! (`acr-facts` §7).
//!
//! Its errors are those of the distribution API: see [`oci::error`](crate::oci::error).

pub mod condition;
pub mod entry;
pub mod manifest;
pub mod metadata;
pub mod route;
mod yaml;
