//! Receivers that misbehave, and what is said of them.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::receiver::{Receiver, read_request, wait_until_closed, write_until_closed};
use super::{LITTLE, courier, parcel, send};
use crate::courier::failure::{Failure, Phase, ProtocolFault};
use crate::courier::{Courier, HEAD_BYTES_MAX, HEADERS_MAX, Parcel};

async fn failure_of(
    timeout: Duration,
    script: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> Failure {
    let receiver = Receiver::start(move |stream, _| script(stream));
    let exchange = courier().send(Parcel { timeout, ..parcel(&receiver.uri()) }).await;
    assert_eq!(receiver.accepted(), 1, "a fresh connection is never tried twice");
    assert_eq!(exchange.remote, Some(receiver.address));
    exchange.result.unwrap_err()
}

async fn failure_after(answer: impl Into<Vec<u8>>) -> Failure {
    let answer = answer.into();
    let script = move |mut stream: TcpStream| {
        read_request(&mut stream)?;
        stream.write_all(&answer)
    };
    failure_of(super::PLENTY, script).await
}

#[track_caller]
fn check(failure: &Failure, class: &str, words: &str) {
    assert_eq!((failure.class(), failure.to_string().as_str()), (class, words));
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let exchange = send(&courier(), &format!("http://{address}/")).await;
    check(
        &exchange.result.unwrap_err(),
        "connection_refused",
        &format!("could not connect to `{address}`: connection refused"),
    );
    assert_eq!(
        (exchange.remote, exchange.timings.connect, exchange.timings.first_byte),
        (None, None, None)
    );
}

#[tokio::test]
async fn a_receiver_that_never_answers_costs_the_time_and_no_more() {
    let failure = failure_of(LITTLE, |mut stream| wait_until_closed(&mut stream)).await;
    check(&failure, "timeout", "the time ran out while waiting for the answer");
}

#[tokio::test]
async fn a_head_that_drips_does_not_prolong_the_time() {
    let failure = failure_of(LITTLE, |mut stream| {
        read_request(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\nx: ")?;
        write_until_closed(&mut stream, b"y", Some(Duration::from_millis(2)));
        Ok(())
    })
    .await;
    assert_eq!(failure, Failure::Timeout { phase: Phase::Head });
}

#[tokio::test]
async fn a_body_that_drips_does_not_prolong_the_time() {
    let failure = failure_of(LITTLE, |mut stream| {
        read_request(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")?;
        write_until_closed(&mut stream, b"y", Some(Duration::from_millis(2)));
        Ok(())
    })
    .await;
    check(&failure, "timeout", "the time ran out while reading the body of the answer");
}

#[tokio::test]
async fn a_flood_of_interim_answers_does_not_prolong_the_time() {
    let failure = failure_of(LITTLE, |mut stream| {
        read_request(&mut stream)?;
        write_until_closed(&mut stream, b"HTTP/1.1 100 Continue\r\n\r\n", None);
        Ok(())
    })
    .await;
    assert_eq!(failure, Failure::Timeout { phase: Phase::Head });
}

#[tokio::test]
async fn what_is_not_http_is_told_so() {
    for answer in [
        "220 mail.example ESMTP\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
    ] {
        let failure = failure_after(answer).await;
        check(&failure, "protocol_error", "the receiver's answer is not valid HTTP");
    }
}

#[tokio::test]
async fn a_head_may_have_32_kibibytes_and_100_headers_and_no_more() {
    let too_long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "v".repeat(HEAD_BYTES_MAX));
    let too_many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: v\r\n".repeat(HEADERS_MAX + 1));
    for answer in [too_long, too_many] {
        check(
            &failure_after(answer).await,
            "protocol_error",
            "the head of the receiver's answer has more than 32768 bytes or 100 headers",
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_short_is_no_answer() {
    for answer in [
        "",
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ] {
        let failure = failure_after(answer).await;
        check(
            &failure,
            "protocol_error",
            "the receiver closed the connection before its answer was complete",
        );
    }
}

#[tokio::test]
async fn a_reset_in_the_middle_of_the_head_is_no_answer() {
    let failure = failure_of(super::PLENTY, |mut stream| {
        // The request is left unread, so that the kernel resets the connection instead of closing it.
        stream.peek(&mut [0])?;
        stream.write_all(b"HTTP/1.1 2")
    })
    .await;
    assert_eq!(failure, Failure::Protocol(ProtocolFault::CutShort));
}

#[tokio::test]
async fn a_parcel_that_cannot_be_sent_is_not_the_receivers_fault() {
    let receiver = Receiver::answering("");
    for (name, value) in [("Host", "x"), ("content-length", "9"), ("a b", ""), ("x", "a\r\nb")] {
        let mut parcel = parcel(&receiver.uri());
        parcel.headers.push((name.to_owned(), value.to_owned()));
        assert_eq!(courier().send(parcel).await.result.unwrap_err().class(), "request_error");
    }
    assert_eq!(receiver.accepted(), 0);
}

#[tokio::test]
async fn the_time_runs_out_for_a_name_that_hangs() {
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let told = std::sync::Mutex::new(told);
    let resolver = crate::courier::resolver::Resolver::new(move |_| {
        told.lock().unwrap().recv().ok();
        Ok(vec![])
    });
    let courier =
        crate::courier::client::HttpCourier::new(super::loopback_allowed(), resolver, vec![]);
    let exchange =
        courier.send(Parcel { timeout: LITTLE, ..parcel("http://hangs.example/") }).await;
    check(
        &exchange.result.unwrap_err(),
        "timeout",
        "the time ran out while looking the host name up",
    );
    drop(tell);
}

#[tokio::test]
async fn a_receiver_that_reads_nothing_does_not_keep_its_connection() {
    let (time_is_over, wait_for_it) = std::sync::mpsc::channel();
    let (tell, told) = std::sync::mpsc::channel();
    let wait_for_it = std::sync::Mutex::new(wait_for_it);
    let receiver = Receiver::start(move |mut stream, _| {
        wait_for_it.lock().unwrap().recv().ok();
        // A connection that is still held takes what fits into the kernel's buffers, and then no more.
        stream.set_write_timeout(Some(super::PLENTY))?;
        let error = loop {
            if let Err(error) = stream.write_all(&vec![b' '; 0x1_0000]) {
                break error;
            }
        };
        tell.send(error.kind()).unwrap();
        Ok(())
    });
    let body = vec![0; 32 * 1024 * 1024].into();
    let parcel = Parcel { timeout: LITTLE, body, ..parcel(&receiver.uri()) };
    let courier = courier();
    assert_eq!(
        courier.send(parcel).await.result.unwrap_err(),
        Failure::Timeout { phase: Phase::Head }
    );
    time_is_over.send(()).unwrap();
    let kind = tokio::task::spawn_blocking(move || told.recv().unwrap()).await.unwrap();
    assert!(matches!(kind, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe), "{kind}");
}
