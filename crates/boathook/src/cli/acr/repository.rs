//! `acr repository …`: the commands about repositories and the images in them.

mod delete;
mod list;
mod list_deleted;
mod listing;
mod show;
mod show_manifests;
mod show_tags;
mod untag;
mod update;

use crate::cli::acr::Answer;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Manage repositories (image names) for Azure Container Registries.
#[derive(clap::Args)]
pub(crate) struct Repository {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Delete(delete::Delete),
    List(list::List),
    ListDeleted(list_deleted::ListDeleted),
    Show(show::Show),
    ShowManifests(show_manifests::ShowManifests),
    ShowTags(show_tags::ShowTags),
    Untag(untag::Untag),
    Update(update::Update),
}

/// Runs one of the commands.
pub(crate) async fn run(
    repository: Repository,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match repository.command {
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::ListDeleted(args) => list_deleted::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
        Command::ShowManifests(args) => show_manifests::run(args, arm, console).await,
        Command::ShowTags(args) => show_tags::run(args, arm, console).await,
        Command::Untag(args) => untag::run(args, arm, console).await,
        Command::Update(args) => update::run(args, arm, console).await,
    }
}
