//! `acr repository list-deleted`.

use crate::cli::acr::login_server::{AccountArgs, Entry, Listing, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List soft-deleted repositories in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List soft-deleted repositories in a given Azure Container Registry.
    boathook acr repository list-deleted -n myregistry"
)]
pub(super) struct ListDeleted {
    #[command(flatten)]
    registry: NameArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads every page of the catalog of what was deleted.
pub(super) async fn run(
    args: ListDeleted,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = "registry:deleted_catalog:*";
    let entry = Entry { registry: &registry, account: &args.account, scope };
    let server = enter(&entry, arm, console).await?;
    let path = "/acr/v1/_deleted/_catalog";
    let listing = Listing { path, member: "repositories", ..Listing::default() };
    let names = progress::during(console, server.list(&listing)).await?;
    Ok(Answer { value: Value::Array(names), columns: columns::sorted })
}
