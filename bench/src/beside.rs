//! A Boathook that removes what is there, and what that costs whoever pushes and pulls at the same time.
//!
//! Everything is measured with and without, in turn, on the same data.

mod report;

use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use http::{Method, StatusCode};
use tokio::task::JoinSet;

use crate::args::{Beside, Part};
use crate::client::{Ask, Connection, Target};
use crate::clock;
use crate::growth::fill::{Garbage, Parts, fill_garbage, fill_repositories, has_garbage};
use crate::hook::arm::Arm;
use crate::ledger::{Ledger, in_order_of};
use crate::machine;
use crate::measure::{Subject, measure};
use crate::paper::Section;
use crate::peer::Peer;
use crate::row::Work;
use crate::server::Server;
use crate::stats::{Measurement, Tally, mebibytes};
use crate::work::Op;

use report::{PUSH, Report, Whole};

/// Manifests of a repository that is deleted.
const MANIFESTS: u64 = 10_000;
/// Blobs of the collection that is waited for.
const BLOBS: u64 = 1_000_000;
/// Blobs of those beside which something is pushed: more than they get done with.
const BLOBS_BESIDE: u64 = 200_000;
/// Clients that get a manifest, each once in so long. They leave the machine some time: where it has none, all that is done
/// beside them makes them wait, whoever does it.
const GETTERS: u32 = 4;
const GET_INTERVAL: Duration = Duration::from_millis(4);
/// How often it is asked whether something is done.
const ASK_INTERVAL: Duration = Duration::from_millis(100);
/// How long a collection or a deletion may take.
const REMOVAL_MAX: Duration = Duration::from_hours(3);
/// The setting that switches collections off.
const COLLECTS: &str = "BOATHOOK__GC__ENABLED";

/// Measures, and gives the tables.
pub(crate) async fn beside(args: &Beside) -> Result<Section> {
    let peer = Peer::Boathook(args.boathook.clone());
    let machine = machine::describe(&args.bed, slice::from_ref(&peer))?;
    let mut ledger = Ledger::new(&args.bed);
    let some = BLOBS_BESIDE / args.one_in;
    let is_wanted = |part| args.parts.is_empty() || args.parts.contains(&part);
    for (with, garbage) in [
        (report::LINKS, Garbage { linked: some, doomed: 0 }),
        (report::FILES, Garbage { linked: 0, doomed: some }),
    ] {
        if is_wanted(Part::Pushes) {
            pushes(with, garbage, args, &peer, &mut ledger).await?;
        }
    }
    if is_wanted(Part::Gets) {
        gets(args, &peer, &mut ledger).await?;
    }
    let whole = if is_wanted(Part::Memory) { Some(whole(args, &peer).await?) } else { None };
    let report = Report { results: &ledger.results, whole, one_in: args.one_in };
    Ok(Section { machine, text: report.to_string(), clean: ledger.is_clean() })
}

/// Starts a server and gives it stopped, with what an image needs, and the parts of that.
async fn raise(args: &Beside, peer: &Peer) -> Result<(Server, Op)> {
    let mut server = Server::start(peer, &args.bed.scratch).await?;
    let subject = server.subject(args.bed.effort.sizes())?;
    let parts = subject.ground.prepare(Work::PutManifest, 0).await?;
    server.stop();
    Ok((server, parts))
}

/// Pushes images beside a collection and without one.
async fn pushes(
    with: &str,
    garbage: Garbage,
    args: &Beside,
    peer: &Peer,
    ledger: &mut Ledger<'_>,
) -> Result<()> {
    let (mut server, _) = raise(args, peer).await?;
    fill_garbage(&server.data(), garbage)?;
    let rounds = args.bed.rounds as usize;
    for round in 0..rounds {
        for collects in in_order_of(&[false, true], round, rounds) {
            server.set(COLLECTS, collects.to_string());
            machine::settle()?;
            server.restart().await?;
            let name = if collects { with.to_owned() } else { report::without(with) };
            let subject = Subject { name, ..server.subject(args.bed.effort.sizes())? };
            let found = measure(&subject, PUSH.parse()?, args.bed.effort.settings()).await;
            server.stop();
            ledger.note(round, found)?;
            let is_over = collects && !has_garbage(&server.data())?;
            ensure!(!is_over, "the collection ended before the pushes: measure for less long");
        }
    }
    Ok(())
}

/// Gets a manifest while a repository is deleted, and while none is.
async fn gets(args: &Beside, peer: &Peer, ledger: &mut Ledger<'_>) -> Result<()> {
    let (mut server, parts) = raise(args, peer).await?;
    let Op::PutManifest { config, layers, .. } = &parts else {
        bail!("the parts of an image are not those of a manifest PUT");
    };
    let names: Vec<String> =
        (0..args.bed.rounds).map(|round| format!("bench/deleted-{round}")).collect();
    let parts = Parts { repository: "", config, layers };
    fill_repositories(&server.data(), &names, MANIFESTS / args.one_in, &parts)?;
    machine::settle()?;
    server.restart().await?;
    let subject = server.subject(args.bed.effort.sizes())?;
    let op = Arc::new(subject.ground.prepare(Work::ManifestTag, 0).await?);
    for (round, name) in names.iter().enumerate() {
        for deletes in in_order_of(&[false, true], round, names.len()) {
            machine::settle()?;
            let row = if deletes { report::DELETION } else { report::NO_DELETION };
            let found = gets_beside(&subject, &op, deletes.then_some(name.as_str()), args).await;
            let found = found.map(|tally| Measurement::of(report::GET, row, tally, None));
            ledger.note(
                round,
                found.unwrap_or_else(|cause| Measurement::failed(report::GET, row, &cause)),
            )?;
        }
    }
    Ok(())
}

/// Gets a manifest until a repository is gone, or for as long as a row runs.
async fn gets_beside(
    subject: &Subject,
    op: &Arc<Op>,
    deleted: Option<&str>,
    args: &Beside,
) -> Result<Tally> {
    let is_over = Arc::new(AtomicBool::new(false));
    let began = clock::now();
    let mut getters = JoinSet::new();
    for number in 0..GETTERS {
        let connection = Connection::open(&subject.ground.target).await?;
        let first = began + GET_INTERVAL * number / GETTERS;
        getters.spawn(getter(connection, Arc::clone(op), first, Arc::clone(&is_over)));
    }
    let done = if let Some(repository) = deleted {
        delete(subject, repository).await
    } else {
        clock::until(began + args.bed.effort.settings().time).await;
        Ok(())
    };
    is_over.store(true, Ordering::Relaxed);
    done?;
    let mut tally = Tally { elapsed: clock::now() - began, ..Tally::default() };
    while let Some(took) = getters.join_next().await {
        tally.took.extend(took??);
    }
    Ok(tally)
}

async fn getter(
    mut connection: Connection,
    op: Arc<Op>,
    first: Instant,
    is_over: Arc<AtomicBool>,
) -> Result<Vec<Duration>> {
    let (mut took, mut next) = (Vec::new(), first);
    while !is_over.load(Ordering::Relaxed) {
        // Whoever had to wait for the last answer has waited since this one was due.
        let is_late = next < clock::now();
        clock::until(next).await;
        let due = if is_late { next } else { clock::now() };
        op.run(&mut connection, 0).await?;
        took.push(clock::now() - due);
        next += GET_INTERVAL;
    }
    Ok(took)
}

/// Deletes a repository, and waits until it is gone.
async fn delete(subject: &Subject, repository: &str) -> Result<()> {
    let credentials = subject.credentials.as_ref().context("because a Boathook has some")?;
    let password = credentials.passwords.first().context("because the admin user has some")?;
    let login = Some((credentials.username.as_str(), password.as_str()));
    let target = Arc::new(Target::new(&subject.ground.target.url, login)?);
    let mut connection = Connection::open(&target).await?;
    let delete = Ask::new(Method::DELETE, format!("/acr/v1/{repository}"));
    connection.call(delete, StatusCode::ACCEPTED).await?;
    let began = clock::now();
    while connection.exists(&format!("/v2/{repository}/tags/list")).await? {
        ensure!(clock::now() - began < REMOVAL_MAX, "{repository} is not gone");
        clock::until(clock::now() + ASK_INTERVAL).await;
    }
    Ok(())
}

/// Has a server collect all that there is, and watches its memory.
async fn whole(args: &Beside, peer: &Peer) -> Result<Whole> {
    let (mut server, _) = raise(args, peer).await?;
    fill_garbage(&server.data(), Garbage { linked: BLOBS / args.one_in, doomed: 0 })?;
    machine::settle()?;
    server.restart().await?;
    let began = clock::now();
    let subject = server.subject(args.bed.effort.sizes())?;
    let credentials = subject.credentials.as_ref().context("because a Boathook has some")?;
    let mut arm = Arm::open(&subject.ground.target, credentials).await?;
    loop {
        let took = clock::now() - began;
        if let Some(blobs) = arm.last_collection().await? {
            let rss_peak_mib = mebibytes(server.usage()?.rss_peak_bytes);
            return Ok(Whole { blobs, took, rss_peak_mib });
        }
        ensure!(took < REMOVAL_MAX, "the collection does not end");
        clock::until(clock::now() + ASK_INTERVAL * 10).await;
    }
}
