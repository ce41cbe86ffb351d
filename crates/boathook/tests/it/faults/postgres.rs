//! Databases on the PostgreSQL server of tests.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

/// The variable that names a PostgreSQL server for tests, as the address of one of its databases.
const SERVER: &str = "BOATHOOK_TEST_POSTGRES";
/// How many databases this process has made.
static MADE: AtomicU32 = AtomicU32::new(0);

/// Says whether PostgreSQL is there for tests; on CI it has to be.
pub(super) fn server() -> Option<String> {
    let server = std::env::var(SERVER).ok();
    assert!(
        server.is_some() || std::env::var_os("CI").is_none(),
        "on CI, {SERVER} has to name a server"
    );
    server
}

/// Makes a new database, if there is a server, and returns its address.
pub(super) async fn database(name: &str) -> Option<String> {
    let server = server()?;
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("boathook_{name}_{}_{number}", std::process::id());
    execute(&server, &format!("DROP DATABASE IF EXISTS {name}")).await;
    execute(&server, &format!("CREATE DATABASE {name}")).await;
    let (address, options) = server.split_once('?').unwrap_or((&server, ""));
    let host = address.find("://").map_or(0, |idx| idx + 3);
    let end = address[host..].find('/').map_or(address.len(), |idx| host + idx);
    Some(format!("{}/{name}?{options}", &address[..end]).trim_end_matches('?').to_owned())
}

/// Has the leases of a dead server run out now: whether they run out by themselves is tested in the engine.
pub(super) async fn end_leases(database: &str) {
    let sql = "UPDATE delivery SET due_ms = 0 WHERE state = 'pending' AND lease IS NOT NULL";
    execute(database, sql).await;
}

/// The same of the collections that a dead server had begun.
pub(super) async fn end_collections(database: &str) {
    execute(database, "UPDATE collection SET lease_ms = 0 WHERE 0 < lease_ms").await;
}

/// Runs one statement.
pub(super) async fn execute(database: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await.unwrap();
    tokio::select! {
        done = client.batch_execute(sql) => done.unwrap(),
        ended = connection => panic!("the server has hung up: {ended:?}"),
    }
}
