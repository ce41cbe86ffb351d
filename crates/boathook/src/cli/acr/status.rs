//! Whether something is on, in the two ways in which the management API writes it.

use serde::Serialize;

/// Whether a webhook or a token does anything.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Enabled,
    Disabled,
}

/// Whether a registry or a replication has a feature.
#[derive(Clone, Copy, PartialEq, Serialize, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum State {
    Enabled,
    Disabled,
}
