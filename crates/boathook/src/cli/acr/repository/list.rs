//! `acr repository list`.

use crate::cli::acr::login_server::{AccountArgs, Entry, Listing, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List repositories in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List repositories in a given Azure Container Registry.
    boathook acr repository list -n myregistry"
)]
pub(super) struct List {
    #[command(flatten)]
    registry: NameArgs,
    /// Limit the number of items in the results.
    #[arg(long, value_name = "COUNT")]
    top: Option<usize>,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads every page of the catalog.
pub(super) async fn run(
    args: List,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let registry = args.registry.whereabouts(arm, console).await?;
    let entry = Entry { registry: &registry, account: &args.account, scope: "registry:catalog:*" };
    let server = enter(&entry, arm, console).await?;
    let listing =
        Listing { path: "/v2/_catalog", member: "repositories", top: args.top, order: None };
    let names = progress::during(console, server.list(&listing)).await?;
    Ok(Answer { value: Value::Array(names), columns: columns::sorted })
}
