//! Pages that are open are brought up to date by one look at the database, however many they are.

use boathook_core::id::PrincipalId;
use boathook_engine::live::{self, Latest, Pages, Refusal, WATCHERS_MAX, WATCHERS_OF_ONE_MAX};
use boathook_testkit::{World, hook};
use futures_util::FutureExt;
use std::sync::Arc;

/// How often the database was asked how deliveries stand, and for a page of events.
fn asked(world: &World) -> (u64, u64) {
    let times = world.ctx().db.times().snapshot();
    let count = |name| times.get(name).map_or(0, |histogram| histogram.counts.iter().sum());
    (count("glance"), count("event_lines"))
}

fn principal(number: usize) -> PrincipalId {
    PrincipalId::new(format!("principal-{number}"))
}

/// What a page is told now, if anything.
fn told(pages: &mut Pages) -> Option<Arc<Latest>> {
    // Without tokio's budget, which would have one that is there wait.
    let next = tokio::task::unconstrained(pages.next()).now_or_never();
    next.map(|page| page.expect("the server goes on"))
}

#[tokio::test]
async fn any_number_of_pages_costs_one_look_and_is_told_of_a_change_once() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    let webhook = world.create_webhook("hook1", hook(&receiver.uri())).await;
    let watch = |number| live::watch(world.ctx(), &webhook, &principal(number)).unwrap();
    let mut pages: Vec<_> = (0..200).map(watch).collect();
    assert!(told(&mut pages[0]).is_none(), "nobody has looked");
    live::look(world.ctx()).await.unwrap();
    for page in &mut pages {
        assert!(told(page).unwrap().page.events.is_empty());
    }
    let event = world.ping("hook1").await;
    world.tick_until_idle().await;
    let (glances, lists) = asked(&world);
    live::look(world.ctx()).await.unwrap();
    live::look(world.ctx()).await.unwrap();
    let (later_glances, later_lists) = asked(&world);
    assert_eq!((later_glances - glances, later_lists - lists), (2, 1));
    for page in &mut pages {
        assert_eq!(told(page).unwrap().page.events[0].event, event);
    }
    live::look(world.ctx()).await.unwrap();
    assert!(told(&mut pages[0]).is_none());
    // Whoever comes now is told at once of what the others know.
    assert!(told(&mut watch(200)).is_some());
}

#[tokio::test]
async fn no_more_pages_wait_than_the_limits_and_one_that_goes_makes_room() {
    let world = World::start().await;
    let webhook = world.create_webhook("hook1", hook("http://127.0.0.1:9/")).await;
    let other = world.create_webhook("hook2", hook("http://127.0.0.1:9/")).await;
    let watch = |number: usize| live::watch(world.ctx(), &webhook, &principal(number));
    let mut pages: Vec<_> = (0..WATCHERS_OF_ONE_MAX).map(|_| watch(0).unwrap()).collect();
    assert_eq!(watch(0).err(), Some(Refusal::TooMany));
    // Whatever they would follow; and nobody else is in their way.
    assert_eq!(live::watch(world.ctx(), &other, &principal(0)).err(), Some(Refusal::TooMany));
    for number in WATCHERS_OF_ONE_MAX..WATCHERS_MAX {
        pages.push(watch(1 + number % 20).unwrap());
    }
    assert_eq!(watch(21).err(), Some(Refusal::Full));
    pages.swap_remove(0);
    let _page = watch(0).unwrap();
    assert_eq!(watch(21).err(), Some(Refusal::Full));
    pages.clear();
    drop(watch(21).unwrap());
    let pages: Vec<_> = (0..WATCHERS_OF_ONE_MAX - 1).map(|_| watch(0).unwrap()).collect();
    assert_eq!((pages.len(), watch(0).err()), (WATCHERS_OF_ONE_MAX - 1, Some(Refusal::TooMany)));
}

#[tokio::test]
async fn what_many_pages_show_alike_is_made_once() {
    let world = World::start().await;
    let receiver = world.receiver_always(200);
    let webhook = world.create_webhook("hook1", hook(&receiver.uri())).await;
    let watch = |number| live::watch(world.ctx(), &webhook, &principal(number)).unwrap();
    let mut pages: Vec<_> = (0..200).map(watch).collect();
    let mut made = 0;
    for expected in [2, 4] {
        live::look(world.ctx()).await.unwrap();
        for (idx, page) in pages.iter_mut().enumerate() {
            let kind = ["one", "other"][idx % 2];
            let shown = told(page).unwrap().shown(kind, |page| {
                made += 1;
                format!("{kind} {}", page.events.len())
            });
            assert_eq!(*shown, format!("{kind} {}", expected / 2 - 1));
        }
        assert_eq!(made, expected);
        world.ping("hook1").await;
        world.tick_until_idle().await;
    }
}
