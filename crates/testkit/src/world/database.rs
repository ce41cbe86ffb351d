//! A database for one world.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// The variable that names a PostgreSQL server for tests, as the address of one of its databases.
const SERVER: &str = "BOATHOOK_TEST_POSTGRES";
/// How many databases this process has made.
static MADE: AtomicU32 = AtomicU32::new(0);

pub(super) struct Database {
    url: String,
}

impl Database {
    pub(super) fn file(folder: &Path) -> Self {
        Self { url: format!("sqlite:{}", folder.join("boathook.db").display()) }
    }

    /// Makes a new database on the server of tests, if there is one.
    pub(super) async fn on_server() -> Option<Self> {
        let Ok(server) = std::env::var(SERVER) else {
            assert!(std::env::var_os("CI").is_none(), "on CI, {SERVER} has to name a server");
            return None;
        };
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("boathook_world_{}_{number}", std::process::id());
        let connected = tokio_postgres::connect(&server, tokio_postgres::NoTls).await;
        let (client, connection) = connected.expect("the server answers");
        let make = async {
            let drop = format!("DROP DATABASE IF EXISTS {name}");
            client.batch_execute(&drop).await.expect("an old database can be dropped");
            let create = format!("CREATE DATABASE {name}");
            client.batch_execute(&create).await.expect("a database can be made");
        };
        tokio::select! {
            () = make => (),
            ended = connection => panic!("the server has hung up: {ended:?}"),
        }
        Some(Self { url: beside(&server, &name) })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

/// The address of another database of the same server.
fn beside(server: &str, name: &str) -> String {
    let (address, options) =
        server.split_once('?').map_or((server, None), |(address, rest)| (address, Some(rest)));
    let host_idx = address.find("://").map_or(0, |idx| idx + 3);
    let end = address[host_idx..].find('/').map_or(address.len(), |idx| host_idx + idx);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{name}{options}", &address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_of_the_same_server_is_addressed() {
        let check = |server, expected| assert_eq!(beside(server, "new"), expected);
        check("postgres://u:p@host:5/old", "postgres://u:p@host:5/new");
        check("postgres://u@host", "postgres://u@host/new");
        check("postgres:///old?host=/tmp/s", "postgres:///new?host=/tmp/s");
    }
}
