//! How answers are printed, and what all of them have (`acr-facts` §3.4).

use crate::facts::RequestId;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::time::Timestamp;
use boathook_engine::manage::etag;
use boathook_wire::arm::condition;
use boathook_wire::arm::page::Page;
use boathook_wire::arm::system_data::{IdentityType, SystemData};
use serde::Serialize;
use std::collections::BTreeMap;
use std::hash::Hash;

/// Versions of the API that clients may ask for. Any other is answered too.
const API_VERSIONS: &str = "2020-11-01-preview, 2021-06-01-preview, 2021-08-01-preview, 2021-09-01, \
    2021-12-01-preview, 2022-02-01-preview, 2022-12-01, 2023-01-01-preview, 2023-06-01-preview, 2023-07-01, \
    2023-08-01-preview, 2023-11-01-preview, 2024-01-01-preview, 2024-11-01-preview, 2025-03-01-preview, 2025-04-01, \
    2025-05-01-preview, 2025-06-01-preview, 2025-09-01-preview, 2025-11-01, 2025-12-01-preview, 2026-01-01-preview, \
    2026-03-01-preview, 2026-09-01-preview, 2026-11-01";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
const JSON: &str = "application/json; charset=utf-8";

/// Tags as they are stored.
pub(super) fn tags(stored: &str) -> BTreeMap<String, String> {
    serde_json::from_str(stored).expect("because tags were strings when they came")
}

/// Who made a resource and who last changed it, each with the time.
pub(super) fn system_data(
    created: &(Timestamp, String),
    updated: &(Timestamp, String),
) -> SystemData {
    SystemData {
        created_by: created.1.clone(),
        created_by_type: IdentityType::Application,
        created_at: created.0,
        last_modified_by: updated.1.clone(),
        last_modified_by_type: IdentityType::Application,
        last_modified_at: updated.0,
    }
}

/// A 200 with a body.
pub(super) fn json<T: Serialize>(value: &T) -> Response {
    json_as(StatusCode::OK, value)
}

/// A list of nothing.
pub(super) fn empty() -> Response {
    json(&Page::<()> { value: Vec::new(), next_link: None })
}

/// Another status with a body.
pub(super) fn json_as<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let json = serde_json::to_vec(value).expect("because texts and numbers can be written");
    body(status, json)
}

/// A resource, with the entity tag of the row that it was made of.
pub(super) fn resource<T: Serialize>(status: StatusCode, row: &impl Hash, value: &T) -> Response {
    let etag = condition::header(&etag::of(row));
    let etag = HeaderValue::try_from(etag).expect("because a tag has digits and quotes only");
    let mut response = json_as(status, value);
    response.headers_mut().insert(header::ETAG, etag);
    response
}

/// An answer with a body that is JSON already.
pub(super) fn body(status: StatusCode, json: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)], json).into_response()
}

/// Adds what every answer has.
pub(super) fn finish(response: &mut Response, request: Option<&RequestId>) {
    let fixed = [
        (HeaderName::from_static("api-supported-versions"), API_VERSIONS),
        (header::CACHE_CONTROL, "no-cache"),
        (header::PRAGMA, "no-cache"),
        (header::EXPIRES, "-1"),
    ];
    let fixed = fixed.map(|(name, value)| (name, HeaderValue::from_static(value)));
    let id = request.and_then(|RequestId(id)| HeaderValue::from_str(id).ok());
    let headers = response.headers_mut();
    headers.extend(fixed);
    headers.extend(id.map(|id| (REQUEST_ID, id)));
}
