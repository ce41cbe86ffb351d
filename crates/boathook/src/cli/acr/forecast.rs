//! What a deletion would do, said beforehand: by the same rules, from the lists that the registry shows.
//!
//! What lists do not show is counted and not named: its locks, and which event tells of it, are unknown until it is tried.

use boathook_core::lock::{self, Attributes, Locked};
use boathook_core::media_type::HELM_CHART;

use crate::cli::acr::columns::{each, text};
use crate::cli::acr::image::Image;
use crate::cli::acr::login_server::{Listing, LoginServer};
use crate::cli::acr::{Answer, attributes};
use crate::cli::failure::Failure;
use crate::cli::value::Value;
use std::collections::HashSet;

/// All that is known of a repository, as lists show it.
struct Known {
    repository: Value,
    manifests: Vec<Value>,
    tags: Vec<Value>,
    /// The manifests that a locked tag is on.
    locked: HashSet<String>,
}

/// Says what the deletion of a whole repository would do.
pub(super) async fn repository(server: &LoginServer, name: &str) -> Result<Answer, Failure> {
    let known = Known::read(server, name).await?;
    let count = |member: &str| number(known.repository.member(member));
    let (manifest_count, tag_count) = (count("manifestCount"), count("tagCount"));
    let manifests: Attributes = known.manifests.iter().map(attributes_of).collect();
    let tags: Attributes = known.tags.iter().map(attributes_of).collect();
    let of_repository = attributes_of(&known.repository);
    let refused = lock::delete_repository(of_repository, manifests, tags).err();
    let goes: Vec<_> = known.manifests.iter().map(|manifest| known.entry(manifest, &[])).collect();
    Ok(forecast(Forecast { name, refused, goes, manifest_count, tag_count }))
}

/// Says what the deletion of one manifest with all its tags would do.
pub(super) async fn image(server: &LoginServer, image: &Image) -> Result<Answer, Failure> {
    let digest = attributes::digest(server, image).await?;
    let name = &image.repository;
    let answer = server.get(&format!("/acr/v1/{name}/_manifests/{digest}")).await?;
    let manifest = answer.member("manifest");
    let known = Known::read(server, name).await?;
    let of_tags = known.tags.iter().filter(|tag| tag.member("digest").as_str() == Some(&digest));
    let of_tags: Attributes = of_tags.map(attributes_of).collect();
    let of_repository = attributes_of(&known.repository);
    let refused = lock::delete_manifest(of_repository, attributes_of(manifest), of_tags).err();
    let needed_by: Vec<_> = known.manifests.iter().filter(|index| needs(index, &digest)).collect();
    let goes = vec![known.entry(manifest, &needed_by)];
    let tag_count = items(manifest.member("tags")).len() as u64;
    Ok(forecast(Forecast { name, refused, goes, manifest_count: 1, tag_count }))
}

impl Known {
    async fn read(server: &LoginServer, name: &str) -> Result<Self, Failure> {
        let repository = server.get(&format!("/acr/v1/{name}")).await?;
        let list = async |member: &'static str| {
            let path = format!("/acr/v1/{name}/_{member}");
            server.list(&Listing { path: &path, member, ..Listing::default() }).await
        };
        let (manifests, tags) = (list("manifests").await?, list("tags").await?);
        let locked = tags.iter().filter(|tag| is_locked(attributes_of(tag)));
        let locked = locked.filter_map(|tag| tag.member("digest").as_str().map(str::to_owned));
        let locked = locked.collect();
        Ok(Self { repository, manifests, tags, locked })
    }

    /// One manifest that goes.
    fn entry(&self, manifest: &Value, needed_by: &[&Value]) -> Value {
        let media_type = manifest.member("mediaType");
        let event = if media_type.as_str() == Some(HELM_CHART) { "chart_delete" } else { "delete" };
        let digest = manifest.member("digest");
        let has_locked_tag = digest.as_str().is_some_and(|digest| self.locked.contains(digest));
        let is_locked = has_locked_tag || is_locked(attributes_of(manifest));
        let digests = needed_by.iter().map(|index| index.member("digest").clone()).collect();
        Value::object([
            ("digest", digest.clone()),
            ("mediaType", media_type.clone()),
            ("tags", Value::Array(items(manifest.member("tags")).to_vec())),
            ("event", event.into()),
            ("isLocked", Value::Bool(is_locked)),
            ("neededBy", Value::Array(digests)),
        ])
    }
}

/// What would come of a deletion.
struct Forecast<'a> {
    name: &'a str,
    refused: Option<Locked>,
    goes: Vec<Value>,
    /// How many manifests go, those included that no list shows.
    manifest_count: u64,
    tag_count: u64,
}

fn forecast(forecast: Forecast<'_>) -> Answer {
    let Forecast { name, refused, goes, manifest_count, tag_count } = forecast;
    let number = |count: u64| Value::Number(count.into());
    let events = ["delete", "chart_delete"].map(|event| {
        let told = goes.iter().filter(|one| one.member("event").as_str() == Some(event));
        (event, number(told.count() as u64))
    });
    let events = Value::object(events);
    let unlisted = manifest_count.saturating_sub(goes.len() as u64);
    let value = Value::object([
        ("repository", name.into()),
        ("isAllowed", Value::Bool(refused.is_none())),
        ("refusedBecause", refused.map_or(Value::Null, |locked| locked.to_string().into())),
        ("manifestCount", number(manifest_count)),
        ("tagCount", number(tag_count)),
        ("unlistedManifestCount", number(unlisted)),
        ("events", events),
        ("manifests", Value::Array(goes)),
    ]);
    Answer { value, columns }
}

fn columns(value: &Value) -> Value {
    each(value.member("manifests"), |manifest| {
        let joined = |member: &str| {
            let texts = items(manifest.member(member)).iter().filter_map(Value::as_str);
            let texts: Vec<_> = texts.collect();
            if texts.is_empty() { Value::from(" ") } else { texts.join(", ").into() }
        };
        Value::object([
            ("Digest", text(manifest, &["digest"])),
            ("Tags", joined("tags")),
            ("Event", text(manifest, &["event"])),
            ("IsLocked", text(manifest, &["isLocked"])),
            ("NeededBy", joined("neededBy")),
        ])
    })
}

/// Says whether an index needs a manifest.
fn needs(index: &Value, digest: &str) -> bool {
    items(index.member("references")).iter().any(|it| it.member("digest").as_str() == Some(digest))
}

/// What may be done with a thing; everything where it does not say so.
pub(super) fn attributes_of(thing: &Value) -> Attributes {
    let may = |name: &str| *thing.at(&["changeableAttributes", name]) != Value::Bool(false);
    Attributes {
        is_delete_enabled: may("deleteEnabled"),
        is_write_enabled: may("writeEnabled"),
        is_read_enabled: may("readEnabled"),
        is_list_enabled: may("listEnabled"),
    }
}

/// Says whether a thing is locked against deletion.
pub(super) fn is_locked(attributes: Attributes) -> bool {
    lock::delete_blob(attributes).is_err()
}

/// The items of a list; none where there is no list.
pub(super) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        _ => &[],
    }
}

fn number(value: &Value) -> u64 {
    match value {
        Value::Number(number) => number.as_u64().unwrap_or_default(),
        _ => 0,
    }
}
