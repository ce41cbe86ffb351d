//! Pages that are open are brought up to date by one look at the database, however many they are.

use boathook_engine::live::{self, WATCHERS_MAX};
use boathook_testkit::{World, hook};

/// How often the database was asked how deliveries stand, and for a page of events.
fn asked(world: &World) -> (u64, u64) {
    let times = world.ctx().db.times().snapshot();
    let count = |name| times.get(name).map_or(0, |histogram| histogram.counts.iter().sum());
    (count("glance"), count("events"))
}

#[tokio::test]
async fn any_number_of_pages_costs_one_look_and_is_told_of_a_change_once() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    let webhook = world.create_webhook("hook1", hook(&receiver.uri())).await;
    let mut pages: Vec<_> = (0..200).filter_map(|_| live::watch(world.ctx(), &webhook)).collect();
    assert_eq!(pages.len(), 200);
    live::look(world.ctx()).await.unwrap();
    for page in &mut pages {
        assert!(page.borrow_and_update().as_ref().unwrap().events.is_empty());
    }
    let event = world.ping("hook1").await;
    world.tick_until_idle().await;
    let (glances, lists) = asked(&world);
    live::look(world.ctx()).await.unwrap();
    live::look(world.ctx()).await.unwrap();
    let (later_glances, later_lists) = asked(&world);
    assert_eq!((later_glances - glances, later_lists - lists), (2, 1));
    for page in &mut pages {
        assert!(page.has_changed().unwrap());
        assert_eq!(page.borrow_and_update().as_ref().unwrap().events[0].id, event);
    }
    live::look(world.ctx()).await.unwrap();
    assert!(!pages[0].has_changed().unwrap());
    // Whoever comes now is told at once of what the others know.
    let late = live::watch(world.ctx(), &webhook).unwrap();
    assert!(late.has_changed().unwrap());
}

#[tokio::test]
async fn no_more_pages_wait_than_the_limit_and_one_that_goes_makes_room() {
    let world = World::start().await;
    let webhook = world.create_webhook("hook1", hook("http://127.0.0.1:9/")).await;
    let mut pages: Vec<_> =
        (0..WATCHERS_MAX).filter_map(|_| live::watch(world.ctx(), &webhook)).collect();
    assert_eq!(pages.len(), WATCHERS_MAX);
    assert!(live::watch(world.ctx(), &webhook).is_none());
    pages.pop();
    assert!(live::watch(world.ctx(), &webhook).is_some());
}
