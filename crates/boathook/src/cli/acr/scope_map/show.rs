//! `acr scope-map show`.

use crate::cli::acr::Answer;
use crate::cli::acr::scope_map::{ScopeMapArgs, columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Show details and attributes of a scope map for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the details of a scope map.
    boathook acr scope-map show -n myscopemap -r myregistry"
)]
pub(super) struct Show {
    #[command(flatten)]
    scope_map: ScopeMapArgs,
}

/// Reads the scope map.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (_, scope_map) = args.scope_map.paths(arm, console).await?;
    let value = progress::during(console, arm.get(&scope_map)).await?;
    Ok(Answer { value: shape::scope_map(&value), columns: columns::scope_maps })
}
