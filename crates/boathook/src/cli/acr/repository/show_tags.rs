//! `acr repository show-tags`.

use crate::cli::acr::login_server::{AccountArgs, Entry, Listing, Order, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns, image};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
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
    registry: NameArgs,
    /// The name of the repository.
    #[arg(long, value_name = "NAME")]
    repository: String,
    /// Limit the number of items in the results.
    #[arg(long, value_name = "COUNT")]
    top: Option<usize>,
    /// Order the items in the results. Default to alphabetical order of names.
    #[arg(long, ignore_case = true, value_enum)]
    orderby: Option<Order>,
    /// Show detailed information.
    #[arg(long)]
    detail: bool,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads every page of the tags: their names, or all that is known of them.
pub(super) async fn run(
    args: ShowTags,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let repository = image::checked(&args.repository)?;
    let path = args.registry.path(arm, console).await?;
    let scope = format!("repository:{repository}:metadata_read");
    let entry = Entry { path: &path, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let path = format!("/acr/v1/{repository}/_tags");
    let listing = Listing { path: &path, member: "tags", top: args.top, order: args.orderby };
    let mut tags = progress::during(console, server.list(&listing)).await?;
    if !args.detail {
        tags = tags.iter().map(|tag| tag.member("name").clone()).collect();
    }
    Ok(Answer { value: Value::Array(tags), columns: columns::sorted })
}
