//! An event is tried until its receiver has accepted it, or its time is over.

use boathook_engine::DeliveryState;
use boathook_testkit::{FIRST_MS, Receiver, World, hook};
use std::time::Duration;

/// When the requests came, in seconds after the world began.
fn arrivals_s(receiver: &Receiver) -> Vec<i64> {
    receiver.requests().iter().map(|request| (request.at.0 - FIRST_MS) / 1_000).collect()
}

#[tokio::test]
async fn a_receiver_that_recovers_gets_the_event() {
    let world = World::start().await;
    let receiver = world.receiver([503, 503, 200]);
    world.create_webhook("hook1", hook(&receiver.uri())).await;
    world.push("team/app:1.4").await;
    world.run_for(Duration::from_mins(10)).await;
    let [first, second, third] = arrivals_s(&receiver)[..] else {
        panic!("three attempts, and not\n{}", receiver.transcript())
    };
    assert_eq!(first, 0);
    // The schedule is 10 and 30 seconds; chance lengthens each wait by up to a fifth.
    assert!((10..=12).contains(&second), "{}", receiver.transcript());
    assert!((30..=36).contains(&(third - second)), "{}", receiver.transcript());
    let [event] = &world.events("hook1").await[..] else { panic!("there is one event") };
    assert_eq!((event.state, event.attempts), (DeliveryState::Delivered, 3));
    assert_eq!(event.response.as_ref().unwrap().status, 200);
    assert!(event.error.is_none());
}
