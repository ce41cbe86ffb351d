//! `acr import`.

mod source;

use clap::ArgAction;
use serde_json::json;

use crate::cli::acr::registry::{self, NameArgs};
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress::{self, Said};
use crate::cli::value::Value;

/// Imports an image to an Azure Container Registry from another Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Import an image from a public registry; the image keeps its name.
    boathook acr import -n myregistry --source registry.example.com/library/hello-world:latest

  Import an image from another registry under another name.
    boathook acr import -n myregistry --source otherregistry.azurecr.io/hello-world:latest -t app:v1"
)]
pub(crate) struct Import {
    #[command(flatten)]
    registry: NameArgs,
    /// Source image name or fully qualified source containing the registry login server.
    #[arg(long, value_name = "IMAGE")]
    source: String,
    /// The source Azure container registry. This can be name, login server or resource ID of the source registry.
    #[arg(long = "registry", short = 'r', value_name = "REGISTRY")]
    source_registry: Option<String>,
    /// The username of source container registry.
    #[arg(long, short)]
    username: Option<String>,
    /// The password of source container registry.
    #[arg(long, short)]
    password: Option<String>,
    /// The name and tag of the image using the format: '-t repo/image:tag'. Multiple tags are supported by passing -t
    /// multiple times.
    #[arg(long, short = 't', action = ArgAction::Append)]
    image: Vec<String>,
    /// The repository name for a manifest-only copy of images. Multiple copies supported by passing --repository
    /// multiple times.
    #[arg(long, action = ArgAction::Append)]
    repository: Vec<String>,
    /// Take only this platform of a multi-platform image, such as linux/amd64. Multiple platforms are supported by passing
    /// --platform multiple times. One is imported as an image, several as an index of their own.
    #[arg(long, value_name = "PLATFORM", action = ArgAction::Append)]
    platform: Vec<String>,
    /// Overwrite the existing tag of the image to be imported.
    #[arg(long)]
    force: bool,
    /// Do not wait for the import to complete and return immediately after queuing the import.
    #[arg(long)]
    no_wait: bool,
}

/// Has the registry fetch the image, and waits for it.
pub(super) async fn run(
    args: Import,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    if args.username.is_some() && args.password.is_none() {
        return Err(Failure::Argument(
            "Authentication failed. Please provide password.".to_owned(),
        ));
    }
    let path = args.registry.path(arm, console).await?;
    let not_supported = "Imports are only supported for managed registries.";
    let target = progress::during(console, registry::managed(arm, &path, not_supported)).await?;
    let (source, image) = source::read(&args, &target, arm, console).await?;
    let mut body = json!({
        "source": source, "mode": if args.force { "Force" } else { "NoForce" },
    });
    body["source"]["sourceImage"] = image.clone().into();
    if !args.image.is_empty() {
        body["targetTags"] = json!(args.image);
    } else if args.repository.is_empty() {
        body["targetTags"] = json!([image.split('@').next()]);
    }
    if !args.repository.is_empty() {
        body["untaggedTargetRepositories"] = json!(args.repository);
    }
    if !args.platform.is_empty() {
        body["boathook"] = json!({ "platforms": args.platform });
    }
    if args.no_wait {
        console.warn("Import has started. Due to no-wait option, failures will not be reflected.");
        let path = format!("{path}/importImage");
        progress::during(console, arm.begin(&path, &body)).await?;
    } else if console.shows_progress {
        let said = Said::default();
        let work = arm.post_and_say(&path, "importImage", &body, &said);
        progress::during_saying(console, &said, work).await?;
    } else {
        arm.post_with(&format!("{path}/importImage"), &body).await?;
    }
    Ok(Answer { value: Value::Null, columns: columns::sorted })
}
