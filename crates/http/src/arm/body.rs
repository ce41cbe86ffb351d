//! The bodies of management requests, which are small and are read whole.

use super::error::ArmError;
use crate::body::collect;
use axum::body::Body;
use axum::http::request::Parts;
use bytes::Bytes;

/// The largest body, in bytes.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Reads a whole body.
pub(super) async fn read(parts: &Parts, body: Body) -> Result<Bytes, ArmError> {
    Ok(collect(&parts.headers, body, BODY_BYTES_MAX).await?)
}
