//! `GET …/webhooks`: all of a registry, which its quota keeps to one page.

use super::resource;
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::webhooks;
use boathook_wire::arm::page::Page;

pub(in crate::arm) async fn handle(call: &Call<'_>) -> Result<Response, ArmError> {
    let webhooks = webhooks::list(call.ctx, &call.registry).await?;
    let value: Vec<_> = webhooks.iter().map(|webhook| resource(&call.id, webhook)).collect();
    Ok(print::json(&Page { value, next_link: None }))
}
