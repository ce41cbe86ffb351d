//! `acr create`, `acr show` and the like: the commands about registries as a whole.

mod check_name;
mod columns;
mod create;
mod delete;
mod docker;
mod import;
mod list;
mod login;
mod settings;
mod shape;
mod show;
mod show_endpoints;
mod show_usage;
mod update;

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::session::Environment;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    CheckName(check_name::CheckName),
    Create(Box<create::Create>),
    Delete(delete::Delete),
    Import(Box<import::Import>),
    List(list::List),
    Login(login::Login),
    Show(show::Show),
    ShowEndpoints(show_endpoints::ShowEndpoints),
    ShowUsage(show_usage::ShowUsage),
    Update(Box<update::Update>),
}

/// Runs one of the commands.
pub(crate) async fn run(
    command: Command,
    environment: &Environment,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match command {
        Command::CheckName(args) => check_name::run(args, arm, console).await,
        Command::Create(args) => create::run(*args, arm, console).await,
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::Import(args) => Box::pin(import::run(*args, arm, console)).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::Login(args) => login::run(args, environment, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
        Command::ShowEndpoints(args) => show_endpoints::run(args, arm, console).await,
        Command::ShowUsage(args) => show_usage::run(args, arm, console).await,
        Command::Update(args) => update::run(*args, arm, console).await,
    }
}
