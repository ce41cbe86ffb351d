//! One event of a webhook: what went out, what came back, attempt by attempt, and the button that sends it again.

use super::webhook::{LIST_EVENTS, address_of, find};
use super::webhook_events::{action, mark};
use super::{address, answered};
use crate::frame::{Frame, Section};
use crate::plot::{self, Plot};
use crate::refusal::Refusal;
use crate::room::{Room, cut, escaped};
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::{Sent, Visitor};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::event::Action;
use boathook_core::id::EventId;
use boathook_core::webhook::Status;
use boathook_engine::manage::events::{self, AttemptView, DeliveryView, NotRedelivered};

const ROUTE: &str = "portal.event";
pub(super) const LIST_DELIVERIES: &str =
    "Microsoft.ContainerRegistry/registries/webhooks/listDeliveries/action";
const REDELIVER: &str = "Microsoft.ContainerRegistry/registries/webhooks/redeliver/action";

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    webhook: String,
    back: String,
    id: String,
    mark: (&'static str, &'static str),
    attempt_count: u32,
    next_attempt: Option<Moment>,
    body: String,
    may_redeliver: bool,
    attempts: Vec<Try>,
    /// One of them with all that went and came: the latest, or the one that is asked for.
    shown: Option<Attempt>,
    plot: Plot,
}

/// One line of the attempts.
struct Try {
    number: u32,
    started: Moment,
    took: String,
    /// What was answered, or what kind of failure it was.
    outcome: String,
}

struct Attempt {
    number: u32,
    outcome: String,
    why: Option<Why>,
    uri: String,
    headers: Vec<(String, String)>,
    response: Option<Answer>,
}

/// Why an attempt failed.
struct Why {
    /// In the reader's language.
    said: String,
    /// As the log and the API have it: in English, with its class.
    class: String,
    detail: String,
}

struct Answer {
    headers: Vec<(String, String)>,
    body: String,
}

/// How many attempts the plot has room for; it is as wide where there are fewer.
const PLOT_ROOM: usize = 20;
/// How much HTML there is at most, in bytes: of what the receiver gets, of an attempt beside its headers, of its headers each
/// way, of the value of one, and of the word that a receiver has for its answer.
const BODY_BYTES_MAX: usize = 8_000;
const ATTEMPT_BYTES_MAX: usize = 10_000;
const HEADERS_BYTES_MAX: usize = 6_000;
const VALUE_BYTES_MAX: usize = 256;
const REASON_BYTES_MAX: usize = 64;

/// `GET …/webhooks/{webhook}/events/{event}`.
pub(crate) async fn get(
    visitor: Visitor,
    Path((name, webhook, event)): Path<(String, String, String)>,
) -> Response {
    answered(&visitor, page(&visitor, &name, &webhook, &event).await)
}

async fn page(
    visitor: &Visitor,
    name: &str,
    webhook: &str,
    event: &str,
) -> Result<Response, Refusal> {
    let (row, scope, webhook) = find(visitor, name, webhook).await?;
    visitor.must(LIST_EVENTS, &scope)?;
    visitor.must(LIST_DELIVERIES, &scope)?;
    let (ctx, t, id) = (&visitor.ctx, visitor.look.text(), EventId::new(event));
    let found = events::delivery(ctx, &row, webhook.name.as_str(), &id).await?;
    let found = found.ok_or(Refusal::Gone)?.map_err(|_| Refusal::Gone)?;
    let back = address_of(&row, &webhook);
    let page = EventPage {
        frame: Frame::of(visitor, &row, Section::Webhooks),
        t,
        here: format!("{back}/events/{}", found.id),
        webhook: webhook.name.to_string(),
        back,
        id: found.id.to_string(),
        mark: mark(t, found.state, found.attempt_count),
        attempt_count: found.attempt_count,
        next_attempt: found.next_attempt.map(Moment::from),
        body: cut(&indented(&found.body), BODY_BYTES_MAX),
        // To one that is off, nothing is sent but pings.
        may_redeliver: visitor.may(REDELIVER, &scope)
            && (webhook.status == Status::Enabled
                || action(found.body.as_bytes()) == Action::Ping.as_str()),
        plot: plot(t, &found),
        shown: shown(visitor, &found.attempts).map(|attempt| Attempt::new(t, attempt)),
        attempts: found.attempts.iter().map(|attempt| Try::new(t, attempt)).collect(),
    };
    Ok(visitor.show(ROUTE, page.render()))
}

impl Try {
    fn new(t: &'static dyn Text, attempt: &AttemptView) -> Self {
        Self {
            number: attempt.number,
            started: attempt.started.into(),
            took: t.milliseconds(attempt.duration_ms),
            outcome: outcome(t, attempt),
        }
    }
}

/// The attempt that the visitor asks for; the latest where they name none that is there.
fn shown<'a>(visitor: &Visitor, attempts: &'a [AttemptView]) -> Option<&'a AttemptView> {
    let number = visitor.query.find("attempt").and_then(|text| text.parse().ok());
    let asked = attempts.iter().find(|attempt| Some(attempt.number) == number);
    asked.or(attempts.first())
}

impl Attempt {
    fn new(t: &'static dyn Text, attempt: &AttemptView) -> Self {
        let mut room = Room::new(ATTEMPT_BYTES_MAX);
        Self {
            number: attempt.number,
            outcome: outcome(t, attempt),
            why: attempt.error.as_ref().map(|(class, detail)| Why {
                said: t.failure(class).to_owned(),
                class: class.clone(),
                detail: room.beginning(detail),
            }),
            uri: room.beginning(&attempt.request.uri),
            headers: headers(&attempt.request.headers),
            response: attempt.response.as_ref().map(|response| Answer {
                headers: headers(&response.headers),
                body: room.beginning(&response.body),
            }),
        }
    }
}

/// All headers; of a value, which may be as long as a page, the beginning. The more there are, the less is shown of each.
fn headers(headers: &[(String, String)]) -> Vec<(String, String)> {
    let share = HEADERS_BYTES_MAX / headers.len().max(1);
    let beginning = |(name, value): &(String, String)| {
        let name = cut(name, share / 2);
        let rest = (share - escaped(&name).min(share)).min(VALUE_BYTES_MAX);
        (name, cut(value, rest))
    };
    headers.iter().map(beginning).collect()
}

/// What a receiver has answered.
pub(super) fn answer(status: u16, reason: &str) -> String {
    format!("{status} {}", cut(reason, REASON_BYTES_MAX))
}

fn outcome(t: &'static dyn Text, attempt: &AttemptView) -> String {
    match (&attempt.response, &attempt.error) {
        (Some(response), _) => answer(response.status, &response.reason),
        (None, Some((class, _))) => t.failure(class).to_owned(),
        (None, None) => t.no_response().to_owned(),
    }
}

/// The plot of the attempts, the oldest first.
fn plot(t: &'static dyn Text, delivery: &DeliveryView) -> Plot {
    let bar = |attempt: &AttemptView| plot::attempt(attempt.duration_ms, attempt.error.as_ref());
    let bars: Vec<_> = delivery.attempts.iter().rev().map(bar).collect();
    Plot::new(t.latency().to_owned(), bars.len().max(PLOT_ROOM), &bars)
}

/// JSON without white space, broken into lines for people. Every character that it has stays, in its order.
fn indented(json: &str) -> String {
    let (mut lines, mut depth, mut is_text, mut is_escaped) = (String::new(), 0, false, false);
    let break_line = |lines: &mut String, depth: usize| {
        lines.push('\n');
        lines.extend(std::iter::repeat_n("  ", depth));
    };
    for char in json.chars() {
        match char {
            _ if is_text => lines.push(char),
            '{' | '[' => {
                lines.push(char);
                depth += 1;
                break_line(&mut lines, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut lines, depth);
                lines.push(char);
            }
            ',' => {
                lines.push(char);
                break_line(&mut lines, depth);
            }
            ':' => lines.push_str(": "),
            _ => lines.push(char),
        }
        if char == '"' && !is_escaped {
            is_text = !is_text;
        }
        is_escaped = is_text && char == '\\' && !is_escaped;
    }
    lines
}

/// `POST …/webhooks/{webhook}/events/{event}/redeliver`.
pub(crate) async fn redeliver(
    Path((name, webhook, event)): Path<(String, String, String)>,
    Sent { visitor, .. }: Sent,
) -> Response {
    let sent = async {
        let (row, scope, webhook) = find(&visitor, &name, &webhook).await?;
        visitor.must(REDELIVER, &scope)?;
        let (name, id) = (webhook.name.as_str(), EventId::new(event.as_str()));
        let asked = events::redeliver(&visitor.ctx, &row, name, &id).await?.ok_or(Refusal::Gone)?;
        asked.map_err(|refusal| match refusal {
            NotRedelivered::Disabled => Refusal::Disabled,
            NotRedelivered::Unknown(_) => Refusal::Gone,
        })?;
        let here = format!("/webhooks/{name}/events/{id}?done=redelivered");
        Ok(visitor.go_on("portal.redeliver", &address(row.name.as_str(), &here)))
    };
    answered(&visitor, sent.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_broken_into_lines_and_keeps_its_texts() {
        let json = r#"{"b":"a{,:\\\"}","a":[1,2]}"#;
        let expected = "{\n  \"b\": \"a{,:\\\\\\\"}\",\n  \"a\": [\n    1,\n    2\n  ]\n}";
        assert_eq!(indented(json), expected);
    }
}
