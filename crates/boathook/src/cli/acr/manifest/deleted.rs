//! What the commands about deleted manifests and tags have in common: when each is gone for good.

use crate::cli::acr::manifest::target::RepositoryTarget;
use crate::cli::acr::registry;
use crate::cli::acr::timestamp;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::value::Value;

/// Says of each entry after when it cannot be restored any more, by the days that the registry's policy says.
pub(super) async fn with_ends(
    entries: Vec<Value>,
    target: &RepositoryTarget,
    arm: &Arm,
) -> Result<Value, Failure> {
    let path = registry::find(arm, target.registry(), None).await?;
    let registry = arm.get(&path).await?;
    let days = registry.at(&["properties", "policies", "softDeletePolicy", "retentionDays"]);
    let days = match days {
        Value::Number(days) => days.as_u64().and_then(|days| u32::try_from(days).ok()),
        _ => None,
    };
    let days = days.ok_or_else(|| {
        let name = target.registry();
        Failure::Argument(format!(
            "Unable to retrieve soft-delete retention day policy for registry {name}"
        ))
    })?;
    let with_end = |entry: Value| {
        let end = entry.member("deletedAt").as_str().and_then(|at| timestamp::days_after(at, days));
        let Value::Object(mut object) = entry else { return entry };
        object.set("expiresAfter".to_owned(), end.map_or(Value::Null, Value::from));
        Value::Object(object)
    };
    Ok(Value::Array(entries.into_iter().map(with_end).collect()))
}
