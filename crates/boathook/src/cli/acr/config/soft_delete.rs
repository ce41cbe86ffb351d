//! `acr config soft-delete …`: for how long what was deleted can be restored.

use super::policy::Policy;
use crate::cli::acr::Answer;
use crate::cli::acr::confirmation::ConfirmationArgs;
use crate::cli::acr::registry::RegistryArgs;
use crate::cli::acr::status::Status;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

const POLICY: Policy = Policy { name: "softDeletePolicy", days: "retentionDays" };
const STAYS: &str = "Disabling soft-delete does not affect purge behavior for previously deleted artifacts. Artifacts \
    currently in a soft-deleted state will continue to be purged in accordance with the current soft-delete retention \
    days policy.";
const SHORTENED: &str = "Soft-delete purge scheduling is determined by a registry's current soft-delete retention days \
    policy at the time of purge. By reducing the retention days policy, you are changing the scheduled purge date of \
    previously deleted artifacts. In doing so, you may be scheduling some artifacts in a soft-deleted state for \
    immediate purge. Do you wish to proceed?";

/// Manage soft-delete policy for Azure Container Registries.
#[derive(clap::Args)]
pub(super) struct SoftDelete {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Show(Show),
    Update(Update),
}

/// Show the configured soft-delete policy for an Azure Container Registry.
#[derive(clap::Args)]
#[command(args_override_self = true)]
struct Show {
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Update soft-delete policy for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Enable soft-delete policy for an Azure Container Registry to purge a soft-deleted manifest after 30 days.
    boathook acr config soft-delete update -r myregistry --status Enabled --days 30"
)]
struct Update {
    #[command(flatten)]
    registry: RegistryArgs,
    /// Indicates whether soft-delete policy is enabled.
    #[arg(long, ignore_case = true, value_enum)]
    status: Option<Status>,
    /// The number of days to retain a soft-deleted manifest or tag after which it gets purged (Range: 1 to 90). Default is 7.
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    #[command(flatten)]
    confirmation: ConfirmationArgs,
}

/// Shows or changes the policy.
pub(super) async fn run(
    args: SoftDelete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match args.command {
        Command::Show(args) => {
            let path = args.registry.path(arm, console).await?;
            Ok(POLICY.answer(&progress::during(console, arm.get(&path)).await?))
        }
        Command::Update(args) => {
            let path = args.registry.path(arm, console).await?;
            let registry = progress::during(console, arm.get(&path)).await?;
            let before = POLICY.of(&registry);
            let is_enabled = before.member("status").as_str() == Some("enabled");
            if is_enabled && matches!(args.status, Some(Status::Disabled)) {
                console.warn(STAYS);
            }
            if args.days.is_some_and(|days| is_shortened(before, days)) {
                args.confirmation.demand(SHORTENED, console)?;
            }
            POLICY.change(&path, args.status, args.days, arm, console).await
        }
    }
}

fn is_shortened(before: &Value, days: u32) -> bool {
    let Value::Number(before) = before.member("retentionDays") else { return false };
    before.as_u64().is_some_and(|before| u64::from(days) < before)
}
