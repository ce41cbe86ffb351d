//! `acr webhook create`.

use serde_json::json;

use super::settings::{Action, Extras};
use crate::cli::acr::status::Status;
use crate::cli::acr::webhook::{WebhookArgs, columns, shape};
use crate::cli::acr::{Answer, pairs, registry};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

/// Create a webhook for an Azure Container Registry.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Create a webhook for an Azure Container Registry that will deliver docker push and delete events to a service URI.
    boathook acr webhook create -n mywebhook -r myregistry --uri http://myservice.com --actions push delete

  Create a webhook for an Azure Container Registry that will deliver docker push events to a service URI with a basic \
authentication header.
    boathook acr webhook create -n mywebhook -r myregistry --uri http://myservice.com --actions push --headers \
\"Authorization=Basic 000000\"

  Create a webhook for an Azure Container Registry that will deliver helm chart push and delete events to a service URI.
    boathook acr webhook create -n mywebhook -r myregistry --uri http://myservice.com --actions chart_push chart_delete"
)]
pub(super) struct Create {
    #[command(flatten)]
    webhook: WebhookArgs,
    /// The service URI for the webhook to post notifications.
    #[arg(long)]
    uri: String,
    /// Space-separated list of actions that trigger the webhook to post notifications.
    #[arg(long, required = true, num_args = 1.., overrides_with = "actions", ignore_case = true, value_enum)]
    actions: Vec<Action>,
    /// Space-separated custom headers in 'key[=value]' format that will be added to the webhook notifications. Use ''
    /// to clear existing headers.
    #[arg(long, num_args = 1.., overrides_with = "headers", value_name = "KEY[=VALUE]")]
    headers: Option<Vec<String>>,
    /// Location: a region of the server [default: the location of the registry].
    #[arg(long, short)]
    location: Option<String>,
    /// The scope of repositories where the event can be triggered. For example, 'foo:*' means events for all tags
    /// under repository 'foo'. 'foo:bar' means events for 'foo:bar' only. 'foo' is equivalent to 'foo:latest'. Empty
    /// means events for all repositories.
    #[arg(long)]
    scope: Option<String>,
    /// Indicates whether the webhook is enabled.
    #[arg(long, ignore_case = true, value_enum, default_value_t = Status::Enabled)]
    status: Status,
    /// Space-separated tags: key[=value] [key[=value] ...]. Use '' to clear existing tags.
    #[arg(long, num_args = 0.., overrides_with = "tags", value_name = "KEY[=VALUE]")]
    tags: Option<Vec<String>>,
    #[command(flatten)]
    extras: Extras,
}

/// Creates the webhook, in the registry's own location unless another is named.
pub(super) async fn run(
    args: Create,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let (registry, webhook) = args.webhook.paths(arm, console).await?;
    let mut body = json!({
        "properties": { "serviceUri": args.uri, "actions": args.actions, "status": args.status },
    });
    if let Some(given) = args.headers {
        body["properties"]["customHeaders"] = pairs::read(&given).into();
    }
    if let Some(scope) = args.scope {
        body["properties"]["scope"] = scope.into();
    }
    if let Some(given) = args.tags {
        body["tags"] = pairs::read(&given).into();
    }
    args.extras.apply(&mut body);
    let value = progress::during(console, async {
        let home = registry::location(arm, &registry).await?;
        body["location"] = args.location.unwrap_or(home).into();
        arm.put(&webhook, &body).await
    });
    Ok(Answer { value: shape::webhook(&value.await?), columns: columns::webhooks })
}
