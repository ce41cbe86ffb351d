//! `acr credential …`: the commands about the passwords of the admin user.

mod columns;
mod renew;
mod shape;
mod show;

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::value::Value;

/// Manage login credentials for Azure Container Registries.
#[derive(clap::Args)]
pub(crate) struct Credential {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Renew(renew::Renew),
    Show(show::Show),
}

/// Runs one of the commands.
pub(crate) async fn run(
    credential: Credential,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match credential.command {
        Command::Renew(args) => renew::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
    }
}

/// Makes sure that the registry has an admin user.
async fn admin(arm: &Arm, path: &str, name: &str) -> Result<(), Failure> {
    let registry = arm.get(path).await?;
    if registry.at(&["properties", "adminUserEnabled"]) == &Value::Bool(true) {
        return Ok(());
    }
    Err(Failure::Argument(format!(
        "Run 'az acr update -n {name} --admin-enabled true' to enable admin first."
    )))
}
