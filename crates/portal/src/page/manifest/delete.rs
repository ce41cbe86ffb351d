//! The deletion of a manifest: what goes with it.

use super::find;
use crate::content::{Content, short};
use crate::frame::{Frame, Section};
use crate::page::answered;
use crate::page::repository::delete::is_kept;
use crate::refusal::Refusal;
use crate::text::Text;
use crate::visitor::{Sent, Visitor};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::digest::Digest;
use boathook_core::grant::Permission;
use boathook_core::name::Repository;
use boathook_engine::registry::delete::{self, DeleteManifest, forecast};
use boathook_engine::registry::records;

const ROUTE: &str = "portal.deleteManifest";
/// How many of the tags are named that go with a manifest.
const TAGS_SHOWN_MAX: usize = 100;

#[derive(Template)]
#[template(path = "manifest_delete.html")]
struct DeletePage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    back: String,
    repository: String,
    digest: String,
    tags: Vec<String>,
    other_tag_count: u64,
    /// The indexes that need it, and their pages.
    needed_by: Vec<(String, String)>,
    /// What keeps it from going.
    locked: Option<&'static str>,
    can_be_restored: bool,
}

/// `GET …/manifest/delete?repository=&digest=`: says what goes.
pub(crate) async fn get(visitor: Visitor, Path(registry): Path<String>) -> Response {
    answered(&visitor, page(&visitor, &registry).await)
}

async fn page(visitor: &Visitor, registry: &str) -> Result<Response, Refusal> {
    let (content, name, digest) = find(visitor, registry).await?;
    content.must(&name, Permission::Delete)?;
    content.must(&name, Permission::MetadataRead)?;
    let (ctx, place, t) = (&visitor.ctx, &content.place, visitor.look.text());
    let row = records::manifest(ctx, place, &name, &digest).await?.ok_or(Refusal::Gone)?;
    let forecast = forecast::manifest(ctx, place, &name, &digest).await?.ok_or(Refusal::Gone)?;
    let index = |digest: &Digest| (short(digest), content.manifest_link(&name, digest));
    let page = DeletePage {
        frame: content.frame(visitor, Section::Repositories),
        t,
        here: address(&content, &name, &digest),
        back: content.manifest_link(&name, &digest),
        repository: name.to_string(),
        digest: digest.to_string(),
        tags: row.tags.iter().take(TAGS_SHOWN_MAX).map(ToString::to_string).collect(),
        other_tag_count: row.tags.len().saturating_sub(TAGS_SHOWN_MAX) as u64,
        needed_by: forecast.needed_by.iter().map(index).collect(),
        locked: forecast.locked.map(|locked| t.locked_by(locked)),
        can_be_restored: is_kept(&content),
    };
    Ok(visitor.show(ROUTE, page.render()))
}

fn address(content: &Content, name: &Repository, digest: &Digest) -> String {
    let pairs = [("repository", name.as_str()), ("digest", digest.as_str())];
    content.link("/manifest/delete", &pairs)
}

/// `POST …/manifest/delete?repository=&digest=`.
pub(crate) async fn post(Path(registry): Path<String>, Sent { visitor, .. }: Sent) -> Response {
    let deleted = async {
        let (content, repository, digest) = find(&visitor, &registry).await?;
        content.must(&repository, Permission::Delete)?;
        let pairs = [("name", repository.as_str()), ("done", "manifest-deleted")];
        let to = content.link("/repository", &pairs);
        let (place, request) = (content.place.clone(), content.request(&visitor, "DELETE"));
        let delete = DeleteManifest { place, repository, digest, request };
        if !delete::manifest(&visitor.ctx, delete).await?? {
            return Err(Refusal::Gone);
        }
        Ok(visitor.go_on(ROUTE, &to))
    };
    answered(&visitor, deleted.await)
}
