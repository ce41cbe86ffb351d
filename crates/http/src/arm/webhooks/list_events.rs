//! `POST …/webhooks/{name}/listEvents`: what was sent and what came of it, newest first.

use super::message::{content, failure, request, response};
use super::{event_id, unknown};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::events::{self, EventView};
use boathook_wire::arm::event::{Event, Progress, RequestMessage};
use boathook_wire::arm::page::Page;
use boathook_wire::arm::query::next_link;

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
    Event {
        event_request_message: RequestMessage {
            content: content(String::from_utf8_lossy(&view.body).into_owned()),
            head: request(view.request_uri, view.headers),
        },
        event_response_message: view.response.map(|row| response(row.into())),
        id: view.id.to_string(),
        boathook: Progress {
            state: view.state.as_str(),
            attempts: view.attempts,
            next_attempt: view.next_attempt,
            error: view.error.map(failure),
        },
    }
}
