//! `identity …`: who may sign in with a client id and a secret, what they may do, and what they changed.
//!
//! The words are Boathook's own, since Azure has identities in a directory; the flags, the formats and the exit codes are
//! those of `acr`.

mod add_secret;
mod columns;
mod create;
mod delete;
mod list;
mod log;
mod remove_secret;
mod reset;
mod role;
mod rotate_key;
mod shape;
mod show;

use std::process::ExitCode;

use crate::cli::acr::{self, Answer, Global};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::session::{Environment, SignInArgs};
use crate::cli::value::Value;

/// Manage who may sign in, what they may do, and read what they changed.
#[derive(clap::Args)]
pub(crate) struct Identity {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    sign_in: SignInArgs,
}

#[derive(clap::Subcommand)]
enum Command {
    AddSecret(add_secret::AddSecret),
    Create(create::Create),
    Delete(delete::Delete),
    List(list::List),
    Log(log::Log),
    RemoveSecret(remove_secret::RemoveSecret),
    Reset(reset::Reset),
    /// Manage what identities may do.
    Role(role::Role),
    RotateKey(rotate_key::RotateKey),
    Show(show::Show),
}

/// Runs one of the commands, and prints its answer or why there is none.
pub(crate) async fn run(
    identity: Identity,
    environment: &Environment,
    console: &mut Console<'_>,
) -> ExitCode {
    let Identity { command, global, sign_in } = identity;
    acr::show_logs(&global, console.shows_progress);
    let answered = match acr::prepare(&global, &sign_in, environment, console) {
        Ok(arm) => ask(command, &arm, console).await,
        Err(failure) => Err(failure),
    };
    acr::tell(&global, answered, console)
}

async fn ask(command: Command, arm: &Arm, console: &mut Console<'_>) -> Result<Answer, Failure> {
    match command {
        Command::AddSecret(args) => add_secret::run(args, arm, console).await,
        Command::Create(args) => create::run(args, arm, console).await,
        Command::Delete(args) => delete::run(args, arm, console).await,
        Command::List(args) => list::run(args, arm, console).await,
        Command::Log(args) => log::run(args, arm, console).await,
        Command::RemoveSecret(args) => remove_secret::run(args, arm, console).await,
        Command::Reset(args) => reset::run(args, arm, console).await,
        Command::Role(args) => role::run(args, arm, console).await,
        Command::RotateKey(args) => rotate_key::run(args, arm, console).await,
        Command::Show(args) => show::run(args, arm, console).await,
    }
}

/// The flag that names an identity.
#[derive(clap::Args)]
struct NameArgs {
    /// The name of the identity.
    #[arg(long, short, value_name = "NAME")]
    name: String,
}

/// The flags that say how long a new secret counts.
#[derive(clap::Args)]
struct SecretArgs {
    /// When the secret ends, such as `2027-01-31T00:00:00Z`; in a year where nothing is said.
    #[arg(long, value_name = "TIME")]
    end_date: Option<String>,
    /// Words to know the secret by.
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
}

impl NameArgs {
    /// Returns the path of the identity; its name must not lead elsewhere.
    fn path(&self, arm: &Arm) -> Result<String, Failure> {
        acr::registry::child(&all(arm), "servicePrincipals", &self.name)
    }
}

impl SecretArgs {
    /// Has the server make a secret of the identity at `path`.
    async fn make(&self, path: &str, arm: &Arm) -> Result<Value, Failure> {
        let mut body = serde_json::Map::new();
        let members = [("endDateTime", &self.end_date), ("displayName", &self.display_name)];
        for (name, text) in members {
            body.extend(text.clone().map(|text| (name.to_owned(), text.into())));
        }
        arm.post_with(&format!("{path}/addPassword"), &body.into()).await
    }
}

/// Returns the path that identities are under.
fn all(arm: &Arm) -> String {
    format!("/subscriptions/{}/providers/Boathook.Identity", arm.session().subscription_id)
}
