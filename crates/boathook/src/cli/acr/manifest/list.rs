//! `acr manifest list`.

use crate::cli::acr::Answer;
use crate::cli::acr::login_server::{AccountArgs, Listing, Order};
use crate::cli::acr::manifest::columns;
use crate::cli::acr::manifest::target::RepositoryArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List the manifests in a repository in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List the manifests of the repository 'hello-world'.
    boathook acr manifest list -r myregistry -n hello-world

  Show the same with a fully qualified repository specifier.
    boathook acr manifest list myregistry.azurecr.io/hello-world"
)]
pub(super) struct List {
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

/// Reads the manifests one by one.
pub(super) async fn run(
    args: List,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let target = args.target.read(console)?;
    let server = target.enter("pull,metadata_read", &args.account, arm, console).await?;
    let path = format!("/acr/v1/{}/_manifests", target.repository);
    let listing = Listing { path: &path, member: "manifests", top: args.top, order: args.orderby };
    let manifests = progress::during(console, async {
        let mut manifests = Vec::new();
        for metadata in server.list(&listing).await? {
            let digest = metadata.member("digest").as_str().unwrap_or_default();
            let path = format!("/v2/{}/manifests/{digest}", target.repository);
            manifests.push(server.manifest(&path).await?);
        }
        Ok::<_, Failure>(manifests)
    });
    Ok(Answer { value: Value::Array(manifests.await?), columns: columns::manifests })
}
