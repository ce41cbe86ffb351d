//! The OCI distribution API, version 1.1: paths, ranges, pages, bodies and errors.
//!
//! What is in a manifest is `boathook_core::manifest`'s business.

pub mod accept;
pub mod error;
pub mod header;
pub mod list;
pub mod page;
pub mod range;
pub mod referrers;
pub mod route;
pub mod upload;
