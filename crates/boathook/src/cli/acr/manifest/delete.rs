//! `acr manifest delete`.

use crate::cli::acr::confirmation::ConfirmationArgs;
use crate::cli::acr::login_server::AccountArgs;
use crate::cli::acr::manifest::target::ManifestArgs;
use crate::cli::acr::{Answer, columns, forecast};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Delete a manifest in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Delete the manifest of the artifact 'hello-world:latest'.
    boathook acr manifest delete -r myregistry -n hello-world:latest"
)]
pub(super) struct Delete {
    #[command(flatten)]
    target: ManifestArgs,
    /// Say what would be deleted and which events would fire, and delete nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Deletes the manifest with all its tags; a tag is looked up first.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let target = args.target.read(console)?;
    if args.dry_run {
        let permissions = "metadata_read";
        let server = target.repository().enter(permissions, &args.account, arm, console).await?;
        return progress::during(console, forecast::image(&server, &target.image)).await;
    }
    let digest = target.digest(&args.account, arm, console).await?;
    let server = target.repository().enter("delete", &args.account, arm, console).await?;
    let question = format!(
        "Are you sure you want to delete the artifact '{digest}' and all manifests that refer to it?"
    );
    args.confirmation.demand(&question, console)?;
    let path = format!("/v2/{}/manifests/{digest}", target.image.repository);
    let value = progress::during(console, server.delete(&path)).await?;
    Ok(Answer { value, columns: columns::sorted })
}
