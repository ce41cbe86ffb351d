//! A Boathook that removes what is there, and what that costs whoever pushes and pulls at the same time.
//!
//! Everything is measured with and without, in turn, on the same data.

mod report;

use std::slice;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use http::{Method, StatusCode};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::args::{Beside, Part};
use crate::client::{Ask, Connection, Pieces, Target};
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
    let window = args.bed.effort.settings().time;
    for (round, name) in names.iter().enumerate() {
        machine::settle()?;
        let rows = [report::NO_DELETION, report::DELETION];
        match gets_beside(&subject, &op, name, window).await {
            Ok(tallies) => {
                for (row, tally) in rows.into_iter().zip(tallies) {
                    ledger.note(round, Measurement::of(report::GET, row, tally, None))?;
                }
            }
            Err(cause) => {
                for row in rows {
                    ledger.note(round, Measurement::failed(report::GET, row, &cause))?;
                }
            }
        }
    }
    Ok(())
}

/// What is going on beside the GETs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Something begins or ends: a GET counts for nothing.
    Between,
    /// Nothing is deleted.
    Without,
    /// A repository is being deleted.
    With,
    /// All has been measured.
    Over,
}

/// Gets a manifest without a deletion and with one, in turn for a window each, until the repository is gone. A deletion is
/// broken off by locking the repository, and goes on where it is unlocked and deleted again. A machine that is lent to
/// others as well is slow for minutes at a time: that disturbs both alike.
async fn gets_beside(
    subject: &Subject,
    op: &Arc<Op>,
    repository: &str,
    window: Duration,
) -> Result<[Tally; 2]> {
    let (phase, seen) = watch::channel(Phase::Between);
    let began = clock::now();
    let mut getters = JoinSet::new();
    for number in 0..GETTERS {
        let connection = Connection::open(&subject.ground.target).await?;
        let first = began + GET_INTERVAL * number / GETTERS;
        getters.spawn(getter(connection, Arc::clone(op), first, seen.clone()));
    }
    let mut tallies = [Tally::default(), Tally::default()];
    let mut doomed = Doomed::open(subject, repository).await?;
    let mut is_gone = false;
    while !is_gone {
        phase.send_replace(Phase::Without);
        clock::until(clock::now() + window).await;
        phase.send_replace(Phase::Between);
        tallies[0].elapsed += window;
        let (took, has_gone) = doomed.delete_for(window, &phase).await?;
        is_gone = has_gone;
        tallies[1].elapsed += took;
        ensure!(clock::now() - began < REMOVAL_MAX, "{repository} is not gone");
    }
    phase.send_replace(Phase::Over);
    while let Some(got) = getters.join_next().await {
        for (tally, took) in tallies.iter_mut().zip(got??) {
            tally.took.extend(took);
        }
    }
    Ok(tallies)
}

/// Gets until all is over, and gives how long that took without a deletion and with one.
async fn getter(
    mut connection: Connection,
    op: Arc<Op>,
    first: Instant,
    phase: watch::Receiver<Phase>,
) -> Result<[Vec<Duration>; 2]> {
    let (mut without, mut with, mut next) = (Vec::new(), Vec::new(), first);
    loop {
        // Whoever had to wait for the last answer has waited since this one was due.
        let is_late = next < clock::now();
        clock::until(next).await;
        let due = if is_late { next } else { clock::now() };
        let before = *phase.borrow();
        op.run(&mut connection, 0).await?;
        let took = clock::now() - due;
        let after = *phase.borrow();
        match after {
            Phase::Over => return Ok([without, with]),
            Phase::Without if before == after => without.push(took),
            Phase::With if before == after => with.push(took),
            Phase::Between | Phase::Without | Phase::With => {}
        }
        next += GET_INTERVAL;
    }
}

/// A repository that is deleted little by little.
struct Doomed {
    /// On which its deletion is asked for and waited for.
    deleting: Connection,
    /// On which it is locked meanwhile.
    locking: Connection,
    path: String,
}

impl Doomed {
    async fn open(subject: &Subject, repository: &str) -> Result<Self> {
        let credentials = subject.credentials.as_ref().context("because a Boathook has some")?;
        let password = credentials.passwords.first().context("because the admin user has some")?;
        let login = Some((credentials.username.as_str(), password.as_str()));
        let target = Arc::new(Target::new(&subject.ground.target.url, login)?);
        let (deleting, locking) =
            (Connection::open(&target).await?, Connection::open(&target).await?);
        Ok(Self { deleting, locking, path: format!("/acr/v1/{repository}") })
    }

    /// Has it deleted for so long, and gives for how long that was and whether it is gone.
    async fn delete_for(
        &mut self,
        window: Duration,
        phase: &watch::Sender<Phase>,
    ) -> Result<(Duration, bool)> {
        let Self { deleting, locking, path } = self;
        lock(locking, path, false).await?;
        let began = clock::now();
        phase.send_replace(Phase::With);
        let stopped = async {
            clock::until(began + window).await;
            phase.send_replace(Phase::Between);
            let took = clock::now() - began;
            lock(locking, path, true).await?;
            anyhow::Ok(took)
        };
        // It is answered when the repository is gone, or is found to be locked.
        let answers = [StatusCode::ACCEPTED, StatusCode::METHOD_NOT_ALLOWED];
        let deletion = deleting.call_any(Ask::new(Method::DELETE, path.as_str()), &answers);
        tokio::pin!(deletion, stopped);
        tokio::select! {
            answer = &mut deletion => {
                phase.send_replace(Phase::Between);
                let took = clock::now() - began;
                if answer?.status == StatusCode::ACCEPTED {
                    return Ok((took, true));
                }
                // The lock was found before it was answered for.
                Ok((stopped.await?, false))
            }
            took = &mut stopped => {
                let has_gone = deletion.await?.status == StatusCode::ACCEPTED;
                Ok((took?, has_gone))
            }
        }
    }
}

/// Locks a repository against its deletion, or unlocks it.
async fn lock(connection: &mut Connection, repository: &str, is_locked: bool) -> Result<()> {
    let attributes = json!({ "deleteEnabled": !is_locked }).to_string();
    let body = Pieces::sized(vec![attributes.into()]);
    let update = Ask::new(Method::PATCH, repository).body("application/json", body);
    connection.call(update, StatusCode::OK).await?;
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
