//! `acr show-endpoints`.

use crate::cli::acr::Answer;
use crate::cli::acr::registries::columns;
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::shape::add;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Display registry endpoints.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Show the endpoints for a registry.
    boathook acr show-endpoints -n myregistry"
)]
pub(crate) struct ShowEndpoints {
    #[command(flatten)]
    registry: NameArgs,
}

/// Names the hosts that clients of the registry reach.
pub(super) async fn run(
    args: ShowEndpoints,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let path = args.registry.path(arm, console).await?;
    let registry = progress::during(console, arm.get(&path)).await?;
    let properties = registry.member("properties");
    // `az` names the stores of Azure where there are no such hosts; this registry sends its content itself.
    let hosts = match properties.member("dataEndpointEnabled") {
        Value::Bool(true) => properties.member("dataEndpointHostNames"),
        _ => &Value::Null,
    };
    let mut endpoints = Value::object([
        ("loginServer", properties.member("loginServer").clone()),
        ("dataEndpoints", by_region(hosts)),
    ]);
    if properties.member("regionalEndpoints").as_str() == Some("Enabled") {
        let hosts = by_region(properties.member("regionalEndpointHostNames"));
        add(&mut endpoints, "regionalEndpoints", hosts);
    }
    Ok(Answer { value: endpoints, columns: columns::endpoints })
}

/// Turns `registry.region.…` into the region and the host.
fn by_region(hosts: &Value) -> Value {
    let Value::Array(hosts) = hosts else { return Value::Array(Vec::new()) };
    let endpoint = |host: &Value| {
        let region = host.as_str().and_then(|host| host.split('.').nth(1)).unwrap_or_default();
        Value::object([("region", region.into()), ("endpoint", host.clone())])
    };
    Value::Array(hosts.iter().map(endpoint).collect())
}
