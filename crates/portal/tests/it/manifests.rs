//! A manifest's page: what is in it, what is about it, and what the quarantine says.

use crate::site::{REGISTRY, Site};
use boathook_core::digest::Digest;
use boathook_core::media_type::{OCI_INDEX, OCI_MANIFEST};
use boathook_testkit::{Client, hook};
use serde_json::{Value, json};

fn page_of(digest: &Digest) -> String {
    format!("{REGISTRY}/manifest?repository=app&digest={digest}")
}

async fn put(client: &Client, reference: &str, media_type: &str, manifest: &Value) -> Digest {
    let answer =
        client.put_manifest("app", reference, media_type, manifest.to_string()).await.is(201);
    answer.header("docker-content-digest").parse().unwrap()
}

/// An artifact without layers that is about another.
async fn about(client: &Client, subject: &Digest, size: usize, name: &str) -> (Digest, usize) {
    let config = client.push_blob("app", b"{}").await;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": format!("application/vnd.test.{name}"),
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": config.as_str(), "size": 2 },
        "layers": [],
        "subject": { "mediaType": OCI_MANIFEST, "digest": subject.as_str(), "size": size },
    });
    let digest = boathook_core::digest::Algorithm::Sha256.digest(manifest.to_string().as_bytes());
    put(client, digest.as_str(), OCI_MANIFEST, &manifest).await;
    (digest, manifest.to_string().len())
}

#[tokio::test]
async fn markup_in_a_manifest_stays_text_and_only_addresses_are_links() {
    let site = Site::start().await;
    let client = site.client();
    let config = client.push_blob("app", b"{}").await;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": "application/<img src=x onerror=alert(1)>",
        "config": { "mediaType": "<i>config</i>", "digest": config.as_str(), "size": 2 },
        "layers": [{ "mediaType": "<u>layer</u>", "digest": config.as_str(), "size": 2 }],
        "annotations": {
            "<b>name</b>": "<script>alert(1)</script>",
            "one": "https://example.com/?a=1&b=\"><script>",
            "two": "javascript:alert(1)",
            "three": "https://example.com/plain",
        },
    });
    let digest = put(&client, "v1", OCI_MANIFEST, &manifest).await;
    let page = site.owner().await.get(&page_of(&digest)).await;
    page.shows("&#60;script&#62;alert(1)").shows("javascript:alert(1)");
    page.shows("href=\"https://example.com/plain\"").shows("&#60;u&#62;layer");
    for markup in ["<img", "<i>", "<u>", "<b>", "<script>", "href=\"javascript"] {
        page.hides(markup);
    }
}

/// How many layers of a short type fill the page.
const LAYERS_THERE_IS_ROOM_FOR: usize = 161;

#[tokio::test]
async fn so_many_layers_and_annotations_are_shown_and_no_more() {
    let site = Site::start().await;
    let (client, browser) = (site.client(), site.owner().await);
    let blob = client.push_blob("app", b"{}").await;
    let part = json!({ "mediaType": "x/y", "digest": blob.as_str(), "size": 2 });
    for (layers, annotations, is_cut) in [(100, 100, false), (201, 0, true), (0, 101, true)] {
        let annotation = |number: usize| (format!("a{number}"), json!("z".repeat(2_001)));
        let annotations: serde_json::Map<_, _> = (0..annotations).map(annotation).collect();
        let beginnings = annotations.len().min(100);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": part,
            "layers": vec![part.clone(); layers],
            "annotations": annotations,
        });
        let digest = put(&client, "v1", OCI_MANIFEST, &manifest).await;
        let page = browser.get(&page_of(&digest)).await;
        let shown = page.html.matches("<td role=\"cell\" data-label=\"Digest\">").count();
        assert_eq!(shown, layers.min(LAYERS_THERE_IS_ROOM_FOR), "of {layers}");
        assert_eq!(page.html.matches("zz…</dd>").count(), beginnings);
        assert_eq!(page.html.contains("There are more than are shown"), is_cut, "{layers}");
    }
}

#[tokio::test]
async fn an_index_leads_to_its_manifests_and_an_image_shows_its_layers() {
    let site = Site::start().await;
    let client = site.client();
    let image = client.push_image("app", "one", "layer").await;
    let bytes = client.get(&format!("/v2/app/manifests/{image}")).await.body.len();
    let index = json!({
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [{
            "mediaType": OCI_MANIFEST, "digest": image.as_str(), "size": bytes,
            "platform": { "os": "linux", "architecture": "arm64" },
        }],
    });
    let index = put(&client, "v1", OCI_INDEX, &index).await;
    let browser = site.owner().await;
    let page = browser.get(&page_of(&index)).await;
    page.shows("linux/arm64").shows(&format!("digest={}", image.as_str().replace(':', "%3A")));
    let page = browser.get(&page_of(&image)).await;
    page.shows("vnd.oci.image.layer.v1.tar").shows("5 B").shows(">one<");
    // The index needs it, which is said before it goes.
    let path = format!("{REGISTRY}/manifest/delete?repository=app&digest={image}");
    browser.get(&path).await.shows(&index.as_str()[..19]);
    let link = format!("digest={}\"", image.as_str().replace(':', "%3A"));
    browser.get(&page_of(&index)).await.shows(&link);
    let deleted = client.delete(&format!("/v2/app/manifests/{image}")).await;
    assert_eq!(deleted.status, 202);
    browser.get(&page_of(&index)).await.hides(&link).shows("not there any more");
}

#[tokio::test]
async fn referrers_are_a_tree_of_so_many_and_so_deep() {
    let site = Site::start().await;
    let client = site.client();
    let image = client.push_image("app", "v1", "layer").await;
    let browser = site.owner().await;
    browser.get(&page_of(&image)).await.shows("Nothing is about this manifest");
    let mut above = (image.clone(), 1);
    for name in ["first", "second", "third", "fourth"] {
        above = about(&client, &above.0, above.1, name).await;
    }
    let page = browser.get(&page_of(&image)).await;
    page.shows("vnd.test.first").shows("vnd.test.third").hides("vnd.test.fourth");
    assert_eq!(page.html.matches("<ul").count(), page.html.matches("</ul>").count());
    assert_eq!(page.html.matches("<li>").count(), page.html.matches("</li>").count());
    page.hides("There are more than are shown");
    for number in 0..47 {
        about(&client, &image, 1, &format!("n{number}")).await;
    }
    let page = browser.get(&page_of(&image)).await;
    assert_eq!(page.html.matches("<li>").count(), 50);
    page.hides("There are more than are shown");
    about(&client, &image, 1, "last").await;
    let page = browser.get(&page_of(&image)).await;
    assert_eq!(page.html.matches("<li>").count(), 50);
    page.shows("There are more than are shown");
}

#[tokio::test]
async fn what_is_held_back_is_seen_by_whoever_may_and_let_out_by_a_form() {
    let site = Site::start().await;
    let receiver = site.world.receiver_always(200);
    site.world.create_webhook("hook1", hook(&receiver.uri())).await;
    site.set(r#"{"policies":{"quarantinePolicy":{"status":"enabled"}}}"#).await;
    let digest = site.world.push("app:v1").await;
    let path = page_of(&digest);
    let owner = site.owner().await;
    owner.get(&path).await.shows("held back from you").hides("Configuration").hides("id=\"judge\"");
    let reader = site.somebody("qreader", "AcrQuarantineReader").await;
    reader.get(&path).await.shows("Configuration").hides("id=\"judge\"").hides("held back from");
    let judge = site.somebody("judge", "AcrQuarantineWriter").await;
    let form = judge.get(&path).await;
    form.shows("Configuration").shows("id=\"judge\"").shows(">quarantined<");

    let page = judge.send(&form, &path, &[("do", "judge"), ("details", "<b>")]).await;
    assert_eq!(page.status, 422);
    page.shows("choose one of the two").shows("not a JSON object").shows("&#60;b&#62;");
    assert_eq!(page.html.matches(" autofocus").count(), 1);
    page.shows("value=\"Passed\" autofocus>");
    let key = owner.get("/portal/sessions").await;
    let verdict = [("do", "judge"), ("state", "Passed"), ("details", "")];
    assert_eq!(owner.send(&key, &path, &verdict).await.status, 403);
    site.world.tick_until_idle().await;
    assert!(receiver.requests().is_empty());

    let page = judge.send(&form, &path, &verdict).await;
    page.shows("The quarantine state was set").shows(">passed<");
    site.world.tick_until_idle().await;
    assert_eq!(receiver.requests().len(), 1);
    owner.get(&path).await.shows("Configuration").shows(">passed<");
    let verdict = [("do", "judge"), ("state", "Failed"), ("details", "")];
    judge.send(&page, &path, &verdict).await.shows(">failed<");
    owner.get(&path).await.shows("held back from you").hides("Configuration");
}

#[tokio::test]
async fn what_is_locked_against_pulls_is_not_shown() {
    let site = Site::start().await;
    let digest = site.world.push("app:v1").await;
    let body = r#"{"readEnabled":false}"#;
    let path = format!("/acr/v1/app/_manifests/{digest}");
    let _ = site.client().ask(http::Method::PATCH, &path, &[], body).await.is(200);
    let page = site.owner().await.get(&page_of(&digest)).await;
    page.shows("locked against pulls").hides("Configuration");
}

#[tokio::test]
async fn who_pushed_is_told_of_manifests_and_tags() {
    let site = Site::start().await;
    let client = site.client();
    let digest = site.world.push("app:v1").await;
    let manifest = client.get("/v2/app/manifests/v1").await.is(200);
    let pushed = client.put_manifest("app", "v2", OCI_MANIFEST, manifest.text()).await;
    assert_eq!(pushed.status, 201);
    let browser = site.owner().await;
    let by = |name: &str| format!("<dt>Pushed by</dt><dd>{name}</dd>");
    let (who, admin) = ("management", "owner (token or admin user)");
    browser.get(&page_of(&digest)).await.shows(&by(admin));
    let tag = format!("{REGISTRY}/tag?repository=app&tag=");
    browser.get(&format!("{tag}v1")).await.shows(&by(admin));
    browser.get(&format!("{tag}v2")).await.shows(&by(who));
    let cell = |name: &str| format!("<td role=\"cell\" data-label=\"Pushed by\">{name}</td>");
    let list = format!("{REGISTRY}/repository?name=app");
    browser.get(&list).await.shows(&cell(admin)).shows(&cell(who));
    let page = browser.get(&format!("{list}&view=manifests")).await;
    page.shows(&cell(admin)).hides(&cell(who));
    // Whoever may not look at identities is not told what they are called.
    let puller = site.somebody("puller", "AcrPull").await;
    let page = puller.get(&list).await;
    page.shows(&cell(&site.credentials.client_id)).hides(who);
}
