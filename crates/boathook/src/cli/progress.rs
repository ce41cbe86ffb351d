//! A sign of life on a terminal while a request takes its time.

use std::pin::pin;
use std::time::Duration;

use super::output::console::Console;

const TICK: Duration = Duration::from_millis(100);
/// Ticks to wait before anything shows, so that quick commands do not flicker.
const QUIET_TICKS: usize = 5;
const HANDS: [char; 4] = ['|', '/', '-', '\\'];

/// Waits for the work; shows on a terminal that it goes on, and nothing in a pipe.
pub(crate) async fn during<T>(console: &mut Console<'_>, work: impl Future<Output = T>) -> T {
    if !console.shows_progress {
        return work.await;
    }
    let mut work = pin!(work);
    let mut ticks = tokio::time::interval(TICK);
    for tick in 0_usize.. {
        tokio::select! {
            done = &mut work => {
                if tick > QUIET_TICKS {
                    console.overwrite("");
                }
                return done;
            }
            _ = ticks.tick() => {
                if tick >= QUIET_TICKS {
                    console.overwrite(&format!(" {} Running ..", HANDS[tick % HANDS.len()]));
                }
            }
        }
    }
    work.await
}
