//! `GET …/registries`: those of the subscription, or of a resource group, that the caller may read.

use super::resource;
use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::visible::Visible;
use crate::arm::{groups, print};
use axum::response::Response;
use boathook_core::name::RegistryName;
use boathook_core::role::ArmAction;
use boathook_engine::RegistryRow;
use boathook_engine::auth::scope_of;
use boathook_engine::manage::registries::{self, PAGE_MAX};
use boathook_wire::arm::page::Page;
use boathook_wire::arm::registry::Registry;
use std::ops::ControlFlow;

const READ: &str = "Microsoft.ContainerRegistry/registries/read";

pub(in crate::arm) async fn handle(
    ask: &Ask<'_>,
    group: Option<&str>,
) -> Result<Response, ArmError> {
    let after = ask.skip_token.as_deref().map(str::parse::<RegistryName>).transpose();
    let mut after = after.map_err(|_| ArmError::SkipToken)?;
    let group = match group {
        None => None,
        Some(name) => match groups::listed(ask, name).await? {
            None => return Ok(print::empty()),
            found => found,
        },
    };
    let read = ArmAction::parse(READ).expect("it is an action");
    let name = |row: &RegistryRow| row.name.clone();
    let is_shown = |row: &RegistryRow| ask.principal.may(read, &scope_of(row));
    let mut page = Visible::new(PAGE_MAX);
    let last = loop {
        let found = registries::list(ask.ctx, group.as_ref(), after.as_ref()).await?;
        match page.take(found, name, is_shown) {
            ControlFlow::Break(last) => break last,
            ControlFlow::Continue(last) => after = last,
        }
    };
    let next_link = last.map(|last: RegistryName| ask.next_link(last.as_str()));
    let rows = page.rows.iter();
    let value: Vec<Registry> = rows.map(|row| resource(ask.ctx, row, &ask.host())).collect();
    Ok(print::json(&Page { value, next_link }))
}
