//! `acr delete`.

use crate::cli::acr::Answer;
use crate::cli::acr::confirmation::ConfirmationArgs;
use crate::cli::acr::registries::columns;
use crate::cli::acr::registry::NameArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Deletes an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Delete an Azure Container Registry.
    boathook acr delete -n myregistry"
)]
pub(crate) struct Delete {
    #[command(flatten)]
    registry: NameArgs,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
}

/// Deletes the registry and all that it holds, and waits until it is gone.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let name = args.registry.name(console)?;
    let question = format!("Are you sure you want to delete the registry '{name}'?");
    args.confirmation.demand(&question, console)?;
    let path = args.registry.path(arm, console).await?;
    progress::during(console, arm.delete(&path)).await?;
    Ok(Answer { value: Value::Null, columns: columns::registries })
}
