//! A Boathook that is fuller and fuller: what a million tags or ten million deliveries change.
//!
//! Each level is filled once, in a folder of its own, and measured once a round with only its server running. The
//! order of the levels is another one in each round.

mod figure;
pub(crate) mod fill;
mod giant;
pub(crate) mod level;
mod table;

use std::io::{Write, stderr};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::args::Growth;
use crate::clock;
use crate::hook::arm::Arm;
use crate::hook::sink::{HANG_PATH, Sink};
use crate::ledger::{Ledger, in_order_of};
use crate::load::Limit;
use crate::machine;
use crate::measure::{Load, Subject, measure, run_load};
use crate::paper::Section;
use crate::peer::Peer;
use crate::row::Work;
use crate::seed::MANIFESTS;
use crate::server::Server;
use crate::stats::Measurement;
use crate::work::Op;

use fill::{Parts, fill};
use level::{Amounts, Level};
use table::Report;

/// Webhooks that the deliveries of a level are spread over.
const WEBHOOKS: u32 = 10;
/// What they hear of: nothing that is pushed while something is measured.
const FILLED_SCOPE: &str = "bench/filled:*";
/// How many manifests are asked for, each once.
const GETS: u64 = 10_000;
/// Clients that ask for them.
const GET_CLIENTS: usize = 4;

/// Fills, measures, and gives the tables.
pub(crate) async fn growth(args: &Growth) -> Result<Section> {
    let peer = Peer::Boathook(args.boathook.clone());
    let machine = machine::describe(&args.bed, std::slice::from_ref(&peer))?;
    let levels =
        if args.filling.levels.is_empty() { Level::value_variants() } else { &args.filling.levels };
    // The receiver that never answers outlives every level.
    let sink = Sink::open().await?;
    let mut servers = Vec::new();
    for level in levels {
        servers.push(raise(*level, &peer, args, &sink).await?);
    }
    let mut ledger = Ledger::new(&args.bed);
    let rounds = args.bed.rounds as usize;
    for round in 0..rounds {
        for place in in_order_of(&(0..levels.len()).collect::<Vec<_>>(), round, rounds) {
            for measurement in measure_level(levels[place], &mut servers[place], args).await? {
                ledger.note(round, measurement)?;
            }
        }
    }
    drop(servers);
    let giant = match args.filling.giant_gib {
        0 => None,
        gib => Some(giant::measure(gib, &peer, &args.bed.scratch).await?),
    };
    let report = Report { levels, results: &ledger.results, giant, one_in: args.filling.one_in };
    Ok(Section { machine, text: report.to_string(), clean: ledger.is_clean() })
}

/// Makes a server, fills it, and gives it stopped.
async fn raise(level: Level, peer: &Peer, args: &Growth, sink: &Sink) -> Result<Server> {
    let began = clock::now();
    let mut server = Server::start(peer, &args.bed.scratch).await?;
    let amounts = level.amounts(args.filling.one_in);
    let subject = server.subject(args.bed.effort.sizes())?;
    let parts = subject.ground.prepare(Work::PutManifest, 0).await?;
    if amounts.finished + amounts.pending > 0 {
        let credentials = subject.credentials.as_ref().context("because a Boathook has some")?;
        let mut arm = Arm::open(&subject.ground.target, credentials).await?;
        for webhook in 0..WEBHOOKS {
            let uri = format!("http://{}{HANG_PATH}", sink.address);
            arm.create(&format!("filled{webhook}"), &uri, FILLED_SCOPE).await?;
        }
    }
    server.stop();
    let Op::PutManifest { repository, config, layers, .. } = &parts else {
        bail!("the parts of a level are not those of a manifest PUT");
    };
    fill(&server.data(), amounts, &Parts { repository, config, layers })?;
    machine::settle()?;
    let seconds = (clock::now() - began).as_secs_f64();
    writeln!(stderr(), "{} was filled in {seconds:.1} s", level.name())?;
    Ok(server)
}

/// Starts a level's server, measures it, and stops it.
async fn measure_level(
    level: Level,
    server: &mut Server,
    args: &Growth,
) -> Result<Vec<Measurement>> {
    let settings = args.bed.effort.settings();
    let amounts = level.amounts(args.filling.one_in);
    machine::settle()?;
    let start = match server.restart().await {
        Ok(start) => start,
        Err(cause) => return Ok(vec![Measurement::failed(figure::START, level.name(), &cause)]),
    };
    let started = start.ready.unwrap_or(start.answered);
    let subject =
        Subject { name: level.name().to_owned(), ..server.subject(args.bed.effort.sizes())? };
    let mut found = vec![Measurement {
        row: figure::START.to_owned(),
        server: subject.name.clone(),
        operations: 1,
        p50_ms: started,
        p99_ms: started,
        ..Measurement::default()
    }];
    for (name, op, load) in reads(amounts, Limit::Time(settings.time)) {
        found.push(match run_load(&subject, name, op, load).await {
            Ok(measurement) => measurement,
            Err(cause) => Measurement::failed(name, &subject.name, &cause),
        });
    }
    for row in [figure::LAG, figure::PUT] {
        found.push(measure(&subject, row.parse()?, settings).await);
    }
    server.stop();
    Ok(found)
}

/// Lists what is read of what was filled.
fn reads(amounts: Amounts, time: Limit) -> Vec<(&'static str, Op, Load)> {
    let Amounts { tags, repositories, .. } = amounts;
    let mut reads = Vec::new();
    if tags > 0 {
        let gets = tags.min(GETS);
        let load = Load { clients: GET_CLIENTS, warm_up: None, limit: Limit::Turns(gets) };
        let each = Op::GetEach { repository: MANIFESTS.to_owned(), tags, stride: tags / gets };
        reads.push((figure::GET, each, load));
        let path = format!("/v2/{MANIFESTS}/tags/list?n=100");
        let page = Load { clients: 1, warm_up: None, limit: time };
        reads.push((figure::TAGS, Op::Page { path, member: "tags" }, page));
    }
    if repositories > 0 {
        let path = "/v2/_catalog?n=100".to_owned();
        let page = Load { clients: 1, warm_up: None, limit: time };
        reads.push((figure::REPOSITORIES, Op::Page { path, member: "repositories" }, page));
    }
    reads
}
