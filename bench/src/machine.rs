//! What the figures were measured on and with.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::args::Bed;
use crate::peer::Peer;

/// Describes the command, the machine and the versions of the servers, as Markdown.
pub(crate) fn describe(bed: &Bed, peers: &[Peer]) -> Result<String> {
    let mut text = String::new();
    writeln!(text, "```console\n$ {}\n```\n", command())?;
    let cores = std::thread::available_parallelism()?;
    writeln!(
        text,
        "- machine: {cores} cores, {}, {} of memory, Linux {}, load {} at the start",
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        read_line("/proc/sys/kernel/osrelease"),
        read_line("/proc/loadavg").split(' ').next().unwrap_or_default(),
    )?;
    let filesystem =
        run(Command::new("stat").args(["--file-system", "--format=%T"]).arg(&bed.scratch));
    writeln!(text, "- data below {}, {filesystem}", bed.scratch.display())?;
    for peer in peers {
        let mut version = Command::new(peer.binary());
        version.arg(if matches!(peer, Peer::Nginx(_)) { "-v" } else { "--version" });
        writeln!(text, "- {}: {}", peer.name(), run(&mut version))?;
    }
    write!(
        text,
        "- medians of {} rounds and, in brackets, their range; MB = 1,000,000 bytes",
        bed.rounds
    )?;
    Ok(text)
}

/// Waits until the disk has all that was written, so that one row's writing is not billed to the next.
pub(crate) fn settle() -> Result<()> {
    let status = Command::new("sync").status().context("cannot run sync")?;
    ensure!(status.success(), "sync failed: {status}");
    Ok(())
}

/// Gives the command line, without the password that the address of a database may hold.
fn command() -> String {
    let words: Vec<String> = std::env::args().map(|word| without_password(&word)).collect();
    words.join(" ")
}

fn without_password(word: &str) -> String {
    match word.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1)))
    {
        Some((scheme, rest)) => format!("{scheme}://…@{rest}"),
        None => word.to_owned(),
    }
}

/// Runs a command and gives the first line that it says, on either stream.
fn run(command: &mut Command) -> String {
    let Ok(output) = command.output() else { return "unknown".to_owned() };
    let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8_lossy(&said).lines().next().unwrap_or("unknown").to_owned()
}

fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':'])).to_owned()
}

fn read_line(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_told_without_its_password() {
        assert_eq!(without_password("postgres://u:p@h:1/d"), "postgres://…@h:1/d");
        assert_eq!(without_password("--rounds"), "--rounds");
    }
}
