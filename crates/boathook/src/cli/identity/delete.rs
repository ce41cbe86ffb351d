//! `identity delete`.

use crate::cli::acr::Answer;
use crate::cli::acr::confirmation::ConfirmationArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

use super::{NameArgs, columns};

/// Remove an identity with its secrets and roles. Its tokens count no longer.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Remove an identity.
    boathook identity delete -n ci"
)]
pub(super) struct Delete {
    #[command(flatten)]
    identity: NameArgs,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
}

/// Removes the identity.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let question =
        format!("Are you sure you want to delete the identity '{}'?", args.identity.name);
    args.confirmation.demand(&question, console)?;
    let path = args.identity.path(arm)?;
    progress::during(console, arm.delete(&path)).await?;
    Ok(Answer { value: Value::Null, columns: columns::identities })
}
