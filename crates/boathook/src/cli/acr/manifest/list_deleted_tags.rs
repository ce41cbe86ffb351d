//! `acr manifest list-deleted-tags`.

use crate::cli::acr::login_server::{AccountArgs, Listing};
use crate::cli::acr::manifest::deleted;
use crate::cli::acr::manifest::target::{NO_REPOSITORY, TaggedArgs};
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// List the soft-deleted tags in a repository in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List the soft-deleted tags in the repository 'hello-world'.
    boathook acr manifest list-deleted-tags -r myregistry -n hello-world

  List the soft-deleted tags that match tag 'latest' in the repository 'hello-world'.
    boathook acr manifest list-deleted-tags -r myregistry -n hello-world:latest"
)]
pub(super) struct ListDeletedTags {
    #[command(flatten)]
    target: TaggedArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads every page of the deleted tags, and picks those of one name where one is given.
pub(super) async fn run(
    args: ListDeletedTags,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (target, tag) = args.target.read(NO_REPOSITORY, console)?;
    let server = target.enter("deleted_read", &args.account, arm, console).await?;
    let path = format!("/acr/v1/_deleted/{}/_tags", target.repository);
    let listing = Listing { path: &path, member: "tags", ..Listing::default() };
    let mut found = progress::during(console, server.list(&listing)).await?;
    if let Some(tag) = &tag {
        found.retain(|entry| entry.member("tag").as_str() == Some(tag));
    }
    let value = progress::during(console, deleted::with_ends(found, &target, arm)).await?;
    Ok(Answer { value, columns: columns::sorted })
}
