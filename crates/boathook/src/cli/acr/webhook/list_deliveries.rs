//! `acr webhook list-deliveries`, which `az` does not have.

use serde_json::json;

use crate::cli::acr::webhook::{WebhookArgs, columns};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List the deliveries of a webhook, each with its latest attempts.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List how each delivery went.
    boathook acr webhook list-deliveries -n mywebhook -r myregistry -o table

  Show every attempt that was made with an event.
    boathook acr webhook list-deliveries -n mywebhook -r myregistry --id 826b111c-23c8-4058-b0e4-6760ad44e217"
)]
pub(super) struct ListDeliveries {
    #[command(flatten)]
    webhook: WebhookArgs,
    /// The id of the event whose delivery alone is wanted, as `list-events` shows it.
    #[arg(long, value_name = "EVENT")]
    id: Option<String>,
}

/// Reads every page of the deliveries: the first is asked for with POST, those that follow with GET.
pub(super) async fn run(
    args: ListDeliveries,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, webhook) = args.webhook.paths(arm, console).await?;
    let asked = args.id.map_or_else(|| json!({}), |id| json!({ "id": id }));
    let deliveries = progress::during(console, async {
        registry::location(arm, &registry).await?;
        let first = arm.post_with(&format!("{webhook}/listDeliveries"), &asked).await?;
        arm.rest_of_pages(first).await
    });
    Ok(Answer { value: Value::Array(deliveries.await?), columns: columns::deliveries })
}
