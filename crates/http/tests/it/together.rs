//! Several clients at once, clients that go away, and a server that stops.

use crate::served::{Served, image};
use crate::wire::Wire;
use boathook_core::digest::Algorithm;
use boathook_core::media_type::OCI_MANIFEST;
use boathook_testkit::{Client, PATIENCE};
use futures_util::future::join_all;
use http::Method;
use std::path::Path;

/// How many files there are below `folder`.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    paths.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn clients_that_push_the_same_blob_at_once_all_succeed_and_one_file_stays() {
    let served = Served::open().await;
    let bytes = vec![7_u8; 300_000];
    let digest = Algorithm::Sha256.digest(&bytes);
    let before = files(&served.world.folder().join("blobs"));
    let pushes = (0..6).map(|idx| {
        let (address, bytes, digest) = (served.address, bytes.clone(), digest.clone());
        async move {
            let client = Client::anonymous(address);
            let repository = if idx % 2 == 0 { "a" } else { "b" };
            let upload = client.begin_upload(repository).await;
            let end = format!("{upload}?digest={digest}");
            client.ask(Method::PUT, &end, &[], bytes).await.is(201)
        }
    });
    join_all(pushes).await;
    assert_eq!(files(&served.world.folder().join("blobs")), before + 1);
    assert_eq!(served.uploads(), 0);
    for repository in ["a", "b"] {
        let blob = served.client.get(&format!("/v2/{repository}/blobs/{digest}")).await.is(200);
        assert!(blob.body == bytes);
    }
}

#[tokio::test]
async fn clients_that_push_one_tag_at_once_all_succeed_and_the_tag_is_one_of_theirs() {
    let served = Served::open().await;
    let pushes = (0..8).map(|idx| {
        let address = served.address;
        async move {
            let client = Client::anonymous(address);
            client.push_image("app", "v1", &format!("layer {idx}")).await
        }
    });
    let digests = join_all(pushes).await;
    let got = served.client.get("/v2/app/manifests/v1").await.is(200);
    let shown = got.header("docker-content-digest");
    assert!(digests.iter().any(|digest| digest.as_str() == shown));
    for digest in &digests {
        let _ = served.client.get(&format!("/v2/app/manifests/{digest}")).await.is(200);
    }
}

#[tokio::test]
async fn who_asks_for_the_head_alone_has_taken_all_of_it() {
    let served = Served::open().await;
    served.client.push_image("app", "v1", "content").await;
    for (path, status) in
        [("/v2/", 200), ("/v2/app/manifests/v1", 200), ("/v2/app/manifests/v2", 404)]
    {
        let _ = served.client.head(path).await.is(status);
    }
    let told = served.client.get("/metrics").await.is(200);
    assert!(
        told.text().contains(r#"route="oci.manifest",method="HEAD",status="404""#),
        "{}",
        told.text()
    );
    assert!(!told.text().contains("boathook_requests_aborted_total{"), "{}", told.text());
}

#[tokio::test]
async fn a_client_that_leaves_during_the_commit_leaves_no_stale_answer() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    for round in 0..20 {
        let layer = served.client.push_blob("app", format!("{round}").as_bytes()).await;
        let manifest = image(&config, &[(&layer, format!("{round}").len())]);
        let digest = Algorithm::Sha256.digest(manifest.as_bytes());
        // So that the answer of before is remembered.
        served.client.get("/v2/app/manifests/v1").await;
        let mut wire = Wire::to(served.address).await;
        let length = manifest.len();
        wire.write(format!("PUT /v2/app/manifests/v1 HTTP/1.1\r\nHost: h\r\nContent-Type: {OCI_MANIFEST}\r\nContent-Length: {length}\r\n\r\n{manifest}")).await;
        drop(wire);
        // It was sent whole, so that it is taken: as soon as the manifest is there, the tag must show it.
        let by_digest = format!("/v2/app/manifests/{digest}");
        let waiting = async {
            while served.client.get(&by_digest).await.status != 200 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("what was sent whole is taken");
        let got = served.client.get("/v2/app/manifests/v1").await.is(200);
        assert_eq!(got.header("docker-content-digest"), digest.as_str(), "round {round}");
    }
}
