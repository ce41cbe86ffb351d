//! `acr token credential …`: the commands about the passwords of tokens.

mod delete;
mod generate;

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Manage credentials of a token for an Azure Container Registry.
#[derive(clap::Args)]
pub(crate) struct Credential {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Delete(delete::Delete),
    Generate(generate::Generate),
}

/// Runs one of the commands.
pub(crate) async fn run(
    credential: Credential,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match credential.command {
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::Generate(args) => generate::run(args, arm, console).await,
    }
}
