//! `acr replication create`.

use serde_json::json;

use crate::cli::acr::registry::{self, RegistryArgs};
use crate::cli::acr::replication::{NOT_SUPPORTED, columns, shape};
use crate::cli::acr::status::State;
use crate::cli::acr::toggle::Toggle;
use crate::cli::acr::{Answer, pairs};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Create a replicated region for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Create a replicated region for an Azure Container Registry.
    boathook acr replication create -r myregistry -l westus"
)]
pub(super) struct Create {
    #[command(flatten)]
    registry: RegistryArgs,
    /// Location: a region of the server.
    #[arg(long, short)]
    location: String,
    /// The name of the replication. Default to the location name.
    #[arg(long, short)]
    name: Option<String>,
    /// Allow routing to this replication via the registry global endpoint [default: true].
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    global_endpoint_routing: Option<Toggle>,
    /// Indicates whether or not zone redundancy should be enabled for this replication.
    #[arg(long, ignore_case = true, value_enum)]
    zone_redundancy: Option<State>,
    /// Space-separated tags: key[=value] [key[=value] ...]. Use '' to clear existing tags.
    #[arg(long, num_args = 0.., overrides_with = "tags", value_name = "KEY[=VALUE]")]
    tags: Option<Vec<String>>,
}

/// Creates the replication, anywhere but where the registry is.
pub(super) async fn run(
    args: Create,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let registry = args.registry.path(arm, console).await?;
    let location = args.location.split_whitespace().collect::<String>().to_lowercase();
    let name = args.name.unwrap_or_else(|| location.clone());
    let replication = registry::child(&registry, "replications", &name)?;
    let mut body = json!({ "location": location, "properties": {} });
    if let Some(enabled) = args.global_endpoint_routing {
        body["properties"]["regionEndpointEnabled"] = bool::from(enabled).into();
    }
    if let Some(state) = args.zone_redundancy {
        body["properties"]["zoneRedundancy"] = json!(state);
    }
    if let Some(given) = args.tags {
        body["tags"] = pairs::read(&given).into();
    }
    let value = progress::during(console, async {
        let registry = registry::premium(arm, &registry, NOT_SUPPORTED).await?;
        if registry.member("location").as_str() == Some(&location) {
            return Err(Failure::Argument(
                "Replication could not be created in the same location as the registry.".to_owned(),
            ));
        }
        arm.put(&replication, &body).await
    });
    Ok(Answer { value: shape::replication(&value.await?), columns: columns::replications })
}
