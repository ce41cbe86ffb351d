//! `acr gc …`: content that nobody needs any more. `az` has no such commands: they are Boathook's own.

mod run;
mod show;

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Remove content that nobody needs any more from Azure Container Registries.
#[derive(clap::Args)]
pub(crate) struct Gc {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Run(run::Collect),
    Show(show::Show),
}

/// Runs one of the commands.
pub(crate) async fn run(gc: Gc, arm: &Arm, console: &mut Console<'_>) -> Result<Answer, Failure> {
    match gc.command {
        Command::Run(args) => run::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
    }
}
