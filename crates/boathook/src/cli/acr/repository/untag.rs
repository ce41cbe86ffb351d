//! `acr repository untag`.

use crate::cli::acr::image::Image;
use crate::cli::acr::login_server::{AccountArgs, Entry, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Untag an image in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Untag an image from a repository.
    boathook acr repository untag -n myregistry --image hello-world:latest"
)]
pub(super) struct Untag {
    #[command(flatten)]
    registry: NameArgs,
    /// The name of the image. May include a tag in the format 'name:tag'.
    #[arg(long, short = 't', value_name = "NAME[:TAG]")]
    image: String,
    #[command(flatten)]
    account: AccountArgs,
}

/// Takes the tag away and leaves the manifest.
pub(super) async fn run(
    args: Untag,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (repository, tag) = Image::read_tag(&args.image)?;
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = format!("repository:{repository}:delete");
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let path = format!("/acr/v1/{repository}/_tags/{tag}");
    let value = progress::during(console, server.delete(&path)).await?;
    Ok(Answer { value, columns: columns::sorted })
}
