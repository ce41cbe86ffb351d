//! Where somebody is signed in, and an end to it.

use super::answered;
use crate::agent;
use crate::frame::Frame;
use crate::refusal::Refusal;
use crate::room::{Room, escaped};
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::{Sent, Visitor};
use askama::Template;
use axum::response::Response;
use boathook_core::id::SessionId;
use boathook_engine::auth::session;

const ROUTE: &str = "portal.sessions";
/// How much HTML the rows are at most, and how much of each is the same, in bytes.
const HTML_BYTES_MAX: usize = 40_000;
const ROW_BYTES: usize = 1_000;

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    t: &'static dyn Text,
    client_id: String,
    roles: Vec<String>,
    sessions: Vec<Row>,
    /// Whether there are older ones than are shown.
    has_more: bool,
}

struct Row {
    id: String,
    /// The browser by a name that people know, if it has one.
    browser: Option<String>,
    /// What it calls itself.
    agent: String,
    created: Moment,
    used: Moment,
    ends: Moment,
    is_this: bool,
}

/// `GET /portal/sessions`.
pub(crate) async fn get(visitor: Visitor) -> Response {
    answered(&visitor, page(&visitor).await)
}

async fn page(visitor: &Visitor) -> Result<Response, Refusal> {
    let (t, principal) = (visitor.look.text(), &visitor.session.principal);
    let sessions = session::list(&visitor.ctx, &principal.id).await?;
    let row = |row: boathook_engine::SessionRow| Row {
        is_this: row.id == visitor.session.id,
        id: row.id.to_string(),
        browser: agent::known(&row.agent).map(|known| t.browser_on(known)),
        agent: row.agent,
        created: row.created.into(),
        used: row.used.into(),
        ends: row.ends.into(),
    };
    let role = |assignment: &boathook_core::role::Assignment| {
        format!("{}: {}", assignment.role.name, assignment.scope)
    };
    let count = sessions.len();
    let bytes = |row: &Row| ROW_BYTES + escaped(&row.agent);
    let rows = Room::new(HTML_BYTES_MAX).rows(sessions.into_iter().map(row), bytes);
    let page = SessionsPage {
        frame: Frame::new(&visitor.look, Some(&visitor.session)),
        t,
        client_id: principal.client_id.to_string(),
        roles: principal.assignments.iter().map(role).collect(),
        has_more: rows.len() < count,
        sessions: rows,
    };
    Ok(visitor.show(ROUTE, page.render()))
}

/// `POST /portal/sessions`: ends one, or all of them.
pub(crate) async fn post(Sent { visitor, fields }: Sent) -> Response {
    let (ctx, principal) = (&visitor.ctx, &visitor.session.principal.id);
    let ended = match fields.find("id") {
        Some(id) => session::end(ctx, principal, &SessionId::new(id)).await,
        None => session::end_all(ctx, principal).await,
    };
    let went = ended.map_err(Refusal::from).map(|()| visitor.go_on(ROUTE, "/portal/sessions"));
    answered(&visitor, went)
}
