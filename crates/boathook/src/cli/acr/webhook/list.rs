//! `acr webhook list`.

use crate::cli::acr::Answer;
use crate::cli::acr::registry::{self, RegistryArgs};
use crate::cli::acr::webhook::{columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List all of the webhooks for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List webhooks and show the results in a table.
    boathook acr webhook list -r myregistry -o table"
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
    let webhooks = progress::during(console, async {
        registry::location(arm, &registry).await?;
        let first = arm.get(&format!("{registry}/webhooks")).await?;
        arm.rest_of_pages(first).await
    });
    let webhooks = webhooks.await?.iter().map(shape::webhook).collect();
    Ok(Answer { value: Value::Array(webhooks), columns: columns::webhooks })
}
