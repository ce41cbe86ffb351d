//! Addresses that are refused get no packet.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};

use boathook_core::address::AddressPolicy;

use super::receiver::Receiver;
use super::{loopback_allowed, send};
use crate::courier::client::HttpCourier;
use crate::courier::failure::Failure;
use crate::courier::resolver::Resolver;

const HERE: [u8; 4] = [127, 0, 0, 1];
const PRIVATE: [u8; 4] = [10, 0, 0, 1];

fn nothing_allowed() -> AddressPolicy {
    AddressPolicy::new(vec![], false, vec![])
}

/// A courier for which the names have these addresses, one list a look-up.
fn courier(policy: AddressPolicy, answers: &'static [&'static [[u8; 4]]]) -> HttpCourier {
    let asked = AtomicUsize::new(0);
    let look_up = move |_: &str| {
        let answer = answers[asked.fetch_add(1, Ordering::SeqCst)];
        Ok(answer.iter().copied().map(IpAddr::from).collect())
    };
    HttpCourier::new(policy, Resolver::new(look_up), vec![])
}

/// A listener that nobody answers for, but that shows whether anybody came.
fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn check_refused(courier: &HttpCourier, uri: &str, listener: &TcpListener) {
    let exchange = send(courier, uri).await;
    let failure = exchange.result.unwrap_err();
    assert!(matches!(failure, Failure::Refused(_)), "{uri}: {failure}");
    assert_eq!(failure.class(), "address_refused");
    assert_eq!((exchange.remote, exchange.timings.connect), (None, None));
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "{uri}");
}

#[tokio::test]
async fn a_literal_address_is_judged_however_it_is_spelt() {
    let (listener, address) = listener();
    let courier = courier(nothing_allowed(), &[]);
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "127.0.0.1.",
        "0.0.0.0",
    ] {
        check_refused(&courier, &format!("http://{host}:{}/", address.port()), &listener).await;
        check_refused(&courier, &format!("https://{host}:{}/", address.port()), &listener).await;
    }
}

#[tokio::test]
async fn one_forbidden_address_of_a_name_forbids_the_name() {
    let (listener, address) = listener();
    let uri = format!("http://mixed.example:{}/", address.port());
    check_refused(&courier(loopback_allowed(), &[&[HERE, PRIVATE]]), &uri, &listener).await;
    check_refused(&courier(loopback_allowed(), &[&[PRIVATE, HERE]]), &uri, &listener).await;
    check_refused(&courier(nothing_allowed(), &[&[[8, 8, 8, 8], HERE]]), &uri, &listener).await;
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_judged_anew() {
    let receiver =
        Receiver::answering("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    let courier = courier(loopback_allowed(), &[&[HERE], &[PRIVATE]]);
    let uri = format!("http://flips.example:{}/", receiver.address.port());
    send(&courier, &uri).await.result.unwrap();
    let failure = send(&courier, &uri).await.result.unwrap_err();
    assert_eq!(failure.class(), "address_refused");
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn our_own_listener_is_refused_where_loopback_is_allowed() {
    let (listener, own) = listener();
    let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()], true, vec![own]);
    let courier = courier(policy, &[&[HERE]]);
    check_refused(&courier, &format!("http://{own}/"), &listener).await;
    check_refused(&courier, &format!("http://itself.example:{}/", own.port()), &listener).await;
}

#[tokio::test]
async fn our_own_listener_is_refused_on_every_interface_of_the_machine() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let own = listener.local_addr().unwrap();
    let policy = AddressPolicy::new(vec!["0.0.0.0/0".parse().unwrap()], true, vec![own]);
    // The address that this machine would go out from, or loopback if it has no way out. No packet is sent.
    let probe = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let interface = match probe.connect("192.0.2.1:9").and_then(|()| probe.local_addr()) {
        Ok(local) => local.ip(),
        Err(_) => IpAddr::from(HERE),
    };
    let uri = format!("http://{}/", SocketAddr::new(interface, own.port()));
    check_refused(&courier(policy, &[]), &uri, &listener).await;
}

#[tokio::test]
async fn the_first_address_that_answers_is_taken() {
    let receiver = Receiver::answering(super::receiver::OK);
    // Nobody listens on the first; on Linux all of 127.0.0.0/8 is this machine.
    let courier = courier(loopback_allowed(), &[&[[127, 0, 0, 9], HERE]]);
    let exchange =
        send(&courier, &format!("http://two.example:{}/", receiver.address.port())).await;
    exchange.result.unwrap();
    assert_eq!(exchange.remote, Some(receiver.address));
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_told_so() {
    let failure = send(&courier(loopback_allowed(), &[&[]]), "http://nowhere.example/")
        .await
        .result
        .unwrap_err();
    assert_eq!(failure.class(), "dns_error");
    assert_eq!(
        failure.to_string(),
        "the host name `nowhere.example` could not be looked up: it has no addresses"
    );
}
