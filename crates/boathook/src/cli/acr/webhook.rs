//! `acr webhook …`: the commands about webhooks.

mod columns;
mod create;
mod delete;
mod get_config;
mod list;
mod list_deliveries;
mod list_events;
mod ping;
mod redeliver;
mod settings;
mod shape;
mod show;
mod test_scope;
mod update;

use crate::cli::acr::Answer;
use crate::cli::acr::registry::{self, RegistryArgs};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// Manage webhooks for Azure Container Registries.
#[derive(clap::Args)]
pub(crate) struct Webhook {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Create(Box<create::Create>),
    Delete(delete::Delete),
    GetConfig(get_config::GetConfig),
    List(list::List),
    ListDeliveries(list_deliveries::ListDeliveries),
    ListEvents(list_events::ListEvents),
    Ping(ping::Ping),
    Redeliver(redeliver::Redeliver),
    Show(show::Show),
    TestScope(test_scope::TestScope),
    Update(Box<update::Update>),
}

/// Runs one of the commands.
pub(crate) async fn run(
    webhook: Webhook,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    match webhook.command {
        Command::Create(args) => create::run(*args, arm, console).await,
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::GetConfig(args) => get_config::run(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::ListDeliveries(args) => list_deliveries::run(args, arm, console).await,
        Command::ListEvents(args) => list_events::run(args, arm, console).await,
        Command::Ping(args) => ping::run(args, arm, console).await,
        Command::Redeliver(args) => redeliver::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
        Command::TestScope(args) => test_scope::run(args, arm, console).await,
        Command::Update(args) => update::run(*args, arm, console).await,
    }
}

/// The flags that name a webhook.
#[derive(clap::Args)]
pub(crate) struct WebhookArgs {
    /// The name of the webhook.
    #[arg(long, short, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl WebhookArgs {
    /// Returns the paths of the registry and of the webhook in the management API.
    async fn paths(
        &self,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<(String, String), Failure> {
        let registry = self.registry.path(arm, console).await?;
        let webhook = path_of(&registry, &self.name)?;
        Ok((registry, webhook))
    }
}

/// Returns the path of a webhook in the management API.
fn path_of(registry: &str, name: &str) -> Result<String, Failure> {
    if registry::is_step(name) {
        return Ok(format!("{registry}/webhooks/{name}"));
    }
    Err(Failure::Argument(
        "Webhook names may contain only alpha numeric characters and must be between 5 and 50 characters".to_owned(),
    ))
}
