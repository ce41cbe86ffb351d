//! `acr helm repo add`.

use super::path::RepositoryArgs;
use crate::cli::acr::login_server::{AccountArgs, Entry, enter};
use crate::cli::acr::registry::NameArgs;
use crate::cli::acr::{Answer, columns};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::value::Value;
use std::io::{self, Write};
use std::process::{Command as Process, ExitStatus, Stdio};

/// Manage helm chart repositories for Azure Container Registries.
#[derive(clap::Args)]
pub(super) struct Repo {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Add(Add),
}

/// Add a helm chart repository from an Azure Container Registry through the Helm CLI.
///
/// Helm must be installed on your machine.
#[derive(clap::Args)]
#[command(
    args_override_self = true,
    after_help = "\
Examples:
  Add a helm chart repository from an Azure Container Registry to manage helm charts.
    boathook acr helm repo add -n myregistry"
)]
struct Add {
    #[command(flatten)]
    registry: NameArgs,
    #[command(flatten)]
    repository: RepositoryArgs,
    #[command(flatten)]
    account: AccountArgs,
}

/// Has helm remember the repository under the registry's name.
pub(super) async fn run(
    repo: Repo,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let Command::Add(args) = repo.command;
    let name = args.registry.name(console)?;
    let registry = args.registry.whereabouts(arm, console).await?;
    let scope = args.repository.scope("pull");
    let entry = Entry { registry: &registry, account: &args.account, scope: &scope };
    let server = enter(&entry, arm, console).await?;
    let url = format!("{}{}", server.url(), args.repository.base());
    let (username, password) = server.signed_in();
    let (username, password) = (username.to_owned(), password.to_owned());
    let added = tokio::task::spawn_blocking(move || add(&name, &url, &username, &password)).await;
    match added.expect("because running a command does not panic") {
        Ok(status) if status.success() => {
            Ok(Answer { value: Value::Null, columns: columns::sorted })
        }
        // It has said why.
        Ok(_) => Err(Failure::Argument("helm did not add the repository".to_owned())),
        Err(error) => Err(Failure::Argument(format!(
            "Please verify if Helm client is installed: `helm` could not be run: {error}"
        ))),
    }
}

/// Runs helm, which prints for itself. The password goes through its standard input, where no other program sees it.
fn add(name: &str, url: &str, username: &str, password: &str) -> io::Result<ExitStatus> {
    let mut helm = Process::new("helm")
        .args(["repo", "add", name, url, "--username", username, "--password-stdin"])
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = helm.stdin.take() {
        stdin.write_all(password.as_bytes())?;
    }
    helm.wait()
}
