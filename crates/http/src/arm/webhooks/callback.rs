//! `POST …/webhooks/{name}/getCallbackConfig`: the address and the headers, secrets included.

use super::{refused, unknown};
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::webhooks;
use boathook_wire::arm::webhook::CallbackConfig;

pub(in crate::arm) async fn handle(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let opened = webhooks::callback(call.ctx, &call.registry, name).await?;
    let opened = opened.ok_or_else(|| unknown(call, name))?;
    let target = opened.map_err(|refusal| refused(call, name, refusal))?;
    let headers = target.headers.iter();
    Ok(print::json(&CallbackConfig {
        service_uri: target.uri.as_typed().to_owned(),
        custom_headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }))
}
