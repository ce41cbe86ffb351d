//! `acr repository show-manifests`.

use crate::cli::acr::repository::listing::ListingArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
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
    listing: ListingArgs,
}

/// Reads every page of the manifests: digest, tags and time, or all that is known of them.
pub(super) async fn run(
    args: ShowManifests,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let value = args.listing.read("manifests", brief, arm, console).await?;
    Ok(Answer { value, columns: columns::sorted })
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
