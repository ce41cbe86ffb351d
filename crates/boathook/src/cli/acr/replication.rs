//! `acr replication …`: the commands about the regions that a registry is replicated to.

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

/// Why a registry is given no replications.
const NOT_SUPPORTED: &str =
    "Replications are only supported for managed registries in Premium SKU.";

/// Manage geo-replicated regions of Azure Container Registries.
#[derive(clap::Args)]
pub(crate) struct Replication {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Create(create::Create),
    Delete(delete::Delete),
    List(list::List),
    Show(show::Show),
    Update(Box<update::Update>),
}

/// Runs one of the commands.
pub(crate) async fn run(
    replication: Replication,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match replication.command {
        Command::Create(args) => create::run(args, arm, console).await,
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
        Command::Update(args) => update::run(*args, arm, console).await,
    }
}

/// The flags that name a replication.
#[derive(clap::Args)]
pub(crate) struct ReplicationArgs {
    /// The name of the replication.
    #[arg(long, short, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl ReplicationArgs {
    /// Returns the paths of the registry and of the replication in the management API.
    async fn paths(
        &self,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<(String, String), Failure> {
        self.registry.child("replications", &self.name, arm, console).await
    }
}
