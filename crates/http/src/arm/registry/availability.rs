//! `POST …/checkNameAvailability`: whether a registry may have a name.

use crate::arm::admit::Ask;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_core::name::Unavailable;
use boathook_engine::manage::registries;
use boathook_wire::arm::name_availability::{Availability, Check, Reason};

pub(in crate::arm) async fn handle(ask: &Ask<'_>, body: &[u8]) -> Result<Response, ArmError> {
    let check = Check::parse(body)?;
    let refused = registries::availability(ask.ctx, &check.name).await?.err();
    Ok(print::json(&Availability {
        is_available: refused.is_none(),
        available_login_server_name: None,
        reason: refused.as_ref().map(|refused| match refused {
            Unavailable::Invalid(_) => Reason::Invalid,
            Unavailable::AlreadyExists(_) => Reason::AlreadyExists,
        }),
        message: refused.map(|refused| refused.to_string()),
    }))
}
