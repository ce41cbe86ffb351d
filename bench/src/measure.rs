//! Measures one row against one server.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::azure;
use crate::clock;
use crate::hook::Stage;
use crate::hook::arm::Credentials;
use crate::load::{Crew, Limit};
use crate::process::Usage;
use crate::row::Row;
use crate::seed::Ground;
use crate::stats::Measurement;
use crate::work::Op;

/// The part of the measured time for which a row runs beforehand without being measured.
const WARM_UP_PART: u32 = 10;

/// A server that can be measured.
pub(crate) struct Subject {
    /// What the results call it.
    pub(crate) name: String,
    /// Where it is, and where seeds go.
    pub(crate) ground: Ground,
    /// Its process, whose descendants count with it; without it CPU and memory are not told.
    pub(crate) pid: Option<u32>,
    /// How to make webhooks in it, if it is a Boathook.
    pub(crate) credentials: Option<Credentials>,
}

/// How long and how hard to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// How long a row runs.
    pub(crate) time: Duration,
    /// Pushes a second of the rows that need a steady rate.
    pub(crate) rate: u32,
    /// Webhooks among which deliveries are spread.
    pub(crate) webhooks: u32,
}

/// Measures a row; a failure is a result too.
pub(crate) async fn measure(subject: &Subject, row: Row, settings: Settings) -> Measurement {
    match attempt(subject, row, settings).await {
        Ok(measurement) => measurement,
        Err(cause) => Measurement::failed(&row.to_string(), &subject.name, &cause),
    }
}

async fn attempt(subject: &Subject, row: Row, settings: Settings) -> Result<Measurement> {
    let run = clock::run_number();
    let op = if row.work.is_azure() {
        azure::prepare(subject, row.work).await
    } else {
        subject.ground.prepare(row.work, run).await
    };
    let op = op.context("cannot seed")?;
    if row.work.is_hook() {
        return Stage::open(subject, row, settings, run, op).await?.measure().await;
    }
    let load = Load {
        clients: row.clients,
        warm_up: Some(Limit::Time(settings.time / WARM_UP_PART)),
        limit: Limit::Time(settings.time),
    };
    run_load(subject, &row.to_string(), op, load).await
}

/// How many do something, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Clients, each on a connection of its own.
    pub(crate) clients: usize,
    /// What is done beforehand without being measured.
    pub(crate) warm_up: Option<Limit>,
    /// What is measured.
    pub(crate) limit: Limit,
}

/// Lets clients take turns, and works out the figures of the row `name`.
pub(crate) async fn run_load(
    subject: &Subject,
    name: &str,
    op: Op,
    load: Load,
) -> Result<Measurement> {
    let op = Arc::new(op);
    let mut crew = Crew::gather(&subject.ground.target, load.clients).await?;
    if let Some(warm_up) = load.warm_up {
        crew.work(&op, warm_up).await?;
    }
    let before = subject.usage()?;
    let tally = crew.work(&op, load.limit).await?;
    let spent = subject.usage()?.zip(before).map(|(after, before)| after.since(before));
    Ok(Measurement::of(name, &subject.name, tally, spent))
}

impl Subject {
    /// Reads what the server has used so far, if its process is known.
    pub(crate) fn usage(&self) -> Result<Option<Usage>> {
        self.pid.map(Usage::of).transpose()
    }
}
