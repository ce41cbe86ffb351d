//! `acr quarantine policy`.

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
pub(super) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Show(Show),
    Update(Update),
}

/// Show whether a registry holds back what is pushed to it.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show whether a registry holds back what is pushed to it.
    boathook acr quarantine policy show -n myregistry"
)]
struct Show {
    #[command(flatten)]
    registry: NameArgs,
}

/// Have a registry hold back what is pushed to it, or not.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Hold back what has not passed, also of what is there already.
    boathook acr quarantine policy update -n myregistry --status enabled"
)]
struct Update {
    #[command(flatten)]
    registry: NameArgs,
    /// Whether what has not passed is held back.
    #[arg(long, ignore_case = true, value_enum)]
    status: Status,
}

/// Runs one of the commands.
pub(super) async fn run(
    policy: Policy,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let registry = match policy.command {
        Command::Show(args) => {
            let path = args.registry.path(arm, console).await?;
            progress::during(console, arm.get(&path)).await?
        }
        Command::Update(args) => {
            let path = args.registry.path(arm, console).await?;
            let policies = json!({ "quarantinePolicy": { "status": args.status } });
            let body = json!({ "properties": { "policies": policies } });
            progress::during(console, arm.patch(&path, &body)).await?
        }
    };
    let status = registry.at(&["properties", "policies", "quarantinePolicy", "status"]);
    let value = Value::object([("status", status.clone())]);
    Ok(Answer { value, columns: columns::sorted })
}
