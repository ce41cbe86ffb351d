//! Headers as JSON objects, in the order in which they are sent.

use serde::Serializer;

pub(super) fn as_object<S: Serializer>(
    headers: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}
