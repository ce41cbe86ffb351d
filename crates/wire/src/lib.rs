//! The protocols that Boathook is compatible with, without IO: *wire speaks*.
//!
//! Types with `serde`, parsers, printers and header names, one module for each face. Nothing here decides who may do
//! what or what follows from what (`boathook-core` does), and nothing here waits or opens a socket.

pub mod acr;
pub mod arm;
pub mod connect;
mod form;
pub mod helm;
pub mod oauth2;
pub mod oci;
mod percent;
pub mod sign_in;
mod time;
pub mod webhook;
