//! Connections that wait for the next request to the same destination.
//!
//! The newest is used first, so that the others can grow old and close. A connection of HTTP/2 stays in the pool while
//! it is used, because it carries many requests at once.
//!
//! A waiting connection goes to an address that was judged when it was made. The policy is the courier's for as long as
//! it lives, so the verdict still holds, whatever the name has come to mean since.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::courier::connection::Connection;
use crate::courier::destination::Destination;
use crate::courier::trace::now;

/// How long a connection may wait.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(30);
/// How many connections to one destination may wait.
pub(super) const IDLE_PER_DESTINATION_MAX: usize = 32;
/// How many connections may wait in all.
pub(super) const IDLE_CONNECTIONS_MAX: usize = 1_024;

/// The waiting connections of all destinations.
#[derive(Default)]
pub(super) struct Pool(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    by_destination: HashMap<Destination, Vec<Idle>>,
    count: usize,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

/// The place of one destination's connections, which does not keep the pool alive.
pub(super) struct Place {
    pool: Weak<Pool>,
    destination: Destination,
}

impl Pool {
    /// Takes a connection that can be used, if one waits.
    pub(super) fn check_out(&self, destination: &Destination, now: Instant) -> Option<Connection> {
        let mut waiting = self.lock();
        waiting.clear_stale(destination, now);
        let newest = waiting.by_destination.get_mut(destination)?.last_mut()?;
        if let Some(shared) = newest.connection.share() {
            newest.since = now;
            return Some(shared);
        }
        waiting.take_newest(destination)
    }

    /// Lets a connection wait, if there is room and no connection that could be shared instead.
    pub(super) fn check_in(&self, destination: &Destination, connection: Connection, now: Instant) {
        let mut waiting = self.lock();
        let here = waiting.by_destination.get(destination).map_or(&[][..], Vec::as_slice);
        let is_shared_already = here.iter().any(|idle| idle.connection.share().is_some());
        if is_shared_already
            || here.len() == IDLE_PER_DESTINATION_MAX
            || waiting.count == IDLE_CONNECTIONS_MAX
        {
            return;
        }
        waiting.count += 1;
        waiting
            .by_destination
            .entry(destination.clone())
            .or_default()
            .push(Idle { connection, since: now });
    }

    /// Forgets the connections to a destination that did not answer, since the next might wait on them in vain too.
    pub(super) fn forget(&self, destination: &Destination) {
        let mut waiting = self.lock();
        let forgotten = waiting.by_destination.remove(destination).unwrap_or_default();
        waiting.count -= forgotten.len();
    }

    /// Gives the place where connections to a destination wait.
    pub(super) fn place(self: &Arc<Self>, destination: &Destination) -> Place {
        Place { pool: Arc::downgrade(self), destination: destination.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn clear_stale(&mut self, destination: &Destination, now: Instant) {
        let Some(idle) = self.by_destination.get_mut(destination) else { return };
        let count_before = idle.len();
        idle.retain(|idle| idle.connection.is_ready() && now.duration_since(idle.since) < IDLE_MAX);
        self.count -= count_before - idle.len();
        if idle.is_empty() {
            self.by_destination.remove(destination);
        }
    }

    fn take_newest(&mut self, destination: &Destination) -> Option<Connection> {
        let idle = self.by_destination.get_mut(destination)?;
        let newest = idle.pop()?;
        self.count -= 1;
        if idle.is_empty() {
            self.by_destination.remove(destination);
        }
        Some(newest.connection)
    }
}

impl Place {
    /// Closes the connections that have waited for too long or are closed already.
    pub(super) fn clear_stale(&self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.lock().clear_stale(&self.destination, now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::courier::destination::Host;

    fn destination(port: u16) -> Destination {
        Destination { host: Host::Address(IpAddr::from([127, 0, 0, 1])), port, https: false }
    }

    /// A connection that is ready for a request, and its far end.
    async fn connection(pool: &Arc<Pool>, port: u16) -> (Connection, tokio::io::DuplexStream) {
        let (near, far) = tokio::io::duplex(64);
        let place = pool.place(&destination(port));
        let remote = ([127, 0, 0, 1], port).into();
        let mut connection = Connection::http1(near, remote, place).await.ok().unwrap();
        assert!(connection.ready().await);
        (connection, far)
    }

    #[tokio::test]
    async fn thirty_two_connections_wait_for_one_destination_and_no_more() {
        let pool = Arc::new(Pool::default());
        let mut far_ends = Vec::new();
        for _ in 0..=IDLE_PER_DESTINATION_MAX {
            let (near, far) = connection(&pool, 1).await;
            pool.check_in(&destination(1), near, now());
            far_ends.push(far);
        }
        let mut taken = Vec::new();
        taken.extend(std::iter::from_fn(|| pool.check_out(&destination(1), now())));
        assert_eq!(taken.len(), IDLE_PER_DESTINATION_MAX);
        assert_eq!(pool.lock().count, 0);
    }

    #[tokio::test]
    async fn a_thousand_connections_wait_in_all_and_no_more() {
        let pool = Arc::new(Pool::default());
        let mut far_ends = Vec::new();
        for connection_idx in 0..=IDLE_CONNECTIONS_MAX {
            let port = u16::try_from(connection_idx / IDLE_PER_DESTINATION_MAX).unwrap();
            let (near, far) = connection(&pool, port).await;
            pool.check_in(&destination(port), near, now());
            far_ends.push(far);
        }
        assert_eq!(pool.lock().count, IDLE_CONNECTIONS_MAX);
        assert_eq!(
            pool.lock().by_destination.len(),
            IDLE_CONNECTIONS_MAX / IDLE_PER_DESTINATION_MAX
        );
    }

    #[tokio::test]
    async fn a_connection_waits_for_thirty_seconds_and_no_longer() {
        let pool = Arc::new(Pool::default());
        let start = now();
        for (waited, expected) in [(IDLE_MAX.mul_f32(0.99), true), (IDLE_MAX, false)] {
            let (near, _far) = connection(&pool, 1).await;
            pool.check_in(&destination(1), near, start);
            assert_eq!(pool.check_out(&destination(1), start + waited).is_some(), expected);
            assert!(pool.lock().by_destination.is_empty());
        }
    }

    #[tokio::test]
    async fn a_connection_that_the_receiver_has_closed_is_not_given_out() {
        let pool = Arc::new(Pool::default());
        let (mut near, far) = connection(&pool, 1).await;
        drop(far);
        while near.ready().await {
            tokio::task::yield_now().await;
        }
        pool.check_in(&destination(1), near, now());
        assert!(pool.check_out(&destination(1), now()).is_none());
    }
}
