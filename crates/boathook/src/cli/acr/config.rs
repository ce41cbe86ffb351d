//! `acr config …`: the commands about the policies of a registry.

mod policy;
mod retention;
mod soft_delete;

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Configure policies for Azure Container Registries.
#[derive(clap::Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Retention(retention::Retention),
    SoftDelete(soft_delete::SoftDelete),
}

/// Runs one of the commands.
pub(crate) async fn run(
    config: Config,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match config.command {
        Command::Retention(args) => retention::run(args, arm, console).await,
        Command::SoftDelete(args) => soft_delete::run(args, arm, console).await,
    }
}
