//! A repository: what is known of it, its tags or its manifests, and what may be done with it.

pub(crate) mod delete;
mod rows;

use super::answered;
use crate::content::{Content, named};
use crate::frame::{Frame, Section};
use crate::locks::{self, Locks};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::{Sent, Visitor};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::grant::Permission;
use boathook_core::name::Repository;
use boathook_core::quarantine::State;
use boathook_engine::registry::records::{self, Holder};
use rows::{List, Rows};

pub(super) use rows::platform;

const ROUTE: &str = "portal.repository";

#[derive(Template)]
#[template(path = "repository.html")]
struct RepositoryPage {
    frame: Frame,
    t: &'static dyn Text,
    /// The addresses of this page, of the lists that it may show, and of the list of repositories.
    here: String,
    tags: String,
    manifests: String,
    list: String,
    name: String,
    created: Moment,
    updated: Moment,
    tag_count: u64,
    manifest_count: u64,
    locks: Locks,
    /// Where it is deleted; nothing for those who may not.
    delete: Option<String>,
    rows: Rows,
}

/// How the quarantine stands: the class of the mark, and its word.
pub(super) fn quarantine(t: &'static dyn Text, state: State) -> (&'static str, &'static str) {
    match state {
        State::Quarantined => ("none", t.quarantined()),
        State::Passed => ("good", t.passed()),
        State::Failed => ("bad", t.quarantine_failed()),
    }
}

/// The repository that the query names, which the visitor may know of.
async fn find(visitor: &Visitor, registry: &str) -> Result<(Content, Repository), Refusal> {
    let content = Content::of(visitor, registry).await?;
    let name = named(visitor.query.text("name"))?;
    Ok((content, name))
}

/// `GET …/repository?name=`.
pub(crate) async fn get(visitor: Visitor, Path(registry): Path<String>) -> Response {
    answered(&visitor, page(&visitor, &registry).await)
}

async fn page(visitor: &Visitor, registry: &str) -> Result<Response, Refusal> {
    let (content, name) = find(visitor, registry).await?;
    content.must(&name, Permission::MetadataRead)?;
    let (t, place) = (visitor.look.text(), &content.place);
    let row = records::repository(&visitor.ctx, place, &name).await?.ok_or(Refusal::Gone)?;
    let of = [("name", name.as_str())];
    let view = |view| content.link("/repository", &[of[0], ("view", view)]);
    let may_delete = content.may(&name, Permission::Delete);
    let page = RepositoryPage {
        frame: content.frame(visitor, Section::Repositories),
        t,
        here: content.repository_link(&name),
        tags: view(""),
        manifests: view("manifests"),
        list: content.link("/repositories", &[]),
        created: row.created.into(),
        updated: row.updated.into(),
        tag_count: row.tag_count,
        manifest_count: row.manifest_count,
        locks: Locks::new(t, &content, &name, row.attributes),
        delete: may_delete.then(|| content.link("/repository/delete", &of)),
        rows: rows::of(visitor, &content, &name).await?,
        name: name.to_string(),
    };
    Ok(visitor.show(ROUTE, page.render()))
}

/// `POST …/repository?name=`: changes what may be done with it.
pub(crate) async fn post(Path(registry): Path<String>, Sent { visitor, fields }: Sent) -> Response {
    let changed = async {
        let (content, name) = find(&visitor, &registry).await?;
        let to = content.link("/repository", &[("name", name.as_str()), ("done", "locks")]);
        locks::change(&visitor, &content, name, Holder::Repository, &fields).await?;
        Ok(visitor.go_on(ROUTE, &to))
    };
    answered(&visitor, changed.await)
}
