//! `identity rotate-key`.

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

use super::columns;

/// Give the key that tokens are signed with a successor. Tokens of the old one count until they end, within the hour.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Rotate the key.
    boathook identity rotate-key"
)]
pub(super) struct RotateKey {}

/// Has the server make a successor.
pub(super) async fn run(
    RotateKey {}: RotateKey,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = format!(
        "/subscriptions/{}/providers/Boathook.Identity/signingKeys/rotate",
        arm.session().subscription_id
    );
    progress::during(console, arm.post(&path)).await?;
    Ok(Answer { value: Value::Null, columns: columns::identities })
}
