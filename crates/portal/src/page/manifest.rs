//! A manifest: what is known of it, what is in it, what is about it, and what the quarantine says.

mod anatomy;
pub(crate) mod delete;
mod referrers;
mod verdict;

use super::answered;
use super::repository::{platform, quarantine};
use crate::content::{Content, amount, named};
use crate::frame::{Frame, Section};
use crate::locks::{self, Locks};
use crate::refusal::Refusal;
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::{Sent, Visitor};
use anatomy::Anatomy;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::digest::Digest;
use boathook_core::grant::Permission;
use boathook_core::media_type::HELM_CHART;
use boathook_core::name::{Reference, Repository};
use boathook_engine::registry::pull::{self, Pulled};
use boathook_engine::registry::records::{self, Holder, ManifestRow, SEVERAL_MAX};
use referrers::Referrers;
use verdict::Verdict;

pub(super) use anatomy::is_link;

const ROUTE: &str = "portal.manifest";
/// How many of its tags a manifest's page shows.
const TAGS_SHOWN_MAX: usize = 100;

#[derive(Template)]
#[template(path = "manifest.html")]
struct ManifestPage {
    frame: Frame,
    t: &'static dyn Text,
    here: String,
    back: String,
    repository: String,
    digest: String,
    media_type: String,
    platform: Option<String>,
    size: String,
    pushed: Moment,
    pushed_by: Option<String>,
    updated: Moment,
    /// Each tag and its page.
    tags: Vec<(String, String)>,
    other_tag_count: u64,
    quarantine: Option<(&'static str, &'static str)>,
    quarantine_details: Option<String>,
    /// The manifests of an index.
    platforms: Vec<Listed>,
    other_platform_count: u64,
    inside: Inside,
    locks: Locks,
    /// The form of the quarantine; nothing for those who may not judge.
    verdict: Option<Verdict>,
    /// Where it is deleted; nothing for those who may not.
    delete: Option<String>,
}

/// A manifest of an index.
struct Listed {
    platform: String,
    digest: String,
    /// Its page; nothing where it is not there any more.
    href: Option<String>,
}

/// What is in a manifest, as far as the visitor may pull it.
enum Inside {
    Shown(Box<(Anatomy, Referrers)>),
    /// Why it is not shown.
    Hidden(&'static str),
}

async fn find(visitor: &Visitor, registry: &str) -> Result<(Content, Repository, Digest), Refusal> {
    let content = Content::of(visitor, registry).await?;
    let query = &visitor.query;
    Ok((content, named(query.text("repository"))?, named(query.text("digest"))?))
}

/// `GET …/manifest?repository=&digest=`.
pub(crate) async fn get(visitor: Visitor, Path(registry): Path<String>) -> Response {
    let shown = async {
        let page = page(&visitor, &registry).await?;
        Ok(visitor.show(ROUTE, page.render()))
    };
    answered(&visitor, shown.await)
}

async fn page(visitor: &Visitor, registry: &str) -> Result<ManifestPage, Refusal> {
    let (content, name, digest) = find(visitor, registry).await?;
    content.must(&name, Permission::MetadataRead)?;
    let (ctx, place, t) = (&visitor.ctx, &content.place, visitor.look.text());
    let row = records::manifest(ctx, place, &name, &digest).await?.ok_or(Refusal::Gone)?;
    let of = [("repository", name.as_str()), ("digest", digest.as_str())];
    let tag = |tag: &boathook_core::name::Tag| {
        (tag.to_string(), content.link("/tag", &[of[0], ("tag", tag.as_str())]))
    };
    let listed: Vec<_> = row.references.iter().take(SEVERAL_MAX).collect();
    let digests: Vec<_> = listed.iter().map(|(digest, _)| digest.clone()).collect();
    // An index may outlive what it lists.
    let there = records::image_sizes(ctx, place, &name, &digests).await?;
    let entry = |(digest, of): &&(Digest, _)| Listed {
        platform: platform(of).unwrap_or_default(),
        href: there.contains_key(digest).then(|| content.manifest_link(&name, digest)),
        digest: digest.to_string(),
    };
    let may_delete = content.may(&name, Permission::Delete);
    Ok(ManifestPage {
        frame: content.frame(visitor, Section::Repositories),
        t,
        here: content.manifest_link(&name, &digest),
        back: content.repository_link(&name),
        repository: name.to_string(),
        digest: digest.to_string(),
        media_type: row.media_type.clone(),
        platform: platform(&row.platform),
        size: amount(row.image_size),
        pushed: row.created.into(),
        pushed_by: row.pushed_by.clone(),
        updated: row.updated.into(),
        tags: row.tags.iter().take(TAGS_SHOWN_MAX).map(tag).collect(),
        other_tag_count: row.tags.len().saturating_sub(TAGS_SHOWN_MAX) as u64,
        quarantine: row.quarantine.map(|state| quarantine(t, state)),
        platforms: listed.iter().map(entry).collect(),
        other_platform_count: row.references.len().saturating_sub(SEVERAL_MAX) as u64,
        inside: inside(visitor, &content, &name, &digest).await?,
        locks: Locks::new(t, &content, &name, row.attributes),
        verdict: may_judge(&content, &name, &row).then(Verdict::default),
        delete: may_delete.then(|| content.link("/manifest/delete", &of)),
        quarantine_details: row.quarantine_details,
    })
}

fn may_judge(content: &Content, name: &Repository, row: &ManifestRow) -> bool {
    row.media_type != HELM_CHART && content.may(name, Permission::QuarantineWrite)
}

/// What is in a manifest. A look at it is no pull: nobody is told of one, because nobody is given its bytes.
async fn inside(
    visitor: &Visitor,
    content: &Content,
    name: &Repository,
    digest: &Digest,
) -> Result<Inside, Refusal> {
    let t = visitor.look.text();
    if !content.may(name, Permission::Pull) {
        return Ok(Inside::Hidden(t.content_not_allowed()));
    }
    let (reference, sight) = (Reference::Digest(digest.clone()), content.sight(name));
    let pulled = pull::manifest(&visitor.ctx, &content.place, name, &reference, sight).await?;
    let info = match pulled {
        Pulled::Found(info) => info,
        Pulled::Unknown => return Err(Refusal::Gone),
        Pulled::Locked(_) => return Ok(Inside::Hidden(t.content_locked())),
        Pulled::Quarantined => return Ok(Inside::Hidden(t.content_held())),
    };
    let referrers = Referrers::of(visitor, content, name, digest).await?;
    Ok(Inside::Shown(Box::new((Anatomy::of(&info), referrers))))
}

/// `POST …/manifest?repository=&digest=`: judges it, or changes what may be done with it.
pub(crate) async fn post(Path(registry): Path<String>, Sent { visitor, fields }: Sent) -> Response {
    let done = async {
        let (content, name, digest) = find(&visitor, &registry).await?;
        let pairs =
            |done| [("repository", name.as_str()), ("digest", digest.as_str()), ("done", done)];
        let to = if fields.text("do") == "judge" {
            let judged = verdict::judge(&visitor, &content, (&name, &digest), &fields).await?;
            if let Err(verdict) = judged {
                let page = page(&visitor, &registry).await?;
                let page = ManifestPage { verdict: Some(verdict), ..page };
                return Ok(visitor.show_again(ROUTE, page.render()));
            }
            content.link("/manifest", &pairs("judged"))
        } else {
            let holder = Holder::Manifest(digest.clone());
            locks::change(&visitor, &content, name.clone(), holder, &fields).await?;
            content.link("/manifest", &pairs("locks"))
        };
        Ok(visitor.go_on(ROUTE, &to))
    };
    answered(&visitor, done.await)
}
