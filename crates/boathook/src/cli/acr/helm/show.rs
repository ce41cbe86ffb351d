//! `acr helm show`.

use super::columns;
use super::path::RepositoryArgs;
use crate::cli::acr::Answer;
use crate::cli::acr::login_server::{AccountArgs, Entry, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Describe a helm chart in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show all versions of a helm chart in an Azure Container Registry.
    boathook acr helm show -n myregistry mychart

  Show a helm chart version in an Azure Container Registry.
    boathook acr helm show -n myregistry mychart --version 0.3.2"
)]
pub(super) struct Show {
    /// The helm chart name.
    chart: String,
    #[command(flatten)]
    registry: NameArgs,
    /// The helm chart version.
    #[arg(long)]
    version: Option<String>,
    #[command(flatten)]
    repository: RepositoryArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Shows every version of a chart, or one.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = args.repository.scope("pull");
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let path = args.repository.charts(Some(&args.chart), args.version.as_deref());
    let value = progress::during(console, server.get(&path)).await;
    let value = value.map_err(Failure::of_show)?;
    Ok(Answer { value, columns: columns::versions })
}
