//! What panics or fails ends what it was part of, and nothing else.

use async_trait::async_trait;
use boathook_engine::courier::failure::Failure;
use boathook_engine::courier::{Courier, Download, Exchange, Parcel};
use boathook_engine::{DeliveryState, housekeeping};
use boathook_store::faults::Moment;
use boathook_testkit::{PATIENCE, Reply, Settings, World, hook};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How many attempts a new webhook's window lets go at once.
const WINDOW_FIRST: usize = 8;

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

/// A courier that panics before it is of use.
struct Panicking<C> {
    courier: C,
    panics_left: AtomicUsize,
}

#[async_trait]
impl<C: Courier> Courier for Panicking<C> {
    async fn send(&self, parcel: Parcel) -> Exchange {
        let less = |left: usize| left.checked_sub(1);
        let left = self.panics_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        assert!(left.is_err(), "the courier panics as it was told");
        self.courier.send(parcel).await
    }

    async fn open(&self, parcel: Parcel) -> Result<Download, Failure> {
        self.courier.open(parcel).await
    }
}

#[tokio::test]
async fn an_attempt_that_panics_gives_its_place_back() {
    let world = World::with(Settings {
        courier: |courier| {
            Arc::new(Panicking { courier, panics_left: AtomicUsize::new(WINDOW_FIRST) })
        },
        ..Settings::default()
    })
    .await;
    let receiver = world.receiver_always(200);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    for number in 0..=WINDOW_FIRST {
        world.push(&format!("app:v{number}")).await;
    }
    world.run_for(Duration::from_mins(10)).await;
    assert_eq!(world.ctx().meters.in_flight.get(), 0);
    assert_eq!(receiver.requests().len(), WINDOW_FIRST + 1);
}

#[tokio::test]
async fn what_a_neighbour_kept_from_being_written_down_is_written_down_at_last() {
    let world = World::start().await;
    let receiver = world.receiver([Reply::from(200).held()]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("app:v1").await;
    world.tick().await;
    receiver.has_received(1).await;
    world.ctx().db.faults().plan(1, Moment::WithNeighbour);
    receiver.release();
    world.node().rests().await;
    assert!(!world.ctx().db.faults().drop_plan(), "the write was to fail");
    assert_eq!(world.events("hook1").await[0].state, DeliveryState::Delivered);
}
