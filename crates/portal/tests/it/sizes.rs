//! A page is small before it is compressed, whatever is written into what it shows.

use crate::archive::archive;
use crate::browser::{Browser, Page};
use crate::site::{REGISTRY, Site};
use boathook_core::id::SessionId;
use boathook_core::media_type::{OCI_INDEX, OCI_MANIFEST};
use boathook_core::time::Timestamp;
use boathook_engine::SessionRow;
use boathook_engine::manage::identities;
use boathook_testkit::{Client, Reply, hook};
use http::Method;
use serde_json::{Map, Value, json};

/// How large a page may be, in bytes.
const PAGE_BYTES_MAX: usize = 50_000;
/// What five times as many bytes are written for.
const MARKS: &str = "\"<&>'";

/// The page at `path`, in both languages; the last one is English.
async fn small(browser: Browser, path: &str) -> Page {
    let browser = browser.reading("zh-TW");
    let page = browser.get(path).await;
    assert!(page.html.len() < PAGE_BYTES_MAX, "{}: {path}", page.html.len());
    let page = browser.reading("en").get(path).await;
    assert_eq!(page.status, 200, "{path}");
    assert!(page.html.len() < PAGE_BYTES_MAX, "{}: {path}", page.html.len());
    page
}

/// The longest name of a repository.
fn long_name() -> String {
    format!("{}/{}", "r".repeat(127), "r".repeat(127))
}

async fn put(client: &Client, name: &str, tag: &str, media_type: &str, manifest: &Value) -> String {
    let put = client.put_manifest(name, tag, media_type, manifest.to_string());
    put.await.is(201).header("docker-content-digest").to_owned()
}

fn image(part: &Value, annotations: &Map<String, Value>, layers: usize) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": part,
        "layers": vec![part.clone(); layers],
        "annotations": annotations,
    })
}

#[tokio::test]
async fn a_manifest_that_says_much_of_itself_has_a_small_page() {
    let site = Site::start().await;
    let (client, name) = (site.client(), long_name());
    let blob = client.push_blob(&name, b"{}").await;
    let part = |kind: &str| json!({ "mediaType": kind, "digest": blob.as_str(), "size": 2 });
    let annotation = |number: usize| (format!("{number:03}"), json!(MARKS.repeat(400)));
    let annotations: Map<_, _> = (0..100).map(annotation).collect();
    let link = |number: usize| {
        (format!("{number:03}"), json!(format!("https://example.com/{}", "a".repeat(1_900))))
    };
    let links: Map<_, _> = (0..100).map(link).collect();
    for (kind, annotations, layers) in [
        ("x/y", annotations.clone(), 0),
        ("x/y", links, 0),
        ("x/y", Map::new(), 200),
        (&MARKS.repeat(400), annotations, 200),
    ] {
        let image = image(&part(kind), &annotations, layers);
        let digest = put(&client, &name, "v1", OCI_MANIFEST, &image).await;
        let path = format!("{REGISTRY}/manifest?repository={name}&digest={digest}");
        small(site.owner().await, &path).await;
    }
}

#[tokio::test]
async fn an_image_of_many_layers_and_annotations_is_shown_whole() {
    let site = Site::start().await;
    let client = site.client();
    let blob = client.push_blob("app", b"{}").await;
    let kind = "application/vnd.oci.image.layer.v1.tar+gzip";
    let part = json!({ "mediaType": kind, "digest": blob.as_str(), "size": 2 });
    let annotation = |number: usize| (format!("org.example.{number:03}"), json!("v".repeat(60)));
    let annotations: Map<_, _> = (0..20).map(annotation).collect();
    let digest = put(&client, "app", "v1", OCI_MANIFEST, &image(&part, &annotations, 127)).await;
    let path = format!("{REGISTRY}/manifest?repository=app&digest={digest}");
    let page = small(site.owner().await, &path).await;
    page.hides("There are more than are shown").hides("…");
    assert_eq!(page.html.matches("<td role=\"cell\" data-label=\"Digest\">").count(), 127);
}

#[tokio::test]
async fn an_index_of_many_with_many_tags_and_referrers_has_a_small_page() {
    let site = Site::start().await;
    let (client, name) = (site.client(), long_name());
    let blob = client.push_blob(&name, b"{}").await;
    let mut entries = Vec::new();
    for number in 0..60 {
        let part = json!({ "mediaType": "x/y", "digest": blob.as_str(), "size": 2 });
        let annotations = [("number".to_owned(), json!(number.to_string()))].into_iter().collect();
        let manifest = image(&part, &annotations, 0);
        let digest = put(&client, &name, &format!("m{number}"), OCI_MANIFEST, &manifest).await;
        entries.push(json!({
            "mediaType": OCI_MANIFEST, "digest": digest, "size": manifest.to_string().len(),
            "platform": { "os": MARKS.repeat(40), "architecture": MARKS.repeat(40) },
        }));
    }
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries });
    let mut digest = String::new();
    for number in 10..70 {
        let tag = format!("{}{number}", "t".repeat(126));
        digest = put(&client, &name, &tag, OCI_INDEX, &index).await;
    }
    for number in 0..60 {
        let mut about = image(
            &json!({ "mediaType": "x/y", "digest": blob.as_str(), "size": 2 }),
            &[("about".to_owned(), json!(number.to_string()))].into_iter().collect(),
            0,
        );
        about["artifactType"] = json!(format!("application/{}", "x".repeat(100)));
        about["subject"] =
            json!({ "mediaType": OCI_INDEX, "digest": digest, "size": index.to_string().len() });
        put(&client, &name, &format!("a{number}"), OCI_MANIFEST, &about).await;
    }
    let path = format!("{REGISTRY}/manifest?repository={name}&digest={digest}");
    let page = small(site.owner().await, &path).await;
    page.shows("There are more than are shown").shows("more");
    for view in ["", "manifests"] {
        let path = format!("{REGISTRY}/repository?name={name}&view={view}");
        small(site.owner().await, &path).await.shows(">Older<");
    }
}

#[tokio::test]
async fn a_chart_that_says_much_has_a_small_page() {
    let site = Site::start().await;
    let sources: Vec<_> = (0..300).map(|number| format!("https://example.com/{number}")).collect();
    let yaml = json!({
        "apiVersion": "v2", "name": "hello", "version": "1.0.0",
        "description": MARKS.repeat(1_000), "sources": sources,
    });
    for (number, readme, values) in [
        (0, MARKS.repeat(20_000), MARKS.repeat(20_000)),
        (1, "short".to_owned(), "v".repeat(9_000)),
    ] {
        let yaml = yaml.to_string().replace("1.0.0", &format!("1.0.{number}"));
        let files = [
            ("hello/Chart.yaml", yaml),
            ("hello/README.md", readme),
            ("hello/values.yaml", values),
        ];
        let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
        let path = format!("/helm/v1/team/charts/_blobs/hello-1.0.{number}.tgz");
        let _ = site.client().ask(Method::PUT, &path, &[], archive(&files)).await.is(201);
        let path = format!("{REGISTRY}/chart?repository=team%2Fcharts&tag=hello-1.0.{number}.tgz");
        let page = small(site.owner().await, &path).await;
        page.shows("There are more than are shown");
        // One that is short leaves its room to the other.
        assert_eq!(page.html.contains("Only the beginning is shown"), number == 0);
    }
}

#[tokio::test]
async fn an_event_that_was_answered_at_length_has_a_small_page() {
    let site = Site::start().await;
    let headers: Vec<_> = (0..60).map(|number| (format!("x-{number}"), MARKS.repeat(50))).collect();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = Reply::new(503, &headers, &MARKS.repeat(900));
    let receiver = site.world.receiver_always(answer);
    site.world.create_webhook("hook1", hook(&receiver.uri())).await;
    site.world.push(&format!("{}:{}", long_name(), "t".repeat(128))).await;
    site.world.tick_until_idle().await;
    let event = site.world.events("hook1").await.remove(0).id;
    let path = format!("{REGISTRY}/webhooks/hook1/events/{event}");
    small(site.owner().await, &path).await.shows("503 Service").shows("x-59: ");
}

#[tokio::test]
async fn lists_of_the_longest_names_are_cut_and_go_on() {
    let site = Site::start().await;
    // A slash is written in three characters.
    let name = |number: usize| format!("{}/{number:02}", vec!["a"; 126].join("/"));
    for number in 0..50 {
        site.world.push(&format!("{}:v1", name(number))).await;
    }
    let list = format!("{REGISTRY}/repositories");
    for list in [list.clone(), format!("{list}?filter=a")] {
        let page = small(site.owner().await, &list).await;
        let shown = page.html.matches("</a></td>").count();
        assert!((20..50).contains(&shown), "{shown}");
        let (end, beyond) = (name(shown - 1), name(shown));
        page.shows(&format!(">{end}<")).hides(&format!(">{beyond}<"));
        page.shows(&format!("after={}\"", end.replace('/', "%2F")));
    }
    let owner = site.owner().await;
    let next = owner.get(&format!("{list}?after={}", name(30))).await;
    next.shows(&format!(">{}<", name(31))).shows(&format!(">{}<", name(49)));
}

#[tokio::test]
async fn many_sessions_of_browsers_that_say_much_have_a_small_page() {
    let site = Site::start().await;
    let browser = site.owner().await;
    let ctx = site.world.ctx();
    let owner = identities::get(ctx, "management").await.unwrap().unwrap();
    for number in 0..99 {
        let session = SessionRow {
            id: SessionId::new(format!("{number}")),
            principal: owner.identity.principal.clone(),
            roles: Vec::new(),
            agent: MARKS.repeat(40),
            created: Timestamp(ctx.clock.now().0 - 1 - number),
            used: ctx.clock.now(),
            ends: Timestamp(ctx.clock.now().0 + 1_000_000),
        };
        ctx.db.begin_session(session).await.unwrap();
    }
    let page = small(browser, "/portal/sessions").await;
    page.shows("(this one)").shows("There are more than are shown");
}

#[tokio::test]
async fn what_is_found_of_the_longest_names_has_a_small_page() {
    let site = Site::start().await;
    let name = |number: usize| format!("{}/{}{number:02}", "r".repeat(127), "r".repeat(125));
    let tag = "r".repeat(128);
    for number in 0..21 {
        site.world.push_image(&format!("{}:{tag}", name(number)), b"{}").await;
    }
    let digest = site.world.push_image(&format!("{}:{tag}", name(0)), b"{}").await;
    for asked in [&tag[..100], &tag, digest.as_str()] {
        small(site.owner().await, &format!("/portal/search?q={asked}")).await.shows("rr00");
    }
}
