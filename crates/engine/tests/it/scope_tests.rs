//! Which tags a webhook would hear of.

use boathook_core::digest::Algorithm;
use boathook_core::grant::{Access, Grants, Permission};
use boathook_core::manifest::{self, Platform};
use boathook_core::name::Repository;
use boathook_core::scope::Position;
use boathook_engine::manage::scope_test::{self, Asked, HeardPage, Refusal};
use boathook_store::{CommitPush, PushOutcome};
use boathook_testkit::{World, hook};
use boathook_wire::arm::webhook::parameters::Create;

fn everything(scope: &str) -> Asked<'_> {
    Asked { scope, location: None, from: None }
}

async fn page(world: &World, asked: Asked<'_>, grants: &Grants) -> HeardPage {
    let registry = world.registry().await;
    scope_test::page(world.ctx(), &registry, asked, grants).await.unwrap().unwrap()
}

/// The names of what is on a page.
fn names(page: &HeardPage) -> Vec<String> {
    let name = |Position { repository, tag }: &Position| format!("{repository}:{tag}");
    page.heard.iter().map(name).collect()
}

/// What is on the first page, which has to be the only one.
async fn all(world: &World, scope: &str) -> Vec<String> {
    let page = page(world, everything(scope), &Grants::All).await;
    assert_eq!(page.next, None, "{scope}");
    names(&page)
}

/// Puts `count` tags on one manifest of a repository, `PREFIX00000` and so on, and announces nothing.
async fn tag_many(world: &World, repository: &str, prefix: &str, count: usize) {
    let bytes = bytes::Bytes::from_static(
        br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#,
    );
    let ctx = world.ctx();
    let push = CommitPush {
        place: ctx.place(),
        repository: repository.parse().unwrap(),
        digest: Algorithm::Sha256.digest(&bytes),
        tags: (0..count).map(|number| format!("{prefix}{number:05}").parse().unwrap()).collect(),
        manifest: manifest::parse(None, &bytes).unwrap(),
        platform: Platform::default(),
        chart: None,
        bytes,
        events: Vec::new(),
        announce_moved: None,
        pushed_by: None,
        now: ctx.clock.now(),
    };
    assert_eq!(ctx.db.commit_push(push).await.unwrap(), PushOutcome::Stored);
}

/// May see the metadata of these repositories, and pull what is in `closed`.
fn reader_of(repositories: &[&str]) -> Grants {
    let access = |name: &str, permission| Access::Repository {
        name: name.parse::<Repository>().unwrap(),
        permissions: vec![permission],
    };
    let read = repositories.iter().map(|name| access(name, Permission::MetadataRead));
    Grants::Listed(read.chain([access("closed", Permission::Pull)]).collect())
}

#[tokio::test]
async fn a_scope_is_shown_what_a_webhook_of_it_hears() {
    let world = World::start().await;
    let pushed = [
        "app:latest",
        "app:v1",
        "app/sub:latest",
        "team/a/b:v1.2",
        "team/app:v1.10",
        "team/app:V1",
    ];
    let scopes =
        ["", "app", "app:*", "app:v1", "team/*:v1.*", "*:v1*", "*/app:*", "team/*", "none"];
    let receiver = world.receiver_always(200);
    for (idx, scope) in scopes.iter().enumerate() {
        let scope = Some((*scope).to_owned());
        let create = Create { scope, ..hook(&receiver.uri()) };
        world.create_webhook(&format!("hook{idx}"), create).await;
    }
    for name in pushed {
        world.push(name).await;
    }
    world.tick_until_idle().await;
    for (idx, scope) in scopes.iter().enumerate() {
        let heard = world.events(&format!("hook{idx}")).await.into_iter().map(|event| {
            let payload: serde_json::Value = serde_json::from_slice(&event.body).unwrap();
            let target = |member: &str| payload["target"][member].as_str().unwrap().to_owned();
            (target("repository"), target("tag"))
        });
        let mut heard: Vec<_> = heard.collect();
        heard.sort();
        let heard: Vec<_> = heard.into_iter().map(|(name, tag)| format!("{name}:{tag}")).collect();
        assert_eq!(all(&world, scope).await, heard, "{scope:?}");
        assert_eq!(heard.is_empty(), *scope == "none" || *scope == "team/*", "{scope:?}");
    }
}

#[tokio::test]
async fn a_page_has_a_hundred_tags() {
    let world = World::start().await;
    tag_many(&world, "app", "v", 100).await;
    // What is not heard needs no page.
    tag_many(&world, "app", "z", 1).await;
    assert_eq!(all(&world, "app:v*").await.len(), 100);
    tag_many(&world, "app", "v", 101).await;
    for scope in ["app:v*", "*:v*"] {
        let first = page(&world, everything(scope), &Grants::All).await;
        assert_eq!(first.heard.len(), 100);
        let asked = Asked { from: first.next.as_ref(), ..everything(scope) };
        let second = page(&world, asked, &Grants::All).await;
        assert_eq!((names(&second), &second.next), (vec!["app:v00100".to_owned()], &None));
    }
}

#[tokio::test]
async fn no_more_than_ten_thousand_tags_are_looked_at_for_a_page() {
    let world = World::start().await;
    tag_many(&world, "app", "a", 9_999).await;
    tag_many(&world, "app", "z", 1).await;
    assert_eq!(all(&world, "*:z*").await, ["app:z00000"]);
    tag_many(&world, "app", "a", 10_000).await;
    let first = page(&world, everything("*:z*"), &Grants::All).await;
    assert!(first.heard.is_empty());
    let asked = Asked { from: first.next.as_ref(), ..everything("*:z*") };
    assert!(asked.from.is_some());
    let second = page(&world, asked, &Grants::All).await;
    assert_eq!((names(&second), second.next), (vec!["app:z00000".to_owned()], None));
    // A scope that names its repository, or even its tag, is not kept from it by what others have, before or after.
    for name in ["b", "b/c", "d"] {
        world.push(&format!("{name}:latest")).await;
    }
    world.tick_until_idle().await;
    tag_many(&world, "c", "a", 10_001).await;
    assert_eq!(all(&world, "b").await, ["b:latest"]);
    assert_eq!(all(&world, "b:*").await, ["b:latest"]);
    assert_eq!(all(&world, "d:*").await, ["d:latest"]);
    assert_eq!(all(&world, "app:z*").await, ["app:z00000"]);
    assert_eq!(all(&world, "c:a10000").await, ["c:a10000"]);
}

#[tokio::test]
async fn what_the_caller_may_not_know_of_is_not_shown_and_hardly_looked_at() {
    let world = World::start().await;
    for name in ["app:v1", "closed:v1", "open:v1"] {
        world.push(name).await;
    }
    world.tick_until_idle().await;
    let grants = reader_of(&["app", "open"]);
    let shown = async |scope: &str| {
        let page = page(&world, everything(scope), &grants).await;
        (names(&page), page.next)
    };
    let both = vec!["app:v1".to_owned(), "open:v1".to_owned()];
    assert_eq!(shown("*:*").await, (both.clone(), None));
    assert_eq!(shown("closed:*").await, (Vec::new(), None));
    tag_many(&world, "closed", "v", 10_001).await;
    assert_eq!(shown("").await, (both, None));
    let none = page(&world, everything(""), &Grants::none()).await;
    assert_eq!((none.heard.len(), none.next), (0, None));
    // The same goes for what the scope does not reach.
    assert_eq!(all(&world, "*n:*").await, ["open:v1"]);
}

#[tokio::test]
async fn the_region_is_home_unless_another_of_the_registry_s_is_named() {
    let world = World::start().await;
    world.push("app:v1").await;
    world.tick_until_idle().await;
    let (registry, home) = (world.registry().await, world.ctx().place().region);
    for location in [None, Some(home.as_str())] {
        let asked = Asked { location, ..everything("app:*") };
        assert_eq!(names(&page(&world, asked, &Grants::All).await), ["app:v1"], "{location:?}");
    }
    let asked = Asked { location: Some("mars"), ..everything("app:*") };
    let found = scope_test::page(world.ctx(), &registry, asked, &Grants::All).await.unwrap();
    let refusal = found.unwrap_err();
    assert!(matches!(refusal, Refusal::Location(_)), "{refusal}");
    assert_eq!(refusal.target(), Some("location"));
}

#[tokio::test]
async fn where_to_go_on_from_opens_nothing_that_the_scope_does_not() {
    let world = World::start().await;
    for name in ["a:v1", "b:v1", "c:v1"] {
        world.push(name).await;
    }
    world.tick_until_idle().await;
    for (repository, heard) in [("", vec!["b:v1"]), ("b", vec!["b:v1"]), ("c", Vec::new())] {
        let from = Position { repository: repository.to_owned(), tag: String::new() };
        let asked = Asked { from: Some(&from), ..everything("b:*") };
        assert_eq!(names(&page(&world, asked, &Grants::All).await), heard, "{repository}");
    }
}
