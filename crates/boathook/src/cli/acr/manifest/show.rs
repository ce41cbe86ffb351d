//! `acr manifest show`.

use anyhow::Context;

use crate::cli::acr::login_server::AccountArgs;
use crate::cli::acr::manifest::target::ManifestArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Get a manifest in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the manifest of the artifact 'hello-world:latest'.
    boathook acr manifest show -r myregistry -n hello-world:latest

  Get the raw, unformatted manifest of the artifact 'hello-world:latest'.
    boathook acr manifest show -r myregistry -n hello-world:latest --raw"
)]
pub(super) struct Show {
    #[command(flatten)]
    target: ManifestArgs,
    /// Output the raw manifest text with no formatting.
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads the manifest, and prints it as it is where that was asked for.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let target = args.target.read(console)?;
    let image = &target.image;
    let server = target.repository().enter("pull", &args.account, arm, console).await?;
    if args.raw {
        let raw = progress::during(console, server.raw_manifest(&image.manifest())).await;
        console.answer(&raw.map_err(Failure::of_show)?).context("could not print")?;
        return Ok(Answer { value: Value::Null, columns: columns::sorted });
    }
    let value = progress::during(console, server.manifest(&image.manifest())).await;
    Ok(Answer { value: value.map_err(Failure::of_show)?, columns: columns::sorted })
}
