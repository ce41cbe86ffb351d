//! The faces of Boathook that programs see: *http shows*.
//!
//! Each face is a folder with its routes, its handlers and the one table from its errors to status and code. A handler
//! reads the request with `wire`, asks `engine`, and prints the answer with `wire`; it decides nothing about registries
//! or webhooks, and knows no SQL.
//!
//! One listener serves every face, and so does another in TLS; which one a request is for is read from its path, in
//! [`router()`]. The metrics may have a listener of their own.

mod acr;
mod address;
mod app;
mod arm;
mod body;
mod content_error;
mod facts;
mod helm;
mod layers;
mod oauth2;
mod oci;
mod ops;
mod place;
mod router;
mod server;
mod sign_in;
mod tale;

pub use address::{base, host, login_server};
pub use app::App;
pub use body::{Uncollected, collect};
pub use facts::{Facts, RequestId};

pub use router::{metrics_router, router, router_without_metrics};
pub use server::{Https, Server};
