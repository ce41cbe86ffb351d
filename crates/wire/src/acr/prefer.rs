//! A client that does not want to wait says so with `Prefer: respond-async` (RFC 7240 §4.1). ACR knows nothing of this.

use http::{HeaderMap, HeaderName, HeaderValue};

/// What a client would like, if it can be had.
pub const PREFER: HeaderName = HeaderName::from_static("prefer");
/// What of that it has got.
pub const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// It would rather not wait.
pub const RESPOND_ASYNC: HeaderValue = HeaderValue::from_static("respond-async");
/// The operation that goes on, for who looks it up among the registry's `operationStatuses`; a header that is ours.
pub const OPERATION: HeaderName = HeaderName::from_static("boathook-operation");

/// Says whether a client would rather not wait.
pub fn is_async(headers: &HeaderMap) -> bool {
    let values = headers.get_all(PREFER).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|preference| {
        let name = preference.split([';', '=']).next().unwrap_or_default();
        name.trim().as_bytes().eq_ignore_ascii_case(RESPOND_ASYNC.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], expected: bool) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PREFER, HeaderValue::from_str(value).unwrap());
        }
        assert_eq!(is_async(&headers), expected, "{values:?}");
    }

    #[test]
    fn who_does_not_want_to_wait_says_so_in_one_word_among_others() {
        check(&[], false);
        check(&["respond-async"], true);
        check(&["Respond-Async, wait=10"], true);
        check(&["return=minimal;x=1 , respond-async;y"], true);
        check(&["wait=10", "respond-async"], true);
        check(&["wait=respond-async", "respond-asynchronously", "no-respond-async", ","], false);
    }
}
