//! `acr repository delete`.

use crate::cli::acr::attributes::{Subject, SubjectArgs};
use crate::cli::acr::confirmation::ConfirmationArgs;
use crate::cli::acr::login_server::{AccountArgs, Entry, Listing, LoginServer, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, attributes, columns, forecast};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress::{self, Said};
use crate::cli::value::Value;
use std::time::Duration;

/// How often it is looked how much of a repository is left.
const LOOK_PERIOD: Duration = Duration::from_secs(1);

/// Delete a repository or image in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Delete an image from the registry by its tag.
    boathook acr repository delete -n myregistry --image hello-world:latest

  Delete the repository 'hello-world' and all images in it.
    boathook acr repository delete -n myregistry --repository hello-world

  Say what that would delete.
    boathook acr repository delete -n myregistry --repository hello-world --dry-run"
)]
pub(super) struct Delete {
    #[command(flatten)]
    registry: NameArgs,
    #[command(flatten)]
    subject: SubjectArgs,
    /// Say what would be deleted and which events would fire, and delete nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not wait until a large repository is gone. What is listed then is nothing.
    #[arg(long, requires = "repository", conflicts_with = "dry_run")]
    no_wait: bool,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Deletes a manifest with all its tags, or a repository with all that is in it.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let subject = args.subject.read()?;
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = format!("repository:{}:delete,metadata_read", subject.repository());
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    if args.dry_run {
        let said = async {
            match &subject {
                Subject::Repository(name) => forecast::repository(&server, name).await,
                Subject::Image(image) => forecast::image(&server, image).await,
            }
        };
        return progress::during(console, said).await;
    }
    let value = match &subject {
        Subject::Repository(name) => {
            let question = format!(
                "Are you sure you want to delete the repository '{name}' and all images under it?"
            );
            args.confirmation.demand(&question, console)?;
            if args.no_wait {
                begin(&server, name, console).await?
            } else {
                Box::pin(repository(&server, name, console)).await?
            }
        }
        Subject::Image(image) => {
            let digest = progress::during(console, attributes::digest(&server, image)).await?;
            let loss = loss(&server, &image.repository, &digest, console).await?;
            if args.confirmation.is_given() {
                console.warn(&loss);
            }
            let question = format!("{loss}.\nAre you sure you want to continue?");
            args.confirmation.demand(&question, console)?;
            let path = format!("/v2/{}/manifests/{digest}", image.repository);
            progress::during(console, server.delete(&path)).await?
        }
    };
    Ok(Answer { value, columns: columns::sorted })
}

/// Has a repository deleted, and says which operation that is if it is not done at once.
async fn begin(
    server: &LoginServer,
    name: &str,
    console: &mut Console<'_>,
) -> Result<Value, Failure> {
    let path = format!("/acr/v1/{name}");
    let (operation, value) = progress::during(console, server.begin_to_delete(&path)).await?;
    if let Some(operation) = operation {
        console.warn(&format!(
            "The repository '{name}' is being deleted by the operation {operation}."
        ));
    }
    Ok(value)
}

#[expect(clippy::disallowed_methods, reason = "a command has nothing else to wait for")]
async fn pause() {
    tokio::time::sleep(LOOK_PERIOD).await;
}

/// Deletes a repository, and says meanwhile how much of it is left.
async fn repository(
    server: &LoginServer,
    name: &str,
    console: &mut Console<'_>,
) -> Result<Value, Failure> {
    let (path, said) = (format!("/acr/v1/{name}"), Said::default());
    let left = async {
        loop {
            pause().await;
            let of_repository = server.get(&path).await.unwrap_or_default();
            let left = of_repository.member("manifestCount").as_u64();
            said.say(left.map(|left| format!("{left} manifests left")));
        }
    };
    let shows_progress = console.shows_progress;
    let deleted = async {
        tokio::select! {
            deleted = server.delete_however_long(&path) => deleted,
            () = left, if shows_progress => unreachable!("it looks until there is an answer"),
        }
    };
    progress::during_saying(console, &said, deleted).await
}

/// Says what goes with a manifest: every tag that is on it.
async fn loss(
    server: &LoginServer,
    repository: &str,
    digest: &str,
    console: &mut Console<'_>,
) -> Result<String, Failure> {
    let path = format!("/acr/v1/{repository}/_tags");
    let listing = Listing { path: &path, member: "tags", ..Listing::default() };
    let tags = progress::during(console, server.list(&listing)).await?;
    let tags = tags.iter().filter(|tag| tag.member("digest").as_str() == Some(digest));
    let images: Vec<String> = tags
        .filter_map(|tag| Some(format!("'{repository}:{}'", tag.member("name").as_str()?)))
        .collect();
    let loss = format!("This operation will delete the manifest '{digest}'");
    if images.is_empty() {
        return Ok(loss);
    }
    Ok(format!("{loss} and all the following images: {}", images.join(", ")))
}
