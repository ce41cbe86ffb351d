//! `acr replication list`.

use crate::cli::acr::Answer;
use crate::cli::acr::registry::{self, RegistryArgs};
use crate::cli::acr::replication::{NOT_SUPPORTED, columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List all of the regions for a geo-replicated Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List replications and show the results in a table.
    boathook acr replication list -r myregistry -o table"
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
    let replications = progress::during(console, async {
        registry::premium(arm, &registry, NOT_SUPPORTED).await?;
        let first = arm.get(&format!("{registry}/replications")).await?;
        arm.rest_of_pages(first).await
    });
    let replications = replications.await?.iter().map(shape::replication).collect();
    Ok(Answer { value: Value::Array(replications), columns: columns::replications })
}
