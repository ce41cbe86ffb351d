//! What was sent to a receiver and what it answered, as `listEvents` and `listDeliveries` show it.

use boathook_engine::manage::events::ResponseView;
use boathook_wire::arm::event::{Failure, HTTP_VERSION, RequestHead, ResponseMessage};
use serde_json::value::RawValue;

/// What a receiver gets, as the object that it is.
pub(super) fn content(body: String) -> Box<RawValue> {
    RawValue::from_string(body).expect("because a payload was printed as JSON")
}

/// A request without its body.
pub(super) fn request(request_uri: String, headers: Vec<(String, String)>) -> RequestHead {
    RequestHead { headers, method: "POST", request_uri, version: HTTP_VERSION }
}

/// A receiver's answer.
pub(super) fn response(view: ResponseView) -> ResponseMessage {
    ResponseMessage {
        content: view.body,
        headers: view.headers,
        reason_phrase: view.reason,
        status_code: view.status,
        version: HTTP_VERSION,
    }
}

/// Why an attempt failed.
pub(super) fn failure((class, message): (String, String)) -> Failure {
    Failure { class, message }
}
