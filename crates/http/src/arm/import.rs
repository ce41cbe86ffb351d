//! `POST …/importImage`: takes an image over from another registry.

use super::admit::Call;
use super::error::ArmError;
use super::operations;
use crate::address::login_server;
use crate::oci::caller;
use axum::response::Response;
use boathook_core::event::Request;
use boathook_engine::manage::import::{self, Asked};
use boathook_wire::arm::import::Import;

pub(super) async fn handle(call: &Call<'_>, body: &[u8]) -> Result<Response, ArmError> {
    let import = Import::parse(body)?;
    let asked_host = call.host();
    // Receivers read there which registry it is that has the image.
    let host = login_server(
        &call.registry.name,
        &call.ctx.site.registry,
        &call.ctx.site.domain,
        &asked_host,
    );
    let request = Request { host, ..caller::request(call.parts, "PUT") };
    let actor = call.actor();
    let (principal, host) = (&*call.principal, asked_host.as_str());
    let asked = Asked { principal, actor: &actor, host, request };
    let begun = import::begin(call.ctx, &call.registry, import, asked).await?;
    operations::accepted(call, &begun)
}
