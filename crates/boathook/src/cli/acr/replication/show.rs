//! `acr replication show`.

use crate::cli::acr::replication::{NOT_SUPPORTED, ReplicationArgs, columns, shape};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Get the details of a replicated region.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the details of a replicated region
    boathook acr replication show -n mynorthamericaregistry -r myregistry"
)]
pub(super) struct Show {
    #[command(flatten)]
    replication: ReplicationArgs,
}

/// Reads the replication.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, replication) = args.replication.paths(arm, console).await?;
    let value = progress::during(console, async {
        registry::premium(arm, &registry, NOT_SUPPORTED).await?;
        arm.get(&replication).await
    });
    Ok(Answer { value: shape::replication(&value.await?), columns: columns::replications })
}
