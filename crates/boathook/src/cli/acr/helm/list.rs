//! `acr helm list`.

use super::columns;
use super::path::RepositoryArgs;
use crate::cli::acr::Answer;
use crate::cli::acr::login_server::{AccountArgs, Entry, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// List all helm charts in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List all helm charts in an Azure Container Registry.
    boathook acr helm list -n myregistry"
)]
pub(super) struct List {
    #[command(flatten)]
    registry: NameArgs,
    #[command(flatten)]
    repository: RepositoryArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Shows every version of every chart.
pub(super) async fn run(
    args: List,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = args.repository.scope("pull");
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let path = args.repository.charts(None, None);
    let value = progress::during(console, server.get(&path)).await?;
    Ok(Answer { value, columns: columns::charts })
}
