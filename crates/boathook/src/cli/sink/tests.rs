//! The sink as a sender sees it, and what it prints.

use serde_json::{Value as Json, json};
use tokio::sync::oneshot;

use super::*;

/// Runs the sink while `send` sends to its address, and returns the lines that it printed.
async fn lines<F: Future<Output = ()>>(
    reply: Reply,
    log: Option<File>,
    send: impl FnOnce(String) -> F,
) -> Vec<Json> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::of_buffers(&mut out, &mut err, false);
    let (stop, stopped) = oneshot::channel();
    let receive = receive(listener, reply, async { stopped.await.unwrap() }, &mut console, log);
    let send = async {
        send(address).await;
        stop.send(()).unwrap();
    };
    let (received, ()) = tokio::join!(receive, send);
    received.unwrap();
    assert!(err.is_empty());
    String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn reply(status: StatusCode, body: &'static str) -> Reply {
    Reply { status, delay: Duration::ZERO, body: body.into() }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[tokio::test]
async fn each_request_is_one_line_and_is_answered_as_told() {
    let lines = lines(reply(StatusCode::IM_A_TEAPOT, "short and stout"), None, async |address| {
        let request = client()
            .post(format!("{address}/hook?a=b"))
            .header("x-tag", "one")
            .header("X-Tag", "two");
        let response = request.body("{\"id\":\"é\"}\n").send().await.unwrap();
        assert_eq!(response.status().as_u16(), 418);
        assert_eq!(response.text().await.unwrap(), "short and stout");
        client().get(&address).send().await.unwrap();
    });
    let lines = lines.await;
    let [post, get] = &lines[..] else { panic!("{lines:#?}") };
    assert_eq!((&post["method"], &post["path"]), (&json!("POST"), &json!("/hook?a=b")));
    assert_eq!(
        (&post["headers"]["x-tag"], &post["body"]),
        (&json!("one, two"), &json!("{\"id\":\"é\"}\n"))
    );
    assert_eq!(post["time"].as_str().unwrap().len(), "2026-11-22T13:51:01.0000000Z".len());
    assert_eq!(
        (&get["method"], &get["path"], &get["body"]),
        (&json!("GET"), &json!("/"), &json!(""))
    );
    let members: Vec<_> = post.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["body", "headers", "method", "path", "time"]);
}

#[tokio::test]
async fn the_log_gets_the_same_lines_after_those_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sink.log");
    for expected in 1..=2 {
        let log = Some(line::open(&path).unwrap());
        let printed = lines(reply(StatusCode::OK, ""), log, async |address| {
            client().post(&address).body("x").send().await.unwrap();
        });
        let printed = printed.await;
        let logged = std::fs::read_to_string(&path).unwrap();
        assert_eq!(logged.lines().count(), expected);
        assert_eq!(
            serde_json::from_str::<Json>(logged.lines().last().unwrap()).unwrap(),
            printed[0]
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_leaves_no_line() {
    let lines = lines(reply(StatusCode::OK, ""), None, async |address| {
        for (bytes, status) in [(BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 413)] {
            let response = client().post(&address).body(vec![b'x'; bytes]).send().await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{bytes}");
        }
    });
    assert_eq!(lines.await.len(), 1);
}

#[tokio::test]
async fn a_request_that_waits_for_its_answer_gets_it_though_the_sink_is_stopped() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::of_buffers(&mut out, &mut err, false);
    let log = tempfile::NamedTempFile::new().unwrap();
    let reply = Reply { delay: Duration::from_millis(300), ..reply(StatusCode::OK, "late") };
    // Stops as soon as the line is logged, which is before the answer.
    let stop = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        while std::fs::read(log.path()).unwrap().is_empty() {
            ticks.tick().await;
        }
    };
    let receive =
        receive(listener, reply, stop, &mut console, Some(line::open(log.path()).unwrap()));
    let send = async { client().post(&address).send().await.unwrap().text().await.unwrap() };
    let (received, answer) = tokio::join!(receive, send);
    received.unwrap();
    assert_eq!(answer, "late");
}

#[test]
fn a_delay_has_a_unit_and_a_limit() {
    for (text, expected) in
        [("0s", 0), ("500ms", 500), ("2s", 2000), ("1m", 60_000), ("24h", 86_400_000)]
    {
        assert_eq!(delay(text).unwrap(), Duration::from_millis(expected), "{text}");
    }
    for text in ["", "5", "-1s", "25h", "soon"] {
        assert!(delay(text).is_err(), "{text}");
    }
}
