//! `acr repository show`.

use crate::cli::acr::attributes::SubjectArgs;
use crate::cli::acr::login_server::{AccountArgs, Entry, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, attributes, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Get the attributes of a repository or image in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the attributes of the repository 'hello-world'.
    boathook acr repository show -n myregistry --repository hello-world

  Get the attributes of the image referenced by tag 'hello-world:latest'.
    boathook acr repository show -n myregistry --image hello-world:latest

  Get the attributes of the image referenced by digest 'hello-world@sha256:abc123'.
    boathook acr repository show -n myregistry --image hello-world@sha256:abc123"
)]
pub(super) struct Show {
    #[command(flatten)]
    registry: NameArgs,
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads what the registry knows of it.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let subject = args.subject.read()?;
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = format!("repository:{}:metadata_read", subject.repository());
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let read = attributes::read(&server, &subject);
    let value = progress::during(console, read).await.map_err(Failure::of_show)?;
    Ok(Answer { value, columns: columns::sorted })
}
