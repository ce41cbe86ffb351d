//! `acr repository show-manifests`.

use crate::cli::acr::login_server::{AccountArgs, Entry, Listing, Order, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns, image};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Show manifests of a repository in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show manifests of a repository in an Azure Container Registry.
    boathook acr repository show-manifests -n myregistry --repository myrepository"
)]
pub(super) struct ShowManifests {
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

/// Reads every page of the manifests: digest, tags and time, or all that is known of them.
pub(super) async fn run(
    args: ShowManifests,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let repository = image::checked(&args.repository)?;
    let path = args.registry.path(arm, console).await?;
    let scope = format!("repository:{repository}:metadata_read");
    let entry = Entry { path: &path, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let path = format!("/acr/v1/{repository}/_manifests");
    let listing = Listing { path: &path, member: "manifests", top: args.top, order: args.orderby };
    let mut manifests = progress::during(console, server.list(&listing)).await?;
    if !args.detail {
        manifests = manifests.iter().map(brief).collect();
    }
    Ok(Answer { value: Value::Array(manifests), columns: columns::sorted })
}

fn brief(manifest: &Value) -> Value {
    let or = |name: &str, otherwise: Value| match manifest.member(name) {
        Value::Null => otherwise,
        given => given.clone(),
    };
    Value::object([
        ("digest", or("digest", "".into())),
        ("tags", or("tags", Value::Array(Vec::new()))),
        ("timestamp", or("lastUpdateTime", "".into())),
    ])
}
