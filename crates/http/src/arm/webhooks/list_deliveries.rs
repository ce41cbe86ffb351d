//! `POST …/webhooks/{name}/listDeliveries`: how each delivery went, attempt by attempt, newest first; or one of them.

use super::message::{content, failure, request, response};
use super::{event_id, unknown};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::events::{self, AttemptView, DeliveryView, NoSuchEvent};
use boathook_wire::arm::delivery::{Attempt, Delivery, ListDeliveries};
use boathook_wire::arm::page::Page;

pub(in crate::arm) async fn handle(
    call: &Call<'_>,
    name: &str,
    body: &[u8],
) -> Result<Response, ArmError> {
    let after = call.skip_token.as_deref();
    let after = after.map(|token| event_id(token).ok_or(ArmError::SkipToken)).transpose()?;
    if let ListDeliveries { id: Some(id) } = ListDeliveries::parse(body)? {
        let event = event_id(&id).ok_or(NoSuchEvent)?;
        let found = events::delivery(call.ctx, &call.registry, name, &event).await?;
        let found = found.ok_or_else(|| unknown(call, name))??;
        return Ok(print::json(&Page { value: vec![delivery(found)], next_link: None }));
    }
    let page = events::deliveries(call.ctx, &call.registry, name, after.as_ref()).await?;
    let page = page.ok_or_else(|| unknown(call, name))?;
    let next_link = page.next.map(|next| call.next_link(next.as_str()));
    let value: Vec<_> = page.deliveries.into_iter().map(delivery).collect();
    Ok(print::json(&Page { value, next_link }))
}

fn delivery(view: DeliveryView) -> Delivery {
    Delivery {
        id: view.id.to_string(),
        state: view.state.as_str(),
        attempt_count: view.attempt_count,
        next_attempt: view.next_attempt,
        body: content(view.body),
        attempts: view.attempts.into_iter().map(attempt).collect(),
    }
}

fn attempt(view: AttemptView) -> Attempt {
    Attempt {
        number: view.number,
        start_time: view.started,
        duration_ms: view.duration_ms,
        request: request(view.request.uri, view.request.headers),
        response: view.response.map(response),
        error: view.error.map(failure),
    }
}
