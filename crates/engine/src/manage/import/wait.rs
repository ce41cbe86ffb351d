//! Imports whose registry elsewhere is away, busy or broken: they are put off, and somebody goes on with them later.
//!
//! Nobody waits in between: the lease runs until it is time. How often that was in vain is counted in the operation's
//! progress, so that a restart does not begin to count anew.

use crate::ctx::Ctx;
use crate::operations::{Cause, Counted, OperationRow, Progress, Went};
use crate::remote::Fault;
use boathook_store::Error;
use std::time::Duration;

/// How often an import goes on in vain, one time after the other, before it has failed.
pub(crate) const TRIES_MAX: u64 = 8;
/// How long it waits for its turn.
pub(super) const TURN: Duration = Duration::from_secs(1);
/// The longest that a registry may have it wait.
const WAIT_MAX: Duration = Duration::from_mins(5);
/// What the tries are counted as.
const TRIES: &str = "tries";

/// What follows where the registry is away.
pub(super) async fn after(
    ctx: &Ctx,
    operation: &OperationRow,
    fault: &Fault,
) -> Result<Went, Error> {
    let before = Progress::of(operation).unwrap_or_default();
    let noted = ctx.db.operation(&operation.id).await?;
    let mut now = noted.as_ref().and_then(Progress::of).unwrap_or_default();
    let has_moved = count(&before, "bytes") < count(&now, "bytes");
    let tries = if has_moved { 1 } else { count(&before, TRIES) + 1 };
    if TRIES_MAX <= tries {
        let words = format!("{fault}; it was tried {TRIES_MAX} times in vain");
        return Ok(Went::Failed(Cause::Source.because(words)));
    }
    now.0.retain(|counted| counted.what != TRIES);
    now.0.push(Counted { what: TRIES.to_owned(), done: tries, total: TRIES_MAX });
    now.note(ctx, operation).await?;
    tracing::info!(operation = operation.id, "an import waits for its source: {fault}");
    Ok(Went::Later(ctx.clock.now().after(until(tries, fault.retry_after()))))
}

fn count(progress: &Progress, what: &str) -> u64 {
    progress.0.iter().find(|counted| counted.what == what).map_or(0, |counted| counted.done)
}

/// How long to wait: as long as the registry says, or longer each time.
fn until(tries: u64, retry_after: Option<Duration>) -> Duration {
    let own = Duration::from_secs(
        1_u64.checked_shl(u32::try_from(tries).unwrap_or(u32::MAX)).unwrap_or(u64::MAX),
    );
    retry_after.unwrap_or(own).clamp(TURN, WAIT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_says_how_long_to_wait_within_reason() {
        for (tries, retry_after_s, expected_s) in [
            (1, None, 2),
            (7, None, 128),
            (60, None, 300),
            (u64::MAX, None, 300),
            (1, Some(0), 1),
            (1, Some(17), 17),
            (1, Some(300), 300),
            (1, Some(301), 300),
        ] {
            let wait = until(tries, retry_after_s.map(Duration::from_secs));
            assert_eq!(wait, Duration::from_secs(expected_s), "{tries} {retry_after_s:?}");
        }
    }
}
