//! Repositories, their tags and their manifests: listed, filtered, locked.

use crate::site::{REGISTRY, Site};
use boathook_core::lock::Attributes;
use boathook_engine::registry::records;
use boathook_testkit::Settings;
use std::time::Duration;

/// The largest page of a list, in bytes.
const LIST_BYTES_MAX: usize = 50_000;

#[tokio::test]
async fn many_repositories_come_in_pages() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let list = format!("{REGISTRY}/repositories");
    browser.get(&list).await.shows("There is no repository yet");
    for number in 0..51 {
        site.world.push(&format!("team/app{number:02}:v1")).await;
    }
    site.world.push("team/app49:v2").await;
    let page = browser.get(&list).await;
    page.shows(">team/app49<").hides(">team/app50<").shows("after=team%2Fapp49").shows(">More<");
    page.shows(r#" data-label="Tags">2</td>"#).shows(r#" data-label="Manifests">2</td>"#);
    assert!(page.html.len() < LIST_BYTES_MAX, "{}", page.html.len());
    let page = browser.get(&format!("{list}?after=team%2Fapp49")).await;
    page.shows(">team/app50<").hides(">team/app49<").hides(">More<");
    let page = browser.get(&format!("{list}?filter=APP5")).await;
    page.shows(">team/app50<").hides(">team/app49<").hides("Look through more");
    browser.get(&format!("{list}?filter=none")).await.shows("Nothing has that text");
    // A filter that all of them match comes in pages too.
    let page = browser.get(&format!("{list}?filter=app")).await;
    page.shows(">team/app49<").hides(">team/app50<").shows("filter=app&#38;after=team%2Fapp49");
    let page = browser.get(&format!("{list}?filter=app&after=team%2Fapp49")).await;
    page.shows(">team/app50<").hides("Look through more");
}

#[tokio::test]
async fn a_repository_shows_its_newest_tags_and_manifests_first() {
    let site = Site::start().await;
    for number in 0..51 {
        site.world.push(&format!("team/app:v{number:02}")).await;
        site.world.clock().advance(Duration::from_secs(1));
    }
    let browser = site.owner().await;
    let here = format!("{REGISTRY}/repository?name=team%2Fapp");
    let page = browser.get(&here).await;
    page.shows(">v50<").shows(">v01<").hides(">v00<").shows(">Older<");
    assert!(page.html.len() < LIST_BYTES_MAX, "{}", page.html.len());
    let older = link(&page.html, ">Older<");
    browser.get(&older).await.shows(">v00<").hides(">v01<").hides(">Older<");
    let page = browser.get(&format!("{here}&view=manifests")).await;
    page.shows(">v50<").hides(">v00<").shows("vnd.oci.image.manifest");
    assert!(page.html.len() < LIST_BYTES_MAX, "{}", page.html.len());
    let older = link(&page.html, ">Older<");
    browser.get(&older).await.shows(">v00<").hides(">v01<").hides(">Older<");
    for gone in ["team%2Fnone", "", "TEAM", "%00", &"x".repeat(5_000)] {
        let page = browser.get(&format!("{REGISTRY}/repository?name={gone}")).await;
        assert_eq!(page.status, 404, "{gone}");
    }
}

/// Where the link that ends in a text leads to.
fn link(html: &str, text: &str) -> String {
    let (before, _) = html.split_once(text).unwrap();
    let (_, href) = before.rsplit_once("href=\"").unwrap();
    href.trim_end_matches('"').replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn locks_are_changed_by_whoever_may_and_only_where_they_were() {
    let site = Site::start().await;
    let digest = site.world.push("team/app:v1").await;
    let (owner, reader) = (site.owner().await, site.somebody("reader", "Reader").await);
    let (ctx, place) = (site.world.ctx(), site.world.ctx().place());
    let repository = "team/app".parse().unwrap();
    let path = format!("{REGISTRY}/repository?name=team%2Fapp");
    let form = owner.get(&path).await;
    let on = |name: &'static str| (name, "yes");
    let reads = [on("readEnabled"), on("listEnabled"), ("before", "1111")];
    let page = owner.send(&form, &path, &[reads[0], reads[1], reads[2], on("deleteEnabled")]).await;
    page.shows("What may be done was changed");
    // Somebody who has seen it before that changes another switch.
    let page = owner.send(&form, &path, &[reads[0], reads[1], reads[2], on("writeEnabled")]).await;
    page.shows("What may be done was changed");
    let row = records::repository(ctx, &place, &repository).await.unwrap().unwrap();
    let locked =
        Attributes { is_delete_enabled: false, is_write_enabled: false, ..Attributes::UNLOCKED };
    assert_eq!(row.attributes, locked);
    owner.get(&format!("{REGISTRY}/repositories")).await.shows("no delete, no write");

    let tag = format!("{REGISTRY}/tag?repository=team%2Fapp&tag=v1");
    let manifest = format!("{REGISTRY}/manifest?repository=team%2Fapp&digest={digest}");
    for path in [&tag, &manifest] {
        let form = owner.get(path).await;
        owner.send(&form, path, &reads).await.shows("What may be done was changed");
    }
    let row = records::tag(ctx, &place, &repository, &"v1".parse().unwrap()).await.unwrap();
    assert_eq!(row.unwrap().attributes, locked);
    let row = records::manifest(ctx, &place, &repository, &digest).await.unwrap();
    assert_eq!(row.unwrap().attributes, locked);
    for path in [&path, &tag, &manifest] {
        let page = reader.get(path).await;
        page.hides("name=\"before\"").shows("<code>deleteEnabled</code></dt><dd>false");
        let key = reader.get("/portal/sessions").await;
        assert_eq!(reader.send(&key, path, &reads).await.status, 403, "{path}");
    }
}

/// Checks what a role sees of an image: a status, and which of three things its pages offer.
async fn check(site: &Site, role: &'static str, expected: [u16; 3], offers: [bool; 3]) {
    let somebody = site.somebody(&role.to_lowercase(), role).await;
    let tag = format!("{REGISTRY}/tag?repository=team%2Fapp&tag=v1");
    let paths =
        [format!("{REGISTRY}/repositories"), format!("{REGISTRY}/repository?name=team%2Fapp"), tag];
    let mut pages = Vec::new();
    for path in &paths {
        pages.push(somebody.get(path).await);
    }
    let found: Vec<_> = pages.iter().map(|page| page.status).collect();
    assert_eq!(found, expected, "{role}");
    let tag = &pages[2];
    let offered = ["name=\"before\"", "value=\"untag\"", "/manifest/delete"];
    assert_eq!(offered.map(|text| tag.html.contains(text)), offers, "{role}");
    if expected[2] == 403 {
        tag.shows("repository:team/app:metadata_read");
    }
}

#[tokio::test]
async fn each_role_sees_and_changes_what_it_may_with_a_client() {
    const ALL: [u16; 3] = [200; 3];
    const NONE: [u16; 3] = [403; 3];
    let site = Site::start().await;
    site.world.push("team/app:v1").await;
    check(&site, "Contributor", ALL, [true; 3]).await;
    check(&site, "Reader", ALL, [false; 3]).await;
    check(&site, "AcrPull", ALL, [false; 3]).await;
    check(&site, "AcrPush", ALL, [true, false, false]).await;
    check(&site, "AcrDelete", NONE, [false; 3]).await;
    check(&site, "AcrQuarantineReader", ALL, [false; 3]).await;
    let configurator = "Container Registry Contributor and Data Access Configuration Administrator";
    let somebody = site.somebody("configurator", configurator).await;
    somebody.get(REGISTRY).await.shows("boathook");
    let page = somebody.get(&format!("{REGISTRY}/repositories")).await;
    assert_eq!(page.status, 403);
    page.shows("registry:catalog:*");
}

#[tokio::test]
async fn a_registry_that_is_closed_to_the_network_is_closed_here_too() {
    let site = Site::start().await;
    site.world.push("team/app:v1").await;
    let browser = site.owner().await;
    site.set(r#"{"publicNetworkAccess":"Disabled"}"#).await;
    for path in ["/repositories", "/repository?name=team%2Fapp", "/charts"] {
        let page = browser.get(&format!("{REGISTRY}{path}")).await;
        assert_eq!(page.status, 403, "{path}");
        page.shows("closed to the network");
    }
}

#[tokio::test]
async fn a_region_is_chosen_where_there_are_several() {
    let settings = Settings { regions: &["local", "eastus"], ..Settings::default() };
    let site = Site::with(settings).await;
    site.world.push("team/app:v1").await;
    let browser = site.owner().await;
    let list = format!("{REGISTRY}/repositories");
    browser.get(&list).await.shows(">team/app<").hides("<select");
    assert_eq!(browser.get(&format!("{list}?region=eastus")).await.status, 404);
    site.replicate("eastus").await;
    browser.get(&list).await.shows(">team/app<").shows("<option>eastus</option>");
    let page = browser.get(&format!("{list}?region=eastus")).await;
    page.shows("<option selected>eastus</option>").hides(">team/app<");
}
