//! Azure Resource Manager's shape: paths, parameters, resources, pages and errors of the management API.
//!
//! Values are read as the text that they are. Whether a name, an address or a scope is right is for others to say.

pub mod credentials;
pub mod error;
pub mod event;
mod headers;
pub mod object;
pub mod page;
pub mod path;
pub mod query;
pub mod registry;
pub mod replication;
pub mod scope_map;
mod switch;
pub mod system_data;
pub mod token;
pub mod webhook;
