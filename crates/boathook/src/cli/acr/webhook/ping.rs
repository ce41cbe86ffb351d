//! `acr webhook ping`.

use crate::cli::acr::webhook::{WebhookArgs, columns, shape};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Trigger a ping event for a webhook.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Trigger a ping event for a webhook.
    boathook acr webhook ping -n mywebhook -r myregistry"
)]
pub(super) struct Ping {
    #[command(flatten)]
    webhook: WebhookArgs,
}

/// Has the server ping the receiver; the answer is the id of the event, not what the receiver said.
pub(super) async fn run(
    args: Ping,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, webhook) = args.webhook.paths(arm, console).await?;
    let value = progress::during(console, async {
        registry::location(arm, &registry).await?;
        arm.post(&format!("{webhook}/ping")).await
    });
    Ok(Answer { value: shape::id(&value.await?), columns: columns::id })
}
