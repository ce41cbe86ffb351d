//! `/resources` of the subscription and of a group, where `az` looks for the group that a registry is in.

use super::admit::Ask;
use super::error::ArmError;
use super::visible::Visible;
use super::{groups, print};
use axum::response::Response;
use boathook_core::defaults::SUBSCRIPTION_ID;
use boathook_core::name::RegistryName;
use boathook_core::role::{ArmAction, RoleScope};
use boathook_engine::RegistryRow;
use boathook_engine::manage::registries::{self, PAGE_MAX};
use boathook_wire::arm::page::Page;
use boathook_wire::arm::path::RegistryId;
use boathook_wire::arm::registry::{self, Sku};
use boathook_wire::arm::resource::{Filter, Resource};
use std::ops::ControlFlow;

const READ: &str = "Microsoft.ContainerRegistry/registries/read";

/// The registries that the caller may look at, by name: all, or those of a group.
pub(super) async fn list(ask: &Ask<'_>, group: Option<&str>) -> Result<Response, ArmError> {
    let filter = Filter::parse(ask.filter.as_deref().unwrap_or_default())?;
    let after = ask.skip_token.as_deref().map(str::parse).transpose();
    let mut after = after.map_err(|_invalid| ArmError::SkipToken)?;
    let group = match group {
        None => None,
        Some(name) => match groups::listed(ask, name).await? {
            None => return Ok(print::empty()),
            found => found,
        },
    };
    let read = ArmAction::parse(READ).expect("it is an action");
    let name = |row: &RegistryRow| row.name.clone();
    let is_shown = |row: &RegistryRow| {
        let scope = RoleScope::Registry(row.resource_group.clone(), row.name.clone());
        ask.principal.may(read, &scope)
            && filter.matches(&resource(row), row.resource_group.as_str())
    };
    let mut page = Visible::new(PAGE_MAX);
    let last = loop {
        let found = registries::list(ask.ctx, group.as_ref(), after.as_ref()).await?;
        match page.take(found, name, is_shown) {
            ControlFlow::Break(last) => break last,
            ControlFlow::Continue(last) => after = last,
        }
    };
    let next_link = last.map(|last: RegistryName| ask.next_link(last.as_str()));
    let value = page.rows.iter().map(resource).collect();
    Ok(print::json(&Page { value, next_link }))
}

fn resource(row: &RegistryRow) -> Resource<'_> {
    let id = RegistryId {
        subscription: SUBSCRIPTION_ID.to_owned(),
        resource_group: row.resource_group.to_string(),
        registry: row.label.to_string(),
    };
    Resource {
        id: id.to_string(),
        name: row.label.to_string(),
        r#type: registry::TYPE,
        sku: Some(Sku { name: row.sku.as_str(), tier: row.sku.as_str() }),
        location: row.location.to_string(),
        tags: print::tags(&row.tags),
        system_data: print::system_data(&row.created, &row.updated),
    }
}
