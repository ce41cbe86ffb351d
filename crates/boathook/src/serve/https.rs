//! HTTPS: where its certificates come from, and what clients are told of it.

use std::net::SocketAddr;
use std::path::{self, Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use boathook_core::time::Clock;
use boathook_engine::certificates::{
    self, Authority, AuthorityFiles, GivenCertificate, LocalCertificates,
};
use boathook_engine::supervisor::Supervisor;
use boathook_engine::system::SystemClock;
use boathook_http::Https;
use tokio::net::TcpListener;

use crate::cli::output::console::Console;
use crate::config;
use crate::data_folder::DataFolder;

/// What clients are told of HTTPS.
pub(super) struct Told {
    /// Its base URL on this machine.
    pub(super) endpoint: String,
    /// The certificate of the local authority, if its certificates come from there.
    pub(super) ca_certificate: Option<PathBuf>,
}

/// Prepares to answer HTTPS with the certificate that is configured, or with those of the local authority.
pub(super) async fn prepare(
    (listen, listener): (SocketAddr, TcpListener),
    config: &config::Server,
    folder: &DataFolder,
    supervisor: &Supervisor,
    console: &mut Console<'_>,
) -> anyhow::Result<(Https, Told)> {
    let domain = config.domain.clone();
    // The name that every certificate of the local authority's default has.
    let endpoint = format!("https://localhost:{}", listen.port());
    if config.tls_certificate.as_os_str().is_empty() {
        let path = folder.authority_path();
        let path = path::absolute(path).context("could not find the data folder")?;
        let clock = Arc::new(SystemClock);
        let authority = authority(folder, &path, &domain, &*clock, console)?;
        let certificates = Arc::new(LocalCertificates::new(authority, &domain, clock));
        let told = Told { endpoint, ca_certificate: Some(path) };
        return Ok((Https { listener, certificates, domain }, told));
    }
    let given = GivenCertificate::open(&config.tls_certificate, &config.tls_key).await;
    let certificates = Arc::new(given.context("HTTPS has no certificate")?);
    Arc::clone(&certificates).watch(supervisor);
    Ok((Https { listener, certificates, domain }, Told { endpoint, ca_certificate: None }))
}

/// Takes up the authority whose certificate is at `path`, or makes it.
fn authority(
    folder: &DataFolder,
    path: &Path,
    domain: &str,
    clock: &dyn Clock,
    console: &mut Console<'_>,
) -> anyhow::Result<Authority> {
    let now = clock.now();
    let mut is_new = false;
    let misfit = || {
        format!(
            "the authority in `{}` is of no use: put it back from a backup, or move that folder away to have another \
             made, which clients then have to be told to trust",
            path.parent().unwrap_or(path).display()
        )
    };
    let key = folder.authority_key(certificates::new_key)?;
    let certificate = certificates::certify(&key, domain, now).with_context(misfit)?;
    let certificate = folder.authority_certificate(|| {
        is_new = true;
        certificate
    })?;
    let files = AuthorityFiles { certificate: &certificate, key: &key };
    let authority = Authority::open(files, domain, now).with_context(misfit)?;
    if is_new {
        let data = path.ancestors().nth(2).unwrap_or(path);
        console.say(&format!(
            "HTTPS has certificates of an authority of its own, which is new: have clients trust `{}`.\n  \
             eval \"$(boathook azure-env --data {})\"    # for all that is started from this shell",
            path.display(),
            data.display(),
        ));
    }
    Ok(authority)
}
