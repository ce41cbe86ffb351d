//! The command line: what may be typed, and where each command goes.
//!
//! `acr …` follows the words, the output and the exit codes of `az acr …`; the rest is Boathook's own.

pub(crate) mod acr;
pub(crate) mod arm;
mod azure_env;
mod failure;
mod fsck;
mod identity;
mod login;
pub(crate) mod output;
mod progress;
mod query;
pub(crate) mod serve;
pub(crate) mod session;
pub(crate) mod sink;
pub(crate) mod value;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser;

use output::console::Console;
use session::Environment;

/// A self-hosted registry that speaks Azure Container Registry's wire, and never loses a webhook.
#[derive(Parser)]
#[command(name = "boathook", version, infer_long_args = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Serve the registry, its management API, the delivery of webhooks, and metrics.
    Serve(Box<serve::ServeArgs>),
    /// Push an image to a temporary registry and watch its webhook arrive.
    Demo(serve::DemoArgs),
    /// Manage private registries, in the words of `az acr`.
    Acr(Box<acr::Acr>),
    /// Manage who may sign in, what they may do, and read what they changed.
    Identity(Box<identity::Identity>),
    /// Receive webhooks and print each as one line of JSON.
    Sink(sink::SinkArgs),
    /// Remember where the server is and how to sign in.
    Login(login::LoginArgs),
    /// Print what a shell is told for Azure's own tools to find a server on this machine.
    AzureEnv(azure_env::AzureEnvArgs),
    /// Look whether what the database speaks of is in the files, and nothing else; a server on SQLite has to be stopped.
    Fsck(fsck::FsckArgs),
    /// Check or show the configuration that `serve` would use.
    Config(ConfigArgs),
}

#[derive(clap::Args)]
struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(clap::Subcommand)]
enum ConfigCommand {
    /// Say whether the configuration is right, and what is wrong with it.
    Check(Box<serve::ServeArgs>),
    /// Print the configuration, secrets hidden.
    Show(Box<serve::ServeArgs>),
}

/// Runs the program on its own arguments, environment and streams.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage or configuration; `acr` adds 3 for what does not exist.
pub(crate) fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("because a program that cannot have threads cannot run");
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let mut console = Console::of_process(&mut out, &mut err);
    let args = std::env::args_os().collect();
    let code = runtime.block_on(run(args, &Environment::of_process(), &mut console));
    // A look-up of a name that hangs has a thread that cannot be stopped: it is not waited for.
    runtime.shutdown_background();
    code
}

/// A command of `acr` without the word.
#[derive(Parser)]
struct AcrLine {
    #[command(flatten)]
    acr: acr::Acr,
}

/// Runs a command of `acr` as if it had been typed, in an empty environment; the first argument is the program's name.
pub(crate) async fn run_acr(args: Vec<OsString>, console: &mut Console<'_>) -> ExitCode {
    match AcrLine::try_parse_from(args) {
        Ok(line) => acr::run(line.acr, &Environment::default(), console).await,
        Err(error) => explain(&error, console),
    }
}

/// Runs the program on the arguments given; the first is its name.
async fn run(
    args: Vec<OsString>,
    environment: &Environment,
    console: &mut Console<'_>,
) -> ExitCode {
    let command = match Cli::try_parse_from(args) {
        Ok(cli) => cli.command,
        Err(error) => return explain(&error, console),
    };
    let done = match command {
        Command::Acr(acr) => return acr::run(*acr, environment, console).await,
        Command::Identity(args) => return identity::run(*args, environment, console).await,
        Command::Serve(args) => crate::serve::run(*args, console).await,
        Command::Demo(args) => crate::demo::run(args, console).await,
        Command::Sink(args) => sink::run(args, console).await,
        Command::Login(args) => login::run(args, environment, console).await,
        Command::Fsck(args) => fsck::run(args, console).await,
        Command::AzureEnv(args) => azure_env::run(&args, environment, console),
        Command::Config(ConfigArgs { command: ConfigCommand::Check(args) }) => {
            crate::config::check(&args, console)
        }
        Command::Config(ConfigArgs { command: ConfigCommand::Show(args) }) => {
            crate::config::show(&args, console)
        }
    };
    done.unwrap_or_else(|error| {
        console.say(&format!("boathook: {error:#}"));
        if error.is::<crate::config::Wrong>() { ExitCode::from(2) } else { ExitCode::FAILURE }
    })
}

/// Shows help as an answer, and wrong usage as a complaint.
fn explain(error: &clap::Error, console: &mut Console<'_>) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        console.say(text.to_string().trim_end());
    } else {
        let text = if console.is_coloured { text.ansi().to_string() } else { text.to_string() };
        // Help that cannot be shown has failed nobody.
        drop(console.answer(&text));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

#[cfg(test)]
mod tests;
