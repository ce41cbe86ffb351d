//! `GET …/servicePrincipals`: all identities, by name.

use super::resource;
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_engine::manage::identities::{self, PAGE_MAX};
use boathook_wire::arm::page::Page;

pub(in crate::arm) async fn handle(ask: &Ask<'_>) -> Result<Response, ArmError> {
    let found = identities::list(ask.ctx, ask.skip_token.as_deref()).await?;
    let is_full = u32::try_from(found.len()).is_ok_and(|count| PAGE_MAX <= count);
    let last = found.last().filter(|_| is_full);
    let next_link = last.map(|last| ask.next_link(last.identity.name.as_str()));
    Ok(print::json(&Page { value: found.into_iter().map(resource).collect(), next_link }))
}
