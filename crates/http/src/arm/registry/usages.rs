//! `GET …/listUsages`: how much a registry has of what is limited.

use crate::arm::admit::Call;
use crate::arm::error::ArmError;
use crate::arm::print;
use axum::response::Response;
use boathook_core::quota;
use boathook_engine::manage::registries;
use boathook_wire::arm::usage::{Unit, Usage, Usages};

pub(in crate::arm) async fn handle(call: &Call<'_>) -> Result<Response, ArmError> {
    let usages = registries::usages(call.ctx, &call.registry).await?;
    let shown = usages.into_iter().map(|usage| Usage {
        name: usage.name,
        limit: usage.limit,
        current_value: usage.current,
        unit: match usage.unit {
            quota::Unit::Count => Unit::Count,
            quota::Unit::Bytes => Unit::Bytes,
        },
    });
    Ok(print::json(&Usages { value: shown.collect() }))
}
