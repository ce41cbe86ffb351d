//! `acr token …`: the commands about tokens, whose passwords open parts of a registry.

mod columns;
mod create;
mod credential;
mod delete;
mod expiry;
mod list;
mod shape;
mod show;
mod update;

use crate::cli::acr::Answer;
use crate::cli::acr::registry::RegistryArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Manage tokens for an Azure Container Registry.
#[derive(clap::Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Create(Box<create::Create>),
    /// Manage credentials of a token.
    Credential(credential::Credential),
    Delete(delete::Delete),
    List(list::List),
    Show(show::Show),
    Update(update::Update),
}

/// Runs one of the commands.
pub(crate) async fn run(
    token: Token,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match token.command {
        Command::Create(args) => create::run(*args, arm, console).await,
        Command::Credential(args) => credential::run(args, arm, console).await,
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
        Command::Update(args) => update::run(args, arm, console).await,
    }
}

/// The flags that name a token.
#[derive(clap::Args)]
pub(crate) struct TokenArgs {
    /// The name of the token.
    #[arg(long, short, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl TokenArgs {
    /// Returns the paths of the registry and of the token in the management API.
    async fn paths(
        &self,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<(String, String), Failure> {
        self.registry.child("tokens", &self.name, arm, console).await
    }
}
