//! `acr quarantine …`: what a registry holds back, and what is let out. `az` has no such commands: it is Boathook's own.

mod list;
mod policy;
mod verdict;

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Manage what an Azure Container Registry holds back until it has been looked at.
#[derive(clap::Args)]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Fail(verdict::Fail),
    List(list::List),
    Pass(verdict::Pass),
    /// Manage whether pushes are held back.
    Policy(policy::Policy),
}

/// Runs one of the commands.
pub(crate) async fn run(
    quarantine: Quarantine,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match quarantine.command {
        Command::Fail(args) => verdict::fail(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::Pass(args) => verdict::pass(args, arm, console).await,
        Command::Policy(policy) => policy::run(policy, arm, console).await,
    }
}
