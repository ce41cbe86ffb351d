//! `GET …/tokens`: all of a registry, by name.

use super::resource;
use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_core::name::TokenName;
use boathook_engine::manage::tokens::{self, PAGE_MAX};
use boathook_wire::arm::page::Page;

pub(in crate::arm) async fn handle(call: &Call<'_>) -> Result<Response, ArmError> {
    let after = call.skip_token.as_deref().map(str::parse::<TokenName>).transpose();
    let after = after.map_err(|_| ArmError::SkipToken)?;
    let found = tokens::list(call.ctx, &call.registry, after.as_ref()).await?;
    let is_full = u32::try_from(found.len()).is_ok_and(|count| PAGE_MAX <= count);
    let last = found.last().filter(|_| is_full);
    let next_link = last.map(|row| call.next_link(row.name.as_str()));
    let value: Vec<_> = found.iter().map(|row| resource(&call.id, row)).collect();
    Ok(print::json(&Page { value, next_link }))
}
