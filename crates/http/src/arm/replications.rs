//! Replications of a registry. Their changes are done when they are answered, and have operations all the same, because
//! clients look for them.

use super::admit::Call;
use super::error::ArmError;
use super::{operations, print};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use boathook_engine::manage::replications::{self, Refusal, ReplicationRow};
use boathook_engine::manage::scope_maps::Done;
use boathook_wire::arm::page::Page;
use boathook_wire::arm::path::RegistryId;
use boathook_wire::arm::replication::parameters::{Create, Update};
use boathook_wire::arm::replication::{Properties, Replication, Status, TYPE};

/// A replication as it is shown.
fn resource(id: &RegistryId, row: &ReplicationRow) -> Replication {
    Replication {
        r#type: TYPE,
        id: id.replication(row.name.as_str()),
        name: row.name.to_string(),
        location: row.region.to_string(),
        tags: print::tags(&row.tags),
        system_data: print::system_data(&row.created, &row.updated),
        properties: Properties {
            provisioning_state: "Succeeded",
            status: Status {
                display_status: Some("Ready"),
                message: None,
                timestamp: row.created.0,
            },
            is_region_endpoint_enabled: row.is_endpoint_enabled,
            is_zone_redundant: row.is_zone_redundant,
        },
    }
}

fn refused(call: &Call<'_>, name: &str, refusal: Refusal) -> ArmError {
    match refusal {
        Refusal::NotFound => ArmError::no_child(&call.id, "replications", name),
        refusal => ArmError::Replication(refusal),
    }
}

/// `GET …/replications`: all of them; there are no more than the server has regions.
pub(super) async fn list(call: &Call<'_>) -> Result<Response, ArmError> {
    let found = replications::list(call.ctx, &call.registry).await?;
    let value: Vec<_> = found.iter().map(|row| resource(&call.id, row)).collect();
    Ok(print::json(&Page { value, next_link: None }))
}

/// `GET …/replications/{name}`.
pub(super) async fn get(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let found = replications::get(call.ctx, &call.registry, name).await?;
    let found = found.ok_or_else(|| refused(call, name, Refusal::NotFound))?;
    Ok(print::resource(StatusCode::OK, &found, &resource(&call.id, &found)))
}

/// `PUT …/replications/{name}`: makes one, or replaces one of the same name.
pub(super) async fn create(call: &Call<'_>, name: &str, body: &[u8]) -> Result<Response, ArmError> {
    let create = Create::parse(body)?;
    let (registry, condition, actor) = (&call.registry, &call.condition, call.actor());
    let done = replications::create(call.ctx, registry, name, create, condition, &actor);
    let (done, operation) = done.await?.map_err(|refusal| refused(call, name, refusal))?;
    let (status, row) = match done {
        Done::Created(row) => (StatusCode::CREATED, row),
        Done::Updated(row) => (StatusCode::OK, row),
    };
    let response = print::resource(status, &row, &resource(&call.id, &row));
    operations::with_status(call, response, &operation)
}

/// `PATCH …/replications/{name}`: changes what the body names.
pub(super) async fn update(call: &Call<'_>, name: &str, body: &[u8]) -> Result<Response, ArmError> {
    let update = Update::parse(body)?;
    let (registry, condition, actor) = (&call.registry, &call.condition, call.actor());
    let done = replications::update(call.ctx, registry, name, update, condition, &actor);
    let (row, operation) = done.await?.map_err(|refusal| refused(call, name, refusal))?;
    let response = print::resource(StatusCode::OK, &row, &resource(&call.id, &row));
    operations::with_status(call, response, &operation)
}

/// `DELETE …/replications/{name}`: 202 where there was one, 204 where there was none.
pub(super) async fn delete(call: &Call<'_>, name: &str) -> Result<Response, ArmError> {
    let (registry, condition, actor) = (&call.registry, &call.condition, call.actor());
    let deleted = replications::delete(call.ctx, registry, name, condition, &actor);
    match deleted.await?.map_err(ArmError::Replication)? {
        Some(operation) => operations::accepted(call, &operation),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
