//! `GET {scope}/…/roleAssignments`

use super::{resource, scope};
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_core::id::AssignmentId;
use boathook_engine::manage::roles;
use boathook_wire::arm::page::Page;
use boathook_wire::arm::path::Scope;
use boathook_wire::arm::role::AssignmentFilter;

pub(in crate::arm) async fn handle(ask: &Ask<'_>, asked: &Scope) -> Result<Response, ArmError> {
    let filter = AssignmentFilter::parse(ask.filter.as_deref().unwrap_or_default())?;
    let after = ask.skip_token.as_deref();
    let after =
        after.map(|text| AssignmentId::parse(text).ok_or(ArmError::SkipToken)).transpose()?;
    let after = after.as_ref().map(AssignmentId::as_str);
    let page = roles::list(ask.ctx, &scope(asked)?, &filter, after).await?;
    let next_link = page.next.map(|next| ask.next_link(next.as_str()));
    Ok(print::json(&Page {
        value: page.assignments.into_iter().map(resource).collect(),
        next_link,
    }))
}
