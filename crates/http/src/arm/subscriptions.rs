//! The subscription, the tenant, the regions and the providers: a server has one of each, and what it says is fixed.

use super::admit::Ask;
use super::error::ArmError;
use super::print;
use axum::response::Response;
use boathook_core::defaults::{SUBSCRIPTION_ID, TENANT_ID};
use boathook_wire::arm::page::Page;
use boathook_wire::arm::provider::Provider;
use boathook_wire::arm::subscription::{Location, Subscription, Tenant};
use serde::Serialize;

/// What they are called for people.
const DISPLAY_NAME: &str = "Boathook";

/// `GET /subscriptions`
pub(super) fn list() -> Response {
    page(vec![subscription()])
}

/// `GET /subscriptions/{subscription}`
pub(super) fn get() -> Response {
    print::json(&subscription())
}

/// `GET /tenants`
pub(super) fn tenants(ask: &Ask<'_>) -> Response {
    page(vec![Tenant {
        id: TENANT_ID.to_owned(),
        display_name: DISPLAY_NAME.to_owned(),
        domain: ask.ctx.site.domain.clone(),
    }])
}

/// `GET /subscriptions/{subscription}/locations`
pub(super) fn locations(ask: &Ask<'_>) -> Response {
    let location = |name: String| Location {
        subscription_id: SUBSCRIPTION_ID.to_owned(),
        display_name: name.clone(),
        name,
    };
    page(regions(ask).into_iter().map(location).collect())
}

/// `GET /subscriptions/{subscription}/providers`
pub(super) fn providers(ask: &Ask<'_>) -> Response {
    page(Provider::all(SUBSCRIPTION_ID, &regions(ask)))
}

/// `GET …/providers/{namespace}`, and `POST …/register`, since all are registered.
pub(super) fn provider(ask: &Ask<'_>, namespace: &str) -> Result<Response, ArmError> {
    let mut providers = Provider::all(SUBSCRIPTION_ID, &regions(ask)).into_iter();
    let found = providers.find(|found| found.namespace.eq_ignore_ascii_case(namespace));
    let found = found.ok_or_else(|| ArmError::NoSuch(namespace.to_owned()))?;
    Ok(print::json(&found))
}

fn subscription() -> Subscription {
    Subscription {
        id: SUBSCRIPTION_ID.to_owned(),
        tenant_id: TENANT_ID.to_owned(),
        display_name: DISPLAY_NAME.to_owned(),
    }
}

fn regions(ask: &Ask<'_>) -> Vec<String> {
    ask.ctx.site.regions.iter().map(ToString::to_string).collect()
}

fn page<T: Serialize>(value: Vec<T>) -> Response {
    print::json(&Page { value, next_link: None })
}
