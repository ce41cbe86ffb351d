//! `acr show`.

use crate::cli::acr::Answer;
use crate::cli::acr::registries::{columns, shape};
use crate::cli::acr::registry::NameArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Get the details of an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the login server for an Azure Container Registry.
    boathook acr show -n myregistry --query loginServer"
)]
pub(crate) struct Show {
    #[command(flatten)]
    registry: NameArgs,
}

/// Reads the registry.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.registry.path(arm, console).await?;
    let value = progress::during(console, arm.get(&path)).await?;
    Ok(Answer { value: shape::registry(&value), columns: columns::registries })
}
