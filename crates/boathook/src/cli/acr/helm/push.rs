//! `acr helm push`.

use super::path::RepositoryArgs;
use crate::cli::acr::login_server::{AccountArgs, Entry, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use boathook_engine::charts::push::CHART_BYTES_MAX;
use reqwest::Method;
use std::path::PathBuf;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// Push a helm chart package to an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Push a chart package to an Azure Container Registry.
    boathook acr helm push -n myregistry mychart-0.3.2.tgz

  Push a chart package to an Azure Container Registry, overwriting the existing one.
    boathook acr helm push -n myregistry mychart-0.3.2.tgz --force"
)]
pub(super) struct Push {
    /// The helm chart package.
    chart_package: PathBuf,
    #[command(flatten)]
    registry: NameArgs,
    /// Overwrite the existing chart package.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    repository: RepositoryArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Sends a file as it is, under its own name.
pub(super) async fn run(
    args: Push,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let shown = args.chart_package.display();
    if args.chart_package.is_dir() {
        return Err(Failure::Argument(format!(
            "Please run 'helm package {shown}' to generate a chart package first."
        )));
    }
    let file = args.chart_package.file_name().and_then(|name| name.to_str());
    let file = file.ok_or_else(|| Failure::Argument(format!("`{shown}` names no file")))?;
    let unreadable = |error| Failure::Argument(format!("`{shown}` cannot be read: {error}"));
    let package = File::open(&args.chart_package).await.map_err(unreadable)?;
    let mut bytes = Vec::new();
    package.take(CHART_BYTES_MAX + 1).read_to_end(&mut bytes).await.map_err(unreadable)?;
    if CHART_BYTES_MAX < bytes.len() as u64 {
        return Err(Failure::Argument(format!(
            "`{shown}` has more than {CHART_BYTES_MAX} bytes, and a chart has at most that many"
        )));
    }
    let package = bytes;
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = args.repository.scope("push,pull");
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let path = args.repository.file(file);
    let sent = progress::during(console, async {
        if args.force {
            match server.upload(Method::PATCH, &path, package.clone()).await {
                // There is none to be replaced.
                Err(Failure::Content { status: 404, .. }) => (),
                done => return done,
            }
        }
        server.upload(Method::PUT, &path, package.clone()).await
    });
    Ok(Answer { value: sent.await?, columns: columns::sorted })
}
