//! `identity show`.

use super::{NameArgs, columns, shape};
use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Show an identity; its secrets are named, and never shown again.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show an identity.
    boathook identity show -n ci"
)]
pub(super) struct Show {
    #[command(flatten)]
    identity: NameArgs,
}

/// Reads the identity.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.identity.path(arm)?;
    let value = progress::during(console, arm.get(&path)).await?;
    Ok(Answer { value: shape::identity(&value), columns: columns::identities })
}
