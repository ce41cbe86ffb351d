//! `acr webhook update`.

use serde_json::json;

use super::settings::{Action, Extras};
use crate::cli::acr::generic_update::GenericUpdate;
use crate::cli::acr::status::Status;
use crate::cli::acr::webhook::{WebhookArgs, columns, shape};
use crate::cli::acr::{Answer, pairs};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Members that `--set`, `--add` and `--remove` may name without the `properties` that they are kept under.
const PROPERTIES: [&str; 6] =
    ["actions", "boathook", "customHeaders", "scope", "serviceUri", "status"];

/// Update a webhook.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Update headers for a webhook.
    boathook acr webhook update -n mywebhook -r myregistry --headers \"Authorization=Basic 000000\"

  Update the service URI and actions for a webhook.
    boathook acr webhook update -n mywebhook -r myregistry --uri http://myservice.com --actions push delete

  Disable a webhook.
    boathook acr webhook update -n mywebhook -r myregistry --status disabled

  Have a webhook told of tags that are removed or moved, and of the tags that go with a deleted manifest.
    boathook acr webhook update -n mywebhook -r myregistry --extra-actions untag --deleted-tags"
)]
pub(super) struct Update {
    #[command(flatten)]
    webhook: WebhookArgs,
    /// The service URI for the webhook to post notifications.
    #[arg(long)]
    uri: Option<String>,
    /// Space-separated list of actions that trigger the webhook to post notifications.
    #[arg(long, num_args = 1.., overrides_with = "actions", ignore_case = true, value_enum)]
    actions: Option<Vec<Action>>,
    /// Space-separated custom headers in 'key[=value]' format that will be added to the webhook notifications. Use ''
    /// to clear existing headers.
    #[arg(long, num_args = 1.., overrides_with = "headers", value_name = "KEY[=VALUE]")]
    headers: Option<Vec<String>>,
    /// The scope of repositories where the event can be triggered. For example, 'foo:*' means events for all tags
    /// under repository 'foo'. 'foo:bar' means events for 'foo:bar' only. 'foo' is equivalent to 'foo:latest'. Empty
    /// means events for all repositories.
    #[arg(long)]
    scope: Option<String>,
    /// Indicates whether the webhook is enabled.
    #[arg(long, ignore_case = true, value_enum)]
    status: Option<Status>,
    /// Space-separated tags: key[=value] [key[=value] ...]. Use '' to clear existing tags.
    #[arg(long, num_args = 0.., overrides_with = "tags", value_name = "KEY[=VALUE]")]
    tags: Option<Vec<String>>,
    #[command(flatten)]
    extras: Extras,
    #[command(flatten)]
    generic: GenericUpdate,
}

/// Sends only what is to change; nothing is read first.
pub(super) async fn run(
    args: Update,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (_, webhook) = args.webhook.paths(arm, console).await?;
    let mut body = json!({});
    if let Some(uri) = args.uri {
        body["properties"]["serviceUri"] = uri.into();
    }
    if let Some(actions) = args.actions {
        body["properties"]["actions"] = json!(actions);
    }
    if let Some(given) = args.headers {
        body["properties"]["customHeaders"] = pairs::read(&given).into();
    }
    if let Some(scope) = args.scope {
        body["properties"]["scope"] = scope.into();
    }
    if let Some(status) = args.status {
        body["properties"]["status"] = json!(status);
    }
    if let Some(given) = args.tags {
        body["tags"] = pairs::read(&given).into();
    }
    args.extras.apply(&mut body);
    args.generic.apply(&mut body, &PROPERTIES, &["tags"])?;
    let value = progress::during(console, arm.patch(&webhook, &body)).await?;
    Ok(Answer { value: shape::webhook(&value), columns: columns::webhooks })
}
