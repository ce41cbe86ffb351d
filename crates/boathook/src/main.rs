//! Boathook: server and command line.

mod cli;
mod config;
mod data_folder;
mod demo;
mod serve;
mod telemetry;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
