//! How points in time are written in JSON.

use boathook_core::time::Timestamp;
use serde::Serializer;

/// ACR's form, which ends in `Z`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(crate) fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// The same, or null.
#[expect(clippy::ref_option, reason = "serde calls it with a reference")]
pub(crate) fn as_text_if_any<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => as_text(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// The form that ARM's `systemData` has, which ends in `+00:00`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(crate) fn with_offset<S: Serializer>(
    time: &Timestamp,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = time.to_string();
    serializer.collect_str(&format_args!("{}+00:00", text.trim_end_matches('Z')))
}
