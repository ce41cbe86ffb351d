//! `acr …`: the words of `az acr …`, letter for letter.
//!
//! This file holds what all those commands share: their global flags, how an answer is printed, and how a failure
//! is told. Each command is in a file of its own.

mod actions;
mod attributes;
pub(crate) mod columns;
mod config;
pub(crate) mod confirmation;
mod credential;
mod forecast;
mod gc;
mod generic_update;
mod helm;
mod image;
mod login_server;
mod manifest;
mod pairs;
mod purge;
mod quarantine;
mod registries;
pub(crate) mod registry;
mod replication;
mod repository;
mod scope_map;
pub(crate) mod shape;
mod status;
mod timestamp;
mod toggle;
mod token;
mod webhook;

use std::process::ExitCode;

use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::output::{self, Format};
use crate::cli::query::Query;
use crate::cli::session::{self, Environment, SignInArgs};
use crate::cli::value::Value;

/// The member that holds what Boathook adds to what ACR answers.
const OWN_MEMBER: &str = "boathook";

/// Manage private registries.
#[derive(clap::Args)]
pub(crate) struct Acr {
    #[command(subcommand)]
    group: Group,
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    sign_in: SignInArgs,
}

#[derive(clap::Subcommand)]
enum Group {
    #[command(flatten)]
    Registries(registries::Command),
    /// Configure policies for Azure Container Registries.
    Config(config::Config),
    /// Manage login credentials for Azure Container Registries.
    Credential(credential::Credential),
    /// Remove content that nobody needs any more from Azure Container Registries.
    Gc(gc::Gc),
    /// Manage helm charts for Azure Container Registries.
    Helm(Box<helm::Helm>),
    /// Manage artifact manifests in Azure Container Registries.
    Manifest(Box<manifest::Manifest>),
    Purge(Box<purge::Purge>),
    /// Manage what an Azure Container Registry holds back until it has been looked at.
    Quarantine(Box<quarantine::Quarantine>),
    /// Manage geo-replicated regions of Azure Container Registries.
    Replication(replication::Replication),
    /// Manage repositories (image names) for Azure Container Registries.
    Repository(Box<repository::Repository>),
    /// Manage scope access maps for Azure Container Registries.
    ScopeMap(scope_map::ScopeMap),
    /// Manage tokens for an Azure Container Registry.
    Token(token::Token),
    /// Manage webhooks for Azure Container Registries.
    Webhook(webhook::Webhook),
}

#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Global Arguments")]
pub(crate) struct Global {
    /// Output format.
    #[arg(long, short, global = true, value_enum, ignore_case = true, default_value_t)]
    output: Format,
    #[arg(
        long,
        global = true,
        value_name = "JMESPATH",
        help = "JMESPath query string. See http://jmespath.org/ for more information and examples."
    )]
    query: Option<Query>,
    /// Name or ID of subscription.
    #[arg(long, global = true, value_name = "ID")]
    subscription: Option<String>,
    /// Only show errors, suppressing warnings.
    #[arg(long, global = true)]
    only_show_errors: bool,
    /// Increase logging verbosity. Use --debug for full debug logs.
    #[arg(long, global = true)]
    verbose: bool,
    /// Increase logging verbosity to show all debug logs.
    #[arg(long, global = true)]
    debug: bool,
}

/// What a command found out.
pub(crate) struct Answer {
    /// Null when there is nothing to print.
    pub(crate) value: Value,
    /// Picks what a table shows while no query does.
    pub(crate) columns: fn(&Value) -> Value,
}

/// Runs a command and prints its answer, or why there is none.
pub(crate) async fn run(
    acr: Acr,
    environment: &Environment,
    console: &mut Console<'_>,
) -> ExitCode {
    let global = acr.global.clone();
    show_logs(&global, console.shows_progress);
    let answered = ask(acr, environment, console).await;
    tell(&global, answered, console)
}

/// Prints the answer of a command, or why there is none.
pub(crate) fn tell(
    global: &Global,
    answered: Result<Answer, Failure>,
    console: &mut Console<'_>,
) -> ExitCode {
    let printed =
        answered.and_then(|answer| print(answer, global.output, global.query.as_ref(), console));
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.say(&format!("ERROR: {failure}"));
            if let Some(advice) = failure.advice() {
                console.say(advice);
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

async fn ask(
    acr: Acr,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let arm = prepare(&acr.global, &acr.sign_in, environment, console)?;
    match acr.group {
        Group::Registries(command) => registries::run(command, environment, &arm, console).await,
        Group::Config(config) => config::run(config, &arm, console).await,
        Group::Credential(credential) => credential::run(credential, &arm, console).await,
        Group::Gc(gc) => gc::run(gc, &arm, console).await,
        Group::Helm(helm) => helm::run(*helm, &arm, console).await,
        Group::Manifest(manifest) => manifest::run(*manifest, &arm, console).await,
        Group::Purge(purge) => purge::run(*purge, &arm, console).await,
        Group::Quarantine(quarantine) => quarantine::run(*quarantine, &arm, console).await,
        Group::Repository(repository) => repository::run(*repository, &arm, console).await,
        Group::Replication(replication) => replication::run(replication, &arm, console).await,
        Group::ScopeMap(scope_map) => scope_map::run(scope_map, &arm, console).await,
        Group::Token(token) => token::run(token, &arm, console).await,
        Group::Webhook(webhook) => webhook::run(webhook, &arm, console).await,
    }
}

/// Prepares to ask the server that the flags and the environment name.
pub(crate) fn prepare(
    global: &Global,
    sign_in: &SignInArgs,
    environment: &Environment,
    console: &mut Console<'_>,
) -> Result<Arm, Failure> {
    let mut session = session::find(sign_in, environment)?;
    if let Some(subscription) = &global.subscription {
        session.subscription_id.clone_from(subscription);
    }
    console.shows_warnings &= !global.only_show_errors;
    Ok(Arm::new(session)?)
}

fn print(
    answer: Answer,
    format: Format,
    query: Option<&Query>,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let value = match query {
        Some(query) => query.search(&answer.value)?,
        None => answer.value,
    };
    if value == Value::Null {
        return Ok(());
    }
    let shown = match (format, query) {
        (Format::Table, None) => (answer.columns)(&value),
        (Format::Tsv, None) => without_own(value),
        _ => value,
    };
    let text = output::text(&shown, format, console.is_coloured);
    console
        .answer(&text)
        .map_err(|error| Failure::Local(anyhow::Error::new(error).context("could not print")))
}

/// Leaves out what Boathook adds beside ACR's shape, where a further column would shift the others.
fn without_own(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(without_own).collect()),
        Value::Object(mut object) => {
            object.members.retain(|(name, _)| name != OWN_MEMBER);
            Value::Object(object)
        }
        scalar => scalar,
    }
}

/// Has the log shown that the flags ask for.
pub(crate) fn show_logs(global: &Global, is_coloured: bool) {
    let level = match global {
        Global { debug: true, .. } => tracing::Level::DEBUG,
        Global { verbose: true, .. } => tracing::Level::INFO,
        _ => return,
    };
    // A second command in one process keeps the first one's log, which happens in tests only.
    let log = tracing_subscriber::fmt().with_max_level(level).with_ansi(is_coloured);
    drop(log.with_writer(std::io::stderr).try_init());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tab_separated_values_have_the_columns_of_az_and_no_more() {
        let value =
            serde_json::from_str(r#"[{"boathook":{"paused":true},"id":"a","name":"b"}]"#).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        for (format, query) in [(Format::Tsv, None), (Format::Tsv, Some("[].boathook.paused"))] {
            let query = query.map(|query| query.parse().unwrap());
            let answer = Answer { value: Value::clone(&value), columns: Value::clone };
            let mut console = Console::of_buffers(&mut out, &mut err, false);
            print(answer, format, query.as_ref(), &mut console).unwrap();
        }
        assert_eq!(String::from_utf8(out).unwrap(), "a\tb\ntrue\n");
    }
}
