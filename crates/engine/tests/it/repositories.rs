//! A large repository goes to its end, whoever is there to wait for it.

use boathook_core::event::{Action, Request};
use boathook_core::time::{Clock, Timestamp};
use boathook_engine::operations::{self, Kind, OperationRow, Progress, Ticked};
use boathook_engine::registry::delete::repository::{self, DeleteRepository, Deleting, Refused};
use boathook_store::{After, OPERATIONS_OPEN_MAX, Order, PageOf, STEP_MANIFESTS_MAX};
use boathook_testkit::{PATIENCE, World};
use std::time::Duration;

/// More than a step removes.
const LARGE: usize = 60;

async fn filled() -> World {
    filled_with(LARGE).await
}

async fn filled_with(count: usize) -> World {
    let world = World::start().await;
    for number in 0..count {
        world.push(&format!("app:v{number}")).await;
    }
    world.push("other:v1").await;
    world
}

fn delete(world: &World) -> DeleteRepository {
    DeleteRepository {
        place: world.ctx().place(),
        repository: "app".parse().unwrap(),
        request: request("live"),
    }
}

async fn begin(world: &World) -> Deleting {
    let begun = repository::begin(world.ctx(), delete(world)).await.unwrap();
    begun.unwrap().expect("it is there")
}

fn request(id: &str) -> Request {
    Request {
        id: id.to_owned(),
        host: "boathook.azurecr.localhost".to_owned(),
        method: "DELETE",
        user_agent: None,
    }
}

/// How many deletions were told of, all of which `request` was the cause of.
async fn told(world: &World, request: &str) -> usize {
    let events = world.ctx().db.undispatched(10_000).await.unwrap();
    let deletions = events.iter().filter(|event| event.action == Action::Delete);
    let cause = format!("\"request\":{{\"id\":\"{request}\"");
    deletions.filter(|event| String::from_utf8_lossy(&event.body).contains(&cause)).count()
}

async fn tick(world: &World) -> Ticked {
    operations::tick(world.ctx()).await.unwrap()
}

async fn repositories(world: &World) -> Vec<String> {
    let names = world.ctx().db.repositories(&world.ctx().place(), "", 9).await.unwrap();
    names.iter().map(ToString::to_string).collect()
}

async fn operation(world: &World, id: &str) -> OperationRow {
    world.ctx().db.operation(id).await.unwrap().expect("it is there")
}

#[tokio::test]
async fn a_large_repository_goes_as_an_operation_that_says_how_far_it_is() {
    let world = filled().await;
    let deleting = begin(&world).await;
    let begun = deleting.operation.clone().expect("it is large");
    assert_eq!(begun.kind, Kind::DeleteRepository.as_str());
    assert_eq!(Progress::of(&begun).unwrap().percent(), 0);
    assert_eq!(tick(&world).await, Ticked::Nothing, "nobody else goes on with it");
    let gone = deleting.gone().await.unwrap().unwrap();
    assert_eq!((gone.manifests.len(), gone.tags.len()), (LARGE, LARGE));
    let ended = operation(&world, &begun.id).await;
    assert_eq!(ended.end.as_ref().map(|end| end.failure.clone()), Some(None));
    let Progress(counted) = Progress::of(&ended).unwrap();
    assert_eq!((counted[0].done, counted[0].total), (LARGE as u64, LARGE as u64));
    assert_eq!(
        (repositories(&world).await, told(&world, "live").await),
        (vec!["other".to_owned()], LARGE)
    );
    world.tick_until_idle().await;
}

#[tokio::test]
async fn nobody_needs_to_wait_for_it() {
    let world = filled().await;
    let begun = begin(&world).await.operation.expect("it is large");
    let ended = async {
        while operation(&world, &begun.id).await.end.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("it ends");
    assert_eq!(
        (repositories(&world).await, told(&world, "live").await),
        (vec!["other".to_owned()], LARGE)
    );
    world.tick_until_idle().await;
}

#[tokio::test]
async fn a_small_one_is_no_operation() {
    let world = filled_with(STEP_MANIFESTS_MAX).await;
    let deleting = begin(&world).await;
    assert_eq!(deleting.operation, None);
    assert_eq!(deleting.gone().await.unwrap().unwrap().manifests.len(), STEP_MANIFESTS_MAX);
    assert_eq!(repositories(&world).await, ["other"]);
    world.tick_until_idle().await;
}

#[tokio::test]
async fn what_another_clock_says_came_later_goes_all_the_same_if_it_is_there() {
    let world = filled().await;
    world.clock().set(Timestamp(world.clock().now().0 - 60_000));
    begin(&world).await.gone().await.unwrap().unwrap();
    assert_eq!(repositories(&world).await, ["other"]);
    world.tick_until_idle().await;
}

#[tokio::test]
async fn where_there_are_operations_enough_nothing_goes() {
    let world = filled().await;
    for number in 0..OPERATIONS_OPEN_MAX {
        leave_behind(&world, &format!("registries-{number}")).await;
    }
    let refused = repository::begin(world.ctx(), delete(&world)).await.unwrap();
    assert!(matches!(refused.err(), Some(Refused::TooMany(_))));
    assert_eq!((repositories(&world).await.len(), told(&world, "live").await), (2, 0));
    world.tick_until_idle().await;
}

/// What a process had begun that has died since.
async fn leave_behind(world: &World, id: &str) {
    let (ctx, asked) = (world.ctx(), world.clock().now());
    let place = ctx.place();
    let command = format!(
        r#"{{"registry":"{}","region":"{}","repository":"app","request":"dead","host":"h","user_agent":null,"asked_ms":{}}}"#,
        place.registry, place.region, asked.0
    );
    let row = OperationRow {
        id: id.to_owned(),
        registry: Some(place.registry),
        kind: Kind::DeleteRepository.as_str().to_owned(),
        child: None,
        command,
        progress: Some(r#"[{"what":"manifests","done":5,"total":65}]"#.to_owned()),
        created: asked,
        end: None,
    };
    let until = asked.after(Duration::from_mins(1));
    assert!(ctx.db.begin_leased_operation(row, until).await.unwrap());
}

#[tokio::test]
async fn what_a_dead_process_had_begun_is_done_by_another_and_nothing_that_came_later_goes() {
    let world = filled().await;
    let id = "registries-1";
    leave_behind(&world, id).await;
    world.clock().advance(Duration::from_secs(30));
    world.push("app:later").await;
    assert_eq!(tick(&world).await, Ticked::Nothing, "it may still be alive");
    world.clock().advance(Duration::from_secs(30));
    assert_eq!(tick(&world).await, Ticked::Ended);
    let ended = operation(&world, id).await;
    assert_eq!(ended.end.as_ref().map(|end| end.failure.clone()), Some(None));
    let Progress(counted) = Progress::of(&ended).unwrap();
    assert_eq!((counted[0].done, counted[0].total), (65, 65));
    assert_eq!(told(&world, "dead").await, LARGE);
    let page = PageOf { order: Order::Name, after: After::Nothing, limit: 9 };
    let (place, app) = (world.ctx().place(), "app".parse().unwrap());
    let tags = world.ctx().db.tag_records(&place, &app, page).await.unwrap().unwrap();
    assert_eq!(tags.iter().map(|tag| tag.name.to_string()).collect::<Vec<_>>(), ["later"]);
    world.tick_until_idle().await;
}

#[tokio::test]
async fn an_operation_whose_repository_went_in_the_meantime_is_done() {
    let world = filled().await;
    let id = "registries-1";
    leave_behind(&world, id).await;
    begin(&world).await.gone().await.unwrap().unwrap();
    world.clock().advance(Duration::from_mins(1));
    assert_eq!(tick(&world).await, Ticked::Ended);
    assert_eq!(operation(&world, id).await.end.unwrap().failure, None);
    assert_eq!(told(&world, "dead").await, 0);
    world.tick_until_idle().await;
}
