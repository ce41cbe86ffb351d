//! `acr gc run`.

use serde_json::json;

use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress::{self, Said};
use crate::cli::value::Value;

/// Remove what nobody needs now, and wait until it is gone.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
The registry does this by itself, time and again. Nothing goes sooner for being asked for: what was deleted, pushed or
asked for within the grace (gc.grace of the server, 24 hours if it says nothing else) is shown as waiting.

Examples:
  Show what would go now, and what will go later.
    boathook acr gc run -n myregistry --dry-run -o table

  Remove it.
    boathook acr gc run -n myregistry"
)]
pub(super) struct Collect {
    #[command(flatten)]
    registry: NameArgs,
    /// Show what would go, and remove nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not wait until it is done.
    #[arg(long, conflicts_with = "dry_run")]
    no_wait: bool,
}

/// Has the registry collect, and tells what came of it.
pub(super) async fn run(
    args: Collect,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.registry.path(arm, console).await?;
    let body = json!({ "dryRun": args.dry_run });
    if args.no_wait {
        let path = format!("{path}/collectGarbage");
        let operation = progress::during(console, arm.begin(&path, &body)).await?;
        if let Some(operation) = operation {
            console.warn(&format!("What nobody needs is removed by the operation {operation}."));
        }
        return Ok(Answer { value: Value::Null, columns });
    }
    let said = Said::default();
    let work = arm.post_and_say(&path, "collectGarbage", &body, &said);
    let value = progress::during_saying(console, &said, work).await?;
    Ok(Answer { value, columns })
}

fn columns(value: &Value) -> Value {
    let shown = ["due", "freed", "waiting"].into_iter();
    let shown = shown.filter(|what| *value.member(what) != Value::Null);
    let row = |what: &str| {
        let amount = value.member(what);
        Value::object([
            ("What", what.into()),
            ("Links", columns::text(amount, &["links"])),
            ("Blobs", columns::text(amount, &["blobs"])),
            ("Bytes", columns::text(amount, &["bytes"])),
            ("FirstDue", columns::date(amount, &["firstDueTime"])),
            ("LastDue", columns::date(amount, &["lastDueTime"])),
        ])
    };
    Value::Array(shown.map(row).collect())
}
