//! `acr scope-map delete`.

use crate::cli::acr::Answer;
use crate::cli::acr::confirmation::ConfirmationArgs;
use crate::cli::acr::scope_map::{ScopeMapArgs, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Delete a scope map for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Delete a scope map.
    boathook acr scope-map delete -n myscopemap -r myregistry"
)]
pub(super) struct Delete {
    #[command(flatten)]
    scope_map: ScopeMapArgs,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
}

/// Deletes the scope map; a no is not a failure.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let question = format!(
        "Deleting the scope map '{}' will remove its permissions with associated tokens. Proceed?",
        args.scope_map.name
    );
    if args.confirmation.is_agreed(&question, console)? {
        let (_, scope_map) = args.scope_map.paths(arm, console).await?;
        progress::during(console, arm.delete(&scope_map)).await?;
    }
    Ok(Answer { value: Value::Null, columns: columns::scope_maps })
}
