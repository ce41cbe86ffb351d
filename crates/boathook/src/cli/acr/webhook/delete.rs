//! `acr webhook delete`.

use crate::cli::acr::webhook::{WebhookArgs, columns};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// Delete a webhook from an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Delete a webhook from an Azure Container Registry.
    boathook acr webhook delete -n mywebhook -r myregistry"
)]
pub(super) struct Delete {
    #[command(flatten)]
    webhook: WebhookArgs,
}

/// Deletes the webhook; one that is not there is no failure.
pub(super) async fn run(
    args: Delete,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, webhook) = args.webhook.paths(arm, console).await?;
    let done = progress::during(console, async {
        registry::location(arm, &registry).await?;
        arm.delete(&webhook).await
    });
    done.await?;
    Ok(Answer { value: Value::Null, columns: columns::webhooks })
}
