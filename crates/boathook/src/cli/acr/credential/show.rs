//! `acr credential show`.

use crate::cli::acr::Answer;
use crate::cli::acr::credential::{columns, shape};
use crate::cli::acr::registry::NameArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Get the login credentials for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the login credentials for an Azure Container Registry.
    boathook acr credential show -n myregistry"
)]
pub(super) struct Show {
    #[command(flatten)]
    registry: NameArgs,
}

/// Reads the credentials of the admin user, where there is one.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.registry.path(arm, console).await?;
    let name = args.registry.name(console)?;
    let value = progress::during(console, async {
        super::admin(arm, &path, &name).await?;
        arm.post(&format!("{path}/listCredentials")).await
    });
    Ok(Answer { value: shape::credentials(&value.await?), columns: columns::credentials })
}
