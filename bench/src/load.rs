//! Closed-loop load: so many clients, each sending its next request when the last is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use crate::client::{Connection, Target};
use crate::clock;
use crate::stats::Tally;
use crate::work::Op;

/// When the clients stop.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// After this time; what has begun is finished, and every client does something at least once.
    Time(Duration),
    /// After so many turns, shared among the clients.
    Turns(u64),
}

/// Connections that are open and ready, one a client.
pub(crate) struct Crew {
    connections: Vec<Connection>,
    /// Turns given out so far, so that no turn is given twice.
    turns: Arc<AtomicU64>,
}

impl Crew {
    /// Opens a connection for each client.
    pub(crate) async fn gather(target: &Arc<Target>, clients: usize) -> Result<Self> {
        let mut connections = Vec::with_capacity(clients);
        for _ in 0..clients {
            connections.push(Connection::open(target).await?);
        }
        Ok(Self { connections, turns: Arc::default() })
    }

    /// Lets the clients work until the limit; the first wrong answer stops them all and is the error.
    pub(crate) async fn work(&mut self, op: &Arc<Op>, limit: Limit) -> Result<Tally> {
        let started = clock::now();
        let end = match limit {
            Limit::Time(time) => End { deadline: Some(started + time), turn: u64::MAX },
            Limit::Turns(count) => {
                End { deadline: None, turn: self.turns.load(Ordering::Relaxed) + count }
            }
        };
        let mut clients = JoinSet::new();
        for connection in self.connections.drain(..) {
            clients.spawn(client(connection, Arc::clone(op), Arc::clone(&self.turns), end));
        }
        let mut tally = Tally::default();
        let mut finished = started;
        while let Some(done) = clients.join_next().await {
            let (connection, part) = done??;
            self.connections.push(connection);
            tally.took.extend(part.took);
            tally.bytes += part.bytes;
            finished = finished.max(part.finished);
        }
        // A turn beyond the end was taken by each client and not used.
        if let Limit::Turns(_) = limit {
            self.turns.store(end.turn, Ordering::Relaxed);
        }
        tally.elapsed = finished - started;
        Ok(tally)
    }
}

/// An operation that was answered rightly.
pub(crate) struct Answer {
    /// Which turn it was.
    pub(crate) turn: u64,
    /// When the answer had been read.
    pub(crate) at: Instant,
}

impl Crew {
    /// Lets the clients begin one turn every `interval`, `count` in all, however long the answers take, as far as
    /// there is a client who is free.
    pub(crate) async fn pace(
        &mut self,
        op: &Arc<Op>,
        interval: Duration,
        count: u64,
    ) -> Result<Vec<Answer>> {
        let pace = Pace {
            started: clock::now(),
            interval,
            first: self.turns.fetch_add(count, Ordering::Relaxed),
            count,
            stride: self.connections.len() as u64,
        };
        let mut clients = JoinSet::new();
        for (offset, connection) in (0..).zip(self.connections.drain(..)) {
            clients.spawn(paced_client(connection, Arc::clone(op), pace, offset));
        }
        let mut answers = Vec::new();
        while let Some(done) = clients.join_next().await {
            let (connection, part) = done??;
            self.connections.push(connection);
            answers.extend(part);
        }
        Ok(answers)
    }
}

/// When which turn begins.
#[derive(Clone, Copy)]
struct Pace {
    started: Instant,
    interval: Duration,
    first: u64,
    count: u64,
    /// Every client takes one turn in so many.
    stride: u64,
}

async fn paced_client(
    mut connection: Connection,
    op: Arc<Op>,
    pace: Pace,
    offset: u64,
) -> Result<(Connection, Vec<Answer>)> {
    let mut answers = Vec::new();
    let mut position = offset;
    while position < pace.count {
        clock::until(pace.started + pace.interval * u32::try_from(position)?).await;
        let turn = pace.first + position;
        op.run(&mut connection, turn).await?;
        answers.push(Answer { turn, at: clock::now() });
        position += pace.stride;
    }
    Ok((connection, answers))
}

#[derive(Clone, Copy)]
struct End {
    deadline: Option<Instant>,
    turn: u64,
}

struct Part {
    took: Vec<Duration>,
    bytes: u64,
    finished: Instant,
}

async fn client(
    mut connection: Connection,
    op: Arc<Op>,
    turns: Arc<AtomicU64>,
    end: End,
) -> Result<(Connection, Part)> {
    let mut part = Part { took: Vec::new(), bytes: 0, finished: clock::now() };
    loop {
        let turn = turns.fetch_add(1, Ordering::Relaxed);
        if turn >= end.turn {
            return Ok((connection, part));
        }
        let began = part.finished;
        part.bytes += op.run(&mut connection, turn).await?;
        part.finished = clock::now();
        part.took.push(part.finished - began);
        if end.deadline.is_some_and(|deadline| part.finished >= deadline) {
            return Ok((connection, part));
        }
    }
}
