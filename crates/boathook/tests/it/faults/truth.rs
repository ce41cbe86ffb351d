//! What has to be so after the fault, whatever happened in between.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::client::{Artifact, Client, Outcome};
use super::sink::{Received, Sink};

/// Compares what is there with what was answered; returns what has to have been told to the sink, as action and digest.
pub(super) async fn check_content(clients: &[Client]) -> HashSet<(&'static str, String)> {
    let mut told = HashSet::new();
    for client in clients {
        for artifact in &client.artifacts {
            let is_there = is_whole(client, artifact).await;
            let Artifact { pushed, deleted, tag, .. } = artifact;
            match (pushed, deleted) {
                (Outcome::Acknowledged, Outcome::Unasked) => assert!(is_there, "lost: {tag}"),
                (_, Outcome::Acknowledged) => assert!(!is_there, "it is back: {tag}"),
                _ => (),
            }
            let was_pushed = is_there || *deleted != Outcome::Unasked;
            if was_pushed {
                told.insert(("push", artifact.digest()));
            }
            if was_pushed && !is_there {
                told.insert(("delete", artifact.digest()));
            }
        }
    }
    told
}

/// Pulls an artifact by tag and by digest; what is there has to be there whole.
async fn is_whole(client: &Client, artifact: &Artifact) -> bool {
    let digest = artifact.digest();
    let by_digest = client.pull(&format!("manifests/{digest}")).await;
    let by_tag = client.pull(&format!("manifests/{}", artifact.tag)).await;
    assert_eq!(by_digest, by_tag, "{digest}");
    let Some(manifest) = by_digest else { return false };
    assert!(manifest == artifact.manifest, "{digest} is something else");
    for blob in &artifact.blobs {
        let path = format!("blobs/{}", super::client::digest(blob));
        assert!(client.pull(&path).await.as_ref() == Some(blob), "{path} of {digest}");
    }
    true
}

/// Waits until the sink has heard of all that has happened; of nothing else, and of everything under one id.
pub(super) async fn check_told(
    sink: &Sink,
    told: &HashSet<(&'static str, String)>,
) -> Vec<Received> {
    let received = sink
        .has("all events", |state| {
            let got: HashSet<_> = state.received.iter().map(Received::about).collect();
            told.iter().all(|(action, digest)| got.contains(&(*action, digest.as_str())))
        })
        .await;
    let mut ids: HashMap<_, &str> = HashMap::new();
    for received in &received {
        let (action, digest) = received.about();
        assert_eq!(received.path, format!("/{action}"));
        let is_known = told.iter().any(|known| (known.0, known.1.as_str()) == (action, digest));
        assert!(is_known, "it never happened: {action} of {digest}");
        let (_, id) = received.key();
        assert_eq!(*ids.entry((action, digest)).or_insert(id), id, "two events of one {action}");
    }
    received
}

/// Counts what came more than once. That may be only what was under way at a kill: within the life of one server nothing
/// comes twice, and what was written down before a kill (`settled`, places in `received`) never comes again.
pub(super) fn check_repeated(received: &[Received], settled: &[Range<usize>]) -> usize {
    let mut last: HashMap<_, usize> = HashMap::new();
    let mut repeated = 0;
    for (idx, delivery) in received.iter().enumerate() {
        let Some(before) = last.insert(delivery.key(), idx) else { continue };
        repeated += 1;
        let first = &received[before];
        assert!(first.life < delivery.life, "twice from the same server: {delivery:?}");
        let is_settled = settled.iter().any(|places| places.contains(&before));
        assert!(!is_settled, "it was written down and came again: {delivery:?}");
    }
    repeated
}
