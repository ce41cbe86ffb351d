//! ACR's own data API under `/acr/v1/`: routes, queries, bodies and attributes (`acr-facts` §5.4).
//!
//! Its errors are those of the distribution API: see [`oci::error`](crate::oci::error).

pub mod attributes;
pub mod body;
pub mod prefer;
pub mod query;
pub mod restore;
pub mod route;
