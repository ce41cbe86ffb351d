//! `acr scope-map list`.

use crate::cli::acr::Answer;
use crate::cli::acr::registry::RegistryArgs;
use crate::cli::acr::scope_map::{columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List all scope maps for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List scope maps and show the results in a table.
    boathook acr scope-map list -r myregistry -o table"
)]
pub(super) struct List {
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Reads every page of the list.
pub(super) async fn run(
    args: List,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let registry = args.registry.path(arm, console).await?;
    let scope_maps = progress::during(console, async {
        let first = arm.get(&format!("{registry}/scopeMaps")).await?;
        arm.rest_of_pages(first).await
    });
    let scope_maps = scope_maps.await?.iter().map(shape::scope_map).collect();
    Ok(Answer { value: Value::Array(scope_maps), columns: columns::scope_maps })
}
