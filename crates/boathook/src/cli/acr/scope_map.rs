//! `acr scope-map …`: the commands about scope maps, which say what tokens may do.

mod columns;
mod create;
mod delete;
mod list;
mod shape;
mod show;
mod update;

use crate::cli::acr::Answer;
use crate::cli::acr::registry::RegistryArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Manage scope access maps for Azure Container Registries.
#[derive(clap::Args)]
pub(crate) struct ScopeMap {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Create(create::Create),
    Delete(delete::Delete),
    List(list::List),
    Show(show::Show),
    Update(update::Update),
}

/// Runs one of the commands.
pub(crate) async fn run(
    scope_map: ScopeMap,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match scope_map.command {
        Command::Create(args) => create::run(args, arm, console).await,
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
        Command::Update(args) => update::run(args, arm, console).await,
    }
}

/// The flags that name a scope map.
#[derive(clap::Args)]
pub(crate) struct ScopeMapArgs {
    /// The name of the scope map.
    #[arg(long, short, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl ScopeMapArgs {
    /// Returns the paths of the registry and of the scope map in the management API.
    async fn paths(
        &self,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<(String, String), Failure> {
        self.registry.child("scopeMaps", &self.name, arm, console).await
    }
}
