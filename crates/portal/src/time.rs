//! Times as people read them.

use boathook_core::time::Timestamp;

/// A moment for `<time>`: what machines read, and what people do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// ISO 8601, in UTC.
    pub(crate) iso: String,
    /// Date and time to the second, in UTC.
    pub(crate) shown: String,
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        let iso = time.to_string();
        let shown = iso.get(..19).unwrap_or_default().replace('T', " ") + " UTC";
        Self { iso, shown }
    }
}
