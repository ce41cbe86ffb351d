//! The rows about webhooks: the bench is the client that pushes and the receiver that hears of it.

pub(crate) mod arm;
mod event;
pub(crate) mod sink;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::clock;
use crate::load::{Answer, Crew, Limit};
use crate::measure::{Settings, Subject};
use crate::row::{Row, Work};
use crate::stats::{Measurement, as_f64, percentile, round};
use crate::work::Op;

use arm::Arm;
use event::Event;
use sink::{Arrival, HANG_PATH, Sink};

/// How long to wait for the next delivery when some are outstanding.
const SETTLE: Duration = Duration::from_mins(1);

/// The fewest events that a p99 is taken of: twenty of them are beyond it.
const EVENTS_MIN: u64 = 2_000;

/// Times that a receiver hangs and is taken away again, so that both figures are of the same minutes.
const HANGS: u64 = 2;

/// The part of a steady rate's pushes that come first and are not measured.
const WARM_UP_PART: u64 = 10;

/// One row about webhooks against one server.
pub(crate) struct Stage<'a> {
    subject: &'a Subject,
    row: Row,
    settings: Settings,
    run: u64,
    op: Arc<Op>,
    crew: Crew,
    arm: Arm,
    sink: Sink,
    /// The webhooks made so far, to be taken away at the end.
    made: Vec<String>,
}

/// What a steady rate of pushes showed.
#[derive(Default)]
struct Lags {
    /// From each 201 to the first byte at the receiver, in milliseconds, sorted; below zero when the bench read them
    /// in the other order.
    ms: Vec<f64>,
    /// Events a second that were pushed and measured.
    per_second: f64,
}

impl<'a> Stage<'a> {
    /// Opens a receiver and a way to make webhooks; `op` pushes a new manifest a turn, tagged with run and turn.
    pub(crate) async fn open(
        subject: &'a Subject,
        row: Row,
        settings: Settings,
        run: u64,
        op: Op,
    ) -> Result<Self> {
        let credentials = subject.credentials.as_ref();
        let credentials =
            credentials.context("rows about webhooks need `--credentials DIR/credentials.json`")?;
        let target = &subject.ground.target;
        let crew = Crew::gather(target, row.clients).await?;
        let arm = Arm::open(target, credentials).await?;
        let sink = Sink::open().await?;
        Ok(Self {
            subject,
            row,
            settings,
            run,
            op: Arc::new(op),
            crew,
            arm,
            sink,
            made: Vec::new(),
        })
    }

    /// Measures the row, and takes its webhooks away whatever came of it.
    pub(crate) async fn measure(mut self) -> Result<Measurement> {
        let result = match self.row.work {
            Work::HookDeliveries => self.deliveries().await,
            Work::HookBesideHang => self.beside_hang().await,
            _ => self.lag_alone().await,
        };
        for name in &self.made {
            self.arm.delete(name).await?;
        }
        result
    }

    async fn lag_alone(&mut self) -> Result<Measurement> {
        self.add_webhook("/healthy").await?;
        let lags = self.lags(self.events()).await?;
        let early = lags.ms.iter().filter(|ms| **ms < 0.0).count();
        Ok(Measurement {
            note: Some(format!("{early} heard before the bench had read the 201")),
            ..self.told_by(&lags)
        })
    }

    /// Measures the lag without and with a receiver that never answers, in turn; the figures are those with it.
    async fn beside_hang(&mut self) -> Result<Measurement> {
        self.add_webhook("/healthy").await?;
        let (mut alone, mut beside) = (Lags::default(), Lags::default());
        for _ in 0..HANGS {
            alone.add(self.lags(self.events() / HANGS).await?);
            let hanging = self.add_webhook(HANG_PATH).await?;
            beside.add(self.lags(self.events() / HANGS).await?);
            self.arm.delete(&hanging).await?;
        }
        let measured = self.told_by(&beside);
        let undisturbed = percentile(&alone.ms, 99);
        let ratio = round(measured.p99_ms / undisturbed);
        let note = format!(
            "p99 of {} events without the hanging receiver {undisturbed} ms; with it {ratio} times that",
            alone.ms.len()
        );
        Ok(Measurement { note: Some(note), ratio: Some(ratio), ..measured })
    }

    /// Says of how many events a p99 is taken.
    fn events(&self) -> u64 {
        (u64::from(self.settings.rate) * self.settings.time.as_secs()).max(EVENTS_MIN)
    }

    /// Pushes as fast as the clients can, and counts every delivery at the receiver.
    async fn deliveries(&mut self) -> Result<Measurement> {
        for webhook in 0..self.settings.webhooks {
            self.add_webhook(&format!("/{webhook}")).await?;
        }
        let before = self.subject.usage()?;
        let started = clock::now();
        let tally = self.crew.work(&self.op, Limit::Time(self.settings.time)).await?;
        let expected = tally.took.len() * self.made.len();
        let mut seen = HashSet::with_capacity(expected);
        let mut arrivals = 0;
        let mut last = started;
        while seen.len() < expected {
            let arrival = self.next_arrival(expected - seen.len()).await?;
            arrivals += 1;
            last = last.max(arrival.at);
            seen.insert((Event::read(&arrival.body)?.id, arrival.path));
        }
        let spent = self.subject.usage()?.zip(before).map(|(after, before)| after.since(before));
        let pushes = tally.took.len();
        let elapsed = last - started;
        let measured = Measurement::of(&self.row.to_string(), &self.subject.name, tally, spent);
        Ok(Measurement {
            operations: expected as u64,
            per_second: round(as_f64(expected) / elapsed.as_secs_f64()),
            cpu_us: spent.map(|usage| round(usage.cpu.as_secs_f64() * 1e6 / as_f64(expected))),
            note: Some(format!(
                "{pushes} pushes to {} webhooks; {} deliveries came twice; p50 and p99 are of the push",
                self.made.len(),
                arrivals - expected
            )),
            ..measured
        })
    }

    /// Pushes at the steady rate and pairs each 201 with the arrival of its event; `count` of them are measured.
    async fn lags(&mut self, count: u64) -> Result<Lags> {
        let rate = self.settings.rate;
        let warm_up = count / WARM_UP_PART;
        let answers =
            self.crew.pace(&self.op, Duration::from_secs(1) / rate, warm_up + count).await?;
        let measured_from =
            answers.iter().map(|answer| answer.turn).min().unwrap_or_default() + warm_up;
        let measured: Vec<&Answer> =
            answers.iter().filter(|answer| answer.turn >= measured_from).collect();
        let per_second = rate_of(&measured.iter().map(|answer| answer.at).collect::<Vec<_>>());
        let mut outstanding: HashMap<String, &Answer> = answers
            .iter()
            .map(|answer| (format!("{:x}-{}", self.run, answer.turn), answer))
            .collect();
        let mut ms = Vec::with_capacity(measured.len());
        while !outstanding.is_empty() {
            let arrival = self.next_arrival(outstanding.len()).await?;
            // An event may come twice: the first is the one that counts.
            let Some(answer) = outstanding.remove(&Event::read(&arrival.body)?.tag) else {
                continue;
            };
            if answer.turn >= measured_from {
                ms.push(signed_millis(answer.at, arrival.at));
            }
        }
        ms.sort_unstable_by(f64::total_cmp);
        Ok(Lags { ms, per_second })
    }

    fn told_by(&self, lags: &Lags) -> Measurement {
        Measurement {
            row: self.row.to_string(),
            server: self.subject.name.clone(),
            operations: lags.ms.len() as u64,
            per_second: lags.per_second,
            p50_ms: percentile(&lags.ms, 50),
            p99_ms: percentile(&lags.ms, 99),
            ..Measurement::default()
        }
    }

    /// Makes a webhook that leads to a path of the receiver, and gives its name.
    async fn add_webhook(&mut self, path: &str) -> Result<String> {
        let name = format!("bench{:x}n{}", self.run, self.made.len());
        self.arm.create(&name, &format!("http://{}{path}", self.sink.address), "").await?;
        self.made.push(name.clone());
        Ok(name)
    }

    async fn next_arrival(&mut self, outstanding: usize) -> Result<Arrival> {
        let arrival = tokio::time::timeout(SETTLE, self.sink.arrivals.recv()).await;
        let arrival = arrival.ok().flatten();
        arrival.with_context(|| {
            format!("{outstanding} deliveries had not come {} s later", SETTLE.as_secs())
        })
    }
}

impl Lags {
    /// Takes in those of another while.
    fn add(&mut self, other: Self) {
        self.ms.extend(other.ms);
        self.ms.sort_unstable_by(f64::total_cmp);
        self.per_second = other.per_second;
    }
}

/// Says how many of these came a second.
fn rate_of(instants: &[Instant]) -> f64 {
    let span = instants.iter().max().zip(instants.iter().min()).map(|(last, first)| *last - *first);
    let seconds = span.unwrap_or_default().as_secs_f64();
    if seconds > 0.0 { round(as_f64(instants.len() - 1) / seconds) } else { 0.0 }
}

/// Gives the time from one instant to another in milliseconds, below zero if the other came first.
fn signed_millis(from: Instant, to: Instant) -> f64 {
    let ahead = to.saturating_duration_since(from).as_secs_f64();
    let behind = from.saturating_duration_since(to).as_secs_f64();
    round((ahead - behind) * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_has_a_sign() {
        let early = clock::now();
        let late = early + Duration::from_millis(5);
        assert!((signed_millis(early, late) - 5.0).abs() < 1e-9);
        assert!((signed_millis(late, early) + 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_rate_counts_the_gaps() {
        let start = clock::now();
        let instants: Vec<Instant> =
            (0..11).map(|tenth| start + Duration::from_millis(100 * tenth)).collect();
        assert!((rate_of(&instants) - 10.0).abs() < 1e-9);
        assert!(rate_of(&instants[..1]).abs() < 1e-9);
    }
}
