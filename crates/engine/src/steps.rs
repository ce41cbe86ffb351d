//! Work in bounded steps that leaves the database to others for most of the time.

use crate::ctx::Ctx;
use boathook_store::Error;
use std::time::Duration;

/// How many times as long as a step took whoever took it rests. SQLite takes it with processors that others need as well; while
/// a shared database does, this process mostly waits.
const REST: u32 = 40;
const REST_OF_SHARED: u32 = 20;
/// The shortest and the longest rest.
const REST_MIN: Duration = Duration::from_millis(25);
const REST_MAX: Duration = Duration::from_secs(5);

/// How long to rest after a step that took so long. A step takes longer where others write, and so they have the more time.
pub(crate) fn rest_after(ctx: &Ctx, took: Duration) -> Duration {
    let times = if ctx.db.is_shared() { REST_OF_SHARED } else { REST };
    took.saturating_mul(times).clamp(REST_MIN, REST_MAX)
}

/// A pass over all that there is to do.
pub trait Steps: Default + Send {
    /// Takes the next step; `false` where it was the last.
    fn step(&mut self, ctx: &Ctx) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Makes a whole pass, without a rest.
    fn all(ctx: &Ctx) -> impl Future<Output = Result<(), Error>> + Send
    where
        Self: Sized,
    {
        async {
            let mut pass = Self::default();
            while pass.step(ctx).await? {}
            Ok(())
        }
    }
}
