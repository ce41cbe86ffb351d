//! The program as people start it: a process, its streams, its signals and its exit codes.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

mod config;
mod demo;
mod faults;
mod fsck;
mod identity;
mod life;
mod process;
mod purge;
mod repository;
mod serve;
mod terraform;
mod tls;
