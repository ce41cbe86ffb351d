//! A tag: what it is on, what may be done with it, and the button that takes it away.

use super::answered;
use super::repository::quarantine;
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
use boathook_core::media_type::HELM_CHART;
use boathook_core::name::{Repository, Tag};
use boathook_engine::registry::delete::{self, DeleteTag};
use boathook_engine::registry::records::{self, Holder};

const ROUTE: &str = "portal.tag";

#[derive(Template)]
#[template(path = "tag.html")]
struct TagPage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    back: String,
    repository: String,
    name: String,
    digest: String,
    manifest: String,
    created: Moment,
    updated: Moment,
    pushed_by: Option<String>,
    quarantine: Option<(&'static str, &'static str)>,
    locks: Locks,
    is_chart: bool,
    may_untag: bool,
    /// Where its manifest is deleted; nothing for those who may not.
    delete: Option<String>,
}

async fn find(visitor: &Visitor, registry: &str) -> Result<(Content, Repository, Tag), Refusal> {
    let content = Content::of(visitor, registry).await?;
    let query = &visitor.query;
    Ok((content, named(query.text("repository"))?, named(query.text("tag"))?))
}

/// `GET …/tag?repository=&tag=`.
pub(crate) async fn get(visitor: Visitor, Path(registry): Path<String>) -> Response {
    answered(&visitor, page(&visitor, &registry).await)
}

async fn page(visitor: &Visitor, registry: &str) -> Result<Response, Refusal> {
    let (content, repository, tag) = find(visitor, registry).await?;
    content.must(&repository, Permission::MetadataRead)?;
    let (ctx, place, t) = (&visitor.ctx, &content.place, visitor.look.text());
    let row = records::tag(ctx, place, &repository, &tag).await?.ok_or(Refusal::Gone)?;
    let manifest = records::manifest(ctx, place, &repository, &row.digest).await?;
    let may_delete = content.may(&repository, Permission::Delete);
    let of_manifest = [("repository", repository.as_str()), ("digest", row.digest.as_str())];
    let page = TagPage {
        frame: content.frame(visitor, Section::Repositories),
        t,
        here: content.link("/tag", &[of_manifest[0], ("tag", tag.as_str())]),
        back: content.repository_link(&repository),
        repository: repository.to_string(),
        name: tag.to_string(),
        digest: row.digest.to_string(),
        manifest: content.manifest_link(&repository, &row.digest),
        created: row.created.into(),
        updated: row.updated.into(),
        pushed_by: visitor.pusher(row.pushed_by.as_deref()).await?,
        quarantine: row.quarantine.map(|state| quarantine(t, state)),
        locks: Locks::new(t, &content, &repository, row.attributes),
        is_chart: manifest.is_some_and(|manifest| manifest.media_type == HELM_CHART),
        may_untag: may_delete,
        delete: may_delete.then(|| content.link("/manifest/delete", &of_manifest)),
    };
    Ok(visitor.show(ROUTE, page.render()))
}

/// `POST …/tag?repository=&tag=`: takes it away, or changes what may be done with it.
pub(crate) async fn post(Path(registry): Path<String>, Sent { visitor, fields }: Sent) -> Response {
    let done = async {
        let (content, repository, tag) = find(&visitor, &registry).await?;
        let name = repository.to_string();
        let to = if fields.text("do") == "untag" {
            untag(&visitor, &content, repository, tag).await?;
            content.link("/repository", &[("name", &name), ("done", "untagged")])
        } else {
            let pairs = [("repository", name.as_str()), ("tag", tag.as_str()), ("done", "locks")];
            let to = content.link("/tag", &pairs);
            locks::change(&visitor, &content, repository, Holder::Tag(tag), &fields).await?;
            to
        };
        Ok(visitor.go_on(ROUTE, &to))
    };
    answered(&visitor, done.await)
}

async fn untag(
    visitor: &Visitor,
    content: &Content,
    repository: Repository,
    tag: Tag,
) -> Result<(), Refusal> {
    content.must(&repository, Permission::Delete)?;
    let (place, request) = (content.place.clone(), content.request(visitor, "DELETE"));
    let delete = DeleteTag { place, repository, tag, request };
    if delete::tag(&visitor.ctx, delete).await?? { Ok(()) } else { Err(Refusal::Gone) }
}
