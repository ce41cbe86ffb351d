//! `identity log`.

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

use super::{columns, shape};

/// Show who changed identities, secrets, roles and keys, newest first.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show what was changed since a moment.
    boathook identity log --start-time 2026-11-26T00:00:00Z -o table"
)]
pub(super) struct Log {
    /// Show what happened at this time and later; of the last 90 days where nothing is said.
    #[arg(long, value_name = "TIME")]
    start_time: Option<String>,
    /// Show what happened at this time and earlier.
    #[arg(long, value_name = "TIME")]
    end_time: Option<String>,
    /// Show what one caller did, by its client id.
    #[arg(long, value_name = "ID")]
    caller: Option<String>,
    /// Show at most so many entries.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    max_events: usize,
}

/// Reads as many entries as are asked for.
pub(super) async fn run(
    args: Log,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let filter = [
        args.start_time.map(|time| format!("eventTimestamp ge '{}'", quoted(&time))),
        args.end_time.map(|time| format!("eventTimestamp le '{}'", quoted(&time))),
        args.caller.map(|caller| format!("caller eq '{}'", quoted(&caller))),
    ];
    let filter = filter.into_iter().flatten().collect::<Vec<_>>().join(" and ");
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Insights/eventtypes/management/values?$filter={}",
        arm.session().subscription_id,
        super::role::encoded(&filter)
    );
    let entries = progress::during(console, arm.first_of_pages(&path, args.max_events)).await?;
    let entries = entries.iter().map(shape::entry).collect();
    Ok(Answer { value: Value::Array(entries), columns: columns::entries })
}

/// A text as it stands between quotes in a filter.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}
