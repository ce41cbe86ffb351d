//! The tags of a repository, or its manifests: the newest first, page by page.

use super::quarantine;
use crate::content::{Content, amount, short};
use crate::locks;
use crate::refusal::Refusal;
use crate::room::{Room, cut, escaped};
use crate::text::Text;
use crate::time::Moment;
use crate::visitor::Visitor;
use boathook_core::manifest::Platform;
use boathook_core::name::Repository;
use boathook_core::time::Timestamp;
use boathook_engine::registry::list::Page;
use boathook_engine::registry::records::{
    self, After, ManifestRow, Order, PageOf, SEVERAL_MAX, TagRow,
};
use std::collections::BTreeMap;

/// How many rows a page shows.
const ROWS_MAX: usize = SEVERAL_MAX;
/// How many of a manifest's tags its row shows.
const TAGS_SHOWN_MAX: usize = 5;
/// How many of an index's platforms its row shows.
const PLATFORMS_SHOWN_MAX: usize = 6;
/// How long the name of a platform may be, and that of a type, in bytes of HTML.
const PLATFORM_BYTES_MAX: usize = 64;
const TYPE_BYTES_MAX: usize = 128;
/// How much HTML all rows are at most, and how much of one is always there, in bytes.
const HTML_BYTES_MAX: usize = 41_000;
const ROW_BYTES: usize = 560;

/// What the page lists.
pub(super) struct Rows {
    pub(super) list: List,
    pub(super) next: Option<String>,
}

/// One of the two lists.
pub(super) enum List {
    Tags(Vec<TagLine>),
    Manifests(Vec<ManifestLine>),
}

pub(super) struct TagLine {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) digest: String,
    pub(super) manifest: String,
    pub(super) size: String,
    pub(super) updated: Moment,
    pub(super) pushed_by: Option<String>,
    pub(super) quarantine: Option<(&'static str, &'static str)>,
    pub(super) locks: String,
}

pub(super) struct ManifestLine {
    pub(super) digest: String,
    pub(super) href: String,
    pub(super) tags: String,
    pub(super) media_type: String,
    pub(super) platforms: String,
    pub(super) size: String,
    pub(super) pushed: Moment,
    pub(super) pushed_by: Option<String>,
    pub(super) quarantine: Option<(&'static str, &'static str)>,
    pub(super) locks: String,
}

/// The rows that the query asks for.
pub(super) async fn of(
    visitor: &Visitor,
    content: &Content,
    name: &Repository,
) -> Result<Rows, Refusal> {
    if visitor.query.text("view") == "manifests" {
        manifests(visitor, content, name).await
    } else {
        tags(visitor, content, name).await
    }
}

/// The page that the query asks for. Where it begins is a name, and when what has it was changed.
fn asked(visitor: &Visitor) -> PageOf {
    let at = visitor.query.text("at").parse::<i64>();
    let after = match (visitor.query.text("after"), at) {
        ("", _) | (_, Err(_)) => After::Nothing,
        (name, Ok(at)) => After::Moment(Timestamp(at), name.to_owned()),
    };
    let limit = u32::try_from(ROWS_MAX).expect("a page is small");
    PageOf { order: Order::NewestFirst, after, limit }
}

fn next(content: &Content, name: &Repository, view: &str, last: (&str, Timestamp)) -> String {
    let at = last.1.0.to_string();
    let pairs = [("name", name.as_str()), ("view", view), ("after", last.0), ("at", &at)];
    content.link("/repository", &pairs)
}

async fn tags(visitor: &Visitor, content: &Content, name: &Repository) -> Result<Rows, Refusal> {
    let (ctx, place, t) = (&visitor.ctx, &content.place, visitor.look.text());
    let page = records::tags(ctx, place, name, None, asked(visitor)).await?;
    let page = page.ok_or(Refusal::Gone)?;
    let digests: Vec<_> = page.entries.iter().map(|row| row.digest.clone()).collect();
    let sizes = records::image_sizes(ctx, place, name, &digests).await?;
    let pushers = page.entries.iter().filter_map(|row| row.pushed_by.as_deref());
    let pushers = visitor.pushers(pushers).await?;
    let line = |row: &TagRow| TagLine {
        name: row.name.to_string(),
        href: content.link("/tag", &[("repository", name.as_str()), ("tag", row.name.as_str())]),
        digest: short(&row.digest),
        manifest: content.manifest_link(name, &row.digest),
        size: sizes.get(&row.digest).copied().map(amount).unwrap_or_default(),
        updated: row.updated.into(),
        pushed_by: called(&pushers, row.pushed_by.as_ref()),
        quarantine: row.quarantine.map(|state| quarantine(t, state)),
        locks: locks::summary(t, row.attributes),
    };
    let lines = Room::new(HTML_BYTES_MAX).rows(page.entries.iter().map(line), TagLine::bytes);
    let last = last_shown(&page, lines.len());
    let next = last.map(|last| next(content, name, "", (last.name.as_str(), last.updated)));
    Ok(Rows { list: List::Tags(lines), next })
}

async fn manifests(
    visitor: &Visitor,
    content: &Content,
    name: &Repository,
) -> Result<Rows, Refusal> {
    let (ctx, place, t) = (&visitor.ctx, &content.place, visitor.look.text());
    let page = records::manifests(ctx, place, name, asked(visitor)).await?;
    let page = page.ok_or(Refusal::Gone)?;
    let pushers = page.entries.iter().filter_map(|row| row.pushed_by.as_deref());
    let pushers = visitor.pushers(pushers).await?;
    let line = |row: &ManifestRow| {
        let pushed_by = called(&pushers, row.pushed_by.as_ref());
        ManifestLine::new(t, content, name, row, pushed_by)
    };
    let lines = Room::new(HTML_BYTES_MAX).rows(page.entries.iter().map(line), ManifestLine::bytes);
    let last = last_shown(&page, lines.len());
    let next =
        last.map(|last| next(content, name, "manifests", (last.digest.as_str(), last.updated)));
    Ok(Rows { list: List::Manifests(lines), next })
}

/// The last of the rows that are shown, if there are more.
fn last_shown<T>(page: &Page<T>, shown_count: usize) -> Option<&T> {
    let has_more = page.has_more || shown_count < page.entries.len();
    page.entries[..shown_count].last().filter(|_| has_more)
}

impl TagLine {
    /// How much HTML it is at most, in bytes.
    fn bytes(&self) -> usize {
        let pusher = self.pushed_by.as_deref().map_or(0, escaped);
        ROW_BYTES + self.name.len() + escaped(&self.href) + escaped(&self.manifest) + pusher
    }
}

impl ManifestLine {
    /// How much HTML it is at most, in bytes.
    fn bytes(&self) -> usize {
        let texts = [&self.href, &self.tags, &self.media_type, &self.platforms];
        let pusher = self.pushed_by.as_deref().map_or(0, escaped);
        ROW_BYTES + texts.into_iter().map(|text| escaped(text)).sum::<usize>() + pusher
    }

    fn new(
        t: &'static dyn Text,
        content: &Content,
        name: &Repository,
        row: &ManifestRow,
        pushed_by: Option<String>,
    ) -> Self {
        let tags = row.tags.iter().map(ToString::to_string).collect();
        let own = Some(&row.platform).into_iter();
        let platforms = own.chain(row.references.iter().map(|(_, platform)| platform));
        let platforms = platforms.filter_map(platform).collect();
        Self {
            digest: short(&row.digest),
            href: content.manifest_link(name, &row.digest),
            tags: joined(t, tags, TAGS_SHOWN_MAX),
            media_type: cut(&row.media_type, TYPE_BYTES_MAX),
            platforms: joined(t, platforms, PLATFORMS_SHOWN_MAX),
            size: amount(row.image_size),
            pushed: row.created.into(),
            pushed_by,
            quarantine: row.quarantine.map(|state| quarantine(t, state)),
            locks: locks::summary(t, row.attributes),
        }
    }
}

fn called(names: &BTreeMap<String, String>, who: Option<&String>) -> Option<String> {
    who.and_then(|who| names.get(who)).cloned()
}

/// What something runs on, where that is known.
pub(in crate::page) fn platform(platform: &Platform) -> Option<String> {
    let parts = [platform.os.as_deref(), platform.architecture.as_deref()];
    let known: Vec<_> = parts.into_iter().flatten().collect();
    (!known.is_empty()).then(|| cut(&known.join("/"), PLATFORM_BYTES_MAX))
}

/// The first of some words, and how many there are besides.
fn joined(t: &'static dyn Text, mut words: Vec<String>, max: usize) -> String {
    let others = words.len().saturating_sub(max);
    words.truncate(max);
    if others != 0 {
        words.push(t.and_others(others as u64));
    }
    words.join(", ")
}
