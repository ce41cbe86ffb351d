//! Yes and no in ARM's words, which some members have with capitals and some without.

use serde::Serializer;

/// `enabled` or `disabled`
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) fn lower<S: Serializer>(is_on: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if *is_on { "enabled" } else { "disabled" })
}

/// `Enabled` or `Disabled`
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) fn capital<S: Serializer>(is_on: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if *is_on { "Enabled" } else { "Disabled" })
}
