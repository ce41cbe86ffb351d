//! One blob of many GiB: what a push and a pull of it add to the server's memory.

use std::path::Path;

use anyhow::{Result, ensure};
use http::Method;

use crate::client::{Ask, Connection};
use crate::clock;
use crate::content::Template;
use crate::peer::Peer;
use crate::process::{Usage, forget_peak};
use crate::registry::{blob_path, push_pieces};
use crate::seed::Sizes;
use crate::server::Server;
use crate::stats::mebibytes;

/// The repository that it goes to.
const REPOSITORY: &str = "bench/giant";

/// What a very large blob added.
pub(crate) struct Giant {
    /// Its size in GiB.
    pub(crate) gib: u32,
    /// The most memory during the push, beyond that before, in MiB.
    pub(crate) push_mib: f64,
    /// The same of the pull.
    pub(crate) pull_mib: f64,
}

/// Pushes and pulls a blob of `gib` GiB on a server of its own; each is one request.
pub(crate) async fn measure(gib: u32, peer: &Peer, scratch: &Path) -> Result<Giant> {
    let server = Server::start(peer, scratch).await?;
    let subject = server.subject(Sizes::default())?;
    let mut connection = Connection::open(&subject.ground.target).await?;
    let (digest, pieces) =
        Template::new(1 << 20).repeated(clock::run_number(), u64::from(gib) << 10);
    let before = watch(&server)?;
    push_pieces(&mut connection, REPOSITORY, &digest, pieces).await?;
    let push_mib = added(&server, before)?;
    let before = watch(&server)?;
    let bytes = connection.drain(Ask::new(Method::GET, blob_path(REPOSITORY, &digest))).await?;
    ensure!(bytes == u64::from(gib) << 30, "a blob of {gib} GiB came back as {bytes} bytes");
    let pull_mib = added(&server, before)?;
    Ok(Giant { gib, push_mib, pull_mib })
}

/// Begins to watch the most memory that a server has, and says how much it has now.
fn watch(server: &Server) -> Result<Usage> {
    forget_peak(server.pid())?;
    server.usage()
}

fn added(server: &Server, before: Usage) -> Result<f64> {
    Ok(mebibytes(server.usage()?.rss_peak_bytes.saturating_sub(before.rss_bytes)))
}
