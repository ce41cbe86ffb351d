//! `acr webhook redeliver`, which `az` does not have.

use serde_json::json;

use crate::cli::acr::webhook::{WebhookArgs, columns, shape};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Send an event of a webhook again, whatever came of it.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Send an event again.
    boathook acr webhook redeliver -n mywebhook -r myregistry --id 826b111c-23c8-4058-b0e4-6760ad44e217"
)]
pub(super) struct Redeliver {
    #[command(flatten)]
    webhook: WebhookArgs,
    /// The id of the event, as `list-events` shows it.
    #[arg(long, value_name = "EVENT")]
    id: String,
}

/// Has the server send an event again; the answer is its id, not what the receiver said.
pub(super) async fn run(
    args: Redeliver,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, webhook) = args.webhook.paths(arm, console).await?;
    let value = progress::during(console, async {
        registry::location(arm, &registry).await?;
        arm.post_with(&format!("{webhook}/redeliver"), &json!({ "id": args.id })).await
    });
    Ok(Answer { value: shape::id(&value.await?), columns: columns::id })
}
