//! The bodies of management requests, which are small and are read whole.

use super::admit::Call;
use super::error::ArmError;
use crate::body::collect;
use axum::body::Body;
use bytes::Bytes;

/// The largest body, in bytes.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Reads a whole body.
pub(super) async fn read(call: &Call<'_>, body: Body) -> Result<Bytes, ArmError> {
    Ok(collect(&call.parts.headers, body, BODY_BYTES_MAX).await?)
}
