//! The authorities that other servers' certificates are vouched for by, beside those that the machine trusts.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};
use boathook_engine::certificates::{Certificates, read_certificates};

/// Reads a file of certificates in PEM; an empty path is none.
pub(super) fn read(path: &Path) -> anyhow::Result<Certificates> {
    if path.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let name = path.display();
    let pem = fs::read(path).with_context(|| format!("`{name}` cannot be read"))?;
    read_certificates(&pem).ok_or_else(|| anyhow!("`{name}` has no certificates in PEM"))
}
