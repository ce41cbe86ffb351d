//! `acr replication update`.

use serde_json::json;

use crate::cli::acr::generic_update::GenericUpdate;
use crate::cli::acr::replication::{ReplicationArgs, columns, shape};
use crate::cli::acr::toggle::Toggle;
use crate::cli::acr::{Answer, pairs};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Update a replication.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Disable routing to a replication.
    boathook acr replication update -n mynorthamericaregistry -r myregistry --global-endpoint-routing false"
)]
pub(super) struct Update {
    #[command(flatten)]
    replication: ReplicationArgs,
    /// Allow routing to this replication via the registry global endpoint.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    global_endpoint_routing: Option<Toggle>,
    /// Space-separated tags: key[=value] [key[=value] ...]. Use '' to clear existing tags.
    #[arg(long, num_args = 0.., overrides_with = "tags", value_name = "KEY[=VALUE]")]
    tags: Option<Vec<String>>,
    #[command(flatten)]
    generic: GenericUpdate,
}

/// Sends only what is to change; nothing is read first.
pub(super) async fn run(
    args: Update,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (_, replication) = args.replication.paths(arm, console).await?;
    let mut body = json!({});
    if let Some(enabled) = args.global_endpoint_routing {
        body["properties"]["regionEndpointEnabled"] = bool::from(enabled).into();
    }
    if let Some(given) = args.tags {
        body["tags"] = pairs::read(&given).into();
    }
    args.generic.apply(&mut body, &["regionEndpointEnabled"], &["tags"])?;
    let value = progress::during(console, arm.patch(&replication, &body)).await?;
    Ok(Answer { value: shape::replication(&value), columns: columns::replications })
}
