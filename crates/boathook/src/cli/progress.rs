//! A sign of life on a terminal while a request takes its time.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::output::console::Console;

const TICK: Duration = Duration::from_millis(100);
/// Ticks to wait before anything shows, so that quick commands do not flicker.
const QUIET_TICKS: usize = 5;
const HANDS: [char; 4] = ['|', '/', '-', '\\'];

/// What a command says of its work while somebody waits.
#[derive(Default)]
pub(crate) struct Said(Mutex<Option<String>>);

impl Said {
    /// Says something else from now on.
    pub(crate) fn say(&self, words: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }

    fn words(&self) -> String {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        said.unwrap_or_else(|| "Running ..".to_owned())
    }
}

/// Waits for the work; shows on a terminal that it goes on, and nothing in a pipe.
pub(crate) async fn during<T>(console: &mut Console<'_>, work: impl Future<Output = T>) -> T {
    during_saying(console, &Said::default(), work).await
}

/// Waits for the work, and shows on a terminal what it says.
pub(crate) async fn during_saying<T>(
    console: &mut Console<'_>,
    said: &Said,
    work: impl Future<Output = T>,
) -> T {
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
                    console.overwrite(&format!(" {} {}", HANDS[tick % HANDS.len()], said.words()));
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
    async fn what_the_work_says_is_shown() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::of_buffers(&mut out, &mut err, false);
        console.shows_progress = true;
        let said = Said::default();
        said.say(Some("42 %".to_owned()));
        let work = tokio::time::timeout(Duration::from_secs(1), future::pending::<()>());
        assert!(during_saying(&mut console, &said, work).await.is_err());
        assert!(String::from_utf8(err).unwrap().contains(" / 42 %"));
    }

    #[tokio::test(start_paused = true)]
    async fn quick_work_and_work_in_a_pipe_show_nothing() {
        assert_eq!(shown_during(Duration::from_millis(200), true).await, "");
        assert_eq!(shown_during(Duration::from_mins(1), false).await, "");
    }
}
