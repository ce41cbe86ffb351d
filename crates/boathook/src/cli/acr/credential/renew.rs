//! `acr credential renew`.

use serde::Serialize;
use serde_json::json;

use crate::cli::acr::Answer;
use crate::cli::acr::credential::{columns, shape};
use crate::cli::acr::registry::NameArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// The passwords of the admin user.
#[derive(Clone, Copy, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
enum PasswordName {
    Password,
    Password2,
}

/// Regenerate login credentials for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Renew the second password for an Azure Container Registry.
    boathook acr credential renew -n myregistry --password-name password2"
)]
pub(super) struct Renew {
    #[command(flatten)]
    registry: NameArgs,
    /// The name of password to regenerate.
    #[arg(long, ignore_case = true, value_enum)]
    password_name: PasswordName,
}

/// Has the server make a new password; the old one dies.
pub(super) async fn run(
    args: Renew,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.registry.path(arm, console).await?;
    let name = args.registry.name(console)?;
    let body = json!({ "name": args.password_name });
    let value = progress::during(console, async {
        super::admin(arm, &path, &name).await?;
        arm.post_with(&format!("{path}/regenerateCredential"), &body).await
    });
    Ok(Answer { value: shape::credentials(&value.await?), columns: columns::credentials })
}
