//! Connections that are used again, and those that break when they are.

use std::io::Write;

use super::receiver::{OK, Receiver, read_request};
use super::{courier, send};
use crate::courier::BODY_BYTES_MAX;
use crate::courier::failure::{Failure, ProtocolFault};

const CUT_SHORT: Failure = Failure::Protocol(ProtocolFault::CutShort);

#[tokio::test]
async fn a_second_request_goes_over_the_same_connection() {
    let receiver = Receiver::answering(OK);
    let courier = courier();
    for _ in 0..3 {
        let exchange = send(&courier, &receiver.uri()).await;
        assert_eq!(exchange.result.unwrap().body_prefix, b"ok");
        assert_eq!(exchange.remote, Some(receiver.address));
    }
    assert_eq!(receiver.accepted(), 1);
    assert_eq!(send(&courier, &receiver.uri()).await.timings.connect, None);
}

#[tokio::test]
async fn a_body_of_the_full_length_leaves_the_connection_for_the_next_and_a_longer_one_does_not() {
    for (length, accepted) in [(BODY_BYTES_MAX, 1), (BODY_BYTES_MAX + 1, 2)] {
        let body = "b".repeat(length);
        let receiver = Receiver::answering(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
        ));
        let courier = courier();
        for _ in 0..2 {
            send(&courier, &receiver.uri()).await.result.unwrap();
        }
        assert_eq!(receiver.accepted(), accepted);
    }
}

#[tokio::test]
async fn a_receiver_that_asks_to_close_gets_a_new_connection() {
    let receiver =
        Receiver::answering("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let courier = courier();
    for _ in 0..2 {
        send(&courier, &receiver.uri()).await.result.unwrap();
    }
    assert_eq!(receiver.accepted(), 2);
}

#[tokio::test]
async fn a_connection_that_was_closed_while_it_waited_is_replaced() {
    let receiver = Receiver::start(|mut stream, _| {
        read_request(&mut stream)?;
        stream.write_all(OK.as_bytes())
    });
    let courier = courier();
    for _ in 0..5 {
        send(&courier, &receiver.uri()).await.result.unwrap();
    }
    assert_eq!(receiver.accepted(), 5);
}

/// A receiver whose first connection answers once and then does what is told with its second request.
fn receiver_that_breaks(second_answer: &'static str, later_answer: &'static str) -> Receiver {
    Receiver::start(move |mut stream, number| {
        read_request(&mut stream)?;
        stream.write_all(if number == 0 { OK } else { later_answer }.as_bytes())?;
        if number == 0 {
            read_request(&mut stream)?;
            stream.write_all(second_answer.as_bytes())?;
        }
        Ok(())
    })
}

#[tokio::test]
async fn a_used_connection_that_breaks_in_silence_is_tried_again_on_a_fresh_one() {
    let receiver = receiver_that_breaks("", OK);
    let courier = courier();
    for _ in 0..2 {
        send(&courier, &receiver.uri()).await.result.unwrap();
    }
    assert_eq!(receiver.accepted(), 2);
}

#[tokio::test]
async fn the_fresh_connection_is_the_last_try() {
    let receiver = receiver_that_breaks("", "");
    let courier = courier();
    send(&courier, &receiver.uri()).await.result.unwrap();
    assert_eq!(send(&courier, &receiver.uri()).await.result.unwrap_err(), CUT_SHORT);
    assert_eq!(receiver.accepted(), 2);
}

#[tokio::test]
async fn nothing_is_sent_again_after_a_byte_of_the_answer() {
    let receiver = receiver_that_breaks("H", OK);
    let courier = courier();
    send(&courier, &receiver.uri()).await.result.unwrap();
    assert_eq!(send(&courier, &receiver.uri()).await.result.unwrap_err(), CUT_SHORT);
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn a_courier_that_is_gone_leaves_no_connection_open() {
    let (tell, told) = std::sync::mpsc::channel();
    let receiver = Receiver::start(move |mut stream, _| {
        read_request(&mut stream)?;
        stream.write_all(OK.as_bytes())?;
        tell.send(super::receiver::wait_until_closed(&mut stream).is_ok()).unwrap();
        Ok(())
    });
    let courier = courier();
    send(&courier, &receiver.uri()).await.result.unwrap();
    drop(courier);
    tokio::task::spawn_blocking(move || assert!(told.recv().unwrap())).await.unwrap();
}
