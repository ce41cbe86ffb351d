mod addresses;
mod answers;
mod faults;
mod receiver;
mod reuse;
mod tls;

use std::time::Duration;

use boathook_core::address::AddressPolicy;
use bytes::Bytes;
use http::Method;

use super::client::HttpCourier;
use super::resolver::Resolver;
use super::{BODY_BYTES_MAX, Courier, Exchange, Parcel, add_authorization};

/// Longer than any test that does not wait for a time-out needs.
const PLENTY: Duration = Duration::from_secs(10);
/// Short enough to be waited for, and long enough for a busy machine to get to the part that hangs.
const LITTLE: Duration = Duration::from_millis(400);

fn loopback_allowed() -> AddressPolicy {
    AddressPolicy::new(vec![], true, vec![])
}

fn courier() -> HttpCourier {
    HttpCourier::new(loopback_allowed(), Resolver::system(), vec![])
}

fn parcel(uri: &str) -> Parcel {
    let headers = vec![("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned())];
    Parcel {
        method: Method::POST,
        uri: uri.parse().unwrap(),
        headers,
        body: Bytes::from_static(b"{}"),
        answer_bytes_max: BODY_BYTES_MAX,
        timeout: PLENTY,
    }
}

async fn send(courier: &HttpCourier, uri: &str) -> Exchange {
    courier.send(parcel(uri)).await
}

#[test]
fn userinfo_becomes_basic_authorization_unless_there_is_one() {
    let check = |uri: &str, given: &[&str], expected: &[&str]| {
        let mut headers = given.iter().map(|&name| (name.to_owned(), "own".to_owned())).collect();
        add_authorization(&uri.parse().unwrap(), &mut headers);
        let shown: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(shown, expected);
    };
    check("https://host/", &[], &[]);
    check(
        "https://$site:p%40ss@host/",
        &["X"],
        &["X: own", "Authorization: Basic JHNpdGU6cEBzcw=="],
    );
    check("https://user@host/", &[], &["Authorization: Basic dXNlcjo="]);
    check("https://user:pass@host/", &["authorization"], &["authorization: own"]);
}

#[test]
fn debug_output_of_a_parcel_holds_no_secrets() {
    let mut parcel = parcel("https://user:hunter2@host/T0KEN");
    parcel.headers.push(("X-Token".to_owned(), "s3cret".to_owned()));
    assert_eq!(
        format!("{parcel:?}"),
        "Parcel { uri: ServiceUri(https://host/…), body_bytes: 2, .. }"
    );
}
