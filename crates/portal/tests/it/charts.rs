//! Charts of both kinds: listed, and shown as text.

use crate::archive::archive;
use crate::site::{REGISTRY, Site};
use boathook_core::media_type::{HELM_ARCHIVE, HELM_CONFIG, OCI_MANIFEST};
use http::Method;
use serde_json::json;

fn yaml(name: &str, version: &str) -> String {
    format!(
        "apiVersion: v2\nname: {name}\nversion: {version}\nhome: https://example.com/home\nicon: 'javascript:alert(1)'\ndescription: <b>A chart</b>\n"
    )
}

async fn push_classic(site: &Site, name: &str, version: &str) {
    let chart = archive(&[
        (&format!("{name}/Chart.yaml"), &yaml(name, version)),
        (&format!("{name}/values.yaml"), "image: <script>alert(1)</script>\n"),
        (&format!("{name}/README.md"), "# <img src=x onerror=alert(1)>\n[link](javascript:x)\n"),
    ]);
    let path = format!("/helm/v1/team/charts/_blobs/{name}-{version}.tgz");
    let _ = site.client().ask(Method::PUT, &path, &[], chart).await.is(201);
}

/// Pushes as an OCI artifact whatever is called an archive.
async fn push_artifact(site: &Site, name: &str, archive: &[u8]) {
    let (client, repository) = (site.client(), format!("oci/{name}"));
    let config = json!({ "apiVersion": "v2", "name": name, "version": "1.0.0" }).to_string();
    let config_digest = client.push_blob(&repository, config.as_bytes()).await;
    let archive_digest = client.push_blob(&repository, archive).await;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": { "mediaType": HELM_CONFIG, "digest": config_digest.as_str(), "size": config.len() },
        "layers": [{ "mediaType": HELM_ARCHIVE, "digest": archive_digest.as_str(), "size": archive.len() }],
    });
    let _ =
        client.put_manifest(&repository, "1.0.0", OCI_MANIFEST, manifest.to_string()).await.is(201);
}

#[tokio::test]
async fn charts_of_both_kinds_are_listed_and_shown_as_text() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let list = format!("{REGISTRY}/charts");
    browser.get(&list).await.shows("There is no chart yet");
    site.world.push("image:v1").await;
    push_classic(&site, "hello", "1.0.0").await;
    push_classic(&site, "hello", "1.1.0").await;
    let packed = archive(&[("world/Chart.yaml", &yaml("world", "1.0.0"))]);
    push_artifact(&site, "world", &packed).await;
    browser.get(&list).await.shows(">team/charts<").shows(">oci/world<").hides(">image<");
    let page = browser.get(&format!("{list}?repository=team%2Fcharts")).await;
    page.shows(">1.0.0<").shows(">1.1.0<");
    let path = format!("{REGISTRY}/chart?repository=team%2Fcharts&tag=hello-1.1.0.tgz");
    let page = browser.get(&path).await;
    page.shows("hello 1.1.0").shows("href=\"https://example.com/home\"");
    page.shows("image: &#60;script&#62;").shows("# &#60;img").shows("&#60;b&#62;A chart");
    for markup in ["<img", "<b>", "<script>", "href=\"javascript"] {
        page.hides(markup);
    }
    let page = browser.get(&format!("{REGISTRY}/chart?repository=oci%2Fworld&tag=1.0.0")).await;
    page.shows("world 1.0.0").shows("The chart has none");
    for gone in ["repository=image&tag=v1", "repository=team%2Fcharts&tag=none", "", "tag=1"] {
        let page = browser.get(&format!("{REGISTRY}/chart?{gone}")).await;
        assert_eq!(page.status, 404, "{gone}");
    }
}

#[tokio::test]
async fn an_archive_that_would_not_be_taken_is_not_looked_into() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let (good, values) = (yaml("evil", "1.0.0"), "secret: shown\n");
    let outside = archive(&[
        ("evil/Chart.yaml", &good),
        ("evil/values.yaml", values),
        ("../../etc/passwd", "x"),
    ]);
    for (name, bytes, why) in [
        ("evil", outside, "paths have to lead into"),
        ("bytes", b"no archive".to_vec(), "a tar archive compressed with gzip"),
        ("other", archive(&[("evil/Chart.yaml", &good)]), "has to be called"),
    ] {
        push_artifact(&site, name, &bytes).await;
        let path = format!("{REGISTRY}/chart?repository=oci%2F{name}&tag=1.0.0");
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{name}");
        page.shows("are not shown").shows(why).hides("secret: shown");
    }
}

#[tokio::test]
async fn many_versions_come_in_pages_the_newest_first() {
    let site = Site::start().await;
    push_classic(&site, "other", "9.0.0").await;
    for number in 0..51 {
        push_classic(&site, "hello", &format!("1.{number}.0")).await;
    }
    push_classic(&site, "hello", "1.50.0-rc.1").await;
    let browser = site.owner().await;
    let list = format!("{REGISTRY}/charts?repository=team%2Fcharts");
    let page = browser.get(&list).await;
    let versions: Vec<_> = ["1.50.0", "1.50.0-rc.1", "1.49.0", "1.10.0", "1.9.0", "1.2.0"]
        .map(|version| page.html.find(&format!(">{version}<")).expect(version))
        .into();
    assert!(versions.is_sorted(), "{versions:?}");
    page.hides(">1.1.0<").hides(">9.0.0<");
    let (_, rest) = page.html.split_once("&#38;after=").unwrap();
    let after = rest.split('"').next().unwrap();
    let page = browser.get(&format!("{list}&after={after}")).await;
    page.shows(">1.1.0<").shows(">1.0.0<").shows(">9.0.0<").hides(">1.2.0<").hides(">More<");
}

#[tokio::test]
async fn charts_are_for_those_who_may_pull_and_see_them() {
    let site = Site::start().await;
    push_classic(&site, "hello", "1.0.0").await;
    site.set(r#"{"policies":{"quarantinePolicy":{"status":"enabled"}}}"#).await;
    let packed = archive(&[("world/Chart.yaml", &yaml("world", "1.0.0"))]);
    push_artifact(&site, "world", &packed).await;
    let (versions, chart) =
        ("/charts?repository=oci%2Fworld", "/chart?repository=oci%2Fworld&tag=1.0.0");
    let classic = "/chart?repository=team%2Fcharts&tag=hello-1.0.0.tgz";
    let check = async |role: &'static str, expected: [u16; 3]| {
        let somebody = site.somebody(&role.to_lowercase(), role).await;
        for (path, expected) in [versions, chart, classic].iter().zip(expected) {
            let page = somebody.get(&format!("{REGISTRY}{path}")).await;
            assert_eq!(page.status, expected, "{role} {path}");
        }
    };
    check("AcrPull", [404, 404, 200]).await;
    check("AcrQuarantineReader", [200, 200, 200]).await;
    check("AcrDelete", [403; 3]).await;
}

#[tokio::test]
async fn all_versions_of_a_chart_are_on_the_pages_however_long_their_names_are() {
    let site = Site::start().await;
    let (name, repository) = ("c".repeat(60), format!("{}/charts", "r".repeat(120)));
    let versions: Vec<_> =
        (0..60).map(|number| format!("1.{number}.0-{}", "p".repeat(50))).collect();
    for version in &versions {
        let chart = archive(&[(&format!("{name}/Chart.yaml"), &yaml(&name, version))]);
        let path = format!("/helm/v1/{repository}/_blobs/{name}-{version}.tgz");
        let _ = site.client().ask(Method::PUT, &path, &[], chart).await.is(201);
    }
    let browser = site.owner().await;
    let mut path = format!("{REGISTRY}/charts?repository={}", repository.replace('/', "%2F"));
    let (mut shown, mut pages) = (Vec::new(), 0);
    loop {
        let page = browser.get(&path).await;
        assert!(page.html.len() < 50_000, "{}", page.html.len());
        let links = page.html.split("&#38;tag=").skip(1);
        let tags = links.map(|rest| rest.split(".tgz").next().unwrap().to_owned());
        shown.extend(tags);
        pages += 1;
        let Some((before, _)) = page.html.split_once("\">More</a>") else { break };
        path = before.rsplit_once("href=\"").unwrap().1.replace("&#38;", "&");
    }
    assert!(1 < pages, "there is room for all");
    let newest_first: Vec<_> =
        versions.iter().rev().map(|version| format!("{name}-{version}")).collect();
    assert_eq!(shown, newest_first);
}
