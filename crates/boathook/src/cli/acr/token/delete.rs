//! `acr token delete`.

use crate::cli::acr::Answer;
use crate::cli::acr::confirmation::ConfirmationArgs;
use crate::cli::acr::token::{TokenArgs, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Delete a token for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Delete a token.
    boathook acr token delete -n mytoken -r myregistry"
)]
pub(super) struct Delete {
    #[command(flatten)]
    token: TokenArgs,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
}

/// Deletes the token; a no is not a failure.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let question = format!(
        "Deleting the token '{}' will invalidate access to anyone using its credentials. Proceed?",
        args.token.name
    );
    if args.confirmation.is_agreed(&question, console)? {
        let (_, token) = args.token.paths(arm, console).await?;
        progress::during(console, arm.delete(&token)).await?;
    }
    Ok(Answer { value: Value::Null, columns: columns::tokens })
}
