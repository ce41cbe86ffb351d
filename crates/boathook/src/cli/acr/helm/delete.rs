//! `acr helm delete`.

use super::path::RepositoryArgs;
use crate::cli::acr::confirmation::ConfirmationArgs;
use crate::cli::acr::login_server::{AccountArgs, Entry, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Delete a helm chart version in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Delete all versions of a helm chart in an Azure Container Registry.
    boathook acr helm delete -n myregistry mychart

  Delete a helm chart version in an Azure Container Registry.
    boathook acr helm delete -n myregistry mychart --version 0.3.2"
)]
pub(super) struct Delete {
    /// The helm chart name.
    chart: String,
    #[command(flatten)]
    registry: NameArgs,
    /// The helm chart version.
    #[arg(long)]
    version: Option<String>,
    /// Only delete the provenance file of the version.
    // `az` deletes all versions where it is told of none, which nobody means who wants less to go.
    #[arg(long, requires = "version")]
    prov: bool,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
    #[command(flatten)]
    repository: RepositoryArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Deletes a version of a chart, its provenance alone, or all versions.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let chart = &args.chart;
    let (path, loss) = if let Some(version) = &args.version {
        let end = if args.prov { ".prov" } else { "" };
        let file = format!("{chart}-{version}.tgz{end}");
        let loss = format!("This operation will delete the chart package '{file}'");
        (args.repository.file(&file), loss)
    } else {
        let loss = format!("This operation will delete all versions of the chart '{chart}'");
        (args.repository.charts(Some(chart), None), loss)
    };
    let question = format!("{loss}.\nAre you sure you want to continue?");
    args.confirmation.demand(&question, console)?;
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = args.repository.scope("delete");
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let value = progress::during(console, server.delete(&path)).await?;
    Ok(Answer { value, columns: columns::sorted })
}
