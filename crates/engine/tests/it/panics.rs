//! What panics or fails ends what it was part of, and nothing else.

use boathook_engine::housekeeping;
use boathook_testkit::{PATIENCE, World, hook};
use std::sync::Arc;

#[tokio::test]
async fn a_worker_whose_tick_panics_goes_on() {
    let world = World::start().await;
    let receiver = world.receiver([200, 200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.ping("hook1").await;
    world.clock().break_down();
    let (ctx, supervisor) = (Arc::clone(world.ctx()), world.node().supervisor().clone());
    world.node().run(async move { housekeeping::start(&ctx, &supervisor) }).await;
    let all_have_panicked = async {
        while world.ctx().meters.panics.snapshot().len() < 3 {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, all_have_panicked).await;
    world.clock().mend();
    assert!(waited.is_ok(), "only {:?} have panicked", world.ctx().meters.panics.snapshot());
    receiver.has_received(2).await;
    world.node().supervisor().stop();
    world.node().rests().await;
}
