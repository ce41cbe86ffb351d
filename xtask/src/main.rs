//! The workspace's own chores, in Rust rather than shell: `cargo xtask tidy`.

mod tidy;
mod tree;
mod workspace;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments != ["tidy"] {
        writeln!(std::io::stderr(), "usage: cargo xtask tidy")?;
        return Ok(ExitCode::from(2));
    }
    let findings = tidy::all(&root())?;
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    if findings.is_empty() {
        writeln!(out, "tidy: nothing to do")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "tidy: {} to put right", findings.len())?;
    Ok(ExitCode::FAILURE)
}

/// The folder of the workspace that cargo was asked to run in; a shared target folder may hold the program of
/// another copy, so it is asked at run time.
fn root() -> PathBuf {
    let xtask =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&xtask).parent().expect("because xtask is a folder of the workspace").to_owned()
}
