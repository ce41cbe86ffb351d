//! `acr webhook get-config`.

use crate::cli::acr::webhook::{WebhookArgs, columns, shape};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Get the service URI and custom headers for the webhook.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Get the configuration information for a webhook.
    boathook acr webhook get-config -n mywebhook -r myregistry"
)]
pub(super) struct GetConfig {
    #[command(flatten)]
    webhook: WebhookArgs,
}

/// Reads what the other commands never show, secrets included.
pub(super) async fn run(
    args: GetConfig,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, webhook) = args.webhook.paths(arm, console).await?;
    let value = progress::during(console, async {
        registry::location(arm, &registry).await?;
        arm.post(&format!("{webhook}/getCallbackConfig")).await
    });
    Ok(Answer { value: shape::config(&value.await?), columns: columns::config })
}
