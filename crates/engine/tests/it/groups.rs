//! Resource groups that go, and what comes under their names afterwards.

use boathook_engine::audit::Actor;
use boathook_engine::manage::{groups, registries};
use boathook_engine::operations::{self, Ticked};
use boathook_store::faults::Moment;
use boathook_testkit::World;
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::{group, registry};
use std::time::Duration;

#[tokio::test]
async fn a_deletion_that_is_worked_off_twice_spares_the_next_group_of_that_name() {
    let world = World::start().await;
    let (ctx, actor, always) = (world.ctx(), Actor::server(), Condition::default());
    let create = || group::Create::parse(br#"{"location":"local"}"#).unwrap();
    groups::put(ctx, "team", create(), &always, &actor).await.unwrap().unwrap();
    let row = groups::get(ctx, "team").await.unwrap().unwrap();
    groups::delete(ctx, &row, &always, &actor).await.unwrap().unwrap();
    // The lease is taken, the name is freed, and the process dies before it can write down that all is done.
    ctx.db.faults().plan(2, Moment::AfterCommit);
    assert!(operations::tick(ctx).await.is_err());
    assert!(!ctx.db.faults().drop_plan());

    groups::put(ctx, "team", create(), &always, &actor).await.unwrap().unwrap();
    let body = br#"{"location":"local","sku":{"name":"Basic"}}"#;
    let body = registry::parameters::Create::parse(body).unwrap();
    registries::create(ctx, "team", "second", body, &always, &actor).await.unwrap().unwrap();
    world.clock().advance(Duration::from_mins(2));
    assert_eq!(operations::tick(ctx).await.unwrap(), Ticked::Ended);
    assert_eq!(operations::tick(ctx).await.unwrap(), Ticked::Nothing);
    let name = "second".parse().unwrap();
    assert!(ctx.db.registry(&name).await.unwrap().is_some());
    assert!(groups::get(ctx, "team").await.unwrap().is_ok());
}
