//! What the figures were measured on and with.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::args::Compare;

use super::peer::Peer;

/// Describes the command, the machine and the versions of the servers, as Markdown.
pub(crate) fn describe(args: &Compare, peers: &[Peer]) -> Result<String> {
    let mut text = String::new();
    let command: Vec<String> = std::env::args().collect();
    writeln!(text, "    {}\n", command.join(" "))?;
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
        run(Command::new("stat").args(["--file-system", "--format=%T"]).arg(&args.scratch));
    writeln!(text, "- data below {}, {filesystem}", args.scratch.display())?;
    for peer in peers {
        let mut version = Command::new(peer.binary());
        version.arg(if matches!(peer, Peer::Nginx(_)) { "-v" } else { "--version" });
        writeln!(text, "- {}: {}", peer.name(), run(&mut version))?;
    }
    write!(text, "- medians of {} rounds, the servers in turn; MB = 1,000,000 bytes", args.rounds)?;
    Ok(text)
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
