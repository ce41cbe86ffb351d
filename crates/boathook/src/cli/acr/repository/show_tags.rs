//! `acr repository show-tags`.

use crate::cli::acr::repository::listing::ListingArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::value::Value;

/// Show tags for a repository in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show tags of a repository in an Azure Container Registry.
    boathook acr repository show-tags -n myregistry --repository myrepository

  Show the detailed information of tags of a repository in an Azure Container Registry.
    boathook acr repository show-tags -n myregistry --repository myrepository --detail"
)]
pub(super) struct ShowTags {
    #[command(flatten)]
    listing: ListingArgs,
}

/// Reads every page of the tags: their names, or all that is known of them.
pub(super) async fn run(
    args: ShowTags,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let value = args.listing.read("tags", brief, arm, console).await?;
    Ok(Answer { value, columns: columns::sorted })
}

fn brief(tag: &Value) -> Value {
    tag.member("name").clone()
}
