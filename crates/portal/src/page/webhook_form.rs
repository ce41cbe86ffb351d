//! The form of a webhook: the one that makes it, and the one that changes it.
//!
//! What was typed comes back with what is wrong beside it. A form that is sent twice makes one webhook; one that was
//! opened before somebody else changed the webhook changes nothing until its sender has seen that.

mod problems;
mod typed;

use super::webhook::{find, seen, target};
use super::webhooks::WRITE;
use super::{address, answered, registry};
use crate::form::Fields;
use crate::frame::{Frame, Section};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::{Sent, Visitor};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::event::{Action, ExtraAction};
use boathook_core::name::WebhookName;
use boathook_core::scope::Position;
use boathook_engine::auth::scope_of;
use boathook_engine::manage::scope_test;
use boathook_engine::manage::webhooks::{self, Refusal as NotMade};
use boathook_engine::{RegistryRow, WebhookRow};
use boathook_engine::{manage::etag, place};
use boathook_wire::arm::condition::Condition;
use problems::Problems;
use typed::Typed;

const ROUTE: &str = "portal.webhookForm";
const TEST_SCOPE: &str = "Microsoft.ContainerRegistry/registries/testScope/action";
/// How many of the tags that a scope lets through are shown.
const HEARD_MAX: usize = 20;
/// The actions that ACR has, in the order of its form.
const ACTIONS: [Action; 5] =
    [Action::Push, Action::Delete, Action::ChartPush, Action::ChartDelete, Action::Quarantine];

#[derive(Template)]
#[template(path = "webhook_form.html", blocks = ["name_answer", "scope_answer"])]
struct FormPage {
    frame: Frame,
    t: &'static dyn Text,
    /// Where the form is sent, and where whoever thinks better of it goes.
    to: String,
    back: String,
    /// Where answers to what is typed come from.
    check: String,
    may_test_scope: bool,
    /// Absent where a new webhook is made.
    existing: Option<Existing>,
    typed: Typed,
    regions: Vec<String>,
    actions: Vec<Choice>,
    extra_actions: Vec<Choice>,
    problems: Problems,
    /// The fields that something is wrong with, by their ids, and what they are called.
    marked: Vec<(&'static str, &'static str)>,
    /// What is said of the name while it is typed.
    name_answer: Option<String>,
    /// Which present tags the scope lets through, if somebody has asked.
    heard: Option<Heard>,
}

/// Present tags that a webhook would hear of.
struct Heard {
    tags: Vec<String>,
    has_more: bool,
}

/// The webhook that is changed.
struct Existing {
    name: String,
    etag: String,
    /// Whether its address and its headers are shown.
    is_open: bool,
}

/// A box to tick.
struct Choice {
    word: &'static str,
    label: &'static str,
    is_on: bool,
}

/// A form about to be shown.
struct Form<'a> {
    visitor: &'a Visitor,
    row: &'a RegistryRow,
    existing: Option<Existing>,
    typed: Typed,
    problems: Problems,
    heard: Option<Heard>,
}

impl Form<'_> {
    async fn page(self) -> Result<FormPage, Refusal> {
        let Form { visitor, row, existing, typed, problems, heard } = self;
        let t = visitor.look.text();
        let list = address(row.name.as_str(), "/webhooks");
        let (to, back) = match &existing {
            None => (format!("{list}/-/new"), list.clone()),
            Some(Existing { name, .. }) => {
                (format!("{list}/{name}/configure"), format!("{list}/{name}"))
            }
        };
        let regions = match &existing {
            None => {
                let known = place::registry(&visitor.ctx, &row.name).await?;
                known.map_or_else(Vec::new, |known| known.regions.clone())
            }
            Some(_) => Vec::new(),
        };
        let is_on = |words: &[String], word: &str| words.iter().any(|own| own == word);
        let action = |action: Action| Choice {
            word: action.as_str(),
            label: t.action(action.as_str()),
            is_on: is_on(&typed.actions, action.as_str()),
        };
        let extra_action = |action: ExtraAction| Choice {
            word: action.as_str(),
            label: t.action(action.as_str()),
            is_on: is_on(&typed.extra_actions, action.as_str()),
        };
        Ok(FormPage {
            frame: Frame::of(visitor, row, Section::Webhooks),
            t,
            to,
            back,
            check: format!("{list}/-/check"),
            may_test_scope: visitor.may(TEST_SCOPE, &scope_of(row)),
            existing,
            regions: regions.iter().map(ToString::to_string).collect(),
            actions: ACTIONS.map(action).into(),
            extra_actions: ExtraAction::ALL.map(extra_action).into(),
            name_answer: problems.name.clone(),
            marked: problems.marked(t),
            heard,
            typed,
            problems,
        })
    }
}

/// `GET …/webhooks/-/new`.
pub(crate) async fn new(visitor: Visitor, Path(name): Path<String>) -> Response {
    let shown = async {
        let (row, scope) = registry(&visitor, &name).await?;
        visitor.must(WRITE, &scope)?;
        let typed = Typed {
            location: row.location.to_string(),
            actions: vec![Action::Push.as_str().to_owned()],
            ..Typed::default()
        };
        let problems = Problems::default();
        let form =
            Form { visitor: &visitor, row: &row, existing: None, typed, problems, heard: None };
        Ok(visitor.show(ROUTE, form.page().await?.render()))
    };
    answered(&visitor, shown.await)
}

/// `POST …/webhooks/-/new`.
pub(crate) async fn create(Path(name): Path<String>, Sent { visitor, fields }: Sent) -> Response {
    answered(&visitor, make(&visitor, &name, &fields).await)
}

async fn make(visitor: &Visitor, name: &str, fields: &Fields) -> Result<Response, Refusal> {
    let (row, scope) = registry(visitor, name).await?;
    visitor.must(WRITE, &scope)?;
    let (ctx, t, typed) = (&visitor.ctx, visitor.look.text(), Typed::of(fields));
    if fields.text("do") == "test-scope" {
        return answer_scope(visitor, &row, None, typed).await;
    }
    let headers = typed.headers();
    let mut problems = Problems::of(t, &typed, headers.as_deref().map_err(|line| *line));
    if typed.service_uri.is_empty() {
        problems.service_uri = Some(t.needed().to_owned());
    }
    if let (false, Ok(headers)) = (problems.any(), headers) {
        // A name that is taken is another's webhook, which a form for a new one does not replace.
        let new = Condition::parse(None, Some("*")).expect("an asterisk is a condition");
        let (create, actor) = (typed.create(headers), visitor.actor());
        let made = webhooks::create(ctx, &row, &typed.name, create, &new, &actor);
        match Box::pin(made).await? {
            Ok(webhook) => return Ok(done(visitor, &row, webhook.name.as_str(), "created")),
            Err(NotMade::Stale(_)) if is_there(visitor, &row, &typed).await? => {
                return Ok(done(visitor, &row, &typed.name, "created"));
            }
            Err(NotMade::Stale(_)) => problems.name = Some(t.name_taken().to_owned()),
            Err(refusal) => problems.add(t, &refusal),
        }
    }
    let form = Form { visitor, row: &row, existing: None, typed, problems, heard: None };
    Ok(visitor.show_again(ROUTE, form.page().await?.render()))
}

/// The webhook's page, and what was done to it.
fn done(visitor: &Visitor, row: &RegistryRow, name: &str, word: &str) -> Response {
    let to = address(row.name.as_str(), &format!("/webhooks/{name}?done={word}"));
    visitor.go_on(ROUTE, &to)
}

/// Says whether the webhook is just as the form would have it: then the form was sent twice. Whoever may not see where it
/// points does not learn that here.
async fn is_there(visitor: &Visitor, row: &RegistryRow, typed: &Typed) -> Result<bool, Refusal> {
    let Some(webhook) = webhooks::get(&visitor.ctx, row, &typed.name).await? else {
        return Ok(false);
    };
    let Some(target) = target(visitor, row, &scope_of(row), &webhook).await? else {
        return Ok(false);
    };
    let found = Typed::of_row(&webhook, Some(&target));
    let same = |a: &[String], b: &[String]| a.len() == b.len() && a.iter().all(|x| b.contains(x));
    Ok(found.location == typed.location
        && found.service_uri == typed.service_uri
        && found.headers() == typed.headers()
        && same(&found.actions, &typed.actions)
        && same(&found.extra_actions, &typed.extra_actions)
        && found.has_deleted_tags == typed.has_deleted_tags
        && (found.is_off, &found.scope) == (typed.is_off, &typed.scope))
}

/// `GET …/webhooks/{webhook}/configure`.
pub(crate) async fn configure(
    visitor: Visitor,
    Path((name, webhook)): Path<(String, String)>,
) -> Response {
    let shown = async {
        let (row, scope, webhook) = find(&visitor, &name, &webhook).await?;
        visitor.must(WRITE, &scope)?;
        let target = target(&visitor, &row, &scope, &webhook).await?;
        let form = Form {
            visitor: &visitor,
            row: &row,
            typed: Typed::of_row(&webhook, target.as_ref()),
            existing: Some(Existing::new(&webhook, target.is_some())),
            problems: Problems::default(),
            heard: None,
        };
        Ok(visitor.show(ROUTE, form.page().await?.render()))
    };
    answered(&visitor, shown.await)
}

impl Existing {
    fn new(row: &WebhookRow, is_open: bool) -> Self {
        Self { name: row.name.to_string(), etag: etag::of(row), is_open }
    }
}

/// `POST …/webhooks/{webhook}/configure`.
pub(crate) async fn update(
    Path((name, webhook)): Path<(String, String)>,
    Sent { visitor, fields }: Sent,
) -> Response {
    answered(&visitor, change(&visitor, &name, &webhook, &fields).await)
}

async fn change(
    visitor: &Visitor,
    name: &str,
    webhook: &str,
    fields: &Fields,
) -> Result<Response, Refusal> {
    let (row, scope, webhook) = find(visitor, name, webhook).await?;
    visitor.must(WRITE, &scope)?;
    let (ctx, t) = (&visitor.ctx, visitor.look.text());
    let is_open = fields.text("is_open") == "yes";
    let typed = Typed {
        name: webhook.name.to_string(),
        location: webhook.place.region.to_string(),
        ..Typed::of(fields)
    };
    if fields.text("do") == "test-scope" {
        let existing =
            Existing { etag: fields.text("etag").to_owned(), ..Existing::new(&webhook, is_open) };
        return answer_scope(visitor, &row, Some(existing), typed).await;
    }
    let headers = typed.headers();
    let mut problems = Problems::of(t, &typed, headers.as_deref().map_err(|line| *line));
    if is_open && typed.service_uri.is_empty() {
        problems.service_uri = Some(t.needed().to_owned());
    }
    let mut existing =
        Existing { etag: fields.text("etag").to_owned(), ..Existing::new(&webhook, is_open) };
    if let (false, Ok(headers)) = (problems.any(), headers) {
        let (update, condition) = (typed.update(headers, is_open), seen(&existing.etag)?);
        let actor = visitor.actor();
        let name = webhook.name.as_str();
        let changed = webhooks::update(ctx, &row, name, update, &condition, &actor);
        match Box::pin(changed).await? {
            Ok(_) => return Ok(done(visitor, &row, name, "changed")),
            Err(NotMade::NotFound) => return Err(Refusal::Gone),
            Err(NotMade::Stale(_)) if is_there(visitor, &row, &typed).await? => {
                return Ok(done(visitor, &row, name, "changed"));
            }
            Err(NotMade::Stale(_)) => {
                // Whoever sends it once more has been told.
                let now = webhooks::get(ctx, &row, name).await?.ok_or(Refusal::Gone)?;
                let at = Moment::from(now.updated.0);
                let by = visitor.called(&now.updated.1).await?;
                problems.form = Some(t.changed_meanwhile(&by, &at.shown));
                existing = Existing::new(&now, is_open);
            }
            Err(refusal) => problems.add(t, &refusal),
        }
    }
    let form = Form { visitor, row: &row, existing: Some(existing), typed, problems, heard: None };
    Ok(visitor.show_again(ROUTE, form.page().await?.render()))
}

/// `GET …/webhooks/-/check`: what is to be said of a name or a scope that is being typed.
pub(crate) async fn check(visitor: Visitor, Path(name): Path<String>) -> Response {
    let answer = async {
        let (row, scope) = registry(&visitor, &name).await?;
        visitor.must(WRITE, &scope)?;
        let typed = Typed::of(&visitor.query);
        let mut problems = Problems::default();
        if visitor.query.find("scope").is_some() {
            let heard = hear(&visitor, &row, &typed, &mut problems).await?;
            let form =
                Form { visitor: &visitor, row: &row, existing: None, typed, problems, heard };
            return Ok(visitor.show(ROUTE, form.page().await?.as_scope_answer().render()));
        }
        let t = visitor.look.text();
        match typed.name.parse::<WebhookName>() {
            Err(invalid) => problems.add(t, &NotMade::Name(invalid)),
            Ok(_) if webhooks::get(&visitor.ctx, &row, &typed.name).await?.is_some() => {
                problems.name = Some(t.name_taken().to_owned());
            }
            Ok(_) => (),
        }
        let form =
            Form { visitor: &visitor, row: &row, existing: None, typed, problems, heard: None };
        Ok(visitor.show(ROUTE, form.page().await?.as_name_answer().render()))
    };
    answered(&visitor, answer.await)
}

/// The form as it was typed, with what its scope lets through: for whoever has no script.
async fn answer_scope(
    visitor: &Visitor,
    row: &RegistryRow,
    existing: Option<Existing>,
    typed: Typed,
) -> Result<Response, Refusal> {
    let mut problems = Problems::default();
    let heard = hear(visitor, row, &typed, &mut problems).await?;
    let form = Form { visitor, row, existing, typed, problems, heard };
    Ok(visitor.show(ROUTE, form.page().await?.render()))
}

/// Asks which present tags a webhook of the scope would hear of: of those that the visitor may know of.
async fn hear(
    visitor: &Visitor,
    row: &RegistryRow,
    typed: &Typed,
    problems: &mut Problems,
) -> Result<Option<Heard>, Refusal> {
    let scope = scope_of(row);
    if !visitor.may(TEST_SCOPE, &scope) {
        return Ok(None);
    }
    let location = Some(typed.location.as_str()).filter(|location| !location.is_empty());
    let asked = scope_test::Asked { scope: &typed.scope, location, from: None };
    let grants = visitor.session.principal.grants_on(&scope);
    let page = match scope_test::page(&visitor.ctx, row, asked, &grants).await? {
        Ok(page) => page,
        Err(scope_test::Refusal::Scope(invalid)) => {
            problems.add(visitor.look.text(), &NotMade::Scope(invalid));
            return Ok(None);
        }
        Err(scope_test::Refusal::Location(refusal)) => {
            problems.add(visitor.look.text(), &refusal);
            return Ok(None);
        }
    };
    let has_more = HEARD_MAX < page.heard.len() || page.next.is_some();
    let tag = |tag: Position| format!("{}:{}", tag.repository, tag.tag);
    let tags = page.heard.into_iter().take(HEARD_MAX).map(tag).collect();
    Ok(Some(Heard { tags, has_more }))
}
