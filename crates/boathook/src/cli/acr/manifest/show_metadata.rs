//! `acr manifest show-metadata`.

use crate::cli::acr::attributes::Subject;
use crate::cli::acr::login_server::AccountArgs;
use crate::cli::acr::manifest::target::ManifestArgs;
use crate::cli::acr::{Answer, attributes, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Get the metadata of an artifact in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the metadata of the tag 'hello-world:latest'.
    boathook acr manifest show-metadata -r myregistry -n hello-world:latest

  Get the metadata of the manifest 'hello-world@sha256:abc123'.
    boathook acr manifest show-metadata -r myregistry -n hello-world@sha256:abc123"
)]
pub(super) struct ShowMetadata {
    #[command(flatten)]
    target: ManifestArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads what the registry knows of it.
pub(super) async fn run(
    args: ShowMetadata,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let target = args.target.read(console)?;
    let server = target.repository().enter("metadata_read", &args.account, arm, console).await?;
    let subject = Subject::Image(target.image);
    let read = attributes::read(&server, &subject);
    let value = progress::during(console, read).await.map_err(Failure::of_show)?;
    Ok(Answer { value, columns: columns::sorted })
}
