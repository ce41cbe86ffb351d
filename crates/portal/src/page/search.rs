//! One box that finds registries, repositories, tags, manifests and webhooks by what they are called.
//!
//! How much is looked at for one question has a limit, whatever there is. A whole name, or the beginning of one, is found
//! through an index however much there is; what a name has within it, among the first so many.

use super::registries::{self, openable};
use super::{address, answered, webhooks};
use crate::content::Content;
use crate::frame::Frame;
use crate::refusal::Refusal;
use crate::room::{Room, escaped};
use crate::text::Text;
use crate::visitor::Visitor;
use askama::Template;
use axum::response::Response;
use boathook_core::digest::Digest;
use boathook_core::grant::Permission;
use boathook_core::name::{Repository, Tag};
use boathook_engine::RegistryRow;
use boathook_engine::auth::scope_of;
use boathook_engine::manage;
use boathook_engine::registry::{list, records};

const ROUTE: &str = "portal.search";
/// How many registries are looked into.
const REGISTRIES_MAX: usize = 20;
/// How many names of repositories are compared, of each registry.
const NAMES_MAX: u32 = 1_000;
/// How many repositories are found by a tag or a digest, of each registry.
const ASKED_MAX: u32 = 100;
/// How much of each kind is shown.
const HITS_MAX: usize = 20;
/// How much HTML the hits are at most, and how much of each is the same, in bytes.
const HTML_BYTES_MAX: usize = 40_000;
const HIT_BYTES: usize = 70;
/// The longest question, in characters.
const QUESTION_CHARS_MAX: usize = 400;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    t: &'static dyn Text,
    asked: String,
    groups: Vec<Group>,
}

/// What was found of a kind.
struct Group {
    title: &'static str,
    hits: Vec<Hit>,
}

struct Hit {
    name: String,
    href: String,
    /// The registry that it is in.
    registry: String,
}

impl Hit {
    /// How much HTML it is at most, in bytes.
    fn bytes(&self) -> usize {
        HIT_BYTES + escaped(&self.name) + escaped(&self.href) + self.registry.len()
    }
}

#[derive(Default)]
struct Found {
    registries: Vec<Hit>,
    repositories: Vec<Hit>,
    tags: Vec<Hit>,
    manifests: Vec<Hit>,
    webhooks: Vec<Hit>,
}

/// `GET /portal/search?q=`.
pub(crate) async fn get(visitor: Visitor) -> Response {
    answered(&visitor, page(&visitor).await)
}

async fn page(visitor: &Visitor) -> Result<Response, Refusal> {
    let asked: String = visitor.query.text("q").trim().chars().take(QUESTION_CHARS_MAX).collect();
    let mut found = Found::default();
    if !asked.is_empty() {
        for row in openable(visitor, None, REGISTRIES_MAX).await? {
            look_into(visitor, &row, &asked, &mut found).await?;
        }
    }
    let t = visitor.look.text();
    let groups = [
        (t.registries(), found.registries),
        (t.repositories(), found.repositories),
        (t.tags(), found.tags),
        (t.manifests(), found.manifests),
        (t.webhooks(), found.webhooks),
    ];
    let mut room = Room::new(HTML_BYTES_MAX);
    let group = |(title, mut hits): (&'static str, Vec<Hit>)| {
        hits.truncate(HITS_MAX);
        Group { title, hits: room.rows(hits, Hit::bytes) }
    };
    let page = SearchPage {
        frame: Frame::new(&visitor.look, Some(&visitor.session)),
        t,
        groups: groups.into_iter().map(group).filter(|group| !group.hits.is_empty()).collect(),
        asked,
    };
    Ok(visitor.show(ROUTE, page.render()))
}

/// Looks into one registry for what the visitor may see there.
async fn look_into(
    visitor: &Visitor,
    row: &RegistryRow,
    asked: &str,
    found: &mut Found,
) -> Result<(), Refusal> {
    let wanted = asked.to_lowercase();
    let registry = row.label.to_string();
    let hit = |name: String, href: String| Hit { name, href, registry: registry.clone() };
    if row.name.as_str().contains(&wanted) {
        found.registries.push(hit(registry.clone(), registries::link(visitor, row)));
    }
    if visitor.may(webhooks::READ, &scope_of(row)) {
        let all = manage::webhooks::list(&visitor.ctx, row).await?;
        let named = all.iter().filter(|webhook| webhook.name.key().contains(&wanted));
        let link = |name: &str| address(row.name.as_str(), &format!("/webhooks/{name}"));
        let hits = named.map(|webhook| hit(webhook.name.to_string(), link(webhook.name.as_str())));
        found.webhooks.extend(hits.take(HITS_MAX));
    }
    // What cannot be looked at from here, such as a registry whose network is closed, is passed over.
    let content = match Content::of(visitor, row.name.as_str()).await {
        Ok(content) if content.must_list().is_ok() => content,
        Ok(_) | Err(Refusal::Gone | Refusal::Offline) => return Ok(()),
        Err(refusal) => return Err(refusal),
    };
    let names = names(visitor, &content, asked).await?;
    let repositories = names.iter().filter(|name| name.as_str().contains(asked)).take(HITS_MAX);
    found
        .repositories
        .extend(repositories.map(|name| hit(name.to_string(), content.repository_link(name))));
    for (name, tag) in tags(visitor, &content, asked).await? {
        let of = [("repository", name.as_str()), ("tag", tag.as_str())];
        found.tags.push(hit(format!("{name}:{tag}"), content.link("/tag", &of)));
    }
    for (name, digest) in manifests(visitor, &content, asked).await? {
        let href = content.manifest_link(&name, &digest);
        found.manifests.push(hit(format!("{name}@{digest}"), href));
    }
    Ok(())
}

/// The first names of the registry, and before them those that begin with what is asked for.
async fn names(
    visitor: &Visitor,
    content: &Content,
    asked: &str,
) -> Result<Vec<Repository>, Refusal> {
    let (ctx, place) = (&visitor.ctx, &content.place);
    let mut names = Vec::new();
    if let Ok(name) = asked.parse::<Repository>() {
        if records::repository(ctx, place, &name).await?.is_some() {
            names.push(name.to_string());
        }
        let hits = u32::try_from(HITS_MAX).expect("it is a few");
        let after = list::repositories(ctx, place, asked, hits).await?.entries;
        names.extend(after.into_iter().filter(|name| name.starts_with(asked)));
    }
    let first = list::repositories(ctx, place, "", NAMES_MAX).await?.entries;
    let rest: Vec<_> = first.into_iter().filter(|name| !names.contains(name)).collect();
    names.extend(rest);
    Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
}

/// The tags that are asked for: by `repository:tag` one, by a tag alone those of all repositories.
async fn tags(
    visitor: &Visitor,
    content: &Content,
    asked: &str,
) -> Result<Vec<(Repository, Tag)>, Refusal> {
    let (ctx, place) = (&visitor.ctx, &content.place);
    let (name, tag) = asked.rsplit_once(':').map_or((None, asked), |(name, tag)| (Some(name), tag));
    let Ok(tag) = tag.parse() else { return Ok(Vec::new()) };
    let names = match name.map(str::parse) {
        Some(Err(_)) => Vec::new(),
        Some(Ok(name)) => {
            let is_there = records::tag(ctx, place, &name, &tag).await?.is_some();
            is_there.then_some(name).into_iter().collect()
        }
        None => list::repositories_of_tag(ctx, place, &tag, ASKED_MAX).await?,
    };
    Ok(seen(content, names).map(|name| (name, tag.clone())).collect())
}

/// The manifests that are asked for: by `repository@digest` one, by a digest alone those of all repositories.
async fn manifests(
    visitor: &Visitor,
    content: &Content,
    asked: &str,
) -> Result<Vec<(Repository, Digest)>, Refusal> {
    let (ctx, place) = (&visitor.ctx, &content.place);
    let (name, digest) =
        asked.rsplit_once('@').map_or((None, asked), |(name, digest)| (Some(name), digest));
    let Ok(digest) = digest.parse() else { return Ok(Vec::new()) };
    let names = match name.map(str::parse) {
        Some(Err(_)) => Vec::new(),
        Some(Ok(name)) => {
            let is_there = records::manifest(ctx, place, &name, &digest).await?.is_some();
            is_there.then_some(name).into_iter().collect()
        }
        None => list::repositories_of_manifest(ctx, place, &digest, ASKED_MAX).await?,
    };
    Ok(seen(content, names).map(|name| (name, digest.clone())).collect())
}

/// Those of some repositories whose tags and manifests the visitor may see, as many as are shown.
fn seen(content: &Content, names: Vec<Repository>) -> impl Iterator<Item = Repository> {
    let may = names.into_iter().filter(|name| content.may(name, Permission::MetadataRead));
    may.take(HITS_MAX)
}
