//! The faces of Boathook that programs see: *http shows*.
//!
//! Each face is a folder with its routes, its handlers and the one table from its errors to status and code. A handler
//! reads the request with `wire`, asks `engine`, and prints the answer with `wire`; it decides nothing about registries
//! or webhooks, and knows no SQL.

mod app;
mod arm;
mod ops;

pub use app::App;
