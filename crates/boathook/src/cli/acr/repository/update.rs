//! `acr repository update`.

use crate::cli::acr::attributes::{ChangeArgs, SubjectArgs};
use crate::cli::acr::login_server::{AccountArgs, Entry, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, attributes, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Update the attributes of a repository or image in an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Update the attributes of the repository 'hello-world' to disable write operation.
    boathook acr repository update -n myregistry --repository hello-world --write-enabled false

  Update the attributes of the image referenced by tag 'hello-world:latest' to disable write operation.
    boathook acr repository update -n myregistry --image hello-world:latest --write-enabled false"
)]
pub(super) struct Update {
    #[command(flatten)]
    registry: NameArgs,
    #[command(flatten)]
    subject: SubjectArgs,
    #[command(flatten)]
    changes: ChangeArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Changes what was named; without any change it only reads.
pub(super) async fn run(
    args: Update,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let subject = args.subject.read()?;
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = format!("repository:{}:{}", subject.repository(), args.changes.permission());
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let change = attributes::change(&server, &subject, &args.changes);
    let value = progress::during(console, change).await?;
    Ok(Answer { value, columns: columns::sorted })
}
