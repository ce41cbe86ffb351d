//! `acr gc show`.

use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Show what was last removed in each region, when, and whether anybody asked for it.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show what was last removed.
    boathook acr gc show -n myregistry -o table"
)]
pub(super) struct Show {
    #[command(flatten)]
    registry: NameArgs,
}

/// Reads what was last removed.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.registry.path(arm, console).await?;
    let shown = progress::during(console, arm.get(&format!("{path}/collectGarbage"))).await?;
    Ok(Answer { value: shown.member("value").clone(), columns })
}

fn columns(value: &Value) -> Value {
    columns::each(value, |collection| {
        Value::object([
            ("Location", columns::text(collection, &["location"])),
            ("Status", columns::text(collection, &["status"])),
            ("OnDemand", columns::text(collection, &["onDemand"])),
            ("Start", columns::date(collection, &["startTime"])),
            ("End", columns::date(collection, &["endTime"])),
            ("Links", columns::text(collection, &["freed", "links"])),
            ("Blobs", columns::text(collection, &["freed", "blobs"])),
            ("Bytes", columns::text(collection, &["freed", "bytes"])),
        ])
    })
}
