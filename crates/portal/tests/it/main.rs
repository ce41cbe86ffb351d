//! Pages as a browser gets them, over real connections, of a whole region whose clock is the test's.

#![expect(clippy::unwrap_used, reason = "tests unwrap, and so do the helpers beside them")]

mod browser;
mod forms;
mod live;
mod operations;
mod rights;
mod sessions;
mod site;
mod webhooks;
