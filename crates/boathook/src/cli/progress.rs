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

#[cfg(test)]
mod tests {
    use std::future;

    use super::*;

    async fn shown_during(work: Duration, is_terminal: bool) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::of_buffers(&mut out, &mut err, false);
        console.shows_progress = is_terminal;
        let work = async { tokio::time::timeout(work, future::pending::<()>()).await.is_err() };
        assert!(during(&mut console, work).await);
        String::from_utf8(err).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn long_work_shows_on_a_terminal_and_leaves_no_trace() {
        let shown = shown_during(Duration::from_secs(2), true).await;
        assert!(shown.contains(" / Running .."), "{shown:?}");
        assert!(shown.ends_with("\r\x1b[K"), "{shown:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn quick_work_and_work_in_a_pipe_show_nothing() {
        assert_eq!(shown_during(Duration::from_millis(200), true).await, "");
        assert_eq!(shown_during(Duration::from_mins(1), false).await, "");
    }
}
