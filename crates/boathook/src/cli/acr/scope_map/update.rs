//! `acr scope-map update`.

use serde_json::json;

use crate::cli::acr::Answer;
use crate::cli::acr::actions::ActionChangeArgs;
use crate::cli::acr::scope_map::{ScopeMapArgs, columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Update a scope map for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Update the scope map allowing content/read and metadata/read, and removing content/write.
    boathook acr scope-map update -n myscopemap -r myregistry --add-repository hello-world content/read \
metadata/read --remove-repository hello-world content/write"
)]
pub(super) struct Update {
    #[command(flatten)]
    scope_map: ScopeMapArgs,
    #[command(flatten)]
    changes: ActionChangeArgs,
    /// Description for the scope map. Maximum 256 characters are allowed.
    #[arg(long)]
    description: Option<String>,
}

/// Sends the actions as they will be, and so reads them first.
pub(super) async fn run(
    args: Update,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    if args.changes.is_empty() && args.description.as_ref().is_none_or(String::is_empty) {
        return Err(Failure::Argument("No scope map properties to update.".to_owned()));
    }
    let (_, scope_map) = args.scope_map.paths(arm, console).await?;
    let value = progress::during(console, async {
        let now = arm.get(&scope_map).await?;
        let actions = match now.at(&["properties", "actions"]) {
            Value::Array(actions) => {
                actions.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        let mut body = json!({ "properties": { "actions": args.changes.apply(actions)? } });
        if let Some(description) = args.description {
            body["properties"]["description"] = description.into();
        }
        arm.patch(&scope_map, &body).await
    });
    Ok(Answer { value: shape::scope_map(&value.await?), columns: columns::scope_maps })
}
