//! What may be set on a webhook, as it is typed.

use serde::Serialize;

/// What a webhook may be told of.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub(super) enum Action {
    Push,
    Delete,
    Quarantine,
    ChartPush,
    ChartDelete,
}
