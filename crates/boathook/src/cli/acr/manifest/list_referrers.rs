//! `acr manifest list-referrers`.

use crate::cli::acr::Answer;
use crate::cli::acr::login_server::{AccountArgs, LoginServer};
use crate::cli::acr::manifest::columns;
use crate::cli::acr::manifest::target::ManifestArgs;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Referrers that are followed to their own; what refers to itself would never end.
const REFERRERS_MAX: usize = 10_000;

/// List the referrers to a manifest in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List the referrers to the manifest 'hello-world:latest'.
    boathook acr manifest list-referrers -r myregistry -n hello-world:latest"
)]
pub(super) struct ListReferrers {
    #[command(flatten)]
    target: ManifestArgs,
    /// Filter referrers based on artifact type.
    #[arg(long)]
    artifact_type: Option<String>,
    /// Recursively include referrer artifacts.
    #[arg(long)]
    recursive: bool,
    #[command(flatten)]
    account: AccountArgs,
}

/// Reads what refers to the manifest, and what refers to that.
pub(super) async fn run(
    args: ListReferrers,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let target = args.target.read(console)?;
    let digest = target.digest(&args.account, arm, console).await?;
    let server = target.repository().enter("pull", &args.account, arm, console).await?;
    let repository = &target.image.repository;
    let manifests = progress::during(console, async {
        let mut found =
            referrers(&server, repository, &digest, args.artifact_type.as_deref()).await?;
        let mut seen = 0;
        while args.recursive && seen < found.len() && found.len() <= REFERRERS_MAX {
            let digest = found[seen].member("digest").as_str().unwrap_or_default().to_owned();
            found.extend(referrers(&server, repository, &digest, None).await?);
            seen += 1;
        }
        Ok::<_, Failure>(found)
    });
    let value = Value::object([("manifests", Value::Array(manifests.await?))]);
    Ok(Answer { value, columns: columns::referrers })
}

/// Reads every page of what refers to a manifest.
async fn referrers(
    server: &LoginServer,
    repository: &str,
    digest: &str,
    artifact_type: Option<&str>,
) -> Result<Vec<Value>, Failure> {
    let path = format!("/v2/{repository}/referrers/{digest}");
    let filter: Vec<_> = artifact_type.map(|kind| ("artifactType", kind)).into_iter().collect();
    let (mut pages, mut found) = (server.pages(&path, &filter), Vec::new());
    while found.len() <= REFERRERS_MAX
        && let Some(page) = pages.next().await?
    {
        if let Value::Array(manifests) = page.member("manifests") {
            found.extend(manifests.iter().cloned());
        }
    }
    Ok(found)
}
