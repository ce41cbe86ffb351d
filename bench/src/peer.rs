//! The servers that the bench knows how to start, and how each is told what to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::args::Compare;
use crate::database::Database;
use crate::row::Work;

/// A kind of server and where its binary is.
#[derive(Clone, Debug)]
pub(crate) enum Peer {
    /// Boathook, for development: anonymous callers may push.
    Boathook(PathBuf),
    /// The same with its rows in a `PostgreSQL` instead of its own file.
    BoathookOnPostgres {
        /// The binary.
        binary: PathBuf,
        /// A database on the server where those of the bench are made.
        url: String,
    },
    /// Debian's `docker-registry`, CNCF distribution 2.8.
    DockerRegistry(PathBuf),
    /// nginx with the same bytes as files.
    Nginx(PathBuf),
}

/// Lists the servers of a comparison; Boathook comes first if it takes part.
pub(crate) fn all(args: &Compare) -> Vec<Peer> {
    let boathook = args.boathook.clone().map(Peer::Boathook);
    let on_postgres = args.boathook.clone().zip(args.database.clone());
    let on_postgres = on_postgres.map(|(binary, url)| Peer::BoathookOnPostgres { binary, url });
    let others =
        [Peer::DockerRegistry(args.docker_registry.clone()), Peer::Nginx(args.nginx.clone())];
    boathook.into_iter().chain(on_postgres).chain(others).collect()
}

impl Peer {
    /// Names it in the tables.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Boathook(_) => BOATHOOK,
            Self::BoathookOnPostgres { .. } => BOATHOOK_ON_POSTGRES,
            Self::DockerRegistry(_) => "docker-registry",
            Self::Nginx(_) => NGINX,
        }
    }

    /// Gives the path of its binary.
    pub(crate) fn binary(&self) -> &Path {
        match self {
            Self::Boathook(path)
            | Self::BoathookOnPostgres { binary: path, .. }
            | Self::DockerRegistry(path)
            | Self::Nginx(path) => path,
        }
    }

    /// Makes a database for the server whose folder this is, if it is to have one.
    pub(crate) fn database(&self, folder: &Path) -> Result<Option<Database>> {
        let Self::BoathookOnPostgres { url, .. } = self else { return Ok(None) };
        let name = folder.file_name().and_then(|name| name.to_str());
        let name = name.context("because the bench names the folder")?;
        Database::create(url, name).map(Some)
    }

    /// Says whether it is measured at the work of a row: what it can do at all, and not what goes past its database.
    pub(crate) fn can(&self, work: Work) -> bool {
        match self {
            Self::Boathook(_) => true,
            Self::BoathookOnPostgres { .. } => !work.counts_bytes(),
            Self::DockerRegistry(_) => {
                !work.is_hook() && !work.is_azure() && work != Work::HelmIndex
            }
            Self::Nginx(_) => work.is_static(),
        }
    }

    /// Writes its configuration into `folder` and says how it is started there on `port`.
    pub(crate) fn command(
        &self,
        folder: &Path,
        port: u16,
        database: Option<&Database>,
    ) -> Result<Command> {
        let mut command = Command::new(self.binary());
        let data = folder.join(DATA);
        fs::create_dir_all(&data)?;
        match self {
            Self::Boathook(_) | Self::BoathookOnPostgres { .. } => {
                let listen = format!("127.0.0.1:{port}");
                command.args(["serve", "--dev", "--listen", &listen, "--data"]).arg(data);
                command.args(database.iter().flat_map(|database| ["--database", &database.url]));
            }
            Self::DockerRegistry(_) => {
                let config = folder.join("config.yml");
                fs::write(&config, docker_registry_config(&data, port))?;
                command.arg("serve").arg(config);
            }
            Self::Nginx(_) => {
                let config = folder.join("nginx.conf");
                fs::write(&config, nginx_config(folder, &data, port))?;
                command.args(["-e", "stderr", "-c"]).arg(config);
            }
        }
        Ok(command)
    }
}

/// Boathook's name in the tables.
pub(crate) const BOATHOOK: &str = "boathook";
/// Its name with its rows in `PostgreSQL`.
pub(crate) const BOATHOOK_ON_POSTGRES: &str = "boathook on PostgreSQL";
/// nginx's name in the tables.
pub(crate) const NGINX: &str = "nginx";
/// The folder, inside a server's own, of what it keeps or serves.
pub(crate) const DATA: &str = "data";

fn docker_registry_config(data: &Path, port: u16) -> String {
    format!(
        "version: 0.1
log:
  level: error
  accesslog:
    disabled: true
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: {}
  delete:
    enabled: true
http:
  addr: 127.0.0.1:{port}
",
        data.display()
    )
}

/// One worker a core, as many requests a connection as come, no log, the kernel copies. The worker runs as who started
/// it, because the folder is not for others; nginx takes that line for root only and warns otherwise.
fn nginx_config(folder: &Path, data: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
user root root;
worker_processes auto;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_body_temp_path {folder}/temp1;
  proxy_temp_path {folder}/temp2;
  fastcgi_temp_path {folder}/temp3;
  uwsgi_temp_path {folder}/temp4;
  scgi_temp_path {folder}/temp5;
  server {{
    listen 127.0.0.1:{port};
    root {};
    location = /v2/ {{ return 200; }}
  }}
}}
",
        data.display()
    )
}
