//! Where a server is answered: everything at one address, or the metrics at one of their own.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::{Context, anyhow};
use boathook_engine::supervisor::Supervisor;
use boathook_http::{App, Https, Server};
use tokio::net::TcpListener;

use crate::config;

/// The listeners of a server, all of which live and end together.
pub(super) struct Listeners {
    faces: Server,
    metrics: Option<Server>,
}

/// Ports that are taken, and not answered yet.
pub(super) struct Bound {
    /// Where the faces are answered.
    pub(super) listen: SocketAddr,
    /// Where the metrics are answered, if not there.
    pub(super) metrics_listen: Option<SocketAddr>,
    /// Where the faces are answered in TLS as well, for whoever has certificates to take.
    pub(super) tls: Option<(SocketAddr, TcpListener)>,
    faces: TcpListener,
    metrics: Option<TcpListener>,
}

impl Bound {
    /// Takes the ports, and fails with the setting to change where one cannot be had.
    pub(super) async fn bind(server: &config::Server) -> anyhow::Result<Self> {
        let (listen, faces) = bind(server.listen, "--listen").await?;
        let (metrics_listen, metrics) = match server.metrics_listen.0 {
            Some(address) => Some(bind(address, "`server.metrics_listen`").await?).unzip(),
            None => (None, None),
        };
        let tls =
            if server.tls { Some(bind(server.tls_listen, "--tls-listen").await?) } else { None };
        Ok(Self { listen, metrics_listen, tls, faces, metrics })
    }

    /// Every address of the server.
    pub(super) fn own(&self) -> Vec<SocketAddr> {
        let tls_listen = self.tls.as_ref().map(|(listen, _)| *listen);
        [self.listen].into_iter().chain(tls_listen).chain(self.metrics_listen).collect()
    }

    /// Answers from now on that the server starts.
    pub(super) fn start(self, https: Option<Https>, supervisor: &Supervisor) -> Listeners {
        let Self { faces, metrics, .. } = self;
        let start = |listener| Server::start(listener, supervisor);
        let faces = match https {
            Some(https) => Server::start_with_https(faces, https, supervisor),
            None => start(faces),
        };
        Listeners { faces, metrics: metrics.map(start) }
    }
}

impl Listeners {
    /// Serves from now on.
    pub(super) fn open(&self, app: &App) {
        match &self.metrics {
            Some(metrics) => {
                self.faces.open(boathook_http::router_without_metrics(app.clone()));
                metrics.open(boathook_http::metrics_router(app.clone()));
            }
            None => self.faces.open(boathook_http::router(app.clone())),
        }
    }

    /// How many connections there are.
    pub(super) fn connection_count(&self) -> usize {
        self.faces.connection_count() + self.metrics.as_ref().map_or(0, Server::connection_count)
    }

    /// Answers nobody any more.
    pub(super) async fn close(self) {
        self.faces.close().await;
        if let Some(metrics) = self.metrics {
            metrics.close().await;
        }
    }
}

async fn bind(listen: SocketAddr, setting: &str) -> anyhow::Result<(SocketAddr, TcpListener)> {
    let listener = TcpListener::bind(listen).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "{listen} is in use: stop what listens there, or choose another address with {setting}"
        ),
        ErrorKind::AddrNotAvailable => {
            anyhow!("{listen} is not an address of this machine: choose another with {setting}")
        }
        ErrorKind::PermissionDenied => {
            anyhow!("{listen} may not be used: choose a port of 1024 or more with {setting}")
        }
        _ => anyhow::Error::new(error).context(format!("could not listen on {listen}")),
    })?;
    let address = listener.local_addr().context("could not find out the port")?;
    Ok((address, listener))
}
