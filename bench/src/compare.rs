//! Boathook beside its peers: starts them, measures them row by row in turn, and lays the medians side by side.
//!
//! All servers stay up while the rows that read and the small writes go round, so that each row finds the machine
//! in the same state for all of them. A row that leaves gigabytes behind gets a server of its own for each single
//! measurement, whose folder is removed before the next. The order of the rows and of the servers is another one in
//! each round, and nothing begins before the disk has what came earlier.

mod bar;
mod table;

use anyhow::Result;

use crate::args::Compare;
use crate::ledger::{Ledger, in_order_of};
use crate::machine;
use crate::measure::measure;
use crate::paper::Section;
use crate::peer::{self, Peer};
use crate::row::{Row, STANDARD};
use crate::server::Server;

pub(crate) use bar::verdict;
use table::{Report, Standing};

/// Runs the comparison and gives its tables.
pub(crate) async fn compare(args: &Compare) -> Result<Section> {
    let peers = peer::all(args);
    let rows = if args.rows.is_empty() { standard_rows() } else { args.rows.clone() };
    let machine = machine::describe(&args.bed, &peers)?;
    let mut bench = Bench {
        args,
        ledger: Ledger::new(&args.bed),
        standings: peers.iter().map(Standing::new).collect(),
    };
    let mut lasting = Vec::new();
    for peer in &peers {
        lasting.push(bench.start(peer).await?);
    }
    let rounds = args.bed.rounds as usize;
    for round in 0..rounds {
        for row in in_order_of(&rows, round, rounds) {
            bench.row(round, row, &lasting).await?;
        }
    }
    for server in &mut lasting {
        bench.note_peak(server)?;
        let started = server.restart().await?;
        bench.standing(&server.peer).restarts_ms.push(started);
    }
    drop(lasting);
    let results = &bench.ledger.results;
    let report = Report { rows: &rows, results, standings: &bench.standings };
    Ok(Section { machine, text: report.to_string(), clean: bench.ledger.is_clean() })
}

fn standard_rows() -> Vec<Row> {
    STANDARD.iter().map(|name| name.parse().expect("because a test reads them all")).collect()
}

/// What has been found so far.
struct Bench<'a> {
    args: &'a Compare,
    ledger: Ledger<'a>,
    standings: Vec<Standing>,
}

impl Bench<'_> {
    /// Starts a server on an empty folder, and notes how long it took and what it weighs.
    async fn start(&mut self, peer: &Peer) -> Result<Server> {
        let server = Server::start(peer, &self.args.bed.scratch).await?;
        let usage = server.usage()?;
        let standing = self.standing(peer);
        standing.starts_ms.push(server.start);
        standing.idle_bytes.push(usage.rss_bytes);
        Ok(server)
    }

    /// Measures a row against each server that can do it, another one first in each round.
    async fn row(&mut self, round: usize, row: Row, lasting: &[Server]) -> Result<()> {
        for place in 0..lasting.len() {
            let server = &lasting[(round + place) % lasting.len()];
            if !server.peer.can(row.work) {
                continue;
            }
            if row.work.is_bulky() {
                let fresh = self.start(&server.peer).await?;
                self.measure(round, row, &fresh).await?;
                self.note_peak(&fresh)?;
            } else {
                self.measure(round, row, server).await?;
            }
        }
        Ok(())
    }

    async fn measure(&mut self, round: usize, row: Row, server: &Server) -> Result<()> {
        let effort = self.args.bed.effort;
        let subject = server.subject(effort.sizes())?;
        machine::settle()?;
        let measurement = measure(&subject, row, effort.settings()).await;
        self.ledger.note(round, measurement)
    }

    fn note_peak(&mut self, server: &Server) -> Result<()> {
        let usage = server.usage()?;
        let standing = self.standing(&server.peer);
        standing.peak_bytes = standing.peak_bytes.max(usage.rss_peak_bytes);
        Ok(())
    }

    fn standing(&mut self, peer: &Peer) -> &mut Standing {
        let standing = self.standings.iter_mut().find(|standing| standing.name == peer.name());
        standing.expect("because there is a standing for every peer")
    }
}
