//! PostgreSQL goes away and comes back.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::Value as Json;
use tempfile::TempDir;

use super::client::{Client, Outcome, http};
use super::dice::Dice;
use super::server::{Berth, Life};
use super::sink::Sink;
use super::truth::{check_content, check_repeated, check_told};
use super::{postgres, until};
use crate::process::free_port;

/// Where Debian has the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// How often the database is asked for while it is away, and how far apart: ten seconds in all.
const ASKED: u32 = 11;
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// A PostgreSQL of the test's own. It is stopped when it is dropped.
struct Cluster {
    folder: TempDir,
    port: u16,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_for_ten_seconds_costs_no_event_and_no_restart() {
    if postgres::server().is_none() {
        return;
    }
    let cluster = Cluster::make();
    cluster.start();
    let sink = Sink::start().await;
    let berth = Berth::new(Some(cluster.address()));
    let server = berth.start();
    let credentials = berth.credentials();
    server.hook(&credentials, "push", &sink.endpoint).await;
    let mut client = Client::sign_in(&server, &credentials, "client/0", Dice::seeded()).await;
    assert!(client.push().await);
    sink.has("the first push", |state| state.received.len() == 1).await;

    // The receiver has heard of the second, and answers when nobody can write that down.
    sink.hold(true);
    assert!(client.push().await);
    sink.has("the second push", |state| state.received.len() == 2).await;
    cluster.stop();
    sink.hold(false);
    let mut moments = tokio::time::interval(ASKED_EVERY);
    for _ in 0..ASKED {
        moments.tick().await;
        check_unavailable(&client).await;
    }
    until("it is not ready", async || readiness(&server).await == StatusCode::SERVICE_UNAVAILABLE)
        .await;
    assert!(
        server.metric("boathook_delivery_attempts_in_flight").await > 0.0,
        "it was not written"
    );

    cluster.start();
    until("it is ready", async || readiness(&server).await == StatusCode::OK).await;
    assert!(client.push().await);
    sink.has("the third push", |state| 3 <= state.received.len()).await;
    server.is_idle().await;
    assert!(client.artifacts.iter().all(|artifact| artifact.pushed == Outcome::Acknowledged));
    // What waited was written down: the next server has nothing to try again.
    server.terminate();
    assert_eq!(server.end(), Some(0));
    sink.next_life().await;
    postgres::end_leases(&cluster.address()).await;
    let server = berth.start();
    assert!(client.push().await);
    let told = check_content(&[client]).await;
    let received = check_told(&sink, &told).await;
    assert_eq!((received.len(), check_repeated(&received, &[])), (4, 0));
    server.terminate();
    assert_eq!(server.end(), Some(0));
}

/// Asks for what takes the database, and is told so in the words of the distribution specification.
async fn check_unavailable(client: &Client) {
    let known = client.artifacts[0].clone();
    let list = client.request(Method::GET, "tags/list");
    let put = client.request(Method::PUT, "manifests/later").body(known.manifest);
    let put = put.header(CONTENT_TYPE, "application/vnd.oci.image.manifest.v1+json");
    for request in [list, put] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key("retry-after"));
        let body: Json = answer.json().await.unwrap();
        assert_eq!(body["errors"][0]["message"], "the registry cannot answer now: try again");
    }
}

async fn readiness(server: &Life) -> StatusCode {
    http().get(format!("{}/readyz", server.endpoint)).send().await.unwrap().status()
}

impl Cluster {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            let given = Command::new("chown").arg("postgres").arg(folder.path()).status().unwrap();
            assert!(given.success());
        }
        let cluster = Self { folder, port: free_port() };
        cluster.run(
            "initdb",
            &["--username=postgres", "--auth=trust", "--locale=C", "--encoding=UTF8"],
        );
        cluster
    }

    fn start(&self) {
        let folder = self.folder.path();
        let options =
            format!("-p {} -k {} -c listen_addresses=127.0.0.1", self.port, folder.display());
        let log = folder.join("log");
        self.run("pg_ctl", &["start", "-w", "-o", &options, "-l", log.to_str().unwrap()]);
    }

    /// Ends every process of it at once, as a power cut would.
    fn stop(&self) {
        self.run("pg_ctl", &["stop", "-w", "-m", "immediate"]);
    }

    fn address(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn run(&self, program: &str, args: &[&str]) {
        assert!(self.command(program, args).status().unwrap().success(), "{program}");
    }

    /// One of PostgreSQL's programs, which will not run as root.
    fn command(&self, program: &str, args: &[&str]) -> Command {
        let versions = std::fs::read_dir(VERSIONS).unwrap();
        let latest = versions.map(|version| version.unwrap().path()).max().unwrap();
        let path = latest.join("bin").join(program);
        let mut command = Command::new(if is_root() { Path::new("setpriv") } else { &path });
        if is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(&path);
        }
        command.args(args).arg("-D").arg(self.folder.path().join("data"));
        command.current_dir(self.folder.path()).stdout(std::process::Stdio::null());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It is stopped already where a test failed in between.
        drop(self.command("pg_ctl", &["stop", "-w", "-m", "immediate"]).status());
    }
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output().unwrap();
    user.stdout.trim_ascii() == b"0"
}
