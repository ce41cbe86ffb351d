//! Resource groups.

use super::admit::Ask;
use super::error::ArmError;
use super::visible::Visible;
use super::{operations, print};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use boathook_core::defaults::SUBSCRIPTION_ID;
use boathook_core::name::ResourceGroupName;
use boathook_core::role::{ArmAction, RoleScope};
use boathook_engine::ResourceGroupRow;
use boathook_engine::manage::groups::{self, PAGE_MAX};
use boathook_engine::manage::scope_maps::Done;
use boathook_wire::arm::group::{Create, Properties, ResourceGroup, TYPE, Update};
use boathook_wire::arm::page::Page;
use boathook_wire::arm::path::GroupId;
use std::ops::ControlFlow;

const READ: &str = "Microsoft.Resources/subscriptions/resourceGroups/read";

/// `GET /subscriptions/{subscription}/resourceGroups`: those that the caller may look at, by name.
pub(super) async fn list(ask: &Ask<'_>) -> Result<Response, ArmError> {
    let after = ask.skip_token.as_deref().map(str::parse).transpose();
    let mut after = after.map_err(|_invalid| ArmError::SkipToken)?;
    let read = ArmAction::parse(READ).expect("it is an action");
    let name = |group: &ResourceGroupRow| group.name.clone();
    let is_shown = |group: &ResourceGroupRow| {
        ask.principal.may(read, &RoleScope::ResourceGroup(group.name.clone()))
    };
    let mut page = Visible::new(PAGE_MAX);
    let last = loop {
        let found = groups::list(ask.ctx, after.as_ref()).await?;
        match page.take(found, name, is_shown) {
            ControlFlow::Break(last) => break last,
            ControlFlow::Continue(last) => after = last,
        }
    };
    let next_link = last.map(|last: ResourceGroupName| ask.next_link(last.as_str()));
    let value = page.rows.iter().map(resource).collect();
    Ok(print::json(&Page { value, next_link }))
}

/// The group that a list of resources is asked for; nothing where there is none and the caller may not know that.
pub(super) async fn listed(
    ask: &Ask<'_>,
    name: &str,
) -> Result<Option<ResourceGroupName>, ArmError> {
    match groups::get(ask.ctx, name).await? {
        Ok(group) => Ok(Some(group.name)),
        Err(refusal) => {
            let read = ArmAction::parse(READ).expect("it is an action");
            let may_know = name
                .parse()
                .is_ok_and(|group| ask.principal.may(read, &RoleScope::ResourceGroup(group)));
            if may_know { Err(refusal.into()) } else { Ok(None) }
        }
    }
}

/// `GET …/resourceGroups/{group}`
pub(super) async fn get(ask: &Ask<'_>, id: &GroupId) -> Result<Response, ArmError> {
    let found = groups::get(ask.ctx, &id.resource_group).await??;
    Ok(print::resource(StatusCode::OK, &found, &resource(&found)))
}

/// `HEAD …/resourceGroups/{group}`: says only whether it is there, as `az group exists` asks.
pub(super) async fn exists(ask: &Ask<'_>, id: &GroupId) -> Result<Response, ArmError> {
    let found = groups::get(ask.ctx, &id.resource_group).await?;
    let status = if found.is_ok() { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND };
    Ok(status.into_response())
}

/// `PUT …/resourceGroups/{group}`
pub(super) async fn put(ask: &Ask<'_>, id: &GroupId, body: &[u8]) -> Result<Response, ArmError> {
    let create = Create::parse(body)?;
    let (name, condition) = (&id.resource_group, &ask.condition);
    let put = groups::put(ask.ctx, name, create, condition, &ask.actor()).await??;
    let (status, row) = match put {
        Done::Created(made) => (StatusCode::CREATED, made),
        Done::Updated(found) => (StatusCode::OK, found),
    };
    Ok(print::resource(status, &row, &resource(&row)))
}

/// `PATCH …/resourceGroups/{group}`
pub(super) async fn update(ask: &Ask<'_>, id: &GroupId, body: &[u8]) -> Result<Response, ArmError> {
    let update = Update::parse(body)?;
    let (name, condition) = (&id.resource_group, &ask.condition);
    let updated = groups::update(ask.ctx, name, update, condition, &ask.actor()).await??;
    Ok(print::resource(StatusCode::OK, &updated, &resource(&updated)))
}

/// `DELETE …/resourceGroups/{group}`: it is gone with the answer; the operation works off what is in it.
pub(super) async fn delete(ask: &Ask<'_>, id: &GroupId) -> Result<Response, ArmError> {
    let group = groups::get(ask.ctx, &id.resource_group).await??;
    let operation = groups::delete(ask.ctx, &group, &ask.condition, &ask.actor()).await??;
    operations::accepted_beside(ask, &group.location, &operation)
}

fn resource(row: &ResourceGroupRow) -> ResourceGroup {
    let name = row.name.to_string();
    let id = GroupId { subscription: SUBSCRIPTION_ID.to_owned(), resource_group: name.clone() };
    ResourceGroup {
        id: id.to_string(),
        name,
        r#type: TYPE,
        location: row.location.to_string(),
        tags: print::tags(&row.tags),
        properties: Properties { provisioning_state: "Succeeded" },
    }
}
