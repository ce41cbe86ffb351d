//! A server that is killed while it fetches an image from elsewhere.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use boathook_core::media_type::OCI_MANIFEST;
use boathook_testkit::{End, ForeignRegistry, Shelf};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::client::http;
use super::server::Berth;
use super::until;

const LAYER_BYTES: usize = 5_000_000;
/// How much of the layer comes before the registry stops.
const FIRST_BYTES: usize = 3_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_after_kill_9_where_it_stood_in_a_layer() {
    let mut shelf = Shelf::default();
    let config = shelf.blob("{}");
    let layer = shelf.blob((0..=250_u8).cycle().take(LAYER_BYTES).collect::<Vec<_>>());
    let blob =
        |digest: &str, size: usize| json!({ "mediaType": "x/y", "digest": digest, "size": size });
    let manifest = json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": blob(config.as_str(), 2),
        "layers": [blob(layer.as_str(), LAYER_BYTES)],
    });
    let image = shelf.manifest("v1", OCI_MANIFEST, manifest.to_string());
    let (path, tries) = (format!("/v2/team/app/blobs/{layer}"), AtomicUsize::new(0));
    let held = path.clone();
    let registry = ForeignRegistry::start(move |request| {
        let honest = shelf.answer(request);
        if request.path == held && tries.fetch_add(1, Ordering::SeqCst) == 0 {
            return honest.ending(End::HeldAfter(FIRST_BYTES));
        }
        honest
    });

    let berth = Berth::new(None);
    let server = berth.start();
    let credentials = berth.credentials();
    let order = json!({
        "source": { "registryUri": registry.host(), "sourceImage": "team/app:v1" }, "targetTags": ["copy:v1"],
    });
    let begun = server.manage(&credentials, Method::POST, "/importImage", Some(&order)).await;
    let location = begun.headers()["location"].to_str().unwrap().to_owned();
    let id = location.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let blobs = berth.data().join("blobs");
    until("what has come is in a file", async || upload_bytes(&blobs) == FIRST_BYTES as u64).await;
    server.kill();

    let server = berth.start();
    let state = format!("/operationStatuses/{id}");
    until("the import has ended", async || {
        let answer = server.manage(&credentials, Method::GET, &state, None).await;
        let state: Json = answer.json().await.unwrap();
        assert_ne!(state["status"], "Failed", "{state}");
        state["status"] == "Succeeded"
    })
    .await;
    let ranges: Vec<_> =
        registry.asked().into_iter().filter(|request| request.path == path).collect();
    let ranges: Vec<_> = ranges.iter().map(|request| request.header("range")).collect();
    assert_eq!(ranges, [None, Some(&*format!("bytes={FIRST_BYTES}-"))]);
    let user = credentials.text("username");
    let get = http().get(format!("{}/v2/copy/manifests/v1", server.endpoint));
    let pulled = get.basic_auth(user, Some(credentials.password())).send().await.unwrap();
    assert_eq!(pulled.headers()["docker-content-digest"], image.as_str());
    assert_eq!(upload_bytes(&blobs), 0, "an upload was left");
}

/// How many bytes uploads in progress have.
fn upload_bytes(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            bytes += upload_bytes(&path);
        } else if folder.ends_with("uploads") {
            bytes += entry.metadata().map_or(0, |metadata| metadata.len());
        }
    }
    bytes
}
