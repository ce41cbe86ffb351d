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
use crate::room::{Room, escaped};
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::{Sent, Visitor};
use anatomy::Anatomy;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use boathook_core::digest::Digest;
use boathook_core::grant::Permission;
use boathook_core::manifest::Platform;
use boathook_core::media_type::HELM_CHART;
use boathook_core::name::{Reference, Repository, Tag};
use boathook_engine::registry::pull::{self, Pulled};
use boathook_engine::registry::records::{self, Holder, ManifestRow, SEVERAL_MAX};
use referrers::Referrers;
use verdict::Verdict;

pub(super) use anatomy::is_link;

const ROUTE: &str = "portal.manifest";
/// How many of its tags a manifest's page shows.
const TAGS_SHOWN_MAX: usize = 100;
/// How much HTML its tags are at most, and what the quarantine says of it, in bytes.
const TAGS_BYTES_MAX: usize = 8_000;
const DETAILS_BYTES_MAX: usize = 4_000;
/// How much there is around a tag, or a manifest of an index, in bytes.
const TAG_BYTES: usize = 20;
const LISTED_BYTES: usize = 240;
/// How much HTML all of that is at most with what is in the manifest, and what is about it, in bytes.
const HTML_BYTES_MAX: usize = 42_500;

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
    let mut room = Room::new(HTML_BYTES_MAX);
    let of = [("repository", name.as_str()), ("digest", digest.as_str())];
    let may_delete = content.may(&name, Permission::Delete);
    let tags = tags(&content, &name, &row, &mut room);
    let platforms = platforms(visitor, &content, &name, &row, &mut room).await?;
    let details = row.quarantine_details.as_ref().map(|details| {
        let mut part = room.part(DETAILS_BYTES_MAX);
        let shown = part.beginning(details);
        room.give_back(part);
        shown
    });
    Ok(ManifestPage {
        frame: content.frame(visitor, Section::Repositories),
        t,
        here: content.manifest_link(&name, &digest),
        back: content.repository_link(&name),
        repository: name.to_string(),
        digest: digest.to_string(),
        media_type: room.beginning(&row.media_type),
        platform: platform(&row.platform),
        size: amount(row.image_size),
        pushed: row.created.into(),
        pushed_by: visitor.pusher(row.pushed_by.as_deref()).await?,
        updated: row.updated.into(),
        other_tag_count: (row.tags.len() - tags.len()) as u64,
        tags,
        quarantine: row.quarantine.map(|state| quarantine(t, state)),
        other_platform_count: (row.references.len() - platforms.len()) as u64,
        platforms,
        inside: inside(visitor, &content, &name, &digest, &mut room).await?,
        locks: Locks::new(t, &content, &name, row.attributes),
        verdict: may_judge(&content, &name, &row).then(Verdict::default),
        delete: may_delete.then(|| content.link("/manifest/delete", &of)),
        quarantine_details: details,
    })
}

/// As many of a manifest's tags as there is room for, each with its page.
fn tags(
    content: &Content,
    name: &Repository,
    row: &ManifestRow,
    room: &mut Room,
) -> Vec<(String, String)> {
    let tag = |tag: &Tag| {
        let pairs = [("repository", name.as_str()), ("tag", tag.as_str())];
        (tag.to_string(), content.link("/tag", &pairs))
    };
    let mut part = room.part(TAGS_BYTES_MAX);
    let tags = row.tags.iter().take(TAGS_SHOWN_MAX).map(tag);
    let bytes = |(tag, href): &(String, String)| TAG_BYTES + tag.len() + escaped(href);
    let tags = tags.take_while(|tag| part.fits(bytes(tag))).collect();
    room.give_back(part);
    tags
}

/// As many of an index's manifests as there is room for.
async fn platforms(
    visitor: &Visitor,
    content: &Content,
    name: &Repository,
    row: &ManifestRow,
    room: &mut Room,
) -> Result<Vec<Listed>, Refusal> {
    let (ctx, place) = (&visitor.ctx, &content.place);
    let listed: Vec<_> = row.references.iter().take(SEVERAL_MAX).collect();
    let digests: Vec<_> = listed.iter().map(|(digest, _)| digest.clone()).collect();
    // An index may outlive what it lists.
    let there = records::image_sizes(ctx, place, name, &digests).await?;
    let entry = |(digest, of): &(Digest, Platform)| Listed {
        platform: platform(of).unwrap_or_default(),
        href: there.contains_key(digest).then(|| content.manifest_link(name, digest)),
        digest: digest.to_string(),
    };
    let bytes = |listed: &Listed| {
        let href = listed.href.as_deref().map_or(0, escaped);
        LISTED_BYTES + escaped(&listed.platform) + href + listed.digest.len()
    };
    Ok(listed.into_iter().map(entry).take_while(|listed| room.fits(bytes(listed))).collect())
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
    room: &mut Room,
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
    let referrers = Referrers::of(visitor, content, name, digest, room).await?;
    Ok(Inside::Shown(Box::new((Anatomy::of(&info, room), referrers))))
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
