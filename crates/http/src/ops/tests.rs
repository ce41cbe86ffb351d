//! Health, readiness and metrics as operators see them.

mod exposition;

use crate::arm::tests::face::{Answer, Face, REGISTRY};
use crate::router::router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use boathook_core::time::Clock;
use boathook_engine::system::SystemClock;
use boathook_engine::{Limits, TIME_BUCKETS_US};
use boathook_testkit::ManualClock;
use bytes::Bytes;
use exposition::Exposition;
use futures_util::future::join_all;
use futures_util::{FutureExt, stream};
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;

async fn get(face: &Face, path: &str) -> Answer {
    face.send(Request::get(path).body(Body::empty()).unwrap()).await
}

async fn scrape(face: &Face) -> Exposition {
    let answer = get(face, "/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    Exposition::parse(&answer.text)
}

#[tokio::test]
async fn a_server_is_healthy_from_its_start_and_ready_when_it_says_so() {
    let face = Face::start().await;
    let check = async |path: &str, status: u16, word: &str| {
        let answer = get(&face, path).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (status, word), "{path}");
    };
    check("/healthz", 200, "ok").await;
    check("/readyz", 503, "starting").await;
    face.app.set_ready(true);
    check("/readyz", 200, "ready").await;
    face.app.set_ready(false);
    check("/readyz", 503, "draining").await;
    check("/healthz", 200, "ok").await;
}

#[tokio::test]
async fn a_server_without_its_database_is_not_ready() {
    let face = Face::start().await;
    face.app.set_ready(true);
    face.damage_database();
    let answer = get(&face, "/readyz").await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (503, "database"));
    let exposition = scrape(&face).await;
    assert_eq!(exposition.value("boathook_database_reachable", &[]), Some(0.0));
    assert_eq!(exposition.value("boathook_oldest_undelivered_event_age_seconds", &[]), None);
}

#[tokio::test]
async fn requests_are_counted_by_route_method_and_status() {
    let face = Face::start().await;
    face.get("/webhooks").await;
    face.get("/webhooks/nobody").await;
    face.get("/webhooks/somebody").await;
    let strange = Request::builder().method(Method::from_bytes(b"BREW").unwrap()).uri("/healthz");
    face.send(strange.body(Body::empty()).unwrap()).await;
    let exposition = scrape(&face).await;
    let count = |route, method, status| {
        let (face, _) = str::split_once(route, '.').unwrap_or((route, ""));
        let labels = [("face", face), ("route", route), ("method", method), ("status", status)];
        exposition.value("boathook_requests_total", &labels)
    };
    assert_eq!(count("arm.webhooks", "GET", "200"), Some(1.0));
    assert_eq!(count("arm.webhook", "GET", "404"), Some(2.0));
    assert_eq!(count("other", "other", "405"), Some(1.0));
    let duration = "boathook_request_duration_seconds_count";
    assert_eq!(exposition.value(duration, &[("route", "arm.webhook")]), Some(2.0));
}

#[tokio::test]
async fn a_request_is_counted_once_when_it_is_over_even_if_nobody_waits_for_the_answer() {
    let face = Face::start().await;
    let router = router(face.app.clone());
    let request = || Request::get("/healthz").body(Body::empty()).unwrap();
    let answered =
        [("face", "ops"), ("method", "GET"), ("route", "ops.healthz"), ("status", "200")];
    let check = async |counts: [Option<f64>; 3]| {
        let exposition = scrape(&face).await;
        let aborted =
            |route| exposition.value("boathook_requests_aborted_total", &[("route", route)]);
        let answered = exposition.value("boathook_requests_total", &answered);
        assert_eq!([answered, aborted("ops.healthz"), aborted("other")], counts);
    };
    let response = router.clone().oneshot(request()).await.unwrap();
    check([None, None, None]).await;
    response.into_body().collect().await.unwrap();
    check([Some(1.0), None, None]).await;
    drop(router.clone().oneshot(request()).await.unwrap());
    check([Some(2.0), Some(1.0), None]).await;
    let waiting = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let request = face.request(&Method::PUT, &format!("{REGISTRY}/webhooks/hook01"));
    let asked = router.oneshot(request.body(waiting).unwrap()).now_or_never();
    assert!(asked.is_none(), "it waits for the body");
    check([Some(2.0), Some(1.0), Some(1.0)]).await;
}

#[tokio::test]
async fn what_the_engine_counts_is_shown() {
    let face = Face::start().await;
    let meters = &face.app.ctx.meters;
    meters.bytes_in.add(7);
    meters.bytes_out.add(9);
    meters.attempts.increment("delivered");
    meters.failures.increment("timeout");
    meters.in_flight.add(3);
    meters.hashings.increment("wrong");
    meters.panics.increment("sweeper");
    let exposition = scrape(&face).await;
    let check = |name: &str, labels: &[(&str, &str)], expected| {
        assert_eq!(exposition.value(name, labels), Some(expected), "{name}");
    };
    check("boathook_content_bytes_total", &[("direction", "in")], 7.0);
    check("boathook_content_bytes_total", &[("direction", "out")], 9.0);
    check("boathook_delivery_attempts_total", &[("result", "delivered")], 1.0);
    check("boathook_delivery_failures_total", &[("class", "timeout")], 1.0);
    check("boathook_delivery_attempts_in_flight", &[], 3.0);
    check("boathook_password_hashings_total", &[("result", "wrong")], 1.0);
    check("boathook_worker_panics_total", &[("worker", "sweeper")], 1.0);
    check("boathook_uploads_open", &[], 0.0);
    check("boathook_database_reachable", &[], 1.0);
    check("boathook_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    assert!(1_000_000.0 < exposition.value("boathook_process_resident_memory_bytes", &[]).unwrap());
    assert!(0.0 < exposition.value("boathook_process_cpu_seconds_total", &[]).unwrap());
}

#[tokio::test]
async fn transactions_have_a_bucket_for_each_bound() {
    let face = Face::start().await;
    face.hook("hook01").await;
    let exposition = scrape(&face).await;
    let labels = [("name", "put_webhook")];
    assert_eq!(exposition.value("boathook_transaction_seconds_count", &labels), Some(1.0));
    let buckets = exposition.buckets("boathook_transaction_seconds", &labels);
    let bounds: Vec<_> = buckets.iter().map(|(bound, _)| *bound).collect();
    let expected = TIME_BUCKETS_US.map(|bound_us| Duration::from_micros(bound_us).as_secs_f64());
    assert_eq!(bounds[..TIME_BUCKETS_US.len()], expected);
    assert_eq!(buckets.last(), Some(&(f64::INFINITY, 1.0)));
}

#[tokio::test]
async fn the_oldest_event_ages_until_it_is_over() {
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let face = Face::with(Limits::default(), clock.clone()).await;
    let age =
        async || scrape(&face).await.value("boathook_oldest_undelivered_event_age_seconds", &[]);
    let later = || clock.advance(Duration::from_millis(1_500));
    face.hook("hook01").await;
    assert_eq!(age().await, Some(0.0));
    later();
    face.post("/webhooks/hook01/ping").await;
    assert_eq!(age().await, Some(0.0));
    later();
    assert_eq!(age().await, Some(1.5));
    clock.advance(Duration::from_millis(500));
    assert_eq!(age().await, Some(2.0), "nobody asked the database");
    later();
    face.delete("/webhooks/hook01").await;
    assert_eq!(age().await, Some(0.0));
}

#[tokio::test]
async fn probes_and_scrapes_that_come_together_share_one_look_at_the_database() {
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let face = Face::with(Limits::default(), clock.clone()).await;
    face.app.set_ready(true);
    let looks = |name| {
        let times = face.app.ctx.db.times().snapshot();
        times.get(name).map_or(0, |times| times.counts.iter().sum::<u64>())
    };
    for (path, name) in [("/metrics", "backlog"), ("/readyz", "webhook_revision")] {
        let before = looks(name);
        for round in 1..=2 {
            let answers = join_all((0..5).map(|_| get(&face, path))).await;
            assert!(answers.iter().all(|answer| answer.status == StatusCode::OK), "{path}");
            assert_eq!(looks(name), before + round, "{path}");
            get(&face, path).await;
            assert_eq!(looks(name), before + round, "{path}, soon after");
            clock.advance(Duration::from_secs(1));
        }
    }
}
