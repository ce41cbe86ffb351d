//! Requests that lie about their length, break off, or are no requests at all; and the connection afterwards.

use crate::served::{Served, image};
use crate::wire::Wire;
use boathook_core::digest::Algorithm;
use boathook_core::manifest::MANIFEST_BYTES_MAX;
use boathook_core::media_type::OCI_MANIFEST;
use http::Method;

const GOOD: &str = "GET /v2/ HTTP/1.1\r\nHost: h\r\n\r\n";

fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: h\r\n{headers}\r\n{body}")
}

fn with_length(method: &str, path: &str, length: usize, body: &str) -> String {
    request(method, path, &format!("Content-Length: {length}\r\n"), body)
}

#[tokio::test]
async fn a_request_for_two_hosts_is_for_none() {
    let served = Served::open().await;
    let mut wire = Wire::to(served.address).await;
    wire.write("GET /v2/ HTTP/1.1\r\nHost: h\r\nHost: other.azurecr.localhost\r\n\r\n").await;
    let _ = wire.answer().await.is(400);
    wire.write(GOOD).await;
    let _ = wire.answer().await.is(200);
}

#[tokio::test]
async fn a_body_cut_off_leaves_the_upload_where_the_bytes_end_and_it_can_be_resumed() {
    let served = Served::open().await;
    for method in ["PATCH", "PUT"] {
        for begun in ["", "abc"] {
            let upload = served.client.begin_upload("app").await;
            if !begun.is_empty() {
                let _ = served.client.ask(Method::PATCH, &upload, &[], begun).await.is(202);
            }
            let whole = format!("{begun}defghi");
            let end = format!("{upload}?digest={}", Algorithm::Sha256.digest(whole.as_bytes()));
            let path = if method == "PUT" { &end } else { &upload };
            let mut wire = Wire::to(served.address).await;
            wire.write(with_length(method, path, 6, "def")).await;
            wire.end().await;
            wire.answer().await.refused(400, "BLOB_UPLOAD_INVALID");
            wire.is_closed().await;
            let status = served.client.get(&upload).await.is(204);
            assert_eq!(status.header("range"), format!("0-{}", begun.len() + 2), "{method}");
            let range = format!("{}-{}", begun.len() + 3, whole.len() - 1);
            let headers = [("content-range", range.as_str())];
            let _ = served.client.ask(Method::PUT, &end, &headers, "ghi").await.is(201);
        }
    }
    assert_eq!(served.uploads(), 0);
}

#[tokio::test]
async fn a_client_that_vanishes_within_a_body_leaves_an_upload_that_can_be_resumed() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let mut wire = Wire::to(served.address).await;
    wire.write(with_length("PATCH", &upload, 600_000, &"x".repeat(200_000))).await;
    served.has_begun(&upload).await;
    drop(wire);
    // Until the server has seen it the upload is busy.
    let offset = loop {
        let answer = served.client.ask(Method::PATCH, &upload, &[], "").await;
        if answer.status == 202 {
            break answer.header("range").trim_start_matches("0-").parse::<usize>().unwrap() + 1;
        }
        answer.refused(409, "BLOB_UPLOAD_INVALID");
        tokio::task::yield_now().await;
    };
    assert!(offset <= 200_000);
    let whole = "x".repeat(300_000);
    let end = format!("{upload}?digest={}", Algorithm::Sha256.digest(whole.as_bytes()));
    let rest = whole[offset..].to_owned();
    let _ = served.client.ask(Method::PUT, &end, &[], rest).await.is(201);
}

#[tokio::test]
async fn a_whole_push_or_a_manifest_cut_off_changes_nothing() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let before = served.state().await;
    let manifest = image(&config, &[]);
    let post = format!("/v2/app/blobs/uploads/?digest={}", Algorithm::Sha256.digest(b"content"));
    let put = "/v2/app/manifests/v1";
    for (method, path, length, body) in
        [("POST", post.as_str(), 7, "cont"), ("PUT", put, manifest.len() + 1, manifest.as_str())]
    {
        let mut wire = Wire::to(served.address).await;
        wire.write(with_length(method, path, length, body)).await;
        wire.end().await;
        wire.answer().await.refused(400, "BLOB_UPLOAD_INVALID");
        wire.is_closed().await;
    }
    assert_eq!(served.state().await, before);
}

#[tokio::test]
async fn a_length_that_is_too_short_makes_the_rest_the_next_request() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let mut wire = Wire::to(served.address).await;
    wire.write(with_length("PATCH", &upload, 3, &format!("abc{GOOD}"))).await;
    assert_eq!(wire.answer().await.is(202).header("range"), "0-2");
    let _ = wire.answer().await.is(200);
    wire.write(with_length("PATCH", &upload, 3, "defghi")).await;
    assert_eq!(wire.answer().await.is(202).header("range"), "0-5");
    wire.write("\r\n\r\n").await;
    let _ = wire.answer().await.is(400);
    wire.is_closed().await;
    let _ = served.client.delete(&upload).await.is(204);
}

#[tokio::test]
async fn a_broken_chunk_ends_the_body_and_the_connection() {
    let served = Served::open().await;
    let before = served.state().await;
    for garbage in
        ["zz\r\nabc\r\n0\r\n\r\n", "3\r\nabcX", "ffffffffffffffffff\r\nabc", "-3\r\nabc\r\n"]
    {
        let upload = served.client.begin_upload("app").await;
        let mut wire = Wire::to(served.address).await;
        let chunked = format!("3\r\nabc\r\n{garbage}");
        wire.write(request("PATCH", &upload, "Transfer-Encoding: chunked\r\n", &chunked)).await;
        wire.answer().await.refused(400, "BLOB_UPLOAD_INVALID");
        wire.is_closed().await;
        let status = served.client.get(&upload).await.is(204);
        assert!(matches!(status.header("range"), "0-2" | "0-5"), "{garbage}");
        let _ = served.client.delete(&upload).await.is(204);
    }
    assert_eq!(served.state().await, before);
}

#[tokio::test]
async fn a_head_that_is_no_http_is_refused_and_the_connection_closed() {
    let served = Served::open().await;
    let long_target = format!("GET /v2/{} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(70_000));
    let huge_header = request("GET", "/v2/", &format!("X: {}\r\n", "x".repeat(500_000)), "");
    let many_headers = request("GET", "/v2/", &"X: y\r\n".repeat(200), "");
    for (head, status) in [
        ("\u{1}\u{2}\u{3}\r\n\r\n", 400),
        ("GET /v2/\r\n\r\n", 400),
        ("GET /v2/ HTTP/9.9\r\n\r\n", 400),
        ("GET /v2/ HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400),
        ("PATCH /v2/ HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400),
        ("PATCH /v2/ HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
        (
            "PATCH /v2/ HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
            400,
        ),
        (long_target.as_str(), 414),
        (huge_header.as_str(), 431),
        (many_headers.as_str(), 431),
    ] {
        let mut wire = Wire::to(served.address).await;
        wire.write_some(head).await;
        let answer = wire.answer().await;
        assert_eq!(answer.status, status, "{}", &head[..head.len().min(60)]);
        wire.is_closed().await;
        let _ = served.client.get("/v2/").await.is(200);
    }
}

#[tokio::test]
async fn requests_after_a_refusal_on_the_same_connection_are_answered_in_their_order() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let refusals = [
        (request("GET", "/v2/app/manifests/v1", "", ""), 404),
        (request("GET", "/v2/UPPER/tags/list", "", ""), 400),
        (request("FROB", "/v2/", "", ""), 405),
        (request("OPTIONS", "*", "", ""), 404),
        (with_length("GET", "/v2/", 5, "GET /"), 200),
        (with_length("DELETE", "/v2/app/manifests/v1", 5, "GET /"), 404),
        (with_length("PUT", "/v2/app/manifests/v1", 2, "{}"), 400),
        (with_length("PUT", "/v2/UPPER/manifests/v1", 5, "GET /"), 400),
        (with_length("POST", "/v2/app/tags/list", 5, "GET /"), 405),
        (request("PATCH", &upload, "Content-Range: 7-9\r\nContent-Length: 3\r\n", "GET"), 416),
        (
            request(
                "PATCH",
                &upload,
                "Content-Range: x\r\nTransfer-Encoding: chunked\r\n",
                "3\r\nabc\r\n0\r\n\r\n",
            ),
            400,
        ),
    ];
    for (refused, status) in &refusals {
        let mut wire = Wire::to(served.address).await;
        wire.write(format!("{refused}{GOOD}{refused}{GOOD}")).await;
        for expected in [*status, 200, *status, 200] {
            assert_eq!(wire.answer().await.status, expected, "{refused}");
        }
    }
    let mut wire = Wire::to(served.address).await;
    wire.write(request("HEAD", "/v2/app/manifests/v1", "", "") + GOOD).await;
    let _ = wire.answer_to_head().await.is(404);
    let _ = wire.answer().await.is(200);
    let _ = served.client.delete(&upload).await.is(204);
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_sends_its_whole_body_first() {
    let served = Served::open().await;
    let body = "x".repeat(MANIFEST_BYTES_MAX + 1);
    for (method, path, status) in [
        ("PUT", "/v2/app/manifests/v1", 413),
        ("PUT", "/v2/UPPER/manifests/v1", 400),
        ("PATCH", "/v2/app/blobs/uploads/00000000-0000-7000-8000-000000000000", 404),
        ("POST", "/v2/app/tags/list", 405),
    ] {
        for _ in 0..5 {
            let mut wire = Wire::to(served.address).await;
            wire.write(with_length(method, path, body.len(), &body)).await;
            assert_eq!(wire.answer().await.status, status);
            wire.write(GOOD).await;
            let _ = wire.answer().await.is(200);
        }
    }
}

#[tokio::test]
async fn a_challenge_reaches_a_client_that_sends_its_whole_body_first() {
    let (served, _) = Served::private().await;
    let body = "x".repeat(1_000_000);
    for _ in 0..5 {
        let mut wire = Wire::to(served.address).await;
        wire.write(with_length("POST", "/v2/app/blobs/uploads/", body.len(), &body)).await;
        let _ = wire.answer().await.is(401);
        wire.write(GOOD).await;
        let _ = wire.answer().await.is(401);
    }
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_gets_its_refusal_instead() {
    let served = Served::open().await;
    let mut wire = Wire::to(served.address).await;
    let headers = "Content-Length: 9000000\r\nExpect: 100-continue\r\n";
    wire.write(request("PUT", "/v2/app/manifests/v1", headers, "")).await;
    let answer = wire.answer().await;
    answer.refused(413, "SIZE_INVALID");
    assert_eq!(answer.header("connection"), "close");
    wire.is_closed().await;
}

#[tokio::test]
async fn a_body_that_nobody_wants_is_read_up_to_16_mebibytes() {
    let served = Served::open().await;
    let (path, most) = ("/v2/UPPER/manifests/v1", 16 * 1024 * 1024);
    let mut wire = Wire::to(served.address).await;
    wire.write(with_length("PUT", path, most, &"x".repeat(most))).await;
    let answer = wire.answer().await.is(400);
    assert_eq!(answer.optional_header("connection"), None);
    wire.write(GOOD).await;
    let _ = wire.answer().await.is(200);
    wire.write(with_length("PUT", path, most + 1, "")).await;
    let answer = wire.answer().await.is(400);
    assert_eq!(answer.header("connection"), "close");
    wire.is_closed().await;
}

#[tokio::test]
async fn a_slow_client_keeps_nobody_waiting() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let mut slow = Vec::new();
    for idx in 0..50 {
        let mut wire = Wire::to(served.address).await;
        if idx == 0 {
            wire.write(with_length("PATCH", &upload, 6, "abc")).await;
        } else {
            wire.write("GET /v2/ HT").await;
        }
        slow.push(wire);
    }
    let digest = served.client.push_image("app", "v1", "layer").await;
    assert_eq!(served.client.pull_image("app", digest.as_str()).await, ["{}", "layer"]);
    slow[0].write("def").await;
    assert_eq!(slow[0].answer().await.is(202).header("range"), "0-5");
    slow[1].write("TP/1.1\r\nHost: h\r\n\r\n").await;
    let _ = slow[1].answer().await.is(200);
    let _ = served.client.delete(&upload).await.is(204);
}

#[tokio::test]
async fn an_upload_that_is_being_written_to_is_busy() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let mut wire = Wire::to(served.address).await;
    wire.write(with_length("PATCH", &upload, 6, "abc")).await;
    served.has_begun(&upload).await;
    served.client.ask(Method::PATCH, &upload, &[], "x").await.refused(409, "BLOB_UPLOAD_INVALID");
    let end = format!("{upload}?digest={}", Algorithm::Sha256.digest(b""));
    served.client.ask(Method::PUT, &end, &[], "").await.refused(409, "BLOB_UPLOAD_INVALID");
    served.client.delete(&upload).await.refused(409, "BLOB_UPLOAD_INVALID");
    wire.write("def").await;
    let _ = wire.answer().await.is(202);
    let _ = served.client.delete(&upload).await.is(204);
}

#[tokio::test]
async fn a_manifest_without_a_length_is_still_measured() {
    let served = Served::open().await;
    let mut wire = Wire::to(served.address).await;
    let headers = format!("Content-Type: {OCI_MANIFEST}\r\nTransfer-Encoding: chunked\r\n");
    wire.write(request("PUT", "/v2/app/manifests/v1", &headers, "")).await;
    let chunk = format!("100000\r\n{}\r\n", " ".repeat(0x10_0000));
    for _ in 0..5 {
        wire.write(&chunk).await;
    }
    wire.write("0\r\n\r\n").await;
    wire.answer().await.refused(413, "SIZE_INVALID");
}

#[tokio::test]
async fn nobody_writes_into_a_challenge_by_the_host_header() {
    let (served, _) = Served::private().await;
    for host in ["evil\",scope=\"x", "a b", "", "a/b", "\u{e9}", "[::1"] {
        let mut wire = Wire::to(served.address).await;
        wire.write(format!("GET /v2/ HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        let answer = wire.answer().await.is(401);
        let expected = "Bearer realm=\"http://localhost/oauth2/token\",service=\"localhost\"";
        assert_eq!(answer.header("www-authenticate"), expected, "{host}");
    }
    let mut wire = Wire::to(served.address).await;
    wire.write("GET /v2/ HTTP/1.0\r\n\r\n").await;
    assert!(wire.answer().await.is(401).header("www-authenticate").contains("http://localhost/"));
}
