//! `acr config retention …`: when untagged manifests are deleted.

use super::policy::Policy;
use crate::cli::acr::Answer;
use crate::cli::acr::registry::{self, RegistryArgs};
use crate::cli::acr::status::Status;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

const POLICY: Policy = Policy { name: "retentionPolicy", days: "days" };
const NOT_PREMIUM: &str = "Policies are only supported for managed registries in Premium SKU.";
const BAD_DAYS: &str = "Invalid value for days: should be from 0 to 365";
const DAYS_MAX: u32 = 365;

/// Manage retention policy for Azure Container Registries.
#[derive(clap::Args)]
pub(super) struct Retention {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Show(Show),
    Update(Update),
}

/// Show the configured retention policy for an Azure Container Registry.
#[derive(clap::Args)]
#[command(args_override_self = true)]
struct Show {
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Update retention policy for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Enable retention policy for an Azure Container Registry to delete an untagged manifest after 30 days.
    boathook acr config retention update -r myregistry --status Enabled --days 30 --type UntaggedManifests

  Enable retention policy for an Azure Container Registry to delete a manifest as soon as it gets untagged.
    boathook acr config retention update -r myregistry --status Enabled --days 0 --type UntaggedManifests"
)]
struct Update {
    #[command(flatten)]
    registry: RegistryArgs,
    /// Indicates whether retention policy is enabled.
    #[arg(long, ignore_case = true, value_enum)]
    status: Option<Status>,
    /// The number of days to retain an untagged manifest after which it gets purged (Range: 0 to 365). Value "0" will delete untagged manifests immediately.
    #[arg(long, value_name = "DAYS", default_value = "7")]
    days: u32,
    /// The type of retention policy.
    #[arg(long = "type", value_name = "TYPE", ignore_case = true, value_enum)]
    kind: Kind,
}

/// What is deleted.
#[derive(Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Kind {
    UntaggedManifests,
}

/// Shows or changes the policy.
pub(super) async fn run(
    args: Retention,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match args.command {
        Command::Show(args) => {
            let path = args.registry.path(arm, console).await?;
            let registry = registry::premium(arm, &path, NOT_PREMIUM);
            Ok(POLICY.answer(&progress::during(console, registry).await?))
        }
        Command::Update(args) => {
            let Kind::UntaggedManifests = args.kind;
            if DAYS_MAX < args.days {
                return Err(Failure::Argument(BAD_DAYS.to_owned()));
            }
            let path = args.registry.path(arm, console).await?;
            progress::during(console, registry::premium(arm, &path, NOT_PREMIUM)).await?;
            POLICY.change(&path, args.status, Some(args.days), arm, console).await
        }
    }
}
