//! `acr update`.

use serde_json::{Value as Json, json};

use crate::cli::acr::generic_update::GenericUpdate;
use crate::cli::acr::registries::settings::{self, Settings, Sku};
use crate::cli::acr::registries::{columns, shape};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::toggle::Toggle;
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Members that `--set`, `--add` and `--remove` may name without the `properties` that they are kept under.
const PROPERTIES: [&str; 13] = [
    "adminUserEnabled",
    "anonymousPullEnabled",
    "dataEndpointEnabled",
    "encryption",
    "endpointProtocol",
    "metadataSearch",
    "networkRuleBypassOptions",
    "networkRuleSet",
    "policies",
    "publicNetworkAccess",
    "regionalEndpoints",
    "roleAssignmentMode",
    "writableCacheRepos",
];

/// Update an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Update tags for an Azure Container Registry.
    boathook acr update -n myregistry --tags key1=value1 key2=value2

  Enable the administrator user account for an Azure Container Registry.
    boathook acr update -n myregistry --admin-enabled true"
)]
pub(crate) struct Update {
    #[command(flatten)]
    registry: NameArgs,
    /// The SKU of the container registry.
    #[arg(long, ignore_case = true, value_enum)]
    sku: Option<Sku>,
    /// Indicates whether the admin user is enabled.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    admin_enabled: Option<Toggle>,
    /// Enable registry-wide pull from unauthenticated clients.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    anonymous_pull_enabled: Option<Toggle>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    generic: GenericUpdate,
}

/// Sends only what is to change, after a look at what kind of registry it is.
pub(super) async fn run(
    args: Update,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.registry.path(arm, console).await?;
    let mut body = json!({});
    if let Some(sku) = args.sku {
        body["sku"]["name"] = json!(sku);
    }
    if let Some(enabled) = args.admin_enabled {
        body["properties"]["adminUserEnabled"] = bool::from(enabled).into();
    }
    if let Some(enabled) = args.anonymous_pull_enabled {
        body["properties"]["anonymousPullEnabled"] = bool::from(enabled).into();
    }
    args.settings.apply(&mut body, console);
    args.generic.apply(&mut body, &PROPERTIES, &["identity", "sku", "tags"])?;
    let registry = progress::during(console, arm.get(&path)).await?;
    check(&body, &registry)?;
    let value = progress::during(console, arm.patch(&path, &body)).await?;
    Ok(Answer { value: shape::registry(&value), columns: columns::registries })
}

/// Refuses what `az` refuses of a registry that cannot do it.
fn check(body: &Json, registry: &Value) -> Result<(), Failure> {
    let properties = &body["properties"];
    let is_premium = match body["sku"]["name"].as_str() {
        Some(sku) => sku == "Premium",
        None => registry::is_premium(registry),
    };
    let refusal = if !properties["networkRuleSet"].is_null() && !registry::is_premium(registry) {
        settings::NO_RULES
    } else if properties["regionalEndpoints"] == "Enabled" && !is_premium {
        settings::NO_REGIONAL_ENDPOINTS
    } else {
        return Ok(());
    };
    Err(Failure::Argument(refusal.to_owned()))
}
