//! What ACR has and no registry here has any of, such as cache rules: clients read the lists all the same.

use super::admit::Call;
use super::error::ArmError;
use super::print;
use axum::response::Response;
use boathook_wire::arm::page::Page;
use boathook_wire::arm::path::EmptyList;

/// `GET …/registries/{registry}/cacheRules`, and the others.
pub(super) fn list() -> Response {
    print::json(&Page::<()> { value: Vec::new(), next_link: None })
}

/// `GET …/registries/{registry}/cacheRules/{name}`, and the others.
pub(super) fn get(call: &Call<'_>, list: EmptyList, name: &str) -> Result<Response, ArmError> {
    Err(ArmError::no_child(&call.id, list.as_str(), name))
}
