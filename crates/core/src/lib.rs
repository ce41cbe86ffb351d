//! The rules of Boathook: *core decides*.
//!
//! Functions from values to values, tested by table and property. Nothing here waits, reads a clock, rolls dice,
//! touches a file or knows a protocol's JSON. What a name may be, what a manifest refers to, which webhook wants
//! which event, and what follows from a failed attempt are all said here and nowhere else.

pub mod address;
pub mod chart;
pub mod custom_headers;
pub mod defaults;
pub mod delivery;
pub mod digest;
pub mod event;
pub mod grant;
pub mod host;
pub mod id;
pub mod lock;
pub mod manifest;
pub mod media_type;
pub mod name;
pub mod origin;
pub mod pattern;
pub mod policy;
pub mod quarantine;
pub mod quota;
pub mod retry;
pub mod role;
pub mod scope;
pub mod scope_map;
pub mod service_uri;
pub mod time;
pub mod webhook;
