//! The face as clients see it: in process, through the server's router, on a real database.

mod connection;
mod events;
pub(crate) mod face;
mod refusals;
mod webhooks;
