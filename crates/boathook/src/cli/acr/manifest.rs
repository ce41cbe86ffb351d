//! `acr manifest …`: the commands about manifests and the artifacts that they are of.

mod columns;
mod delete;
mod deleted;
mod list;
mod list_deleted;
mod list_deleted_tags;
mod list_metadata;
mod list_referrers;
mod restore;
mod show;
mod show_metadata;
mod target;
mod update_metadata;

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Manage artifact manifests in Azure Container Registries.
#[derive(clap::Args)]
pub(crate) struct Manifest {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Delete(delete::Delete),
    List(list::List),
    ListDeleted(list_deleted::ListDeleted),
    ListDeletedTags(list_deleted_tags::ListDeletedTags),
    ListMetadata(list_metadata::ListMetadata),
    ListReferrers(list_referrers::ListReferrers),
    Restore(restore::Restore),
    Show(show::Show),
    ShowMetadata(show_metadata::ShowMetadata),
    UpdateMetadata(update_metadata::UpdateMetadata),
}

/// Runs one of the commands.
pub(crate) async fn run(
    manifest: Manifest,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match manifest.command {
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::ListDeleted(args) => list_deleted::run(args, arm, console).await,
        Command::ListDeletedTags(args) => list_deleted_tags::run(args, arm, console).await,
        Command::ListMetadata(args) => list_metadata::run(args, arm, console).await,
        Command::ListReferrers(args) => list_referrers::run(args, arm, console).await,
        Command::Restore(args) => restore::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
        Command::ShowMetadata(args) => show_metadata::run(args, arm, console).await,
        Command::UpdateMetadata(args) => update_metadata::run(args, arm, console).await,
    }
}
