//! Pages as a browser gets them, over real connections, of a whole region whose clock is the test's.

#![expect(clippy::unwrap_used, reason = "tests unwrap, and so do the helpers beside them")]

mod archive;
mod browser;
mod charts;
mod deletions;
mod forms;
mod live;
mod manifests;
mod operations;
mod overview;
mod repositories;
mod rights;
mod search;
mod sessions;
mod site;
mod sizes;
mod tables;
mod webhooks;
