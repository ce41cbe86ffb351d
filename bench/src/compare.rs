//! Boathook beside its peers: starts them, measures them row by row in turn, and lays the medians side by side.
//!
//! All servers stay up while the rows that read and the small writes go round, so that each row finds the machine
//! in the same state for all of them. The rows that leave gigabytes behind get servers of their own in each round,
//! whose folders are removed before the next.

mod bar;
mod machine;
mod peer;
mod server;
mod table;

use std::fs::File;
use std::io::{Write, stderr, stdout};

use anyhow::{Context, Result};

use crate::args::Compare;
use crate::measure::{Subject, measure};
use crate::process::Usage;
use crate::row::{Row, STANDARD};
use crate::stats::Measurement;

use peer::Peer;
use server::Server;
use table::{Report, Standing};

/// Runs the comparison and prints its tables; `false` means that some row failed.
pub(crate) async fn compare(args: &Compare) -> Result<bool> {
    let peers = peer::all(args);
    let rows = if args.rows.is_empty() { standard_rows() } else { args.rows.clone() };
    let machine = machine::describe(args, &peers)?;
    let mut bench =
        Bench { args, results: Vec::new(), standings: peers.iter().map(Standing::new).collect() };
    let mut lasting = bench.start_all(&peers).await?;
    let (bulky, light): (Vec<Row>, Vec<Row>) = rows.iter().partition(|row| row.work.is_bulky());
    for round in 0..args.rounds as usize {
        bench.round(round, &light, &lasting).await?;
        if !bulky.is_empty() {
            let registries: Vec<Peer> =
                peers.iter().filter(|peer| peer.is_registry()).cloned().collect();
            let fresh = bench.start_all(&registries).await?;
            bench.round(round, &bulky, &fresh).await?;
            bench.note_peaks(&fresh)?;
        }
    }
    bench.note_peaks(&lasting)?;
    for server in &mut lasting {
        let started = server.restart().await?;
        bench.standing(server).restarts_ms.push(started);
    }
    drop(lasting);
    let clean = bench.results.iter().all(|result| result.errors == 0);
    let report = Report { rows: &rows, results: &bench.results, standings: &bench.standings };
    writeln!(stdout(), "{machine}\n\n{report}")?;
    Ok(clean)
}

fn standard_rows() -> Vec<Row> {
    STANDARD.iter().map(|name| name.parse().expect("because a test reads them all")).collect()
}

/// What has been found so far.
struct Bench<'a> {
    args: &'a Compare,
    results: Vec<Measurement>,
    standings: Vec<Standing>,
}

impl Bench<'_> {
    /// Starts a server of each kind on an empty folder, and notes how long it took and what it weighs.
    async fn start_all(&mut self, peers: &[Peer]) -> Result<Vec<Server>> {
        let mut servers = Vec::new();
        for peer in peers {
            let server = Server::start(peer, &self.args.scratch).await?;
            let usage = Usage::of(server.pid())?;
            let standing = self.standing(&server);
            standing.starts_ms.push(server.start);
            standing.idle_bytes.push(usage.rss_bytes);
            servers.push(server);
        }
        Ok(servers)
    }

    /// Measures each row against each server, another one first in each round.
    async fn round(&mut self, round: usize, rows: &[Row], servers: &[Server]) -> Result<()> {
        let mut subjects = Vec::new();
        for server in servers {
            subjects.push((server.peer.clone(), server.subject(self.args)?));
        }
        for row in rows {
            for place in 0..subjects.len() {
                let (peer, subject) = &subjects[(round + place) % subjects.len()];
                if peer.can(row.work) {
                    self.measure(round, *row, subject).await?;
                }
            }
        }
        Ok(())
    }

    async fn measure(&mut self, round: usize, row: Row, subject: &Subject) -> Result<()> {
        let measurement = measure(subject, row, self.args.effort.settings()).await;
        let line = serde_json::to_string(&measurement)?;
        writeln!(stderr(), "round {} of {}: {line}", round + 1, self.args.rounds)?;
        if let Some(path) = &self.args.json {
            let mut file = File::options().create(true).append(true).open(path);
            let file = file
                .as_mut()
                .map_err(|cause| anyhow::anyhow!("cannot write {}: {cause}", path.display()))?;
            writeln!(file, "{line}")?;
        }
        self.results.push(measurement);
        Ok(())
    }

    fn note_peaks(&mut self, servers: &[Server]) -> Result<()> {
        for server in servers {
            let usage = Usage::of(server.pid())
                .with_context(|| format!("{} is gone", server.peer.name()))?;
            let standing = self.standing(server);
            standing.peak_bytes = standing.peak_bytes.max(usage.rss_peak_bytes);
        }
        Ok(())
    }

    fn standing(&mut self, server: &Server) -> &mut Standing {
        let name = server.peer.name();
        let standing = self.standings.iter_mut().find(|standing| standing.name == name);
        standing.expect("because there is a standing for every peer")
    }
}
