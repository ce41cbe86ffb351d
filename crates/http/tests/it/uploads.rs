//! Uploads: every way in, every way to go wrong, and what stands afterwards.

use crate::served::Served;
use boathook_core::digest::Algorithm;
use boathook_testkit::Answer;
use http::Method;

const OCTETS: (&str, &str) = ("content-type", "application/octet-stream");

impl Served {
    async fn patch(&self, upload: &str, range: Option<&str>, body: &'static str) -> Answer {
        let range = range.map(|range| ("content-range", range));
        let headers: Vec<_> = range.into_iter().chain([OCTETS]).collect();
        self.client.ask(Method::PATCH, upload, &headers, body).await
    }

    async fn put(
        &self,
        upload: &str,
        content: &str,
        range: Option<&str>,
        body: &'static str,
    ) -> Answer {
        let end = format!("{upload}?digest={}", Algorithm::Sha256.digest(content.as_bytes()));
        let headers: Vec<_> = range.map(|range| ("content-range", range)).into_iter().collect();
        self.client.ask(Method::PUT, &end, &headers, body).await
    }

    async fn has(&self, content: &str) {
        let digest = Algorithm::Sha256.digest(content.as_bytes());
        let blob = self.client.get(&format!("/v2/app/blobs/{digest}")).await.is(200);
        assert_eq!(blob.body, content);
    }

    /// Fails the test unless the upload stands where it should.
    async fn stands_at(&self, upload: &str, range: &str) {
        let status = self.client.get(upload).await.is(204);
        assert_eq!(status.header("range"), range);
        assert_eq!(status.header("location"), upload);
        let id = upload.rsplit('/').next();
        assert_eq!(Some(status.header("docker-upload-uuid")), id);
    }
}

#[track_caller]
fn is_stored(answer: Answer, content: &str) {
    let digest = Algorithm::Sha256.digest(content.as_bytes());
    let answer = answer.is(201);
    assert_eq!(answer.header("location"), format!("/v2/app/blobs/{digest}"));
    assert_eq!(answer.header("docker-content-digest"), digest.as_str());
}

#[tokio::test]
async fn a_blob_may_come_whole_in_one_post() {
    let served = Served::open().await;
    for content in ["", "{}", "content"] {
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let digest = algorithm.digest(content.as_bytes());
            let path = format!("/v2/app/blobs/uploads/?digest={digest}");
            let answer = served.client.ask(Method::POST, &path, &[OCTETS], content).await.is(201);
            assert_eq!(answer.header("docker-content-digest"), digest.as_str());
            assert_eq!(answer.header("location"), format!("/v2/app/blobs/{digest}"));
            let blob = served.client.get(answer.header("location")).await.is(200);
            assert_eq!(blob.body, content);
        }
    }
    assert_eq!(served.uploads(), 0);
}

#[tokio::test]
async fn a_blob_may_come_with_the_put_that_ends_its_upload() {
    let served = Served::open().await;
    for content in ["", "{}", "content"] {
        let upload = served.client.begin_upload("app").await;
        is_stored(served.put(&upload, content, None, content).await, content);
        served.has(content).await;
        served.client.get(&upload).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    }
    assert_eq!(served.uploads(), 0);
}

#[tokio::test]
async fn a_blob_may_come_as_one_stream() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let answer = served.patch(&upload, None, "streamed").await.is(202);
    assert_eq!((answer.header("range"), answer.header("location")), ("0-7", upload.as_str()));
    served.stands_at(&upload, "0-7").await;
    is_stored(served.put(&upload, "streamed", None, "").await, "streamed");
    served.has("streamed").await;
}

#[tokio::test]
async fn a_blob_may_come_in_chunks_and_the_last_with_the_put() {
    let served = Served::open().await;
    for last_on_put in [false, true] {
        let upload = served.client.begin_upload("app").await;
        served.stands_at(&upload, "0-0").await;
        assert_eq!(served.patch(&upload, Some("0-2"), "abc").await.is(202).header("range"), "0-2");
        assert_eq!(served.patch(&upload, Some("3-4"), "de").await.is(202).header("range"), "0-4");
        let ended = if last_on_put {
            served.put(&upload, "abcdefg", Some("5-6"), "fg").await
        } else {
            let _ = served.patch(&upload, Some("5-6"), "fg").await.is(202);
            served.put(&upload, "abcdefg", None, "").await
        };
        is_stored(ended, "abcdefg");
        served.has("abcdefg").await;
    }
}

#[tokio::test]
async fn a_large_blob_in_chunks_gets_the_digest_of_all_of_them() {
    let served = Served::open().await;
    let chunk: Vec<u8> = (0..200_000).map(|idx: usize| (idx % 253).to_le_bytes()[0]).collect();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let upload = served.client.begin_upload("app").await;
        for idx in 0..3 {
            let range = format!("{}-{}", idx * chunk.len(), (idx + 1) * chunk.len() - 1);
            let headers = [OCTETS, ("content-range", &range)];
            let _ =
                served.client.ask(Method::PATCH, &upload, &headers, chunk.clone()).await.is(202);
        }
        let digest = algorithm.digest(&chunk.repeat(3));
        let end = format!("{upload}?digest={digest}");
        let ended = served.client.ask(Method::PUT, &end, &[], "").await.is(201);
        assert_eq!(ended.header("docker-content-digest"), digest.as_str());
        let blob = served.client.get(ended.header("location")).await.is(200);
        assert!(blob.body == chunk.repeat(3));
    }
}

#[tokio::test]
async fn a_chunk_out_of_order_is_416_and_the_upload_goes_on_where_it_stood() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let check = |answer: Answer, range: &str, offset: u64| {
        let error = answer.refused(416, "BLOB_UPLOAD_INVALID");
        assert_eq!(error["detail"]["offset"], offset);
        assert_eq!((answer.header("range"), answer.header("location")), (range, upload.as_str()));
    };
    check(served.patch(&upload, Some("3-5"), "def").await, "0-0", 0);
    let _ = served.patch(&upload, Some("0-2"), "abc").await.is(202);
    check(served.patch(&upload, Some("0-2"), "abc").await, "0-2", 3);
    check(served.patch(&upload, Some("4-5"), "ef").await, "0-2", 3);
    check(served.put(&upload, "abcdef", Some("4-5"), "ef").await, "0-2", 3);
    served.stands_at(&upload, "0-2").await;
    is_stored(served.put(&upload, "abcdef", Some("3-5"), "def").await, "abcdef");
    served.has("abcdef").await;
}

#[tokio::test]
async fn a_chunk_that_is_not_as_long_as_its_range_leaves_the_upload_where_it_stood() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    served.patch(&upload, Some("0-9"), "abc").await.refused(400, "SIZE_INVALID");
    served.stands_at(&upload, "0-0").await;
    served.put(&upload, "abc", Some("0-9"), "abc").await.refused(400, "SIZE_INVALID");
    served.stands_at(&upload, "0-0").await;
    let _ = served.patch(&upload, Some("0-2"), "abc").await.is(202);
    served.patch(&upload, Some("3-3"), "de").await.refused(400, "SIZE_INVALID");
    served.put(&upload, "abcde", Some("3-9"), "de").await.refused(400, "SIZE_INVALID");
    served.stands_at(&upload, "0-2").await;
    is_stored(served.put(&upload, "abcde", Some("3-4"), "de").await, "abcde");
}

#[tokio::test]
async fn a_content_range_that_cannot_be_read_is_refused_and_changes_nothing() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    for range in ["", "x", "5-2", "0-", "-1", "0-99999999999999999999999", "0-2/2", "bytes=0-2"] {
        served.patch(&upload, Some(range), "abc").await.refused(400, "BLOB_UPLOAD_INVALID");
        served.put(&upload, "abc", Some(range), "abc").await.refused(400, "BLOB_UPLOAD_INVALID");
    }
    served.stands_at(&upload, "0-0").await;
    let _ = served.patch(&upload, Some("bytes 0-2/*"), "abc").await.is(202);
    served.stands_at(&upload, "0-2").await;
}

#[tokio::test]
async fn content_that_does_not_match_its_digest_is_thrown_away_on_every_path() {
    let served = Served::open().await;
    let before = served.state().await;
    let expected = Algorithm::Sha256.digest(b"expected");
    let check = |answer: Answer| {
        let error = answer.refused(400, "DIGEST_INVALID");
        assert_eq!(error["detail"]["actual"], Algorithm::Sha256.digest(b"actual").as_str());
    };
    let whole = format!("/v2/app/blobs/uploads/?digest={expected}");
    check(served.client.ask(Method::POST, &whole, &[OCTETS], "actual").await);
    let upload = served.client.begin_upload("app").await;
    check(served.put(&upload, "expected", None, "actual").await);
    served.client.get(&upload).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    let upload = served.client.begin_upload("app").await;
    let _ = served.patch(&upload, None, "actual").await.is(202);
    check(served.put(&upload, "expected", None, "").await);
    served.client.get(&upload).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    let upload = served.client.begin_upload("app").await;
    let _ = served.patch(&upload, Some("0-2"), "act").await.is(202);
    check(served.put(&upload, "expected", Some("3-5"), "ual").await);
    served.client.get(&upload).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    served.client.get(&format!("/v2/app/blobs/{expected}")).await.refused(404, "BLOB_UNKNOWN");
    assert_eq!(served.state().await, before);
}

#[tokio::test]
async fn large_content_that_does_not_match_its_digest_is_thrown_away() {
    let served = Served::open().await;
    let bytes = vec![1_u8; 300_000];
    let expected = Algorithm::Sha512.digest(b"expected");
    let actual = Algorithm::Sha512.digest(&bytes);
    let whole = format!("/v2/app/blobs/uploads/?digest={expected}");
    let answer = served.client.ask(Method::POST, &whole, &[OCTETS], bytes.clone()).await;
    assert_eq!(answer.refused(400, "DIGEST_INVALID")["detail"]["actual"], actual.as_str());
    let upload = served.client.begin_upload("app").await;
    let end = format!("{upload}?digest={expected}");
    let answer = served.client.ask(Method::PUT, &end, &[OCTETS], bytes).await;
    assert_eq!(answer.refused(400, "DIGEST_INVALID")["detail"]["actual"], actual.as_str());
    assert_eq!(served.uploads(), 0);
}

#[tokio::test]
async fn an_end_without_a_digest_is_refused_and_the_upload_stays() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let _ = served.patch(&upload, None, "abc").await.is(202);
    served.client.ask(Method::PUT, &upload, &[], "").await.refused(400, "DIGEST_INVALID");
    served.stands_at(&upload, "0-2").await;
    is_stored(served.put(&upload, "abc", None, "").await, "abc");
}

#[tokio::test]
async fn a_cancelled_upload_is_unknown_to_every_request() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let _ = served.patch(&upload, None, "abc").await.is(202);
    assert_eq!(served.uploads(), 1);
    let _ = served.client.delete(&upload).await.is(204);
    assert_eq!(served.uploads(), 0);
    served.client.get(&upload).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    served.patch(&upload, None, "abc").await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    served.put(&upload, "abc", None, "").await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    served.client.delete(&upload).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
}

#[tokio::test]
async fn an_upload_is_known_only_in_the_repository_that_it_was_begun_in() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let elsewhere = upload.replace("/v2/app/", "/v2/other/");
    served.client.get(&elsewhere).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    served.patch(&elsewhere, None, "abc").await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    served.client.delete(&elsewhere).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    for id in ["nothing", "..", "0", "00000000-0000-7000-8000-000000000000"] {
        let path = format!("/v2/app/blobs/uploads/{id}");
        served.client.get(&path).await.refused(404, "BLOB_UPLOAD_UNKNOWN");
    }
    served.stands_at(&upload, "0-0").await;
}

#[tokio::test]
async fn a_blob_is_mounted_from_where_it_is_and_from_anywhere_if_none_is_named() {
    let served = Served::open().await;
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let digest = served.client.push_blob_as(algorithm, "team/source", b"content").await;
        for (repository, from) in
            [("named", "&from=team/source"), ("encoded", "&from=team%2Fsource"), ("anywhere", "")]
        {
            let mount = format!("/v2/{repository}/blobs/uploads/?mount={digest}{from}");
            let answer = served.client.ask(Method::POST, &mount, &[], "").await.is(201);
            assert_eq!(answer.header("docker-content-digest"), digest.as_str());
            assert_eq!(answer.header("location"), format!("/v2/{repository}/blobs/{digest}"));
            let blob = served.client.get(answer.header("location")).await.is(200);
            assert_eq!(blob.body, "content");
        }
    }
    assert_eq!(served.uploads(), 0);
}

#[tokio::test]
async fn a_mount_of_what_is_not_there_begins_an_upload() {
    let served = Served::open().await;
    served.client.push_blob("source", b"other").await;
    let digest = Algorithm::Sha256.digest(b"content");
    for from in ["&from=source", "&from=nowhere", "&from=NO/NAME", ""] {
        let mount = format!("/v2/app/blobs/uploads/?mount={digest}{from}");
        let answer = served.client.ask(Method::POST, &mount, &[], "").await.is(202);
        assert_eq!(answer.header("range"), "0-0");
        let upload = answer.header("location");
        is_stored(served.put(upload, "content", None, "content").await, "content");
        let _ = served.client.delete(&format!("/v2/app/blobs/{digest}")).await.is(202);
    }
    assert_eq!(served.uploads(), 0);
}

#[tokio::test]
async fn uploads_have_a_limit_that_is_told() {
    let mut settings = boathook_testkit::Settings { is_open: true, ..Default::default() };
    settings.limits.uploads_open_max = 2;
    let served = Served::with(settings).await;
    let first = served.client.begin_upload("app").await;
    served.client.begin_upload("app").await;
    let refused = served.client.ask(Method::POST, "/v2/app/blobs/uploads/", &[], "").await;
    refused.refused(429, "TOOMANYREQUESTS");
    assert_eq!(refused.header("retry-after"), "1");
    let _ = served.client.delete(&first).await.is(204);
    served.client.begin_upload("app").await;
}

#[tokio::test]
async fn an_upload_survives_a_restart_and_goes_on_where_it_stood() {
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        for content in ["abcdef".to_owned(), "x".repeat(300_000)] {
            let served = Served::open().await;
            let (first, rest) = content.split_at(content.len() / 2);
            let upload = served.client.begin_upload("app").await;
            let sent = served.client.ask(Method::PATCH, &upload, &[], first.to_owned()).await;
            let range = sent.is(202).header("range").to_owned();
            let served = served.restart().await;
            served.stands_at(&upload, &range).await;
            let end = format!("{upload}?digest={}", algorithm.digest(content.as_bytes()));
            let bounds = format!("{}-{}", first.len(), content.len() - 1);
            let bounds = [("content-range", bounds.as_str())];
            let ended =
                served.client.ask(Method::PUT, &end, &bounds, rest.to_owned()).await.is(201);
            let blob = served.client.get(ended.header("location")).await.is(200);
            assert!(blob.body == content);
        }
    }
}
