//! Measures any OCI registry by its address, and Boathook beside its peers.
//!
//! A row is a kind of work and a number of clients ([`row`]); what it needs is made by [`seed`], a turn of it
//! is in [`work`], [`load`] repeats it, [`mod@measure`] puts the figures together. [`mod@compare`] starts servers and
//! lays their figures side by side, [`mod@growth`] fills Boathook by the million, [`mod@beside`] has it remove much of that,
//! [`mod@portal`] looks at it as people do, and [`paper`] prints them. Nothing here is a test: no figure makes a test fail.

mod args;
mod azure;
mod beside;
mod chart;
mod client;
mod clock;
mod compare;
mod content;
mod database;
mod growth;
mod hook;
mod image;
mod ledger;
mod load;
mod machine;
mod measure;
mod paper;
mod peer;
mod portal;
mod process;
mod registry;
mod row;
mod seed;
mod server;
mod stats;
mod work;

use std::io::{Write, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Parser;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use args::{Cli, Command, Run};
use client::Target;
use hook::arm::Credentials;
use measure::{Subject, measure};
use seed::Ground;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(cause) => {
            eprintln!("boathook-bench: {cause:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the command line says; `false` means that a row failed and was reported.
fn start(cli: Cli) -> Result<bool> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = runtime(cli.threads.unwrap_or(cores / 2))?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        // Dropping the work stops the servers that it started.
        tokio::select! {
            result = dispatch(cli.command) => result,
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
            _ = terminate.recv() => bail!("terminated"),
        }
    })
}

fn runtime(threads: usize) -> Result<Runtime> {
    let mut builder =
        if threads <= 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    Ok(builder.worker_threads(threads.max(1)).enable_all().build()?)
}

async fn dispatch(command: Command) -> Result<bool> {
    match command {
        Command::List => {
            writeln!(stdout(), "{}", row::STANDARD.join("\n"))?;
            Ok(true)
        }
        Command::Run(run) => measure_all(run).await,
        Command::Compare(compare) => paper::print_compare(&compare).await,
        Command::Beside(beside) => paper::print_beside(&beside).await,
        Command::Growth(growth) => paper::print_growth(&growth).await,
        Command::Portal(portal) => paper::print_portal(&portal).await,
        Command::Paper(paper) => paper::print(&paper).await,
    }
}

async fn measure_all(run: Run) -> Result<bool> {
    let settings = run.effort.settings();
    let rows = run.rows.clone();
    let subject = subject(run)?;
    let mut clean = true;
    for row in rows {
        let measurement = measure(&subject, row, settings).await;
        clean &= measurement.errors == 0;
        writeln!(stdout(), "{}", serde_json::to_string(&measurement)?)?;
    }
    Ok(clean)
}

fn subject(run: Run) -> Result<Subject> {
    let credentials =
        run.credentials.map(|file| Credentials::read(&file, &run.location)).transpose()?;
    let from_file = credentials.as_ref().filter(|_| !run.anonymous);
    let from_file = from_file
        .and_then(|known| Some((known.username.as_str(), known.passwords.first()?.as_str())));
    let login = run.user.as_deref().zip(run.password.as_deref()).or(from_file);
    let target = Arc::new(Target::new(&run.url, login)?);
    let ground = Ground { target, files: run.static_root, sizes: run.effort.sizes() };
    Ok(Subject { name: run.name, ground, pid: run.pid, credentials })
}
