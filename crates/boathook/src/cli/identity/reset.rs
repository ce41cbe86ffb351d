//! `identity reset`.

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;
use serde_json::json;

use super::{NameArgs, SecretArgs, columns, shape};

/// Take all secrets from an identity, and make a new one, which is shown this once.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Replace what somebody may have seen.
    boathook identity reset -n ci"
)]
pub(super) struct Reset {
    #[command(flatten)]
    identity: NameArgs,
    #[command(flatten)]
    secret: SecretArgs,
}

/// Replaces the secrets.
pub(super) async fn run(
    args: Reset,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.identity.path(arm)?;
    let made = progress::during(console, async {
        let identity = arm.get(&path).await?;
        if let Value::Array(secrets) = identity.at(&["properties", "passwordCredentials"]) {
            for secret in secrets {
                let key_id = secret.member("keyId").as_str();
                arm.post_with(&format!("{path}/removePassword"), &json!({ "keyId": key_id }))
                    .await?;
            }
        }
        Ok::<_, Failure>((identity, args.secret.make(&path, arm).await?))
    });
    let (identity, made) = made.await?;
    Ok(Answer {
        value: shape::new_secret(&identity, &made, arm.session()),
        columns: columns::secrets,
    })
}
