//! `acr manifest list-metadata`.

use crate::cli::acr::login_server::{AccountArgs, Listing, Order};
use crate::cli::acr::manifest::target::RepositoryArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List the metadata of the manifests in a repository in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List the metadata of the manifests in the repository 'hello-world'.
    boathook acr manifest list-metadata -r myregistry -n hello-world

  Show the same with a fully qualified repository specifier.
    boathook acr manifest list-metadata myregistry.azurecr.io/hello-world"
)]
pub(super) struct ListMetadata {
    #[command(flatten)]
    target: RepositoryArgs,
    /// Limit the number of items in the results.
    #[arg(long, value_name = "COUNT")]
    top: Option<usize>,
    /// Order the items in the results. Default to alphabetical order of names.
    #[arg(long, ignore_case = true, value_enum)]
    orderby: Option<Order>,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads every page of what the registry knows of the manifests.
pub(super) async fn run(
    args: ListMetadata,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let target = args.target.read(console)?;
    let server = target.enter("metadata_read", &args.account, arm, console).await?;
    let path = format!("/acr/v1/{}/_manifests", target.repository);
    let listing = Listing { path: &path, member: "manifests", top: args.top, order: args.orderby };
    let manifests = progress::during(console, server.list(&listing)).await?;
    Ok(Answer { value: Value::Array(manifests), columns: columns::sorted })
}
