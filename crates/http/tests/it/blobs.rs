//! Blobs: pulled whole and in part, looked at, deleted.

use crate::served::Served;
use boathook_core::digest::Algorithm;
use boathook_testkit::Answer;
use http::Method;

/// More than is kept in the database, so that it lies in a file.
const LARGE_BYTES: usize = 300_000;

fn large() -> Vec<u8> {
    (0..LARGE_BYTES).map(|idx| (idx % 251).to_le_bytes()[0]).collect()
}

#[tokio::test]
async fn a_blob_comes_back_as_it_went_in_under_either_kind_of_digest() {
    let served = Served::open().await;
    for (idx, bytes) in [b"".to_vec(), b"{}".to_vec(), large()].into_iter().enumerate() {
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let repository = format!("r{idx}");
            let digest = served.client.push_blob_as(algorithm, &repository, &bytes).await;
            let path = format!("/v2/{repository}/blobs/{digest}");
            for method in [Method::HEAD, Method::GET] {
                let answer = served.client.ask(method.clone(), &path, &[], "").await.is(200);
                assert_eq!(answer.header("content-length"), bytes.len().to_string());
                assert_eq!(answer.header("docker-content-digest"), digest.as_str());
                assert_eq!(answer.header("content-type"), "application/octet-stream");
                assert_eq!(answer.header("accept-ranges"), "bytes");
                assert_eq!(answer.header("docker-distribution-api-version"), "registry/2.0");
                let expected = if method == Method::GET { &bytes[..] } else { b"" };
                assert!(answer.body == expected, "{digest}");
            }
        }
    }
}

#[tokio::test]
async fn a_range_gets_that_part_and_nothing_else() {
    let served = Served::open().await;
    for bytes in [(0..100).collect(), large()] {
        let digest = served.client.push_blob("app", &bytes).await;
        let path = format!("/v2/app/blobs/{digest}");
        let len = bytes.len();
        let part = async |range: &str, first: usize, last: usize| {
            let answer =
                served.client.ask(Method::GET, &path, &[("range", range)], "").await.is(206);
            assert_eq!(answer.header("content-range"), format!("bytes {first}-{last}/{len}"));
            assert_eq!(answer.header("content-length"), (last + 1 - first).to_string());
            assert!(answer.body == bytes[first..=last], "{range}");
        };
        part("bytes=0-0", 0, 0).await;
        part("bytes=10-19", 10, 19).await;
        part("bytes=90-", 90, len - 1).await;
        part("bytes=-7", len - 7, len - 1).await;
        part("bytes=-99999999", 0, len - 1).await;
        part("bytes=5-99999999", 5, len - 1).await;
    }
}

#[tokio::test]
async fn a_range_outside_the_blob_is_416_with_its_size() {
    let served = Served::open().await;
    let digest = served.client.push_blob("app", &[7; 100]).await;
    let empty = served.client.push_blob("app", b"").await;
    for (digest, range, size) in [
        (&digest, "bytes=100-", 100),
        (&digest, "bytes=500-600", 100),
        (&digest, "bytes=-0", 100),
        (&empty, "bytes=0-", 0),
    ] {
        let path = format!("/v2/app/blobs/{digest}");
        let answer = served.client.ask(Method::GET, &path, &[("range", range)], "").await;
        answer.refused(416, "SIZE_INVALID");
        assert_eq!(answer.header("content-range"), format!("bytes */{size}"));
    }
}

#[tokio::test]
async fn a_range_that_is_malformed_or_several_is_passed_over() {
    let served = Served::open().await;
    let digest = served.client.push_blob("app", &[7; 100]).await;
    let path = format!("/v2/app/blobs/{digest}");
    for range in ["bytes=500-0", "bytes=0-1,5-6", "bytes=x-y", "lines=0-1", "bytes"] {
        let answer = served.client.ask(Method::GET, &path, &[("range", range)], "").await.is(200);
        assert_eq!(answer.body.len(), 100, "{range}");
        assert_eq!(answer.optional_header("content-range"), None);
    }
    let answer =
        served.client.ask(Method::HEAD, &path, &[("range", "bytes=0-1")], "").await.is(200);
    assert_eq!(answer.header("content-length"), "100");
}

#[tokio::test]
async fn a_blob_that_is_not_there_is_unknown_whatever_other_repositories_have() {
    let served = Served::open().await;
    let digest = served.client.push_blob("here", b"secret").await;
    let path = format!("/v2/elsewhere/blobs/{digest}");
    served.client.get(&path).await.refused(404, "BLOB_UNKNOWN");
    served.client.delete(&path).await.refused(404, "BLOB_UNKNOWN");
    assert_eq!(served.client.head(&path).await.status, 404);
}

#[tokio::test]
async fn a_deleted_blob_is_gone_at_once_here_and_stays_elsewhere() {
    let served = Served::open().await;
    for bytes in [b"small".to_vec(), large()] {
        let digest = served.client.push_blob("here", &bytes).await;
        let there = served.client.push_blob("there", &bytes).await;
        let path = format!("/v2/here/blobs/{digest}");
        let _ = served.client.get(&path).await.is(200);
        let _ = served.client.delete(&path).await.is(202);
        assert_eq!(served.client.head(&path).await.status, 404);
        served.client.get(&path).await.refused(404, "BLOB_UNKNOWN");
        served.client.delete(&path).await.refused(404, "BLOB_UNKNOWN");
        let kept = served.client.get(&format!("/v2/there/blobs/{there}")).await.is(200);
        assert!(kept.body == bytes);
        // What was forgotten can come back.
        served.client.push_blob("here", &bytes).await;
        let _ = served.client.get(&path).await.is(200);
    }
}

#[tokio::test]
async fn a_blob_that_was_mounted_and_deleted_is_gone_at_once() {
    let served = Served::open().await;
    let digest = served.client.push_blob("source", b"content").await;
    let mount = format!("/v2/app/blobs/uploads/?mount={digest}&from=source");
    let _ = served.client.ask(Method::POST, &mount, &[], "").await.is(201);
    let path = format!("/v2/app/blobs/{digest}");
    let _ = served.client.head(&path).await.is(200);
    let _ = served.client.delete(&path).await.is(202);
    assert_eq!(served.client.head(&path).await.status, 404);
}

#[tokio::test]
async fn a_blob_that_a_manifest_needs_cannot_be_deleted() {
    let served = Served::open().await;
    let manifest = served.client.push_image("app", "v1", "layer").await;
    let layer = Algorithm::Sha256.digest(b"layer");
    let path = format!("/v2/app/blobs/{layer}");
    let error = served.client.delete(&path).await.refused(405, "UNSUPPORTED");
    assert_eq!(error["detail"]["manifest"], manifest.as_str());
    let _ = served.client.get(&path).await.is(200);
    let _ = served.client.delete(&format!("/v2/app/manifests/{manifest}")).await.is(202);
    let _ = served.client.delete(&path).await.is(202);
}

#[tokio::test]
async fn a_digest_that_is_none_is_refused_whatever_is_asked() {
    let served = Served::open().await;
    let too_short = format!("sha256:{}", "0".repeat(63));
    let upper = format!("sha256:{}", "A".repeat(64));
    let unknown = format!("md5:{}", "0".repeat(32));
    for digest in ["sha256:baddigeststring", &too_short, &upper, &unknown, "sha512:00", "nothing"] {
        let path = format!("/v2/app/blobs/{digest}");
        let check = |answer: Answer| answer.refused(400, "DIGEST_INVALID");
        check(served.client.get(&path).await);
        check(served.client.delete(&path).await);
        let post = format!("/v2/app/blobs/uploads/?digest={digest}");
        check(served.client.ask(Method::POST, &post, &[], "body").await);
        let mount = format!("/v2/app/blobs/uploads/?mount={digest}&from=x");
        check(served.client.ask(Method::POST, &mount, &[], "").await);
        let upload = served.client.begin_upload("app").await;
        let end = format!("{upload}?digest={digest}");
        check(served.client.ask(Method::PUT, &end, &[], "body").await);
        let _ = served.client.delete(&upload).await.is(204);
    }
    assert_eq!(served.uploads(), 0);
}
