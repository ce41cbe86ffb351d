//! SIGTERM while clients push.

use std::time::Duration;

use super::client::{Client, Crew};
use super::dice::Dice;
use super::server::Berth;
use super::sink::Sink;
use super::truth::{check_content, check_repeated, check_told};
use super::until;

const CLIENTS: usize = 4;
/// More than a server delivers to one webhook at a time, so that some are leased and wait.
const PUSHES_FIRST: usize = 20;
/// How long the clients go on at random before the signal, in milliseconds at most.
const LOAD_MS: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_under_load_loses_nothing_and_hands_over_what_waits() {
    let mut dice = Dice::seeded();
    let sink = Sink::start().await;
    let berth = Berth::new(None);
    let server = berth.start();
    let credentials = berth.credentials();
    for action in ["push", "delete"] {
        server.hook(&credentials, action, &sink.endpoint).await;
    }
    sink.hold(true);
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let name = format!("client/{number}");
        let mut client = Client::sign_in(&server, &credentials, &name, dice.split()).await;
        for _ in 0..PUSHES_FIRST / CLIENTS {
            assert!(client.push().await);
        }
        clients.push(client);
    }
    sink.has("something to hold", |state| !state.received.is_empty()).await;

    let mut crew = Crew::send(clients);
    crew.works_for(Duration::from_millis(dice.below(LOAD_MS))).await;
    server.terminate();
    until("the server says that it stops", async || server.log().contains("stopping")).await;
    let clients = crew.home().await;
    sink.hold(false);
    assert_eq!(server.end(), Some(0));
    sink.next_life().await;
    let first = sink.received().len();
    let (leased, waiting) = deliveries(&berth);
    assert_eq!(leased, 0, "leases that nobody handed back");
    assert!(0 < waiting, "nothing was left for the next server");

    let server = berth.start();
    let told = check_content(&clients).await;
    let received = check_told(&sink, &told).await;
    assert_eq!(check_repeated(&received, &[]), 0, "what was under way was finished");
    eprintln!("{} events, {first} delivered by the first server, {waiting} left", told.len());
    server.terminate();
    assert_eq!(server.end(), Some(0));
}

/// How many deliveries are leased, and how many wait.
fn deliveries(berth: &Berth) -> (i64, i64) {
    let database = rusqlite::Connection::open(berth.data().join("boathook.db")).unwrap();
    let sql = "SELECT COUNT(lease), COUNT(*) FROM delivery WHERE state = 'pending'";
    database.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}
