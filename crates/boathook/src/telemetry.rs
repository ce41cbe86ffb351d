//! Where log lines go: to standard error, since standard output belongs to scripts.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Format, Log};

/// Starts to log. What is logged before is lost; a process that logs already goes on as it did.
pub(crate) fn start(log: &Log) {
    let filter = EnvFilter::new(&log.filter);
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Colours are for people who look on.
    let is_coloured = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // It fails only where a log has been started before.
    drop(match log.format {
        Format::Text => lines.with_ansi(is_coloured).try_init(),
        Format::Json => lines.json().flatten_event(true).try_init(),
    });
}
