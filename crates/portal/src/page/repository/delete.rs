//! The deletion of a repository: what goes, and that it has begun.

use super::find;
use crate::content::Content;
use crate::frame::{Frame, Section};
use crate::page::answered;
use crate::refusal::Refusal;
use crate::text::Text;
use crate::visitor::{Sent, Visitor};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::grant::Permission;
use boathook_core::policy::Status;
use boathook_engine::registry::delete::forecast::{self, STEP_MANIFESTS_MAX};
use boathook_engine::registry::delete::repository::{self, DeleteRepository, Refused};
use boathook_engine::registry::records;

const ROUTE: &str = "portal.deleteRepository";

#[derive(Template)]
#[template(path = "repository_delete.html")]
struct DeletePage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    back: String,
    name: String,
    tag_count: u64,
    manifest_count: u64,
    /// What keeps it from going.
    locked: Option<&'static str>,
    goes_on: bool,
    can_be_restored: bool,
}

/// Says whether what is deleted of a registry can be restored.
pub(in crate::page) fn is_kept(content: &Content) -> bool {
    content.row().settings.policies.soft_delete.status == Status::Enabled
}

/// `GET …/repository/delete?name=`: says what goes.
pub(crate) async fn get(visitor: Visitor, Path(registry): Path<String>) -> Response {
    answered(&visitor, page(&visitor, &registry).await)
}

async fn page(visitor: &Visitor, registry: &str) -> Result<Response, Refusal> {
    let (content, name) = find(visitor, registry).await?;
    content.must(&name, Permission::Delete)?;
    content.must(&name, Permission::MetadataRead)?;
    let (ctx, place, t) = (&visitor.ctx, &content.place, visitor.look.text());
    let row = records::repository(ctx, place, &name).await?.ok_or(Refusal::Gone)?;
    let may_go = forecast::repository(ctx, place, &name).await?.ok_or(Refusal::Gone)?;
    let page = DeletePage {
        frame: content.frame(visitor, Section::Repositories),
        t,
        here: content.link("/repository/delete", &[("name", name.as_str())]),
        back: content.repository_link(&name),
        name: name.to_string(),
        tag_count: row.tag_count,
        manifest_count: row.manifest_count,
        locked: may_go.err().map(|locked| t.locked_by(locked)),
        goes_on: (STEP_MANIFESTS_MAX as u64) < row.manifest_count,
        can_be_restored: is_kept(&content),
    };
    Ok(visitor.show(ROUTE, page.render()))
}

/// `POST …/repository/delete?name=`. A large one is waited for by nobody.
pub(crate) async fn post(Path(registry): Path<String>, Sent { visitor, .. }: Sent) -> Response {
    let deleted = async {
        let (content, name) = find(&visitor, &registry).await?;
        content.must(&name, Permission::Delete)?;
        let list = content.link("/repositories", &[("done", "repository-deleted")]);
        let going =
            content.link("/repository", &[("name", name.as_str()), ("done", "repository-going")]);
        let delete = DeleteRepository {
            place: content.place.clone(),
            repository: name,
            request: content.request(&visitor, "DELETE"),
        };
        let begun = repository::begin(&visitor.ctx, delete).await?.map_err(refused)?;
        let begun = begun.ok_or(Refusal::Gone)?;
        if begun.operation.is_some() {
            return Ok(visitor.go_on(ROUTE, &going));
        }
        begun.gone().await?.map_err(refused)?;
        Ok(visitor.go_on(ROUTE, &list))
    };
    answered(&visitor, deleted.await)
}

fn refused(refused: Refused) -> Refusal {
    match refused {
        Refused::Locked(locked) => locked.into(),
        Refused::TooMany(_) | Refused::Stopping | Refused::StoppingForNow => Refusal::Busy,
    }
}
