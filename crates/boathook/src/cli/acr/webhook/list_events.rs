//! `acr webhook list-events`.

use crate::cli::acr::webhook::{WebhookArgs, columns, shape};
use crate::cli::acr::{Answer, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List recent events for a webhook.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List recent events for a webhook.
    boathook acr webhook list-events -n mywebhook -r myregistry"
)]
pub(super) struct ListEvents {
    #[command(flatten)]
    webhook: WebhookArgs,
}

/// Reads every page of the events: the first is asked for with POST, those that follow with GET.
pub(super) async fn run(
    args: ListEvents,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, webhook) = args.webhook.paths(arm, console).await?;
    let events = progress::during(console, async {
        registry::location(arm, &registry).await?;
        let first = arm.post(&format!("{webhook}/listEvents")).await?;
        arm.rest_of_pages(first).await
    });
    let events = events.await?.iter().map(shape::event).collect();
    Ok(Answer { value: Value::Array(events), columns: columns::events })
}
