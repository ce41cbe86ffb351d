//! `acr manifest restore`.

use serde_json::json;

use crate::cli::acr::confirmation::ConfirmationArgs;
use crate::cli::acr::login_server::{AccountArgs, Listing, LoginServer};
use crate::cli::acr::manifest::target::{NO_MANIFEST, TaggedArgs};
use crate::cli::acr::registry::is_step;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Restore a soft-deleted artifact and tag in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Restore the manifest 'sha256:abc123' with the tag 'latest' in the repository 'hello-world'.
    boathook acr manifest restore -r myregistry -n hello-world:latest -d sha256:abc123

  Restore the most recently deleted manifest of the tag 'latest' in the repository 'hello-world'.
    boathook acr manifest restore -r myregistry -n hello-world:latest"
)]
pub(super) struct Restore {
    #[command(flatten)]
    target: TaggedArgs,
    /// The digest of the manifest such as 'sha256:abc123'.
    #[arg(long, short, value_name = "DIGEST")]
    digest: Option<String>,
    /// Overwrite the existing tag.
    #[arg(long, short)]
    force: bool,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Restores the manifest that is named, or the one that last lost the tag.
pub(super) async fn run(
    args: Restore,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (target, tag) = args.target.read(NO_MANIFEST, console)?;
    let permissions = "deleted_read,deleted_restore";
    let server = target.enter(permissions, &args.account, arm, console).await?;
    let digest = match &args.digest {
        Some(digest) if is_step(digest) => digest.clone(),
        Some(digest) => return Err(Failure::Argument(format!("'{digest}' is not a digest."))),
        None => {
            let name = tag.as_deref().unwrap_or("None");
            last_deleted(&server, &target.repository, name, &args, console).await?
        }
    };
    let force = if args.force { "True" } else { "False" };
    let path = format!("/acr/v1/_deleted/{}/_manifests/{digest}?force={force}", target.repository);
    let value = progress::during(console, server.post(&path, &json!({"tag": tag}))).await?;
    Ok(Answer { value, columns: columns::sorted })
}

/// Finds the manifest that last lost a tag; where several have, asks whether that one is meant.
async fn last_deleted(
    server: &LoginServer,
    repository: &str,
    tag: &str,
    args: &Restore,
    console: &mut Console<'_>,
) -> Result<String, Failure> {
    let path = format!("/acr/v1/_deleted/{repository}/_tags");
    let listing = Listing { path: &path, member: "tags", ..Listing::default() };
    let found = progress::during(console, server.list(&listing)).await?;
    let of_tag = found.iter().filter(|entry| entry.member("tag").as_str() == Some(tag));
    let digests: Vec<_> = of_tag.filter_map(|entry| entry.member("digest").as_str()).collect();
    let Some(last) = digests.last().filter(|digest| is_step(digest)) else {
        return Err(Failure::Argument(format!("No deleted manifests found for tag: {tag}")));
    };
    if 1 < digests.len() {
        // The blank is missing in `az` as well.
        let question = format!(
            "Multiple deleted manifests found for tag: {tag}. Restoring most recently deletedmanifest with digest: \
             {last}. Is this okay?"
        );
        args.confirmation.demand(&question, console)?;
    }
    Ok((*last).to_owned())
}
