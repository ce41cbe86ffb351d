//! What Boathook does: use cases and workers.

pub mod courier;
