//! What a courier sends, and what it brings back.

use std::io::Write;
use std::sync::mpsc;

use bytes::Bytes;
use http::{Method, Version};

use super::receiver::{OK, Receiver, read_request, write_until_closed};
use super::{courier, parcel, send};
use crate::courier::{Answer, BODY_BYTES_MAX, Courier, HEADERS_MAX, Parcel};

async fn answer_to(bytes: impl Into<Vec<u8>>) -> Answer {
    let receiver = Receiver::start({
        let bytes = bytes.into();
        move |mut stream, _| {
            read_request(&mut stream)?;
            stream.write_all(&bytes)
        }
    });
    send(&courier(), &receiver.uri()).await.result.unwrap()
}

#[tokio::test]
async fn the_request_is_what_the_parcel_says_and_no_more() {
    let (tell, told) = mpsc::channel();
    let receiver = Receiver::start(move |mut stream, _| {
        tell.send(read_request(&mut stream)?).unwrap();
        stream.write_all(OK.as_bytes())
    });
    let address = receiver.address;
    let mut parcel = parcel(&format!("http://user:secret@{address}/hooks/a%20b?c=d#e"));
    parcel.headers.insert(0, ("User-Agent".to_owned(), "AzureContainerRegistry/1.0".to_owned()));
    parcel.headers.push(("X-Key".to_owned(), "käy".to_owned()));
    courier().send(parcel).await.result.unwrap();
    assert_eq!(
        told.recv().unwrap(),
        format!(
            "POST /hooks/a%20b?c=d HTTP/1.1\r\nHost: {address}\r\nUser-Agent: AzureContainerRegistry/1.0\r\n\
             Content-Type: application/json; charset=utf-8\r\nX-Key: käy\r\nContent-Length: 2\r\n\r\n{{}}"
        )
    );
}

#[tokio::test]
async fn an_answer_comes_back_with_all_its_parts() {
    let answer = answer_to(
        "HTTP/1.1 503 Come Back Later\r\nRetry-After: 120\r\nSet-Cookie: a\r\nX-B: \r\nSet-Cookie: b\r\n\
         Content-Length: 5\r\n\r\nlater",
    )
    .await;
    assert_eq!((answer.status.as_u16(), answer.reason.as_str()), (503, "Come Back Later"));
    assert_eq!((answer.version, answer.retry_after.as_deref()), (Version::HTTP_11, Some("120")));
    assert_eq!(answer.body_prefix, b"later");
    let headers =
        answer.headers.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    assert_eq!(headers, ["retry-after=120", "set-cookie=a, b", "x-b=", "content-length=5"]);
}

#[tokio::test]
async fn timings_and_the_remote_address_are_told() {
    let receiver = Receiver::answering(OK);
    let exchange =
        send(&courier(), &format!("http://localhost:{}/", receiver.address.port())).await;
    let timings = exchange.timings;
    assert_eq!(exchange.remote, Some(receiver.address));
    let parts = [timings.dns, timings.connect, timings.first_byte].map(Option::unwrap);
    assert!(parts.iter().sum::<std::time::Duration>() <= timings.total);
    assert_eq!(timings.tls, None);
    // By address there is nothing to look up.
    assert_eq!(send(&courier(), &receiver.uri()).await.timings.dns, None);
}

#[tokio::test]
async fn http_1_0_is_understood() {
    let answer = answer_to("HTTP/1.0 200 OK\r\n\r\nuntil the end").await;
    assert_eq!(
        (answer.version, answer.body_prefix.as_slice()),
        (Version::HTTP_10, b"until the end".as_slice())
    );
}

#[tokio::test]
async fn an_interim_answer_is_passed_over() {
    let answer = answer_to("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(answer.status.as_u16(), 204);
    assert_eq!(answer.headers, []);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let location = format!("http://{}/", elsewhere.local_addr().unwrap());
    for status in [301, 302, 303, 307, 308] {
        let answer = answer_to(format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
        ))
        .await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.headers[0], ("location".to_owned(), location.clone()));
    }
    assert_eq!(elsewhere.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn sixteen_kibibytes_of_a_body_are_kept() {
    for (length, kept) in
        [(0, 0), (BODY_BYTES_MAX, BODY_BYTES_MAX), (BODY_BYTES_MAX + 1, BODY_BYTES_MAX)]
    {
        let body = "b".repeat(length);
        let answer =
            answer_to(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")).await;
        assert_eq!(answer.body_prefix.len(), kept);
    }
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_and_its_connection_closed() {
    let (tell, told) = mpsc::channel();
    let receiver = Receiver::start(move |mut stream, _| {
        read_request(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
        let chunk = format!("1000\r\n{}\r\n", "c".repeat(0x1000));
        tell.send(write_until_closed(&mut stream, chunk.as_bytes(), None)).unwrap();
        Ok(())
    });
    let answer = send(&courier(), &receiver.uri()).await.result.unwrap();
    assert_eq!(answer.body_prefix, [b'c'; BODY_BYTES_MAX]);
    // That the writer ends at all is the promise; what it wrote fits into the kernel's buffers.
    let written = tokio::task::spawn_blocking(move || told.recv().unwrap()).await.unwrap();
    assert!(written < 16 * 1024 * 1024);
}

#[tokio::test]
async fn a_hundred_headers_are_read() {
    let headers =
        (0..HEADERS_MAX - 1).map(|number| format!("h{number}: v\r\n")).collect::<Vec<_>>().concat();
    let answer = answer_to(format!("HTTP/1.1 200 OK\r\n{headers}content-length: 0\r\n\r\n")).await;
    assert_eq!(answer.headers.len(), HEADERS_MAX);
}

#[tokio::test]
async fn what_is_to_be_read_is_asked_for_with_get_and_read_as_far_as_is_wanted() {
    let (tell, told) = mpsc::channel();
    let receiver = Receiver::start(move |mut stream, _| {
        tell.send(read_request(&mut stream)?).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 20000\r\n\r\n")?;
        stream.write_all("k".repeat(20_000).as_bytes())
    });
    for (wanted, kept) in [(20_001, 20_000), (19_999, 19_999)] {
        let parcel = Parcel {
            method: Method::GET,
            body: Bytes::new(),
            answer_bytes_max: wanted,
            ..parcel(&receiver.uri())
        };
        let answer = courier().send(parcel).await.result.unwrap();
        assert_eq!((answer.body_prefix.len(), answer.is_whole), (kept, kept == 20_000));
        let request = told.recv().unwrap();
        assert!(request.starts_with("GET / HTTP/1.1\r\n"), "{request}");
        assert!(!request.to_ascii_lowercase().contains("content-length"), "{request}");
    }
}
