//! When the passwords of a token run out, as it is typed.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::{SignedDuration, Timestamp};

use crate::cli::failure::Failure;

const FORMAT: &str = "%Y-%m-%dT%H:%M:%SZ";
const HOURS_OF_DAY: i64 = 24;

/// The flags that say it.
#[derive(clap::Args)]
pub(super) struct ExpiryArgs {
    /// UTC time for which the credentials will be valid. In the format of %Y-%m-%dT%H:%M:%SZ, e.g.
    /// 2025-12-31T12:59:59Z.
    #[arg(long, value_name = "TIME")]
    expiration: Option<String>,
    /// Number of days for which the credentials will be valid. If not specified, they do not expire.
    #[arg(long, alias = "days", value_name = "DAYS", allow_negative_numbers = true)]
    expiration_in_days: Option<i64>,
}

impl ExpiryArgs {
    /// Says whether an end was named.
    pub(super) fn is_given(&self) -> bool {
        self.expiration.is_some() || self.expiration_in_days.is_some()
    }

    /// Says whether two ends were named.
    pub(super) fn is_given_twice(&self) -> bool {
        self.expiration.is_some() && self.expiration_in_days.is_some()
    }

    /// Returns the time, or `None` where there is no end. No days at all are no end, as `az` has it.
    pub(super) fn read(&self) -> Result<Option<String>, Failure> {
        if let Some(text) = &self.expiration {
            let time = strtime::parse(FORMAT, text).and_then(|time| time.to_datetime());
            let _: DateTime = time.map_err(|_| {
                Failure::Argument(format!(
                    "Input '{text}' is not valid datetime. Valid example: 2025-12-31T12:59:59Z"
                ))
            })?;
        }
        match self.expiration_in_days {
            None | Some(0) => Ok(self.expiration.clone()),
            Some(..0) => Err(Failure::Argument("Days must be positive.".to_owned())),
            Some(days) => Ok(Some(after(days, now()))),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the days are counted from when the command was typed"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

fn after(days: i64, now: Timestamp) -> String {
    let end = days.checked_mul(HOURS_OF_DAY).map(SignedDuration::from_hours);
    let end = end.and_then(|span| now.checked_add(span).ok()).unwrap_or(Timestamp::MAX);
    end.strftime(FORMAT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_now_and_end_with_time_itself() {
        let now: Timestamp = "2026-11-22T13:51:01.5Z".parse().unwrap();
        assert_eq!(after(1, now), "2026-11-23T13:51:01Z");
        assert_eq!(after(365, now), "2027-11-22T13:51:01Z");
        assert_eq!(after(999_999_999, now), "9999-12-30T22:00:00Z");
    }

    #[test]
    fn only_what_lies_ahead_is_an_end() {
        let read = |expiration: Option<&str>, days| {
            let expiration = expiration.map(str::to_owned);
            let args = ExpiryArgs { expiration, expiration_in_days: days };
            args.read().map_err(|failure| failure.to_string())
        };
        assert_eq!(read(None, None), Ok(None));
        assert_eq!(read(None, Some(0)), Ok(None));
        assert_eq!(read(None, Some(-1)), Err("Days must be positive.".to_owned()));
        let end = "2027-12-31T12:59:59Z";
        assert_eq!(read(Some(end), None), Ok(Some(end.to_owned())));
        assert!(read(Some("2027-12-31"), None).is_err());
        assert!(read(Some("2027-13-31T12:59:59Z"), None).is_err());
    }
}
