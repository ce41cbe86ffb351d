//! The story itself: what happens, in which order, and how it is told.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use boathook_core::time::Timestamp;

use super::artifact::{self, Artifact};
use super::client::Client;
use crate::cli;
use crate::cli::acr::registry;
use crate::cli::arm::Arm;
use crate::cli::output::console::Console;
use crate::cli::session::{self, Environment, SignInArgs};
use crate::cli::value::Value;
use crate::serve::Running;

/// How long everything may take to arrive.
const ARRIVAL_MAX: Duration = Duration::from_secs(10);
/// How often the server is asked what has arrived.
const POLL: Duration = Duration::from_millis(20);
/// The webhook that hears of pushes, of which there are two and a ping.
const PUSHES: Webhook = Webhook { name: "pushes", action: "push", events: 3 };
/// The webhook that hears of deletions.
const DELETES: Webhook = Webhook { name: "deletes", action: "delete", events: 1 };

struct Webhook {
    name: &'static str,
    action: &'static str,
    /// How many events it hears in the story.
    events: usize,
}

/// What the server says has happened.
pub(super) struct Told {
    /// The ids of the events that it lists.
    ids: BTreeSet<String>,
    took: Duration,
}

/// Has everything happen, and waits until the server says that it arrived.
pub(super) async fn tell(
    server: &Running,
    data: &Path,
    hook: &str,
    console: &mut Console<'_>,
) -> anyhow::Result<Told> {
    let began = server.ctx().clock.now();
    say(console, &format!("A registry at {}, in {}", server.endpoint, data.display()))?;
    say(console, &format!("A receiver at {hook}\n"))?;
    for Webhook { name, action, .. } in [&PUSHES, &DELETES] {
        let rest = format!("--name {name} --actions {action} --uri {hook}/{name} -o none");
        command("create", &rest, data, console).await?;
    }

    let client = Client::sign_in(server, data)?;
    let (image, chart) = (artifact::image(), artifact::chart());
    for artifact in [&image, &chart] {
        client.push(artifact).await?;
        let Artifact { what, repository, tag, .. } = artifact;
        say(console, &format!("Pushed the {what} {repository}:{tag}"))?;
    }
    client.delete(&image).await?;
    say(console, &format!("Deleted {}@{}\n", image.repository, image.digest()))?;
    command("ping", &format!("--name {} -o none", PUSHES.name), data, console).await?;

    let ids = arrivals(server, data).await;
    for webhook in [&PUSHES, &DELETES] {
        say(console, "")?;
        command("list-events", &format!("--name {} -o table", webhook.name), data, console).await?;
    }
    Ok(Told { ids: ids?, took: server.ctx().clock.now().since(began) })
}

impl Told {
    /// Compares what the server says with what the receiver got.
    pub(super) fn compare(
        &self,
        received: &[serde_json::Value],
        console: &mut Console<'_>,
    ) -> anyhow::Result<()> {
        let ids = received.iter().filter_map(|line| {
            let body: serde_json::Value = serde_json::from_str(line["body"].as_str()?).ok()?;
            body["id"].as_str().map(str::to_owned)
        });
        let got: BTreeSet<_> = ids.collect();
        let missing: Vec<_> = self.ids.difference(&got).map(String::as_str).collect();
        ensure!(missing.is_empty(), "the receiver has not got {}", missing.join(", "));
        let (count, took_ms) = (self.ids.len(), self.took.as_millis());
        say(
            console,
            &format!("\nAll {count} events arrived at the receiver. It took {took_ms} ms."),
        )
    }
}

/// Waits until all events have been answered with 200, and returns their ids.
async fn arrivals(server: &Running, data: &Path) -> anyhow::Result<BTreeSet<String>> {
    let arm = Arm::new(session::find(&signing_in(data), &Environment::default())?)?;
    let clock = &server.ctx().clock;
    let deadline: Timestamp = clock.now().after(ARRIVAL_MAX);
    let mut ids = BTreeSet::new();
    for webhook in [&PUSHES, &DELETES] {
        let path = registry::find(&arm, server.ctx().site.registry.as_str(), None).await?;
        let path = format!("{path}/webhooks/{}/listEvents", webhook.name);
        loop {
            let events = arm.rest_of_pages(arm.post(&path).await?).await?;
            let arrived: Vec<_> = events.iter().filter(|event| has_arrived(event)).collect();
            if arrived.len() == webhook.events {
                ids.extend(arrived.iter().filter_map(|event| id(event)));
                break;
            }
            if deadline <= clock.now() {
                bail!(
                    "{} of {} events of the webhook `{}` arrived within {ARRIVAL_MAX:?}",
                    arrived.len(),
                    webhook.events,
                    webhook.name
                );
            }
            server.pause(POLL).await;
        }
    }
    Ok(ids)
}

fn has_arrived(event: &Value) -> bool {
    event.at(&["eventResponseMessage", "statusCode"]).as_str() == Some("200")
}

fn id(event: &Value) -> Option<String> {
    event.member("id").as_str().map(str::to_owned)
}

/// Shows a command of `acr webhook`, then runs it.
async fn command(
    verb: &str,
    rest: &str,
    data: &Path,
    console: &mut Console<'_>,
) -> anyhow::Result<()> {
    let words = format!("webhook {verb} --registry boathook {rest}");
    say(console, &format!("$ boathook acr {words}"))?;
    let args = ["boathook"].into_iter().chain(words.split(' ')).map(Into::into);
    let args = args.chain(["--data".into(), data.into()]).collect();
    let code = cli::run_acr(args, console).await;
    ensure!(code == ExitCode::SUCCESS, "the command failed");
    Ok(())
}

fn say(console: &mut Console<'_>, line: &str) -> anyhow::Result<()> {
    console.answer(&format!("{line}\n")).context("could not print")
}

fn signing_in(data: &Path) -> SignInArgs {
    SignInArgs { data: Some(data.to_owned()), ..SignInArgs::default() }
}
