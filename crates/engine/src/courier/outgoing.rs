//! The request, made once and sent in the dialect of whichever connection takes it.

use boathook_core::custom_headers::is_framing_name;
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::Full;

use crate::courier::Parcel;
use crate::courier::failure::Failure;

/// A request that can be sent over HTTP/1.1 and over HTTP/2.
pub(super) struct Outgoing {
    method: Method,
    /// Scheme, authority, path and query: what HTTP/2 sends.
    absolute: Uri,
    /// Path and query: what HTTP/1.1 sends.
    path: Uri,
    host: HeaderValue,
    headers: HeaderMap,
    body: Bytes,
    /// How many bytes of the answer's body are read.
    pub(super) answer_bytes_max: usize,
}

impl Outgoing {
    /// Makes the request of a parcel. Nothing is looked up for a parcel that cannot be sent.
    pub(super) fn of(parcel: &Parcel) -> Result<Self, Failure> {
        let scheme = if parcel.uri.is_https() { "https" } else { "http" };
        let path = parcel.uri.path_and_query();
        let uri = |_| {
            Failure::Unbuildable(
                "the service URI holds characters that a request cannot hold".to_owned(),
            )
        };
        Ok(Self {
            method: parcel.method.clone(),
            absolute: format!("{scheme}://{}{path}", parcel.uri.authority())
                .parse()
                .map_err(uri)?,
            path: path.parse().map_err(uri)?,
            host: HeaderValue::from_str(parcel.uri.authority())
                .expect("because the authority of a URI has been parsed as one"),
            headers: headers(&parcel.headers)?,
            body: parcel.body.clone(),
            answer_bytes_max: parcel.answer_bytes_max,
        })
    }

    /// Gives the request as HTTP/1.1 has it.
    pub(super) fn http1(&self) -> Request<Full<Bytes>> {
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 1);
        headers.insert(HOST, self.host.clone());
        headers.extend(self.headers.clone());
        self.request(self.path.clone(), headers)
    }

    /// Gives the request as HTTP/2 has it.
    pub(super) fn http2(&self) -> Request<Full<Bytes>> {
        self.request(self.absolute.clone(), self.headers.clone())
    }

    fn request(&self, uri: Uri, headers: HeaderMap) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        request
    }
}

/// Takes the headers over in their order, and refuses those that would frame the request otherwise than we do.
fn headers(given: &[(String, String)]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::with_capacity(given.len());
    for (name, value) in given {
        if is_framing_name(name) {
            return Err(Failure::Unbuildable(format!("the header `{name}` is set by the courier")));
        }
        let invalid = || {
            Failure::Unbuildable("a header has a name or a value that cannot be sent".to_owned())
        };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_character_that_a_service_uri_may_hold_can_be_requested() {
        let mut parsed_count = 0;
        for character in ('!'..='~').chain(['é', '鯨', '％']) {
            for text in [
                format!("http://host/a{character}b"),
                format!("http://host/?a{character}b"),
                format!("https://u{character}:p{character}@host/"),
            ] {
                let Ok(uri) = text.parse() else { continue };
                parsed_count += 1;
                let parcel = Parcel {
                    method: Method::POST,
                    uri,
                    headers: vec![],
                    body: Bytes::new(),
                    answer_bytes_max: 0,
                    timeout: Duration::ZERO,
                };
                let request = Outgoing::of(&parcel).unwrap().http2();
                assert_eq!(request.uri().to_string(), parcel.uri.request_uri(), "{text}");
            }
        }
        assert!(250 < parsed_count);
    }
}
