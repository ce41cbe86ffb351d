//! The docker command, which keeps the password of a registry where docker looks for it.

use std::io::{self, Write};
use std::process::{Command, Output, Stdio};

use anyhow::Context;
use tokio::task;

use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// The commands that are tried where the environment names none.
const COMMANDS: [&str; 2] = ["docker", "podman"];

/// A docker command that works.
pub(super) struct Docker {
    command: String,
}

/// Finds the command, and makes sure that it works before anybody signs in.
pub(super) async fn find(
    named: Option<&str>,
    registry: &str,
    console: &mut Console<'_>,
) -> Result<Docker, Failure> {
    let found = match named {
        Some(command) => attempt(command).await,
        None => match attempt(COMMANDS[0]).await {
            Ok(None) => attempt(COMMANDS[1]).await,
            found => found,
        },
    };
    let why = match found {
        Ok(Some(docker)) => return Ok(docker),
        Ok(None) => "Please verify if Docker client is installed and running.".to_owned(),
        Err(why) => why,
    };
    console.warn(&format!(
        "You may want to use 'az acr login -n {registry} --expose-token' to get a refresh token, which does not \
         require Docker to be installed."
    ));
    Err(Failure::Argument(format!("An error occurred: DOCKER_COMMAND_ERROR\n{why}")))
}

/// Tries a command; `None` says that there is no such command.
async fn attempt(command: &str) -> Result<Option<Docker>, String> {
    let mut tried = Command::new(command);
    tried.arg("ps").stdin(Stdio::null());
    match blocking(move || tried.output()).await {
        Ok(output) if output.stderr.is_empty() => Ok(Some(Docker { command: command.to_owned() })),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

async fn blocking(
    work: impl FnOnce() -> io::Result<Output> + Send + 'static,
) -> io::Result<Output> {
    task::spawn_blocking(work).await.expect("because running a command does not panic")
}

impl Docker {
    /// Has docker log in; the password goes through its standard input, where no other program sees it.
    pub(super) async fn log_in(
        &self,
        server: &str,
        username: &str,
        password: &str,
        console: &mut Console<'_>,
    ) -> Result<(), Failure> {
        let command = &self.command;
        tracing::debug!(command, server, username, "logging in");
        let output = self.run(server, username, password).await.map_err(|_| {
            Failure::Argument(format!(
                "Failed to pass credentials to '{command}' via stdin. Please ensure '{command}' supports \
                 --password-stdin."
            ))
        })?;
        let said = String::from_utf8_lossy(&output.stdout);
        console.answer(&said).context("could not print")?;
        if !output.stderr.is_empty() {
            console.warn(&String::from_utf8_lossy(&output.stderr));
        }
        if output.status.success() {
            return Ok(());
        }
        Err(Failure::Argument("Login failed.".to_owned()))
    }

    async fn run(&self, server: &str, username: &str, password: &str) -> io::Result<Output> {
        let mut command = Command::new(&self.command);
        command
            .args(["login", "--username", username, "--password-stdin", server])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let password = password.to_owned();
        blocking(move || {
            let mut child = command.spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                stdin.write_all(password.as_bytes())?;
            }
            child.wait_with_output()
        })
        .await
    }
}
