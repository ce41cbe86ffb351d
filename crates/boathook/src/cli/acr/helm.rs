//! `acr helm …`: the commands about charts in the classic Helm repository.

mod bridge;
mod columns;
mod delete;
mod list;
mod path;
mod push;
mod repo;
mod show;

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Manage helm charts for Azure Container Registries.
#[derive(clap::Args)]
pub(crate) struct Helm {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Manage whether helm repositories list charts that are OCI artifacts.
    Bridge(bridge::Bridge),
    Delete(delete::Delete),
    List(list::List),
    Push(push::Push),
    Repo(repo::Repo),
    Show(show::Show),
}

/// Runs one of the commands.
pub(crate) async fn run(
    helm: Helm,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match helm.command {
        Command::Bridge(args) => bridge::run(args, arm, console).await,
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::Push(args) => push::run(args, arm, console).await,
        Command::Repo(args) => repo::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
    }
}
