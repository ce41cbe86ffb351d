//! What becomes of a connection whose client does not keep its word.

use super::face::{Face, REGISTRY, create};
use crate::router::router;
use crate::server::Server;
use axum::http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Sends `body` behind a head that announces `announced` bytes, then nothing more; gives all that comes back until the
/// server closes the connection.
async fn exchange(face: &Face, announced: usize, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    Server::start(listener, &face.supervisor).open(router(face.app.clone()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let authorization = face.authorization();
    let head = format!(
        "PUT {REGISTRY}/webhooks/hook01?api-version=1 HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: {authorization}\r\nContent-Length: {announced}\r\n\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_body_that_is_shorter_than_announced_changes_nothing_and_ends_the_connection() {
    let face = Face::start().await;
    let body = create("http://example.com/");
    let answer = exchange(&face, body.len() + 1, &body).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("InvalidRequestContent"), "{answer}");
    assert_eq!(face.get("/webhooks/hook01").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_large_is_not_waited_for() {
    let face = Face::start().await;
    let answer = exchange(&face, 2 * 1024 * 1024, "").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("RequestEntityTooLarge"), "{answer}");
}

#[tokio::test]
async fn what_follows_a_body_is_not_taken_for_a_part_of_it() {
    let face = Face::start().await;
    let body = create("http://example.com/");
    let answer = exchange(&face, body.len(), &format!("{body}}}}}")).await;
    let statuses: Vec<_> = answer.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "400"], "{answer}");
}
