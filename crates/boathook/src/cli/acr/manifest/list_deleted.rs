//! `acr manifest list-deleted`.

use crate::cli::acr::login_server::{AccountArgs, Listing};
use crate::cli::acr::manifest::deleted;
use crate::cli::acr::manifest::target::RepositoryArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// List the soft-deleted manifests in a repository in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List the soft-deleted manifests in the repository 'hello-world'.
    boathook acr manifest list-deleted -r myregistry -n hello-world

  Show the same with a fully qualified repository specifier.
    boathook acr manifest list-deleted myregistry.azurecr.io/hello-world"
)]
pub(super) struct ListDeleted {
    #[command(flatten)]
    target: RepositoryArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads every page of the deleted manifests.
pub(super) async fn run(
    args: ListDeleted,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let target = args.target.read(console)?;
    let server = target.enter("deleted_read", &args.account, arm, console).await?;
    let path = format!("/acr/v1/_deleted/{}/_manifests", target.repository);
    let listing = Listing { path: &path, member: "manifests", ..Listing::default() };
    let found = progress::during(console, server.list(&listing)).await?;
    let value = progress::during(console, deleted::with_ends(found, &target, arm)).await?;
    Ok(Answer { value, columns: columns::sorted })
}
