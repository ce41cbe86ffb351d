//! `acr show-usage`.

use crate::cli::acr::Answer;
use crate::cli::acr::registries::{columns, shape};
use crate::cli::acr::registry::{self, NameArgs};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Get the storage usage for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the storage usage for an Azure Container Registry.
    boathook acr show-usage -n myregistry"
)]
pub(crate) struct ShowUsage {
    #[command(flatten)]
    registry: NameArgs,
}

/// Reads what the registry uses of what it may.
pub(super) async fn run(
    args: ShowUsage,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.registry.path(arm, console).await?;
    let value = progress::during(console, async {
        registry::managed(arm, &path, "Usage is only supported for managed registries.").await?;
        arm.get(&format!("{path}/listUsages")).await
    });
    Ok(Answer { value: shape::usages(&value.await?), columns: columns::usages })
}
