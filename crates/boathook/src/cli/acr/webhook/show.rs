//! `acr webhook show`.

use crate::cli::acr::webhook::{WebhookArgs, columns, shape};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Get the details of a webhook.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the details of a webhook.
    boathook acr webhook show -n mywebhook -r myregistry"
)]
pub(super) struct Show {
    #[command(flatten)]
    webhook: WebhookArgs,
}

/// Reads the webhook.
pub(super) async fn run(
    args: Show,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, webhook) = args.webhook.paths(arm, console).await?;
    let value = progress::during(console, async {
        registry::location(arm, &registry).await?;
        arm.get(&webhook).await
    });
    Ok(Answer { value: shape::webhook(&value.await?), columns: columns::webhooks })
}
