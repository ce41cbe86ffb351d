//! `acr manifest update-metadata`.

use crate::cli::acr::attributes::{ChangeArgs, Subject};
use crate::cli::acr::login_server::AccountArgs;
use crate::cli::acr::manifest::target::ManifestArgs;
use crate::cli::acr::{Answer, attributes, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Update the manifest metadata of an artifact in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Update the metadata of the tag 'hello-world:latest'.
    boathook acr manifest update-metadata -r myregistry -n hello-world:latest --write-enabled false"
)]
pub(super) struct UpdateMetadata {
    #[command(flatten)]
    target: ManifestArgs,
    #[command(flatten)]
    changes: ChangeArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Changes what was named; without any change it only reads.
pub(super) async fn run(
    args: UpdateMetadata,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let target = args.target.read(console)?;
    let permission = args.changes.permission();
    let server = target.repository().enter(permission, &args.account, arm, console).await?;
    let subject = Subject::Image(target.image);
    let change = attributes::change(&server, &subject, &args.changes);
    let value = progress::during(console, change).await?;
    Ok(Answer { value, columns: columns::sorted })
}
