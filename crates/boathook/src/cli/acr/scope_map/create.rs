//! `acr scope-map create`.

use serde_json::json;

use crate::cli::acr::Answer;
use crate::cli::acr::actions::GrantArgs;
use crate::cli::acr::scope_map::{ScopeMapArgs, columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Create a scope map for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Create a scope map that allows content/write and metadata/read actions for hello-world repository.
    boathook acr scope-map create -n myscopemap -r myregistry --repository hello-world content/write metadata/read"
)]
pub(super) struct Create {
    #[command(flatten)]
    scope_map: ScopeMapArgs,
    #[command(flatten)]
    grants: GrantArgs,
    /// Description for the scope map. Maximum 256 characters are allowed.
    #[arg(long)]
    description: Option<String>,
}

/// Creates the scope map with the actions of all its rules.
pub(super) async fn run(
    args: Create,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (_, scope_map) = args.scope_map.paths(arm, console).await?;
    let mut body = json!({ "properties": { "actions": args.grants.actions()? } });
    if let Some(description) = args.description {
        body["properties"]["description"] = description.into();
    }
    let value = progress::during(console, arm.put(&scope_map, &body)).await?;
    Ok(Answer { value: shape::scope_map(&value), columns: columns::scope_maps })
}
