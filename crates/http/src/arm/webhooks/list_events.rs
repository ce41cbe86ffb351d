//! `POST …/webhooks/{name}/listEvents`: what was sent and what came of it, newest first.

use super::{event_id, unknown};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::events::{self, EventView};
use boathook_wire::arm::event::{
    Event, Failure, HTTP_VERSION, Progress, RequestMessage, ResponseMessage,
};
use boathook_wire::arm::page::Page;
use boathook_wire::arm::query::next_link;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

pub(in crate::arm) async fn handle(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let after = call.skip_token.as_deref();
    let after = after.map(|token| event_id(token).ok_or(ArmError::SkipToken)).transpose()?;
    let page = events::list(call.ctx, &call.registry, name, after.as_ref()).await?;
    let page = page.ok_or_else(|| unknown(call, name))?;
    let next_link = page.next.map(|next| {
        next_link(&call.base(), call.parts.uri.path(), &call.api_version, next.as_str())
    });
    let value: Vec<_> = page.events.into_iter().map(event).collect();
    Ok(print::json(&Page { value, next_link }))
}

fn event(view: EventView) -> Event {
    let content =
        String::from_utf8(view.body).ok().and_then(|json| RawValue::from_string(json).ok());
    Event {
        event_request_message: RequestMessage {
            content: content.expect("because a payload was printed as JSON"),
            headers: view.headers,
            method: "POST",
            request_uri: view.request_uri,
            version: HTTP_VERSION,
        },
        event_response_message: view.response.map(|response| {
            let headers: BTreeMap<String, String> = serde_json::from_str(&response.headers)
                .expect("because headers were printed as an object of strings");
            ResponseMessage {
                content: String::from_utf8_lossy(&response.body).into_owned(),
                headers: headers.into_iter().collect(),
                reason_phrase: response.reason,
                status_code: response.status,
                version: HTTP_VERSION,
            }
        }),
        id: view.id.to_string(),
        boathook: Progress {
            state: view.state.as_str(),
            attempts: view.attempts,
            next_attempt: view.next_attempt,
            error: view.error.map(|(class, message)| Failure { class, message }),
        },
    }
}
