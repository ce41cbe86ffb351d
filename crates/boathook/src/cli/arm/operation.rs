//! Work that takes its time on the server: it is asked about until it is done.
//!
//! A server says so in one of two ways. `Azure-AsyncOperation` leads to the state of the work, `Location` answers 202
//! until there is a result. `Retry-After` says when to ask again.

use std::time::Duration;

use reqwest::Method;

use super::{Arm, Links, Reply};
use crate::cli::failure::{Failure, Refusal};
use crate::cli::progress::Said;
use crate::cli::value::Value;

/// How long to wait before asking again, where the server does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest wait that a server may ask for, so that its typing error keeps nobody for a day.
const PAUSE_MAX: Duration = Duration::from_mins(1);
/// Times that one piece of work is asked about; a server that is never done is broken.
const ASKS_MAX: usize = 10_000;

/// Waits until the work that an answer tells of is done, and returns its result.
pub(super) async fn finish(
    arm: &Arm,
    method: &Method,
    path: &str,
    reply: Reply,
) -> Result<Value, Failure> {
    if *method == Method::GET {
        return Ok(reply.body);
    }
    let makes_resource = *method == Method::PUT || *method == Method::PATCH;
    if let Some(operation) = &reply.links.operation {
        wait_for_state(arm, arm.path_of(operation)?, &reply.links).await?;
        return match &reply.links.location {
            _ if makes_resource => read(arm, path).await,
            Some(location) if *method == Method::POST => read(arm, arm.path_of(location)?).await,
            _ => Ok(Value::Null),
        };
    }
    let location = reply.links.location.as_ref().filter(|_| matches!(reply.status, 201 | 202));
    let Some(location) = location else { return Ok(reply.body) };
    let waiting = wait_for_result(arm, arm.path_of(location)?, &reply.links, None);
    let result = Box::pin(waiting).await?;
    if makes_resource { read(arm, path).await } else { Ok(result) }
}

async fn wait_for_state(arm: &Arm, path: &str, first: &Links) -> Result<(), Failure> {
    pause(first).await;
    for _ in 0..ASKS_MAX {
        let reply = arm.send(&Method::GET, path, None).await?;
        match reply.body.member("status").as_str() {
            None | Some("Succeeded") => return Ok(()),
            Some("Failed" | "Canceled" | "Cancelled") => {
                return Err(Failure::Refused(Refusal::of_operation(&reply.body)));
            }
            Some(_) => pause(&reply.links).await,
        }
    }
    Err(arm.unreadable("it is never done with what it was asked for"))
}

/// Whoever looks on while something of a resource is done.
pub(super) struct Onlooker<'a> {
    /// The path of the resource, below which the states of its operations are.
    pub(super) resource: &'a str,
    /// What they are told.
    pub(super) said: &'a Said,
}

/// Waits until the work that an answer tells of is done, says meanwhile how far it is, and returns its result.
pub(super) async fn look_on(
    arm: &Arm,
    reply: &Reply,
    onlooker: &Onlooker<'_>,
) -> Result<Value, Failure> {
    let location = reply.links.location.as_ref().filter(|_| reply.status == 202);
    let Some(location) = location else { return Ok(reply.body.clone()) };
    wait_for_result(arm, arm.path_of(location)?, &reply.links, Some(onlooker)).await
}

async fn wait_for_result(
    arm: &Arm,
    path: &str,
    first: &Links,
    onlooker: Option<&Onlooker<'_>>,
) -> Result<Value, Failure> {
    pause(first).await;
    let mut path = path.to_owned();
    for _ in 0..ASKS_MAX {
        let reply = arm.send(&Method::GET, &path, None).await?;
        if reply.status != 202 {
            return Ok(reply.body);
        }
        if let Some(Onlooker { resource, said }) = onlooker {
            let state = format!("{resource}/operationStatuses/{}", id_of(&path));
            // It is for show: the work goes on where nobody can say how.
            if let Ok(state) = Box::pin(arm.send(&Method::GET, &state, None)).await {
                said.say(how_far(&state.body));
            }
        }
        pause(&reply.links).await;
        if let Some(next) = &reply.links.location {
            arm.path_of(next)?.clone_into(&mut path);
        }
    }
    Err(arm.unreadable("it is never done with what it was asked for"))
}

/// The id of the operation that a link leads to.
pub(super) fn id_of(link: &str) -> &str {
    let path = link.split_once('?').map_or(link, |(path, _)| path);
    path.rsplit_once('/').map_or(path, |(_, id)| id)
}

/// How far an operation is, in a few words; none where it does not say.
fn how_far(state: &Value) -> Option<String> {
    let share = |what: &str| {
        let number = |member: &str| state.at(&["boathook", what, member]).as_u64();
        Some((number("done")?, number("total")?))
    };
    let mut words = vec![format!("{} %", state.member("percentComplete").as_u64()?)];
    if let Some((done, total)) = share("bytes").filter(|(_, total)| 0 < *total) {
        let mega = |bytes: u64| format!("{}.{}", bytes / 1_000_000, bytes / 100_000 % 10);
        words.push(format!("{} of {} MB", mega(done), mega(total)));
    }
    for what in ["blobs", "manifests"] {
        if let Some((done, total)) = share(what).filter(|(_, total)| 0 < *total) {
            words.push(format!("{done} of {total} {what}"));
        }
    }
    if let Some((done, total)) = share("tries") {
        words.push(format!("waiting for the source after {done} of {total} tries"));
    }
    Some(words.join(", "))
}

async fn read(arm: &Arm, path: &str) -> Result<Value, Failure> {
    Ok(arm.send(&Method::GET, path, None).await?.body)
}

#[expect(clippy::disallowed_methods, reason = "the server says when to ask again")]
async fn pause(links: &Links) {
    tokio::time::sleep(pause_of(links)).await;
}

fn pause_of(links: &Links) -> Duration {
    let seconds = links.retry_after.as_ref().and_then(|seconds| seconds.trim().parse().ok());
    seconds.map_or(PAUSE, Duration::from_secs).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_is_said_as_far_as_the_server_says() {
        let check = |state: &str, expected: Option<&str>| {
            let state: Value = serde_json::from_str(state).unwrap();
            assert_eq!(how_far(&state).as_deref(), expected);
        };
        check("{}", None);
        check(r#"{"percentComplete":7}"#, Some("7 %"));
        check(
            r#"{"percentComplete":50,"boathook":{"bytes":{"done":1250000,"total":2500000},"blobs":{"done":1,"total":3}}}"#,
            Some("50 %, 1.2 of 2.5 MB, 1 of 3 blobs"),
        );
        check(
            r#"{"percentComplete":0,"boathook":{"bytes":{"done":0,"total":0},"tries":{"done":2,"total":8}}}"#,
            Some("0 %, waiting for the source after 2 of 8 tries"),
        );
    }

    #[test]
    fn the_server_says_when_to_ask_again_within_reason() {
        for (retry_after, expected) in [
            (None, 5),
            (Some("0"), 0),
            (Some(" 7 "), 7),
            (Some("60"), 60),
            (Some("61"), 60),
            (Some("99999999999999999999"), 5),
            (Some("Wed, 21 Oct 2026 07:28:00 GMT"), 5),
        ] {
            let links = Links {
                operation: None,
                location: None,
                retry_after: retry_after.map(str::to_owned),
            };
            assert_eq!(pause_of(&links), Duration::from_secs(expected), "{retry_after:?}");
        }
    }
}
