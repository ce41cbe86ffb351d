//! Azure Resource Manager's shape: paths, parameters, resources, pages and errors of the management API.
//!
//! Values are read as the text that they are. Whether a name, an address or a scope is right is for others to say.

pub mod activity;
pub mod condition;
pub mod credentials;
pub mod delivery;
pub mod error;
pub mod event;
pub mod filter;
pub mod garbage;
pub mod group;
mod headers;
pub mod identity;
pub mod import;
pub mod name_availability;
pub mod object;
pub mod operation;
pub mod page;
pub mod path;
pub mod provider;
pub mod query;
pub mod registry;
pub mod replication;
pub mod resource;
pub mod role;
pub mod scope_map;
pub mod scope_test;
pub mod subscription;
mod switch;
pub mod system_data;
pub mod token;
pub mod usage;
pub mod webhook;
