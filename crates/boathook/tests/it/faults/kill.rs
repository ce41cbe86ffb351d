//! `kill -9`, over and over.

use std::time::Duration;

use super::client::{Client, Crew};
use super::dice::Dice;
use super::postgres;
use super::server::Berth;
use super::sink::Sink;
use super::truth::{check_content, check_repeated, check_told};

const ROUNDS: u64 = 50;
const CLIENTS: usize = 4;
/// The shortest and the longest life of a server under load, in milliseconds.
const LIFE_MS: std::ops::Range<u64> = 100..400;
/// What nobody needs goes while all of this goes on. A push that is not cut off takes less than the grace; a commit takes
/// longer on PostgreSQL.
const GRACE: &str = "BOATHOOK__GC__GRACE";
const INTERVAL: (&str, &str) = ("BOATHOOK__GC__INTERVAL", "1s");
/// Every so many rounds a server may finish what it does before it is killed.
const SETTLED_EVERY: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_kill_9_and_is_announced_on_sqlite() {
    check(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_kill_9_and_is_announced_on_postgresql() {
    let Some(database) = postgres::database("kill").await else { return };
    check(Some(database)).await;
}

async fn check(database: Option<String>) {
    let mut dice = Dice::seeded();
    let sink = Sink::start().await;
    let mut berth = Berth::new(database.clone());
    let grace = if database.is_none() { "2s" } else { "10s" };
    berth.settings = vec![(GRACE, grace), INTERVAL];
    let mut server = berth.start();
    let credentials = berth.credentials();
    for action in ["push", "delete"] {
        server.hook(&credentials, action, &sink.endpoint).await;
    }
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let name = format!("client/{number}");
        clients.push(Client::sign_in(&server, &credentials, &name, dice.split()).await);
    }

    let mut settled = Vec::new();
    for round in 1..=ROUNDS {
        let first = sink.received().len();
        let mut crew = Crew::send(clients);
        let moment = LIFE_MS.start + dice.below(LIFE_MS.end - LIFE_MS.start);
        crew.works_for(Duration::from_millis(moment)).await;
        if round % SETTLED_EVERY == 0 {
            clients = crew.call_home().await;
            let end = sink.received().len();
            server.is_idle().await;
            settled.push(first..end);
            server.kill();
        } else {
            server.kill();
            clients = crew.home().await;
        }
        sink.next_life().await;
        if let Some(database) = &database {
            postgres::end_collections(database).await;
            if round == ROUNDS {
                postgres::end_leases(database).await;
            }
        }
        server = berth.start();
    }

    assert!(settled.iter().any(|places| !places.is_empty()), "nothing was ever written down");
    let told = check_content(&clients).await;
    let received = check_told(&sink, &told).await;
    let repeated = check_repeated(&received, &settled);
    let pushes: usize = clients.iter().map(|client| client.artifacts.len()).sum();
    eprintln!(
        "{ROUNDS} kills, {pushes} pushes begun, {} events, {} deliveries, of which {repeated} repeated",
        told.len(),
        received.len()
    );
    assert!(ROUNDS < told.len() as u64, "hardly anything happened: {} events", told.len());
    server.has_collected().await;
    server.terminate();
    assert_eq!(server.end(), Some(0));
    let (code, said) = berth.fsck();
    assert_eq!(code, Some(0), "{said}");
}
