//! The pages of a Boathook that has much to show: how large each is, and what it costs the server.
//!
//! The registry is filled by SQL as for the growth. What cannot be made so is made beforehand through the front door: the
//! webhooks, of which each is sent one event, so that there is a sealed request to copy; charts; and a manifest that says
//! much of itself.

mod report;
mod visit;

use std::io::{Write, stderr};
use std::slice;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Map, json};

use crate::args::Portal;
use crate::chart;
use crate::client::Connection;
use crate::clock;
use crate::content::Blob;
use crate::growth::fill::Parts;
use crate::growth::fill::portal::{Shown, fill_portal};
use crate::hook::arm::Arm;
use crate::hook::sink::Sink;
use crate::image::MANIFEST_TYPE;
use crate::ledger::Ledger;
use crate::machine;
use crate::measure::Subject;
use crate::paper::Section;
use crate::peer::Peer;
use crate::registry::put_manifest;
use crate::row::Work;
use crate::seed::MANIFESTS;
use crate::server::Server;
use crate::work::Op;

use report::Report;
use visit::{Visit, pages};

/// Webhooks: as many as the greatest registry may have.
const WEBHOOKS: u64 = 500;
/// What they hear of.
const SCOPE: &str = "bench/new:*";
/// The chart's repository, and how many versions it has.
const CHARTS: &str = "bench-charts";
const VERSIONS: u64 = 60;
/// The tag of the manifest that says much of itself: so many annotations, each of so many characters.
const TOLD: &str = "told";
const ANNOTATIONS: usize = 100;
const ANNOTATION_CHARS: usize = 2_000;
/// How long the server may take to deliver the one event.
const DELIVERY_MAX: Duration = Duration::from_mins(1);
/// How long the server is given to write down that the last delivery has arrived.
const FINISH_PAUSE: Duration = Duration::from_secs(1);

/// Fills, looks at every page, and gives the table.
pub(crate) async fn portal(args: &Portal) -> Result<Section> {
    let peer = Peer::Boathook(args.boathook.clone());
    let machine = machine::describe(&args.bed, slice::from_ref(&peer))?;
    let began = clock::now();
    let mut server = Server::start(&peer, &args.bed.scratch).await?;
    let subject = server.subject(args.bed.effort.sizes())?;
    let parts = subject.ground.prepare(Work::PutManifest, 0).await?;
    let Op::PutManifest { repository, config, layers, .. } = &parts else {
        bail!("the parts of an image are not those of a manifest PUT");
    };
    let parts = Parts { repository, config, layers };
    let told = seed(&subject, &parts).await?;
    server.stop();
    let shown = fill_portal(&server.data(), &parts, args.one_in)?;
    machine::settle()?;
    let seconds = (clock::now() - began).as_secs_f64();
    writeln!(stderr(), "filled in {seconds:.1} s")?;
    server.restart().await?;
    let subject = server.subject(args.bed.effort.sizes())?;
    look(args, &subject, &shown, &told, machine).await
}

/// Looks at every page in every round.
async fn look(
    args: &Portal,
    subject: &Subject,
    shown: &Shown,
    told: &str,
    machine: String,
) -> Result<Section> {
    let mut ledger = Ledger::new(&args.bed);
    let mut visit = Visit::begin(subject).await?;
    let pages = pages(&mut visit, shown, told).await?;
    let mut sizes = Vec::new();
    for page in &pages {
        sizes.push(visit.sizes(page).await?);
    }
    for round in 0..args.bed.rounds as usize {
        for page in &pages {
            let time = args.bed.effort.settings().time;
            ledger.note(round, visit.measure(subject, page, time).await)?;
        }
    }
    let assets = visit.assets().await?;
    let report = Report {
        pages: &pages,
        sizes: &sizes,
        assets,
        results: &ledger.results,
        one_in: args.one_in,
    };
    Ok(Section { machine, text: report.to_string(), clean: ledger.is_clean() })
}

/// Makes what SQL cannot, and gives the digest of the manifest that says much of itself.
async fn seed(subject: &Subject, parts: &Parts<'_>) -> Result<String> {
    let target = &subject.ground.target;
    let credentials = subject.credentials.as_ref().context("because a Boathook has some")?;
    let mut sink = Sink::open().await?;
    let mut arm = Arm::open(target, credentials).await?;
    for number in 0..WEBHOOKS {
        let uri = format!("http://{}/deliveries?code=secret", sink.address);
        arm.create(&format!("bench{number:03}"), &uri, SCOPE).await?;
    }
    let mut connection = Connection::open(target).await?;
    for version in 0..VERSIONS {
        chart::push(&mut connection, CHARTS, version).await?;
    }
    let told = Blob::from_bytes(told(parts));
    put_manifest(&mut connection, MANIFESTS, TOLD, &told).await?;
    let all_came = async {
        for _ in 0..WEBHOOKS {
            sink.arrivals.recv().await.context("the receiver has gone")?;
        }
        anyhow::Ok(())
    };
    let came = tokio::time::timeout(DELIVERY_MAX, all_came).await;
    came.context("the webhooks were not sent their first event")??;
    clock::until(clock::now() + FINISH_PAUSE).await;
    Ok(told.digest)
}

/// The manifest that says much of itself.
fn told(parts: &Parts<'_>) -> String {
    let descriptor = |media_type: &str, blob: &Blob| json!({ "mediaType": media_type, "digest": blob.digest, "size": blob.len() });
    let annotation = |number| {
        (format!("example.annotation.{number:03}"), json!("\"a\" & ".repeat(ANNOTATION_CHARS / 6)))
    };
    let layers = parts
        .layers
        .iter()
        .map(|layer| descriptor("application/vnd.oci.image.layer.v1.tar", layer));
    json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": descriptor(crate::image::CONFIG_TYPE, parts.config),
        "layers": layers.collect::<Vec<_>>(),
        "annotations": (0..ANNOTATIONS).map(annotation).collect::<Map<_, _>>(),
    })
    .to_string()
}
