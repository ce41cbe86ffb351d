//! `acr token show`.

use crate::cli::acr::Answer;
use crate::cli::acr::token::{TokenArgs, columns, shape};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Show details and attributes of a token for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show details and attributes of a token.
    boathook acr token show -n mytoken -r myregistry"
)]
pub(super) struct Show {
    #[command(flatten)]
    token: TokenArgs,
}

/// Reads the token; its passwords are never shown.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (_, token) = args.token.paths(arm, console).await?;
    let value = progress::during(console, arm.get(&token)).await?;
    Ok(Answer { value: shape::token(&value), columns: columns::tokens })
}
