//! `GET …/Microsoft.Insights/eventtypes/management/values`: who changed what, newest first.

use super::admit::Ask;
use super::error::ArmError;
use super::print;
use axum::response::Response;
use boathook_core::defaults;
use boathook_core::id::AuditId;
use boathook_engine::AuditRow;
use boathook_engine::manage::activity::{self, STATUS};
use boathook_wire::arm::activity::{Authorization, Entry, Filter, Localizable};
use boathook_wire::arm::page::Page;
use serde_json::value::RawValue;

pub(super) async fn list(ask: &Ask<'_>) -> Result<Response, ArmError> {
    let filter = Filter::parse(ask.filter.as_deref().unwrap_or_default())?;
    let before = ask.skip_token.as_deref();
    let before = before.map(|text| AuditId::parse(text).ok_or(ArmError::SkipToken)).transpose()?;
    let page = activity::list(ask.ctx, &filter, before.as_ref()).await?;
    let next_link = page.next.map(|next| ask.next_link(next.as_str()));
    Ok(print::json(&Page { value: page.entries.into_iter().map(entry).collect(), next_link }))
}

fn entry(row: AuditRow) -> Entry {
    let AuditRow { id, at, caller, action, resource, request, details } = row;
    Entry {
        authorization: Authorization { action: action.clone(), scope: resource.clone() },
        caller,
        channels: "Operation",
        correlation_id: request.clone(),
        id: format!("{resource}/events/{id}"),
        event_data_id: id.to_string(),
        event_name: Localizable::new("EndRequest"),
        category: Localizable::new("Administrative"),
        event_timestamp: at,
        level: "Informational",
        operation_id: request,
        properties: RawValue::from_string(details).expect("because it was printed as JSON"),
        resource_group_name: activity::resource_group(&resource).to_owned(),
        resource_provider_name: Localizable::new(activity::provider(&action)),
        resource_type: Localizable::new(activity::kind(&action)),
        operation_name: Localizable::new(action),
        resource_id: resource,
        status: Localizable::new(STATUS),
        sub_status: Localizable::new(""),
        submission_timestamp: at,
        subscription_id: defaults::SUBSCRIPTION_ID,
        tenant_id: defaults::TENANT_ID,
    }
}
