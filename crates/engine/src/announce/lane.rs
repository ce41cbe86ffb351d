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

    /// Forgets the events that are waiting; pings go out whatever becomes of the webhook.
    pub(super) fn drop_events(&mut self) {
        self.queue.retain(|leased| leased.delivery.kind == DeliveryKind::Ping);
    }

    /// Gives up what is waiting.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = ClaimedDelivery> {
        std::mem::take(&mut self.queue).into_iter().map(|leased| leased.delivery)
    }
}
