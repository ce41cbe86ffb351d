//! One server after the other, in the same place.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::client::{http, management_token};
use super::until;
use crate::process::{boathook, free_port};

/// Where servers are started: a data folder, a database, a port.
pub(super) struct Berth {
    folder: TempDir,
    database: Option<String>,
    /// Host and port.
    address: String,
    /// Words before the program's own, which have it run under some limit.
    pub(super) prefix: Vec<String>,
    /// Settings, as variables.
    pub(super) settings: Vec<(&'static str, &'static str)>,
}

/// A server that answers. It is killed when it is dropped.
pub(super) struct Life {
    child: Child,
    _stdout: BufReader<ChildStdout>,
    pub(super) endpoint: String,
    log: PathBuf,
}

/// How one signs in.
pub(super) struct Credentials(Json);

impl Berth {
    /// A new place; on SQLite, unless there is a database.
    pub(super) fn new(database: Option<String>) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let (prefix, settings) = (Vec::new(), Vec::new());
        Self { folder: tempfile::tempdir().unwrap(), database, address, prefix, settings }
    }

    /// Starts a server and waits until it is ready; the next will have the same port.
    pub(super) fn start(&self) -> Life {
        let plain = boathook();
        let mut command =
            Command::new(self.prefix.first().map_or(plain.get_program(), AsRef::as_ref));
        if !self.prefix.is_empty() {
            command.args(&self.prefix[1..]).arg(plain.get_program());
        }
        for (name, _) in plain.get_envs() {
            command.env_remove(name);
        }
        command.args(["serve", "--listen", &self.address, "--data"]).arg(self.data());
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        command.env("BOATHOOK__WEBHOOKS__ALLOW_CIDRS", "127.0.0.0/8");
        command.env("BOATHOOK__IMPORTS__ALLOW_CIDRS", "127.0.0.0/8");
        command.env("BOATHOOK__WEBHOOKS__ATTEMPT_TIMEOUT", "30s");
        command.envs(self.settings.iter().copied());
        command.env("BOATHOOK__LOG__FILTER", "warn,boathook=info");
        let log = self.folder.path().join("log");
        let lines: File = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(lines).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Some(endpoint) = line.trim_end().strip_prefix("ready ") else {
            panic!("it is not ready: {line:?}, {}", fs::read_to_string(&log).unwrap());
        };
        Life { child, _stdout: stdout, endpoint: endpoint.to_owned(), log }
    }

    /// Looks for damage while no server runs; returns the exit code, and what was found.
    pub(super) fn fsck(&self) -> (Option<i32>, String) {
        let mut command = boathook();
        command.args(["fsck", "--verify-digests", "--data"]).arg(self.data());
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// The data folder.
    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the first start wrote down.
    pub(super) fn credentials(&self) -> Credentials {
        let text = fs::read(self.data().join("credentials.json")).unwrap();
        Credentials(serde_json::from_slice(&text).unwrap())
    }
}

impl Credentials {
    /// A member of the file.
    pub(super) fn text(&self, member: &str) -> &str {
        self.0[member].as_str().unwrap()
    }

    /// The first of the two passwords.
    pub(super) fn password(&self) -> &str {
        self.0["passwords"][0].as_str().unwrap()
    }
}

impl Life {
    /// Ends the server in the middle of whatever it does.
    pub(super) fn kill(mut self) {
        assert!(self.child.try_wait().unwrap().is_none(), "it ended by itself: {}", self.log());
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the server to stop.
    pub(super) fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.pid());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for the end and returns the exit code.
    pub(super) fn end(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What this server, and those before it, have logged.
    pub(super) fn log(&self) -> String {
        read(&self.log)
    }

    /// Asks the management API for something of the registry; `path` begins with `/`.
    pub(super) async fn manage(
        &self,
        credentials: &Credentials,
        method: Method,
        path: &str,
        body: Option<&Json>,
    ) -> reqwest::Response {
        let url = format!(
            "{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}{path}\
             ?api-version=2025-11-01",
            self.endpoint,
            credentials.text("subscriptionId"),
            credentials.text("resourceGroup"),
            credentials.text("registry"),
        );
        let secret = credentials.text("clientSecret");
        let token = management_token(&self.endpoint, credentials.text("clientId"), secret).await;
        let asked = http().request(method, url).bearer_auth(token);
        let asked = match body {
            Some(body) => asked.json(body),
            None => asked,
        };
        let answer = asked.send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{status} {}", answer.text().await.unwrap());
        answer
    }

    /// Has a webhook made that hears of one action everywhere.
    pub(super) async fn hook(&self, credentials: &Credentials, action: &str, uri: &str) {
        let body = json!({
            "location": "local",
            "properties": { "serviceUri": format!("{uri}/{action}"), "actions": [action], "status": "enabled" },
        });
        let path = format!("/webhooks/{action}s");
        self.manage(credentials, Method::PUT, &path, Some(&body)).await;
    }

    /// Reads a metric that has no labels.
    pub(super) async fn metric(&self, name: &str) -> f64 {
        let answer = http().get(format!("{}/metrics", self.endpoint)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let text = answer.text().await.unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("there is no {name} in {text}")).parse().unwrap()
    }

    /// Waits until a collection has come to its end, in this life or an earlier one.
    pub(super) async fn has_collected(&self) {
        until("a collection has come to its end", async || {
            self.log().contains("removed what nobody needs")
        })
        .await;
    }

    /// Waits until the end of every attempt has been written down.
    pub(super) async fn is_idle(&self) {
        until("no attempt is under way", async || {
            self.metric("boathook_delivery_attempts_in_flight").await == 0.0
        })
        .await;
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = read(&self.log);
            let tail: Vec<_> = log.lines().rev().take(30).collect();
            for line in tail.iter().rev() {
                eprintln!("{line}");
            }
        }
        // It has ended, most of the time.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}
