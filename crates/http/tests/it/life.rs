//! What a listener answers before the server is ready, and after it was told to stop.

use crate::served::Served;
use crate::wire::Wire;
use boathook_engine::supervisor::Supervisor;
use boathook_http::{App, Server};
use boathook_testkit::{Answer, PATIENCE, World};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

const ARM: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook";

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
}

async fn ask(address: SocketAddr, path: &str) -> Answer {
    let mut wire = Wire::to(address).await;
    wire.write(get(path)).await;
    wire.answer().await
}

/// Fails the test unless every face says with its own words that it cannot answer, and the probes what they should.
async fn check_closed(address: SocketAddr, word: &str) {
    assert_eq!(ask(address, "/healthz").await.is(200).text(), "ok");
    assert_eq!(ask(address, "/readyz").await.is(503).text(), word);
    for path in ["/v2/", "/v2/app/manifests/v1", "/x", "/metrics"] {
        let answer = ask(address, path).await;
        answer.refused(503, "UNKNOWN");
        assert_eq!(answer.header("retry-after"), "1", "{path}");
    }
    // A browser asks for a page again by itself, and never for what a form has led to.
    for path in ["/", "/portal/registries"] {
        let answer = ask(address, path).await.is(503);
        assert_eq!(answer.header("refresh"), "1", "{path}");
        assert!(answer.text().contains("try again in a moment"), "{path}");
    }
    let mut wire = Wire::to(address).await;
    wire.write("POST /portal/sign-in HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(wire.answer().await.is(503).optional_header("refresh"), None);
    for (path, member, code) in [
        (ARM, "/error/code", "ServiceUnavailable"),
        ("/%73ubscriptions/x", "/error/code", "ServiceUnavailable"),
        ("/oauth2/token?service=h", "/error", "temporarily_unavailable"),
    ] {
        let answer = ask(address, path).await.is(503);
        assert_eq!(answer.header("retry-after"), "1", "{path}");
        assert_eq!(answer.json().pointer(member), Some(&code.into()), "{path}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_open_yet_says_so_and_serves_the_same_connections_once_it_is() {
    let world = World::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let supervisor = Supervisor::default();
    let server = Server::start(listener, &supervisor);
    check_closed(address, "starting").await;
    let mut early = Wire::to(address).await;
    early.write(get("/v2/")).await;
    early.answer().await.refused(503, "UNKNOWN");
    let body = "x".repeat(100_000);
    early
        .write(format!("PUT /v2/ HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n{body}"))
        .await;
    early.answer().await.refused(503, "UNKNOWN");

    let app = App::new(Arc::clone(world.ctx()));
    server.open(boathook_http::router(app.clone()));
    early.write(get("/readyz")).await;
    assert_eq!(early.answer().await.is(503).text(), "starting");
    app.set_ready(true);
    early.write(get("/readyz")).await;
    assert_eq!(early.answer().await.is(200).text(), "ready");
    early.write(get("/v2/")).await;
    early.answer().await.refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_server_that_stops_finishes_what_has_begun_and_refuses_what_is_new() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let mut begun = Wire::to(served.address).await;
    begun
        .write(format!("PATCH {upload} HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc"))
        .await;
    served.has_begun(&upload).await;
    let mut idle = Wire::to(served.address).await;
    idle.write(get("/v2/")).await;
    let _ = idle.answer().await.is(200);
    served.supervisor.stop();
    idle.is_closed().await;
    check_closed(served.address, "draining").await;
    let mut new = Wire::to(served.address).await;
    new.write(get("/v2/")).await;
    assert_eq!(new.answer().await.is(503).header("connection"), "close");
    new.is_closed().await;

    assert!(!served.supervisor.ended(Duration::ZERO).await, "a request is under way");
    begun.write("def").await;
    let answer = begun.answer().await.is(202);
    assert_eq!(answer.header("range"), "0-5");
    assert_eq!(answer.header("connection"), "close");
    begun.is_closed().await;
    assert!(served.supervisor.ended(PATIENCE).await);
    check_closed(served.address, "draining").await;
    served.server.close().await;
    assert!(TcpStream::connect(served.address).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn a_server_that_will_stop_serves_on_and_asks_for_another_connection() {
    let served = Served::open().await;
    let mut wire = Wire::to(served.address).await;
    wire.write(get("/v2/")).await;
    assert_eq!(wire.answer().await.is(200).optional_header("connection"), None);
    served.app.set_ready(false);
    wire.write(get("/v2/")).await;
    assert_eq!(wire.answer().await.is(200).header("connection"), "close");
    wire.is_closed().await;
    assert_eq!(ask(served.address, "/readyz").await.is(503).text(), "draining");
}

#[tokio::test]
async fn a_server_whose_requests_were_cut_off_lets_go_of_everything() {
    let served = Served::open().await;
    let upload = served.client.begin_upload("app").await;
    let mut begun = Wire::to(served.address).await;
    begun
        .write(format!("PATCH {upload} HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc"))
        .await;
    served.has_begun(&upload).await;
    let Served { mut world, server, supervisor, client, app, .. } = served;
    drop((client, app));
    supervisor.stop();
    // Those that have nothing to finish end by themselves.
    while 1 < server.connection_count() {
        tokio::task::yield_now().await;
    }
    assert!(!supervisor.ended(Duration::ZERO).await);
    assert_eq!(server.connection_count(), 1);
    assert_eq!(supervisor.cut_off(), 1);
    assert!(supervisor.ended(PATIENCE).await);
    server.close().await;
    world.kill_and_restart().await;
}
