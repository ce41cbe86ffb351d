//! `acr helm bridge`. `az` has no such commands: they are Boathook's own.

use serde_json::json;

use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::status::Status;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

#[derive(clap::Args)]
pub(super) struct Bridge {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Show(Show),
    Update(Update),
}

/// Show whether helm repositories list the charts that lie below them as OCI artifacts.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show whether helm repositories list the charts that lie below them as OCI artifacts.
    boathook acr helm bridge show -n myregistry"
)]
struct Show {
    #[command(flatten)]
    registry: NameArgs,
}

/// Have helm repositories list the charts that lie below them as OCI artifacts, or not.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List what `helm push` pushed to oci://myregistry/charts in the helm repository `charts`.
    boathook acr helm bridge update -n myregistry --status enabled"
)]
struct Update {
    #[command(flatten)]
    registry: NameArgs,
    /// Whether charts that are OCI artifacts are listed.
    #[arg(long, ignore_case = true, value_enum)]
    status: Status,
}

/// Runs one of the commands.
pub(super) async fn run(
    bridge: Bridge,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let registry = match bridge.command {
        Command::Show(args) => {
            let path = args.registry.path(arm, console).await?;
            progress::during(console, arm.get(&path)).await?
        }
        Command::Update(args) => {
            let path = args.registry.path(arm, console).await?;
            let is_listed = matches!(args.status, Status::Enabled);
            let body = json!({ "properties": { "boathook": { "ociChartsInIndex": is_listed } } });
            progress::during(console, arm.patch(path.as_str(), &body)).await?
        }
    };
    let is_listed = registry.at(&["properties", "boathook", "ociChartsInIndex"]);
    let status = if matches!(is_listed, Value::Bool(true)) { "enabled" } else { "disabled" };
    let value = Value::object([("status", status.into())]);
    Ok(Answer { value, columns: columns::sorted })
}
