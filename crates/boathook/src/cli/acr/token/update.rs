//! `acr token update`.

use serde_json::json;

use crate::cli::acr::status::Status;
use crate::cli::acr::token::{TokenArgs, columns, shape};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Update a token (replace associated scope map) for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Update a token.
    boathook acr token update -n mytoken -r myregistry --scope-map mynewscopemap"
)]
pub(super) struct Update {
    #[command(flatten)]
    token: TokenArgs,
    /// The name of the scope map associated with the token.
    #[arg(long, value_name = "NAME")]
    scope_map: Option<String>,
    /// The status of the token.
    #[arg(long, ignore_case = true, value_enum, default_value_t = Status::Enabled)]
    status: Status,
}

/// Sends the status, and the scope map where one is named; nothing is read first.
pub(super) async fn run(
    args: Update,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, token) = args.token.paths(arm, console).await?;
    let mut body = json!({ "properties": { "status": args.status } });
    if let Some(name) = &args.scope_map {
        body["properties"]["scopeMapId"] = registry::child(&registry, "scopeMaps", name)?.into();
    }
    let value = progress::during(console, arm.patch(&token, &body)).await?;
    Ok(Answer { value: shape::token(&value), columns: columns::tokens })
}
