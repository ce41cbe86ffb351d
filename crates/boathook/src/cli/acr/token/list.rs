//! `acr token list`.

use crate::cli::acr::Answer;
use crate::cli::acr::registry::RegistryArgs;
use crate::cli::acr::token::{columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List all tokens for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List tokens and show the results in a table.
    boathook acr token list -r myregistry -o table"
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
    let tokens = progress::during(console, async {
        let first = arm.get(&format!("{registry}/tokens")).await?;
        arm.rest_of_pages(first).await
    });
    let tokens = tokens.await?.iter().map(shape::token).collect();
    Ok(Answer { value: Value::Array(tokens), columns: columns::tokens })
}
