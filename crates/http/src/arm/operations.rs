//! How far an operation has come, and how its beginning is answered (`acr-facts` §3.5).

use super::admit::{Ask, Call};
use super::error::ArmError;
use super::{garbage, print};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use boathook_core::defaults::SUBSCRIPTION_ID;
use boathook_core::name::Region;
use boathook_engine::manage::garbage::Report;
use boathook_engine::operations::{self, Cause, Kind, OperationRow, Progress};
use boathook_wire::arm::error::{Code, Error as Told};
use boathook_wire::arm::operation::{
    AZURE_ASYNC_OPERATION, Operation, OperationStatus, Share, State,
};
use boathook_wire::arm::page::Page;
use boathook_wire::arm::path::{Child, Target};
use boathook_wire::arm::query::link;

/// How long a client is asked to wait before it looks again, in seconds. Without this some wait for half a minute.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// The code of an operation that has failed.
pub(super) fn code(cause: Cause) -> (StatusCode, Code) {
    match cause {
        Cause::Conflict => (StatusCode::CONFLICT, Code::Conflict),
        Cause::Gone => (StatusCode::NOT_FOUND, Code::ResourceNotFound),
        // Not 502: clients that poll would take that for a trouble of this server's, and ask again and again.
        Cause::Source => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
        Cause::Failed => (StatusCode::INTERNAL_SERVER_ERROR, Code::InternalServerError),
    }
}

/// 202: it has begun, and its result will be there.
pub(super) fn accepted(call: &Call<'_>, operation: &OperationRow) -> Result<Response, ArmError> {
    let result = result_of(&call.registry.location, operation);
    located(&link(&call.base(), &result.to_string(), &call.api_version))
}

/// 202, where what it is about is gone.
pub(super) fn accepted_beside(
    ask: &Ask<'_>,
    location: &Region,
    operation: &OperationRow,
) -> Result<Response, ArmError> {
    let result = result_of(location, operation);
    located(&link(&ask.base(), &result.to_string(), &ask.api_version))
}

fn result_of(location: &Region, operation: &OperationRow) -> Target {
    Target::OperationResult {
        subscription: SUBSCRIPTION_ID.to_owned(),
        location: Some(location.to_string()),
        operation: operation.id.clone(),
    }
}

/// An answer that says as well where the status of what it began is found; for what is part of a registry.
pub(super) fn with_status(
    call: &Call<'_>,
    mut response: Response,
    operation: &OperationRow,
) -> Result<Response, ArmError> {
    let name = operation.child.clone().unwrap_or_default();
    let status = Target::OperationStatus {
        registry: call.id.clone(),
        child: Some((Child::Replications, name)),
        operation: operation.id.clone(),
    };
    let link = link(&call.base(), &status.to_string(), &call.api_version);
    let link = HeaderValue::from_str(&link).map_err(|_| ArmError::NoOperation)?;
    response.headers_mut().insert(AZURE_ASYNC_OPERATION, link);
    Ok(response)
}

/// 202 and where to look next.
fn located(location: &str) -> Result<Response, ArmError> {
    // A path of ours is percent-encoded, and a host has been read as one.
    let location = HeaderValue::from_str(location).map_err(|_| ArmError::NoOperation)?;
    let headers = [(header::LOCATION, location), (header::RETRY_AFTER, RETRY_AFTER)];
    Ok((StatusCode::ACCEPTED, headers).into_response())
}

/// `GET /providers/Microsoft.ContainerRegistry/operations`: what can be done with registries at all.
pub(super) fn all() -> Response {
    print::json(&Page { value: Operation::all(), next_link: None })
}

/// `GET …/operationResults/{id}`: 202 as long as it is under way, then 200, or why it failed.
pub(super) async fn result(ask: &Ask<'_>, id: &str) -> Result<Response, ArmError> {
    let operation = operations::get(ask.ctx, id).await?.ok_or(ArmError::NoOperation)?;
    let Some(end) = &operation.end else {
        return located(&link(&ask.base(), ask.parts.uri.path(), &ask.api_version));
    };
    if let Some(failure) = &end.failure {
        return Err(ArmError::OperationFailed(Cause::of(failure), failure.message.clone()));
    }
    Ok(match Report::of(&operation) {
        Some(report) => print::json(&garbage::result(&report)),
        None => StatusCode::OK.into_response(),
    })
}

/// `GET …/operationStatuses/{id}`.
pub(super) async fn status(
    call: &Call<'_>,
    child: Option<&(Child, String)>,
    id: &str,
) -> Result<Response, ArmError> {
    let operation = operations::get(call.ctx, id).await?.ok_or(ArmError::NoOperation)?;
    let name = child.map(|(_, name)| name.to_ascii_lowercase());
    if operation.registry.as_ref() != Some(&call.registry.name) || operation.child != name {
        return Err(ArmError::NoOperation);
    }
    let progress = Progress::of(&operation);
    let end = operation.end;
    let failure = end.as_ref().and_then(|end| end.failure.as_ref());
    let error = failure.map(|failure| Told::new(code(Cause::of(failure)).1, &*failure.message));
    let status = match (&end, &error) {
        (None, _) => under_way(&operation.kind),
        (Some(_), None) => State::Succeeded,
        (Some(_), Some(_)) => State::Failed,
    };
    let percent_complete = match status {
        State::Succeeded => progress.as_ref().map(|_| 100),
        _ => progress.as_ref().map(Progress::percent),
    };
    let shares = progress.map(|progress| progress.0).unwrap_or_default();
    let shares = shares.into_iter();
    let mut response = print::json(&OperationStatus {
        id: call.parts.uri.path().to_owned(),
        name: operation.id,
        status,
        start_time: operation.created,
        end_time: end.as_ref().map(|end| end.at),
        percent_complete,
        error,
        boathook: shares.map(|it| (it.what, Share { done: it.done, total: it.total })).collect(),
    });
    if end.is_none() {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    Ok(response)
}

fn under_way(kind: &str) -> State {
    match Kind::parse(kind) {
        Some(Kind::CreateReplication) => State::Creating,
        Some(Kind::UpdateReplication) => State::Updating,
        Some(
            Kind::DeleteReplication
            | Kind::DeleteRegistry
            | Kind::DeleteGroup
            | Kind::DeleteRepository,
        ) => State::Deleting,
        Some(Kind::ImportImage | Kind::CollectGarbage) | None => State::InProgress,
    }
}
