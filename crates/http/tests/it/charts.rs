//! The classic Helm repository, over HTTP.

use crate::auth::basic;
use crate::served::Served;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::grant::Grants;
use boathook_testkit::{Answer, Client, Settings};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::join_all;
use http::{Method, header};
use serde_json::{Value, json};
use std::fmt::Write;

/// The archive of a chart with a file of some random-looking bytes, so that it is as large as it is told.
pub(crate) fn archive(name: &str, version: &str, padding: usize) -> Bytes {
    let yaml = format!(
        "apiVersion: v2\nname: {name}\nversion: {version}\ndescription: A chart\nappVersion: 1.10\n"
    );
    packed(name, &yaml, padding)
}

/// The archive of a chart that says this of itself.
fn packed(name: &str, yaml: &str, padding: usize) -> Bytes {
    let mut seed = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    })
    .take(padding)
    .collect();
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in
        [(format!("{name}/Chart.yaml"), yaml.as_bytes()), (format!("{name}/noise"), &noise[..])]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, content).expect("it is in memory");
    }
    let gzip = tar.into_inner().expect("it is in memory");
    gzip.finish().expect("it is in memory").into()
}

pub(crate) fn provenance(archive: &Bytes) -> Bytes {
    let digest = Algorithm::Sha256.digest(archive);
    format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nfiles:\n  x.tgz: {digest}\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"
    )
    .into()
}

fn path(file: &str) -> String {
    format!("/helm/v1/team/charts/_blobs/{file}")
}

async fn put(client: &Client, file: &str, body: &Bytes) -> Answer {
    client.ask(Method::PUT, &path(file), &[], body.clone()).await
}

/// Pushes a small chart like no other of its version.
async fn pushed(client: &Client, name: &str, version: &str) -> Bytes {
    let body = archive(name, version, version.len());
    let answer = put(client, &format!("{name}-{version}.tgz"), &body).await.is(201);
    assert_eq!(answer.text(), r#"{"saved":true}"#);
    body
}

/// The events that have been recorded: action and target.
async fn events(served: &Served) -> Vec<(String, Value)> {
    let events = served.world.ctx().db.undispatched(1_000).await.expect("the database works");
    let told = events.iter().map(|event| {
        let body: Value = serde_json::from_slice(&event.body).expect("it is JSON");
        assert!(body.get("request").is_none() || !event.action.as_str().starts_with("chart"));
        (event.action.to_string(), body["target"].clone())
    });
    told.collect()
}

async fn actions(served: &Served) -> Vec<String> {
    events(served).await.into_iter().map(|(action, _)| action).collect()
}

#[tokio::test]
async fn a_chart_is_pushed_listed_pulled_and_deleted() {
    let (served, _) = Served::private().await;
    let client = &served.client;
    // One that fits a row of the database, and one that lies in a file.
    for (version, padding) in [("1.2.3", 0), ("1.10.0+b.1", 100_000)] {
        let (body, file) = (archive("hello", version, padding), format!("hello-{version}.tgz"));
        let answer = put(client, &file, &body).await.is(201);
        assert_eq!(answer.json(), json!({"saved": true}));
        let got = client.get(&path(&file)).await.is(200);
        assert_eq!(
            (got.body.clone(), got.header("content-type")),
            (body.clone(), "application/gzip")
        );
        let digest = Algorithm::Sha256.digest(&body);
        assert_eq!(got.header("docker-content-digest"), digest.as_str());
        let head = client.head(&path(&file)).await.is(200);
        assert_eq!(head.header("content-length"), body.len().to_string());
        let (action, target) = events(&served).await.pop().expect("there is an event");
        assert_eq!(action, "chart_push");
        let expected = json!({
            "mediaType": "application/vnd.acr.helm.chart", "size": body.len(), "digest": digest.as_str(),
            "repository": "team/charts", "tag": file.replace('+', "_"), "name": "hello",
            "version": format!("{version}.tgz"),
        });
        assert_eq!(target, expected);
    }
    let charts = client.get("/helm/v1/team/charts/_charts").await.is(200).json();
    let versions: Vec<_> = charts["hello"].as_array().expect("it is a list").iter().collect();
    assert_eq!(versions.len(), 2);
    assert_eq!(
        (&versions[0]["version"], &versions[1]["version"]),
        (&json!("1.10.0+b.1"), &json!("1.2.3"))
    );
    assert_eq!(versions[1]["appVersion"], "1.10");
    assert_eq!(versions[1]["urls"], json!(["_blobs/hello-1.2.3.tgz"]));
    let one = client.get("/helm/v1/team/charts/_charts/hello").await.is(200).json();
    assert_eq!(one, charts["hello"]);
    let version = client.get("/helm/v1/team/charts/_charts/hello/1.2.3").await.is(200).json();
    assert_eq!(&version, versions[1]);
    // It is a manifest with a tag, to whoever asks there.
    let manifest = client.get("/v2/team/charts/manifests/hello-1.2.3.tgz").await.is(200);
    assert_eq!(manifest.header("content-type"), "application/vnd.acr.helm.chart");
    let digest = &version["annotations"]["azurecr.io/manifest-digest"];
    assert_eq!(manifest.header("docker-content-digest"), digest.as_str().expect("it is a digest"));

    let gone = client.delete(&path("hello-1.2.3.tgz")).await.is(200);
    assert_eq!(gone.json(), json!({"deleted": true}));
    client.get(&path("hello-1.2.3.tgz")).await.refused(404, "CHART_UNKNOWN");
    client.delete(&path("hello-1.2.3.tgz")).await.refused(404, "CHART_UNKNOWN");
    let (action, target) = events(&served).await.pop().expect("there is an event");
    assert_eq!((action.as_str(), &target["version"]), ("chart_delete", &json!("1.2.3.tgz")));
    assert_eq!(events(&served).await.len(), 3);
    let left = client.get("/helm/v1/team/charts/_charts").await.is(200).json();
    assert_eq!(left["hello"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_index_is_as_new_as_the_last_change() {
    let (served, credentials) = Served::private().await;
    let client = &served.client;
    let index = "/helm/v1/team/charts/index.yaml";
    client.get(index).await.refused(404, "NAME_UNKNOWN");
    pushed(client, "hello", "1.0.0").await;
    let first = client.get(index).await.is(200);
    assert!(first.text().contains("- \"_blobs/hello-1.0.0.tgz\""), "{}", first.text());
    let tag = first.header("etag").to_owned();
    let unchanged = client.ask(Method::GET, index, &[("if-none-match", &tag)], "").await.is(304);
    assert!(unchanged.body.is_empty());
    assert_eq!(unchanged.header("etag"), tag);
    // As Helm signs in.
    let shown = basic(&credentials.username, &credentials.passwords[0]);
    let request = client.request(Method::GET, index).header(header::AUTHORIZATION, shown);
    let _ = client.send(request, "").await.is(200);

    let steps = [("1.0.1", 2), ("0.9.0", 3)];
    for (version, count) in steps {
        pushed(client, "hello", version).await;
        let next = client.ask(Method::GET, index, &[("if-none-match", &tag)], "").await.is(200);
        assert_eq!(next.text().matches("_blobs/").count(), count);
        assert_ne!(next.header("etag"), tag);
    }
    let text = client.get(index).await.is(200).text();
    let at = |version: &str| text.find(&format!("version: \"{version}\"")).expect("it is there");
    assert!(at("1.0.1") < at("1.0.0") && at("1.0.0") < at("0.9.0"), "the newest is first: {text}");
    let _ = client.delete("/helm/v1/team/charts/_charts/hello").await.is(200);
    let empty = client.get(index).await.is(200).text();
    assert!(empty.contains("entries: {}"), "{empty}");
    let chart_deletes = actions(&served).await.iter().filter(|one| *one == "chart_delete").count();
    assert_eq!(chart_deletes, 3);
    // A repository of images has an index without charts.
    client.push_image("images", "v1", "layer").await;
    let images = client.get("/helm/v1/images/index.yaml").await.is(200).text();
    assert!(images.contains("entries: {}"), "{images}");
}

#[tokio::test]
async fn many_changes_at_once_and_restarts_leave_an_index_that_is_right() {
    let served = Served::open().await;
    let (client, index) = (&served.client, "/helm/v1/team/charts/index.yaml");
    let pushes = (0..30).map(async |idx| {
        let (name, version) = (if idx % 2 == 0 { "even" } else { "odd-1" }, format!("1.0.{idx}"));
        pushed(client, name, &version).await;
        // What has been stored is there for whoever asks from then on.
        let body = client.get(index).await.is(200).body;
        let text = String::from_utf8(body.to_vec()).expect("it is text");
        assert!(text.contains(&format!("_blobs/{name}-{version}.tgz")), "{text}");
    });
    join_all(pushes).await;
    let before = served.client.get(index).await.is(200).body;
    let text = String::from_utf8(before.to_vec()).expect("it is text");
    assert_eq!(text.matches("_blobs/").count(), 30);
    let served = served.restart().await;
    assert_eq!(served.client.get(index).await.is(200).body, before, "made anew it is the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_exact_on_every_node() {
    let settings = Settings { is_open: true, ..Settings::default() };
    let Some(world) = boathook_testkit::World::on_postgres(settings.clone()).await else { return };
    world.leaves_behind();
    let other = world.sibling().await;
    let served = Served::serve(world).await;
    let (place, name) = (served.world.ctx().place(), "team/charts".parse().unwrap());
    for idx in 0..3 {
        pushed(&served.client, "hello", &format!("1.0.{idx}")).await;
        let found =
            boathook_engine::charts::index::of(other.ctx(), &place, &name, &Grants::All).await;
        let index =
            found.expect("the database works").expect("it is not locked").expect("it is there");
        let yaml = String::from_utf8(index.yaml().to_vec()).expect("it is text");
        assert_eq!(yaml.matches("_blobs/").count(), idx + 1);
        assert_eq!(
            served.client.get("/helm/v1/team/charts/index.yaml").await.is(200).body,
            index.yaml()
        );
    }
}

#[tokio::test]
async fn a_version_is_stored_once_unless_it_is_forced() {
    let served = Served::open().await;
    let client = &served.client;
    let first = pushed(client, "hello", "1.0.0").await;
    let other = archive("hello", "1.0.0", 99);
    let file = "hello-1.0.0.tgz";
    put(client, file, &other).await.refused(409, "CHART_EXISTS");
    assert_eq!(client.get(&path(file)).await.is(200).body, first);
    let patch = |file: &str, body: &Bytes| {
        let (path, body) = (path(file), body.clone());
        async move { client.ask(Method::PATCH, &path, &[], body).await }
    };
    patch("hello-1.0.1.tgz", &archive("hello", "1.0.1", 0)).await.refused(404, "CHART_UNKNOWN");
    let answer = patch(file, &other).await.is(200);
    assert_eq!(answer.json(), json!({"saved": true}));
    assert_eq!(client.get(&path(file)).await.is(200).body, other);
    assert_eq!(actions(&served).await, ["chart_push", "chart_push"]);
    let shown = client.get("/acr/v1/team/charts").await.is(200).json();
    assert_eq!((&shown["manifestCount"], &shown["tagCount"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn what_has_the_tag_of_a_chart_is_not_replaced_by_it() {
    let served = Served::open().await;
    let client = &served.client;
    client.push_image("team/charts", "image-1.0.0.tgz", "layer").await;
    pushed(client, "a-1", "2.0.0").await;
    let told = |answer: Answer| {
        let error = answer.refused(409, "CHART_EXISTS");
        let message = error["message"].as_str().expect("it is text");
        assert!(message.contains("an image's, or that of a chart of another name"), "{message}");
    };
    told(put(client, "image-1.0.0.tgz", &archive("image", "1.0.0", 0)).await);
    let other = archive("a", "1-2.0.0", 0);
    told(client.ask(Method::PATCH, &path("a-1-2.0.0.tgz"), &[], other).await);
    assert_eq!(actions(&served).await.len(), 2);
}

#[tokio::test]
async fn a_provenance_that_cannot_go_now_stays_and_says_so() {
    let mut settings = Settings { is_open: true, ..Settings::default() };
    settings.limits.uploads_open_max = 1;
    let served = Served::with(settings).await;
    let client = &served.client;
    let (file, prov) = ("hello-1.0.0.tgz", path("hello-1.0.0.tgz.prov"));
    // What it says of itself is too large for a row of the database, so that storing it takes an upload.
    let home = "h".repeat(16 * 1024);
    let yaml = format!("apiVersion: v2\nname: hello\nversion: 1.0.0\nhome: {home}\n");
    let chart = packed("hello", &yaml, 0);
    let _ = put(client, file, &chart).await.is(201);
    let _ = put(client, "hello-1.0.0.tgz.prov", &provenance(&chart)).await.is(201);
    let upload = client.begin_upload("app").await;
    client.delete(&prov).await.refused(429, "TOOMANYREQUESTS");
    let _ = client.get(&prov).await.is(200);
    let _ = client.delete(&upload).await.is(204);
    let _ = client.delete(&prov).await.is(200);
    client.get(&prov).await.refused(404, "CHART_UNKNOWN");
}

#[tokio::test]
async fn a_provenance_lies_beside_its_chart_and_tells_nobody() {
    let served = Served::open().await;
    let client = &served.client;
    let (prov, file) = ("hello-1.0.0.tgz.prov", "hello-1.0.0.tgz");
    let chart = archive("hello", "1.0.0", 10);
    put(client, prov, &provenance(&chart)).await.refused(404, "CHART_UNKNOWN");
    let _ = put(client, file, &chart).await.is(201);
    client.get(&path(prov)).await.refused(404, "CHART_UNKNOWN");
    client
        .ask(Method::PATCH, &path(prov), &[], provenance(&chart))
        .await
        .refused(404, "CHART_UNKNOWN");
    put(client, prov, &provenance(&Bytes::from("another"))).await.refused(400, "CHART_INVALID");
    put(client, prov, &Bytes::from("not signed")).await.refused(400, "CHART_INVALID");
    let _ = put(client, prov, &provenance(&chart)).await.is(201);
    put(client, prov, &provenance(&chart)).await.refused(409, "CHART_EXISTS");
    let _ = client.ask(Method::PATCH, &path(prov), &[], provenance(&chart)).await.is(200);
    let got = client.get(&path(prov)).await.is(200);
    assert_eq!(got.body, provenance(&chart));
    let manifest = client.get("/v2/team/charts/manifests/hello-1.0.0.tgz").await.is(200).json();
    assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(2));
    let _ = client.delete(&path(prov)).await.is(200);
    client.get(&path(prov)).await.refused(404, "CHART_UNKNOWN");
    client.delete(&path(prov)).await.refused(404, "CHART_UNKNOWN");
    assert_eq!(client.get(&path(file)).await.is(200).body, chart);
    // A chart that takes another's place has no provenance yet.
    let _ = put(client, prov, &provenance(&chart)).await.is(201);
    let other = archive("hello", "1.0.0", 11);
    let _ = client.ask(Method::PATCH, &path(file), &[], other).await.is(200);
    client.get(&path(prov)).await.refused(404, "CHART_UNKNOWN");
    assert_eq!(actions(&served).await, ["chart_push", "chart_push"]);
    let shown = client.get("/acr/v1/team/charts").await.is(200).json();
    assert_eq!((&shown["manifestCount"], &shown["tagCount"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn whichever_way_a_chart_goes_one_event_tells_of_it() {
    let served = Served::open().await;
    let client = &served.client;
    let mut manifests = Vec::new();
    for idx in 0..6 {
        pushed(client, "hello", &format!("1.0.{idx}")).await;
        let path = format!("/v2/team/charts/manifests/hello-1.0.{idx}.tgz");
        let head = client.head(&path).await.is(200);
        manifests.push(head.header("docker-content-digest").parse::<Digest>().unwrap());
    }
    let gone = async |count: usize| {
        let actions = actions(&served).await;
        assert_eq!(actions.iter().filter(|action| *action == "chart_delete").count(), count);
        assert!(!actions.contains(&"delete".to_owned()), "{actions:?}");
        let left = client.get("/helm/v1/team/charts/index.yaml").await.text();
        assert_eq!(left.matches("_blobs/").count(), 6 - count, "{left}");
    };
    let _ = client.delete(&path("hello-1.0.0.tgz")).await.is(200);
    gone(1).await;
    let _ = client.delete(&format!("/v2/team/charts/manifests/{}", manifests[1])).await.is(202);
    gone(2).await;
    let _ = client.delete("/v2/team/charts/manifests/hello-1.0.2.tgz").await.is(202);
    gone(3).await;
    let _ = client.delete("/acr/v1/team/charts/_tags/hello-1.0.3.tgz").await.is(202);
    gone(4).await;
    let _ = client.delete("/acr/v1/team/charts").await.is(202);
    gone(6).await;
}

#[tokio::test]
async fn what_is_a_charts_is_nobody_elses() {
    let served = Served::open().await;
    let client = &served.client;
    pushed(client, "hello", "1.0.0").await;
    let tag = "/v2/team/charts/manifests/hello-1.0.0.tgz";
    let manifest = client.get(tag).await.is(200);
    let kind = manifest.header("content-type").to_owned();
    for reference in ["hello-1.0.0.tgz", "v1"] {
        let answer =
            client.put_manifest("team/charts", reference, &kind, manifest.body.clone()).await;
        answer.refused(400, "MANIFEST_INVALID");
    }
    let artifact = r#"{"mediaType":"application/vnd.oci.artifact.manifest.v1+json"}"#;
    let kind = "application/vnd.oci.artifact.manifest.v1+json";
    let answer = client.put_manifest("team/charts", "hello-1.0.0.tgz", kind, artifact).await;
    answer.refused(405, "UNSUPPORTED");
    assert_eq!(client.get(tag).await.is(200).body, manifest.body);
    assert_eq!(actions(&served).await, ["chart_push"]);
}

#[tokio::test]
async fn locks_hold_charts_as_they_hold_images() {
    let served = Served::open().await;
    let client = &served.client;
    pushed(client, "hello", "1.0.0").await;
    let (file, all) = (path("hello-1.0.0.tgz"), "/helm/v1/team/charts/_charts/hello");
    let tag = "/acr/v1/team/charts/_tags/hello-1.0.0.tgz";
    let lock = async |path: &str, body: &str| {
        let _ = client.ask(Method::PATCH, path, &[], body.to_owned()).await.is(200);
    };
    lock(tag, r#"{"deleteEnabled":false}"#).await;
    for path in [file.as_str(), all, tag] {
        client.delete(path).await.refused(405, "REGISTRY_DISALLOWED_OPERATION");
    }
    lock(tag, r#"{"deleteEnabled":true,"writeEnabled":false,"readEnabled":false}"#).await;
    let other = archive("hello", "1.0.0", 99);
    let patched = client.ask(Method::PATCH, &file, &[], other).await;
    patched.refused(405, "REGISTRY_DISALLOWED_OPERATION");
    client.get(&file).await.refused(405, "REGISTRY_DISALLOWED_OPERATION");
    lock(tag, r#"{"writeEnabled":true,"readEnabled":true}"#).await;
    lock("/acr/v1/team/charts", r#"{"writeEnabled":false,"readEnabled":false}"#).await;
    client
        .get("/helm/v1/team/charts/index.yaml")
        .await
        .refused(405, "REGISTRY_DISALLOWED_OPERATION");
    let answer = put(client, "hello-1.0.1.tgz", &archive("hello", "1.0.1", 0)).await;
    answer.refused(405, "REGISTRY_DISALLOWED_OPERATION");
    assert_eq!(actions(&served).await, ["chart_push"]);
}

#[tokio::test]
async fn what_is_no_chart_is_refused_and_leaves_nothing() {
    let served = Served::open().await;
    let client = &served.client;
    let hello = archive("hello", "1.0.0", 0);
    for (file, body, why) in [
        ("other-1.0.0.tgz", hello.clone(), "has to be called `hello-1.0.0.tgz`"),
        ("hello-1.0.1.tgz", hello.clone(), "has to be called `hello-1.0.0.tgz`"),
        ("hello-1.0.0.tgz", Bytes::from("no archive"), "gzip"),
        ("hello-1.0.0.tgz", Bytes::new(), "gzip"),
        ("hello-1.0.0.tgz", hello.slice(..hello.len() / 2), "gzip"),
        ("hello-one.tgz", archive("hello", "one", 0), "SemVer 2"),
        ("a_b-1.0.0.tgz", archive("_a", "1.0.0", 0), "a chart's name"),
        ("hello-1.0.0.zip", hello.clone(), "a chart's file is called"),
    ] {
        let error = put(client, file, &body).await.refused(400, "CHART_INVALID");
        let message = error["message"].as_str().expect("it is text");
        assert!(message.contains(why), "{file}: {message}");
    }
    client.get("/helm/v1/team/charts/_charts").await.refused(404, "NAME_UNKNOWN");
    client.get("/helm/v1/team/charts").await.refused(404, "UNSUPPORTED");
    client.get("/helm/v1/team//_charts").await.refused(400, "NAME_INVALID");
    pushed(client, "hello", "1.0.0").await;
    client.get("/helm/v1/team/charts/_charts/other").await.refused(404, "CHART_UNKNOWN");
    client.get("/helm/v1/team/charts/_charts/hello/2.0.0").await.refused(404, "CHART_UNKNOWN");
    client.get("/helm/v1/team/charts/_charts/hello/two").await.refused(404, "CHART_UNKNOWN");
    client.delete("/helm/v1/team/charts/_charts/other").await.refused(404, "CHART_UNKNOWN");
    assert_eq!(served.uploads(), 0);
    assert_eq!(actions(&served).await, ["chart_push"]);
}

#[tokio::test]
async fn a_provenance_has_a_limit_of_its_own() {
    use boathook_engine::charts::push::PROVENANCE_BYTES_MAX;
    let served = Served::open().await;
    let client = &served.client;
    let chart = pushed(client, "hello", "1.0.0").await;
    let mut text = String::from_utf8(provenance(&chart).to_vec()).unwrap();
    let missing = usize::try_from(PROVENANCE_BYTES_MAX).unwrap() - text.len();
    write!(text, "{}", "x".repeat(missing)).unwrap();
    let longest = Bytes::from(text);
    let longer = [&longest[..], b"x"].concat().into();
    put(client, "hello-1.0.0.tgz.prov", &longer).await.refused(413, "SIZE_INVALID");
    let _ = put(client, "hello-1.0.0.tgz.prov", &longest).await.is(201);
    assert_eq!(client.get(&path("hello-1.0.0.tgz.prov")).await.is(200).body, longest);
    assert_eq!(served.uploads(), 0);
}
