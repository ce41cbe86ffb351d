//! `acr webhook test-scope`, which `az` does not have.

use serde_json::json;

use crate::cli::acr::Answer;
use crate::cli::acr::registry::{self, RegistryArgs};
use crate::cli::acr::webhook::{columns, path_of};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// List the tags that a webhook with a scope would hear of.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  List what a webhook would hear of, before it is made.
    boathook acr webhook test-scope -r myregistry --scope 'team/*:v1.*' -o table

  List what a webhook hears of.
    boathook acr webhook test-scope -r myregistry -n mywebhook -o table"
)]
pub(super) struct TestScope {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// The flags that say which scope is meant.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The scope, as `create` takes it: 'foo:*', 'foo:bar', 'foo' for 'foo:latest', '' for everything, and '*' inside.
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// The name of the webhook whose scope and location are meant.
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
}

/// Reads every page of the tags: the first is asked for with POST, those that follow with GET.
pub(super) async fn run(
    args: TestScope,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let registry = args.registry.path(arm, console).await?;
    let Which { scope, name } = args.which;
    let webhook = name.map(|name| path_of(&registry, &name)).transpose()?;
    let tags = progress::during(console, async {
        registry::location(arm, &registry).await?;
        let asked = match webhook {
            None => json!({ "scope": scope.unwrap_or_default() }),
            Some(path) => {
                let webhook = arm.get(&path).await?;
                let text = |path: &[&str]| webhook.at(path).as_str().unwrap_or_default().to_owned();
                json!({ "scope": text(&["properties", "scope"]), "location": text(&["location"]) })
            }
        };
        let first = arm.post_with(&format!("{registry}/testScope"), &asked).await?;
        arm.rest_of_pages(first).await
    });
    Ok(Answer { value: Value::Array(tags.await?), columns: columns::tags })
}
