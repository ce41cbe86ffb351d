//! `identity create`.

use super::role::{self, ScopeArgs};
use super::{NameArgs, SecretArgs, columns, shape};
use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use serde_json::json;

/// Make an identity with a secret, which is shown this once, and perhaps with a role.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Make an identity that pushes to a registry.
    boathook identity create -n ci --role AcrPush -r myregistry"
)]
pub(super) struct Create {
    #[command(flatten)]
    identity: NameArgs,
    #[command(flatten)]
    secret: SecretArgs,
    /// A role to give to it, such as `AcrPull`.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    #[command(flatten)]
    scope: ScopeArgs,
}

/// Makes the identity; the secret is last, since only what is shown was made for somebody.
pub(super) async fn run(
    args: Create,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.identity.path(arm)?;
    let scope = args.scope.path(arm)?;
    let made = progress::during(console, async {
        // What is there has secrets already, and is somebody's.
        match arm.get(&path).await {
            Err(Failure::Refused(refusal)) if refusal.status == 404 => (),
            Err(failure) => return Err(failure),
            Ok(_) => {
                let name = &args.identity.name;
                return Err(Failure::Argument(format!(
                    "There is an identity '{name}' already: use `identity add-secret` or `identity reset`."
                )));
            }
        }
        let role = match &args.role {
            Some(role) => Some(role::find(role, arm).await?),
            None => None,
        };
        let identity = arm.put(&path, &json!({})).await?;
        if let Some(role) = role {
            role::assign(&scope, &role, &identity, arm).await?;
        }
        Ok((identity, args.secret.make(&path, arm).await?))
    });
    let (identity, made) = made.await?;
    Ok(Answer {
        value: shape::new_secret(&identity, &made, arm.session()),
        columns: columns::secrets,
    })
}
