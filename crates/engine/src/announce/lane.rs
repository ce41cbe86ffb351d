//! What one webhook has under way, and how much it may have.

use boathook_core::time::Timestamp;
use boathook_store::{ClaimedDelivery, DeliveryKind};
use std::collections::VecDeque;

/// How many attempts at one webhook may be under way.
const WINDOW_MAX: usize = 32;
/// How many are at first.
const WINDOW_FIRST: usize = 8;
/// How many deliveries may wait in memory for each place in the window.
const QUEUE_PER_PLACE: usize = 8;

/// The deliveries of one webhook that this process holds.
#[derive(Debug)]
pub(super) struct Lane {
    queue: VecDeque<Leased>,
    in_flight: usize,
    /// How many places in the queue are promised.
    reserved: usize,
    /// How many attempts may be under way: one more after a success, half after a failure.
    window: usize,
    /// Whether more may be due in the database.
    pub(super) has_more: bool,
}

/// A delivery and the time at which its lease runs out.
#[derive(Clone, Debug)]
pub(super) struct Leased {
    pub(super) delivery: ClaimedDelivery,
    pub(super) until: Timestamp,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            in_flight: 0,
            reserved: 0,
            window: WINDOW_FIRST,
            has_more: false,
        }
    }
}

impl Lane {
    /// How many more deliveries the lane can take.
    pub(super) fn room(&self) -> usize {
        (self.window * (1 + QUEUE_PER_PLACE))
            .saturating_sub(self.in_flight + self.reserved + self.queue.len())
    }

    /// Says whether so little is left that it is time to ask the database for more.
    pub(super) fn is_low(&self) -> bool {
        self.queue.len() < self.window
    }

    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.in_flight == 0 && self.reserved == 0 && !self.has_more
    }

    /// Promises a place, if there is one.
    pub(super) fn reserve(&mut self) -> bool {
        let has_room = 0 < self.room();
        self.reserved += usize::from(has_room);
        has_room
    }

    /// Takes a promise back.
    pub(super) fn unreserve(&mut self) {
        self.reserved -= 1;
    }

    pub(super) fn push(&mut self, leased: Leased) {
        self.queue.push_back(leased);
    }

    /// Takes the next delivery to be tried, if the window allows. One whose lease ends before `latest` is left to
    /// whoever claims it next.
    pub(super) fn start(&mut self, latest: Timestamp) -> Option<ClaimedDelivery> {
        while self.in_flight < self.window {
            let leased = self.queue.pop_front()?;
            if latest < leased.until {
                self.in_flight += 1;
                return Some(leased.delivery);
            }
            self.has_more = true;
        }
        None
    }

    pub(super) fn finish(&mut self, is_success: bool) {
        self.in_flight -= 1;
        self.window =
            if is_success { (self.window + 1).min(WINDOW_MAX) } else { (self.window / 2).max(1) };
    }

    /// Gives up the events that are waiting; pings go out whatever becomes of the webhook.
    pub(super) fn drop_events(&mut self) -> Vec<ClaimedDelivery> {
        let is_event = |leased: &Leased| leased.delivery.kind == DeliveryKind::Event;
        let (events, pings) = std::mem::take(&mut self.queue).into_iter().partition(is_event);
        self.queue = pings;
        let events: VecDeque<_> = events;
        events.into_iter().map(|leased| leased.delivery).collect()
    }

    /// Gives up what is waiting.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = ClaimedDelivery> {
        std::mem::take(&mut self.queue).into_iter().map(|leased| leased.delivery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::id::{EventId, WebhookId};
    use boathook_core::name::Place;

    const NOW: Timestamp = Timestamp(0);

    fn leased(number: usize, kind: DeliveryKind, until: Timestamp) -> Leased {
        let delivery = ClaimedDelivery {
            webhook: WebhookId::new("hook"),
            event: EventId::new(number.to_string()),
            place: Place {
                registry: "boathook".parse().unwrap(),
                region: "local".parse().unwrap(),
            },
            kind,
            attempts: 0,
            attempts_before: 0,
            limit: NOW,
            lease: "lease".into(),
            body: bytes::Bytes::new(),
        };
        Leased { delivery, until }
    }

    fn filled(count: usize) -> Lane {
        let mut lane = Lane::default();
        for number in 0..count {
            lane.push(leased(number, DeliveryKind::Event, Timestamp(1)));
        }
        lane
    }

    fn start_all(lane: &mut Lane) -> usize {
        std::iter::from_fn(|| lane.start(NOW)).count()
    }

    #[test]
    fn the_window_grows_by_one_with_each_success_and_halves_with_each_failure() {
        let mut lane = filled(1_000);
        assert_eq!(start_all(&mut lane), WINDOW_FIRST);
        lane.finish(true);
        assert_eq!(start_all(&mut lane), 2, "its own place and one more");
        for _ in 0..100 {
            lane.finish(true);
            start_all(&mut lane);
        }
        assert_eq!(lane.in_flight, WINDOW_MAX);
        lane.finish(false);
        assert_eq!((lane.window, start_all(&mut lane)), (WINDOW_MAX / 2, 0));
        for _ in 0..10 {
            lane.finish(false);
        }
        assert_eq!(lane.window, 1, "one attempt is always made");
    }

    #[test]
    fn a_lane_takes_no_more_than_its_window_has_room_for() {
        let mut lane = Lane::default();
        let room = WINDOW_FIRST * (1 + QUEUE_PER_PLACE);
        assert_eq!((0..2 * room).filter(|_| lane.reserve()).count(), room);
        assert_eq!(lane.room(), 0);
        lane.unreserve();
        assert_eq!(lane.room(), 1);
        lane.window = 1;
        assert_eq!(
            lane.room(),
            0,
            "a window that shrinks leaves no room, and less than none is none"
        );
    }

    #[test]
    fn what_is_leased_for_too_short_is_left_to_the_next_claim() {
        let mut lane = Lane::default();
        lane.push(leased(0, DeliveryKind::Event, NOW));
        lane.push(leased(1, DeliveryKind::Event, Timestamp(1)));
        assert_eq!(lane.start(NOW).unwrap().event.as_str(), "1");
        assert!(lane.has_more);
    }

    #[test]
    fn events_are_dropped_and_pings_stay() {
        let mut lane = filled(3);
        lane.push(leased(3, DeliveryKind::Ping, Timestamp(1)));
        assert_eq!(lane.drop_events().len(), 3);
        assert_eq!(
            lane.drain().map(|delivery| delivery.kind).collect::<Vec<_>>(),
            [DeliveryKind::Ping]
        );
        assert!(lane.is_idle());
    }
}
