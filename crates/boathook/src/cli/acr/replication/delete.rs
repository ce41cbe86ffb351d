//! `acr replication delete`.

use crate::cli::acr::replication::{NOT_SUPPORTED, ReplicationArgs, columns};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Delete a replicated region from an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Delete a replicated region from an Azure Container Registry.
    boathook acr replication delete -n mynorthamericaregistry -r myregistry"
)]
pub(super) struct Delete {
    #[command(flatten)]
    replication: ReplicationArgs,
}

/// Deletes the replication; one that is not there is no failure.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, replication) = args.replication.paths(arm, console).await?;
    let done = progress::during(console, async {
        registry::premium(arm, &registry, NOT_SUPPORTED).await?;
        arm.delete(&replication).await
    });
    done.await?;
    Ok(Answer { value: Value::Null, columns: columns::replications })
}
