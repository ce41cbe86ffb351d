//! The flags of `serve`, `demo` and `config`.
//!
//! What they mean and what holds when one is absent is decided by the configuration: a flag only overrides it.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Overrides for the configuration.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct ServeArgs {
    /// Read the configuration from this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Keep the database, the blobs, the keys and `credentials.json` in this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Answer HTTP on this address [default: 127.0.0.1:5000].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Answer HTTPS too, with certificates of a local authority that is made once in the data folder, unless the
    /// configuration names a certificate.
    #[arg(long)]
    pub(crate) tls: bool,
    /// Answer HTTPS on this address; unused without `--tls` [default: 127.0.0.1:5443].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) tls_listen: Option<SocketAddr>,
    /// Find registries by the names `{registry}.{domain}` [default: azurecr.localhost].
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Option<String>,
    /// Keep the database at this URL, such as `postgres://…`, instead of in the data folder.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Keep the blobs at this URL instead of in the data folder.
    #[arg(long, value_name = "URL")]
    pub(crate) blobs: Option<String>,
    /// Name the default registry [default: boathook].
    #[arg(long, value_name = "NAME")]
    pub(crate) registry: Option<String>,
    /// Serve this region; may be repeated, and the first is the home [default: local].
    #[arg(long = "region", value_name = "NAME")]
    pub(crate) regions: Vec<String>,
    /// Let anyone pull and push, on loopback only.
    #[arg(long)]
    pub(crate) dev: bool,
}

/// The flags of `demo`: none so far.
#[derive(clap::Args, Debug)]
pub(crate) struct DemoArgs {}
