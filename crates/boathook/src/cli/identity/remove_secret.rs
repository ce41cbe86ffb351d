//! `identity remove-secret`.

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;
use serde_json::json;

use super::{NameArgs, columns};

/// Take a secret from an identity.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Take a secret away; `identity show` says its id.
    boathook identity remove-secret -n ci --key-id b0a70001-0000-4000-8000-000000000005"
)]
pub(super) struct RemoveSecret {
    #[command(flatten)]
    identity: NameArgs,
    /// The id of the secret.
    #[arg(long, value_name = "ID")]
    key_id: String,
}

/// Takes the secret away.
pub(super) async fn run(
    args: RemoveSecret,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = format!("{}/removePassword", args.identity.path(arm)?);
    progress::during(console, arm.post_with(&path, &json!({ "keyId": args.key_id }))).await?;
    Ok(Answer { value: Value::Null, columns: columns::identities })
}
