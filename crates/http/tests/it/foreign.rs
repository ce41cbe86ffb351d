//! Importing images from registries that are not of this server: honest ones, and such as lie, stop and hold.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::identities::{Managed, REGISTRY};
use crate::served::Served;
use boathook_core::digest::Digest;
use boathook_core::media_type::{OCI_INDEX, OCI_MANIFEST};
use boathook_testkit::{Answer, Answered, End, ForeignRegistry, Request, Settings, Shelf};
use http::Method;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_BYTES: usize = 300_000;

/// What an import asks for.
fn order(host: &str, image: &str, targets: &[&str]) -> Value {
    json!({ "source": { "registryUri": host, "sourceImage": image }, "targetTags": targets })
}

/// Puts an image for one platform there; its layer is as large as it says.
fn image(shelf: &mut Shelf, tag: &str, layer_bytes: usize) -> (Digest, Digest) {
    let config = shelf.blob(format!("{{\"of\":\"{tag}\"}}"));
    let config_bytes = format!("{{\"of\":\"{tag}\"}}").len();
    let layer = shelf.blob(tag.bytes().cycle().take(layer_bytes).collect::<Vec<_>>());
    let body = json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": { "mediaType": CONFIG, "digest": config.to_string(), "size": config_bytes },
        "layers": [{
            "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": layer.to_string(), "size": layer_bytes,
        }],
    });
    (shelf.manifest(tag, OCI_MANIFEST, body.to_string()), layer)
}

/// Puts an index over images of some platforms there, which is the tag `every`.
fn index(shelf: &mut Shelf, platforms: &[&str]) -> (Digest, Vec<Digest>) {
    let images: Vec<_> = platforms.iter().map(|tag| image(shelf, tag, 20_000).0).collect();
    let entries = platforms.iter().zip(&images).map(|(platform, digest)| {
        let (os, architecture) = platform.split_once('-').unwrap();
        let size = shelf.manifest_bytes(digest.as_str());
        json!({
            "mediaType": OCI_MANIFEST, "digest": digest.to_string(), "size": size,
            "platform": { "os": os, "architecture": architecture },
        })
    });
    let entries: Vec<_> = entries.collect();
    let body = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries });
    (shelf.manifest("every", OCI_INDEX, body.to_string()), images)
}

/// How many requests had such a path.
fn asked(registry: &ForeignRegistry, part: &str) -> usize {
    registry.asked().iter().filter(|request| request.path.contains(part)).count()
}

impl Managed {
    async fn ask(&self, body: &Value) -> Answer {
        self.owner(Method::POST, &format!("{REGISTRY}/importImage"), &body.to_string()).await
    }

    async fn import_from(&self, body: &Value) -> Answer {
        let result = self.begun_by(self.ask(body).await);
        self.operate().await;
        self.result(&result).await
    }

    async fn status(&self, result: &str) -> Value {
        let id = result.rsplit_once('/').unwrap().1;
        self.get(&format!("{REGISTRY}/operationStatuses/{id}")).await
    }

    async fn digest_of(&self, name: &str, tag: &str) -> Option<String> {
        let answer = self.served.client.head(&format!("/v2/{name}/manifests/{tag}")).await;
        answer.optional_header("docker-content-digest").map(str::to_owned)
    }

    /// Nothing of an image can be seen.
    async fn shows_nothing_of(&self, name: &str) {
        let _ = self.served.client.get(&format!("/v2/{name}/tags/list")).await.is(404);
    }

    /// Nothing of an image can be seen, and nothing is left of it.
    async fn has_nothing_of(&self, name: &str) {
        self.shows_nothing_of(name).await;
        assert_eq!(self.served.world.ctx().uploads.open_count(), 0, "an upload was left");
    }
}

#[track_caller]
fn check_refused(answer: &Answer, status: u16, target: Option<&str>, words: &str) {
    let error = &answer.json()["error"];
    assert_eq!((answer.status, error["target"].as_str()), (status, target), "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(words), "`{words}` is not in: {message}");
}

#[tokio::test]
async fn an_index_comes_from_elsewhere_with_all_that_it_refers_to_and_says_how_far_it_is() {
    let managed = Managed::start().await;
    let mut shelf = Shelf::default();
    let (index, images) = index(&mut shelf, &["linux-amd64", "linux-arm64"]);
    let registry = ForeignRegistry::start(move |request| shelf.answer(request));
    let mut body = order(&registry.host(), "team/app:every", &["copy:v1", "other:v2"]);
    body["untaggedTargetRepositories"] = json!(["bare"]);
    let result = managed.begun_by(managed.ask(&body).await);
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    for (name, tag) in [("copy", "v1"), ("other", "v2"), ("bare", index.as_str())] {
        assert_eq!(managed.digest_of(name, tag).await, Some(index.to_string()), "{name}");
        for image in &images {
            assert_eq!(managed.digest_of(name, image.as_str()).await, Some(image.to_string()));
        }
    }
    assert_eq!(
        asked(&registry, "/blobs/"),
        4,
        "each blob comes once, however many targets there are"
    );
    let status = managed.status(&result).await;
    assert_eq!((&status["status"], &status["percentComplete"]), (&json!("Succeeded"), &json!(100)));
}

#[tokio::test]
async fn an_image_comes_from_a_registry_of_our_own_kind_that_wants_its_callers_to_sign_in() {
    let managed = Managed::start().await;
    let (source, credentials) = Served::private().await;
    let image = source.client.push_image("team/app", "v1", "an image").await;
    let host = source.address.to_string();
    let body = order(&host, "team/app:v1", &["copy:v1"]);
    check_refused(
        &managed.ask(&body).await,
        403,
        Some("source.credentials"),
        "with no credentials",
    );
    let mut wrong = body.clone();
    wrong["source"]["credentials"] =
        json!({ "username": credentials.username, "password": "wrong" });
    check_refused(
        &managed.ask(&wrong).await,
        403,
        Some("source.credentials"),
        "with these credentials",
    );
    let mut right = body;
    right["source"]["credentials"] =
        json!({ "username": credentials.username, "password": credentials.passwords[0] });
    let result = managed.begun_by(managed.ask(&right).await);
    let id = result.rsplit_once('/').unwrap().1;
    let ctx = managed.served.world.ctx();
    let stored = ctx.db.operation(id).await.unwrap().unwrap();
    assert!(!stored.command.contains(&credentials.passwords[0]), "it is stored as it is");
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    assert_eq!(managed.digest_of("copy", "v1").await, Some(image.to_string()));
    let ended = ctx.db.operation(id).await.unwrap().unwrap();
    assert_eq!(ended.command, "", "the credentials are there no longer");
    source.world.leaves_behind();
}

#[tokio::test]
async fn some_platforms_are_an_image_or_a_smaller_index() {
    let managed = Managed::start().await;
    let mut shelf = Shelf::default();
    let (index, images) = index(&mut shelf, &["linux-amd64", "linux-arm64", "windows-amd64"]);
    let registry = ForeignRegistry::start(move |request| shelf.answer(request));
    let import = async |target: &str, platforms: &[&str]| {
        let mut body = order(&registry.host(), "app:every", &[target]);
        body["boathook"] = json!({ "platforms": platforms });
        managed.import_from(&body).await
    };
    let _ = import("one:v1", &["linux/arm64"]).await.is(200);
    assert_eq!(managed.digest_of("one", "v1").await, Some(images[1].to_string()));
    let _ = import("two:v1", &["windows/amd64", "linux/amd64"]).await.is(200);
    let left = managed.served.client.get("/v2/two/manifests/v1").await.is(200).json();
    let digests: Vec<_> =
        left["manifests"].as_array().unwrap().iter().map(|it| &it["digest"]).collect();
    assert_eq!(digests, [images[0].as_str(), images[2].as_str()]);
    assert_ne!(managed.digest_of("two", "v1").await, Some(index.to_string()));
    assert_eq!(managed.digest_of("two", images[1].as_str()).await, None);

    // From one of this server it is the same.
    let mut body = json!({
        "source": { "resourceId": REGISTRY, "sourceImage": "two:v1" }, "targetTags": ["three:v1"],
        "boathook": { "platforms": ["linux/amd64"] },
    });
    let _ = managed.import_from(&body).await.is(200);
    assert_eq!(managed.digest_of("three", "v1").await, Some(images[0].to_string()));
    body["boathook"] = json!({ "platforms": ["linux/amd64", "windows/amd64"] });
    body["targetTags"] = json!(["four:v1"]);
    let _ = managed.import_from(&body).await.is(200);
    assert_eq!(managed.digest_of("four", "v1").await, managed.digest_of("two", "v1").await);

    for (platforms, words) in [
        (json!(["linux/riscv64"]), "it has `linux/amd64`, `linux/arm64`, `windows/amd64`"),
        (json!(["linux"]), "`linux`: a platform is"),
        (json!(vec!["linux/amd64"; 21]), "at most 20 platforms"),
    ] {
        let mut body = order(&registry.host(), "app:every", &["five:v1"]);
        body["boathook"] = json!({ "platforms": platforms });
        check_refused(&managed.ask(&body).await, 400, Some("boathook.platforms"), words);
    }
}

/// Answers a request otherwise than an honest registry would, where it has such a path.
fn otherwise(
    shelf: Shelf,
    part: impl Into<String>,
    answer: impl Fn(&Request, Answered) -> Answered + Send + Sync + 'static,
) -> ForeignRegistry {
    let part = part.into();
    ForeignRegistry::start(move |request| {
        let honest = shelf.answer(request);
        if request.path.contains(&part) { answer(request, honest) } else { honest }
    })
}

#[tokio::test]
async fn a_registry_that_lies_about_a_blob_ends_the_import_and_leaves_nothing() {
    for (lie, words) in [
        (b"something else".to_vec(), "it gives 14 of the 300000 bytes"),
        (vec![b'?'; LAYER_BYTES], "gives something else as"),
        (vec![b'?'; LAYER_BYTES + 1], "gives more for"),
    ] {
        let managed = Managed::start().await;
        let mut shelf = Shelf::default();
        let (_, layer) = image(&mut shelf, "v1", LAYER_BYTES);
        let lying = move |_: &Request, _| Answered::of(200).saying(lie.clone());
        let registry = otherwise(shelf, layer.as_str(), lying);
        let body = order(&registry.host(), "app:v1", &["copy:v1"]);
        let result = managed.begun_by(managed.ask(&body).await);
        for _ in 0..8 {
            managed.operate().await;
            managed.served.world.clock().advance(Duration::from_mins(5));
        }
        let managed = managed.signed_in_again().await;
        check_refused(&managed.result(&result).await, 400, None, words);
        managed.has_nothing_of("copy").await;
    }
}

#[tokio::test]
async fn a_registry_that_lies_about_a_manifest_is_found_out() {
    let managed = Managed::start().await;
    let mut shelf = Shelf::default();
    let (_, images) = index(&mut shelf, &["linux-amd64", "linux-arm64"]);
    let child = images[1].to_string();
    let lying = otherwise(shelf.clone(), child.clone(), |_, honest| {
        let body = [honest.body.as_slice(), b" "].concat();
        honest.saying(body)
    });
    let answer = managed.import_from(&order(&lying.host(), "app:every", &["copy:v1"])).await;
    check_refused(&answer, 400, None, "gives something else as");
    let lying = otherwise(shelf.clone(), "/manifests/every", move |_, honest| {
        honest.with("docker-content-digest", child.clone())
    });
    let answer = managed.ask(&order(&lying.host(), "app:every", &["copy:v1"])).await;
    check_refused(&answer, 400, Some("source.registryUri"), "gives something else as");
    let gone = otherwise(shelf, "/manifests/sha256:", |_, _| Answered::of(404));
    let answer = managed.import_from(&order(&gone.host(), "app:every", &["copy:v1"])).await;
    check_refused(&answer, 404, None, "does not have `app@sha256:");
    managed.has_nothing_of("copy").await;
}

#[tokio::test]
async fn what_came_first_stays_until_what_comes_last_is_here() {
    let grace = Duration::from_hours(2);
    let mut settings = Settings::default();
    settings.limits.collection_grace = grace;
    let managed = Managed::with(settings).await;
    let (ctx, clock) = (managed.served.world.ctx(), managed.served.world.shared_clock());
    let mut shelf = Shelf::default();
    let platforms = ["linux-amd64", "linux-arm64", "linux-s390x", "linux-ppc64le"];
    let (index, _) = index(&mut shelf, &platforms);
    let registry = ForeignRegistry::start(move |request| {
        if request.path.contains("/blobs/") {
            clock.advance(grace / 4);
        }
        shelf.answer(request)
    });
    let order = order(&registry.host(), "team/app:every", &["copy:v1"]);
    let result = managed.begun_by(managed.ask(&order).await);
    managed.operate().await;
    assert_eq!(managed.digest_of("copy", "v1").await, Some(index.to_string()), "{result}");
    let (copy, now) = ("copy".parse().unwrap(), ctx.clock.now());
    let requests = registry.asked();
    let blobs = requests.iter().filter_map(|request| request.path.split_once("/blobs/"));
    let blobs: Vec<Digest> = blobs.map(|(_, digest)| digest.parse().unwrap()).collect();
    assert_eq!(blobs.len(), 8, "it took two graces");
    for digest in blobs {
        let found = ctx.db.blob(&ctx.place(), &copy, &digest).await.unwrap().unwrap();
        assert!(now.since(found.info.idle.unwrap()) < grace, "a collector would have taken it");
    }
}

#[tokio::test]
async fn a_registry_that_stops_halfway_is_asked_for_the_rest() {
    let managed = Managed::start().await;
    let mut shelf = Shelf::default();
    let (image, layer) = image(&mut shelf, "v1", LAYER_BYTES);
    let tries = AtomicUsize::new(0);
    let registry = otherwise(shelf, layer.as_str(), move |_, honest| {
        match tries.fetch_add(1, Ordering::SeqCst) {
            0 => honest.ending(End::CutAfter(100_000)),
            1 => Answered::of(503).with("retry-after", "7"),
            _ => honest,
        }
    });
    let result =
        managed.begun_by(managed.ask(&order(&registry.host(), "app:v1", &["copy:v1"])).await);
    managed.operate().await;
    let status = managed.status(&result).await;
    assert_eq!(status["status"], "InProgress");
    let bytes = status["boathook"]["bytes"]["done"].as_u64().unwrap();
    assert!((100_000..LAYER_BYTES as u64).contains(&bytes), "{status}");
    assert_eq!(status["boathook"]["tries"], json!({ "done": 1, "total": 8 }));
    managed.shows_nothing_of("copy").await;
    managed.served.world.clock().advance(Duration::from_secs(2));
    managed.operate().await;
    assert_eq!(managed.status(&result).await["boathook"]["tries"]["done"], 2);
    managed.served.world.clock().advance(Duration::from_millis(6_900));
    managed.operate().await;
    let layers = format!("/blobs/{layer}");
    assert_eq!(asked(&registry, &layers), 2, "it was told to wait");
    managed.served.world.clock().advance(Duration::from_millis(100));
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    assert_eq!(managed.digest_of("copy", "v1").await, Some(image.to_string()));
    let requests = registry.asked();
    let ranges: Vec<_> = requests
        .iter()
        .filter(|request| request.path.contains(&layers))
        .map(|request| request.header("range"))
        .collect();
    assert_eq!(ranges, [None, Some("bytes=100000-"), Some("bytes=100000-")]);
    assert_eq!(managed.served.world.ctx().uploads.open_count(), 0);
}

#[tokio::test]
async fn a_blob_goes_on_after_a_restart_where_it_stood() {
    let managed = Managed::start().await;
    let mut shelf = Shelf::default();
    let (image, layer) = image(&mut shelf, "v1", LAYER_BYTES);
    let tries = AtomicUsize::new(0);
    let registry = otherwise(shelf, layer.as_str(), move |_, honest| {
        if tries.fetch_add(1, Ordering::SeqCst) == 0 {
            honest.ending(End::CutAfter(200_000))
        } else {
            honest
        }
    });
    let result =
        managed.begun_by(managed.ask(&order(&registry.host(), "app:v1", &["copy:v1"])).await);
    managed.operate().await;
    let managed = managed.restarted().await;
    managed.served.world.ctx().db.inherit_operations().await.unwrap();
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    assert_eq!(managed.digest_of("copy", "v1").await, Some(image.to_string()));
    let last = registry.asked().into_iter().rfind(|it| it.path.contains(layer.as_str())).unwrap();
    assert_eq!(last.header("range"), Some("bytes=200000-"));
}

#[tokio::test]
async fn a_registry_that_gives_no_parts_is_asked_for_all_again() {
    let managed = Managed::start().await;
    let mut shelf = Shelf::default();
    let (image, layer) = image(&mut shelf, "v1", LAYER_BYTES);
    let tries = AtomicUsize::new(0);
    let whole = shelf.clone();
    let registry = otherwise(shelf, layer.as_str(), move |request, _| {
        let without = Request {
            headers: request
                .headers
                .iter()
                .filter(|(name, _)| !name.eq_ignore_ascii_case("range"))
                .cloned()
                .collect(),
            ..request.clone()
        };
        let all = whole.answer(&without);
        match tries.fetch_add(1, Ordering::SeqCst) {
            0 => all.ending(End::CutAfter(100_000)),
            _ => all,
        }
    });
    let result =
        managed.begun_by(managed.ask(&order(&registry.host(), "app:v1", &["copy:v1"])).await);
    managed.operate().await;
    managed.served.world.clock().advance(Duration::from_secs(2));
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    assert_eq!(managed.digest_of("copy", "v1").await, Some(image.to_string()));
}

#[tokio::test]
async fn a_registry_that_says_nothing_more_is_left_after_a_while_and_given_up_in_the_end() {
    let patience = Duration::from_millis(200);
    let managed = Managed::with(Settings { patience, ..Settings::default() }).await;
    let mut shelf = Shelf::default();
    let (_, layer) = image(&mut shelf, "v1", LAYER_BYTES);
    let registry = otherwise(shelf, layer.as_str(), |_, honest| honest.ending(End::HeldAfter(0)));
    let result =
        managed.begun_by(managed.ask(&order(&registry.host(), "app:v1", &["copy:v1"])).await);
    for _ in 0..8 {
        managed.operate().await;
        managed.served.world.clock().advance(Duration::from_mins(5));
    }
    let managed = managed.signed_in_again().await;
    let answer = managed.result(&result).await;
    check_refused(
        &answer,
        400,
        None,
        "reading the body of the answer; it was tried 8 times in vain",
    );
    managed.has_nothing_of("copy").await;
}

#[tokio::test]
async fn a_redirect_is_followed_and_does_not_see_the_credentials() {
    let managed = Managed::start().await;
    let mut shelf = Shelf::default();
    let (image, layer) = image(&mut shelf, "v1", LAYER_BYTES);
    let behind = shelf.clone();
    let storage = ForeignRegistry::start(move |request| behind.answer(request));
    let to = storage.host();
    let registry = ForeignRegistry::start(move |request| {
        if request.header("authorization") != Some("Basic dXNlcjpodW50ZXIy") {
            return Answered::of(401).with("www-authenticate", "Basic realm=\"x\"");
        }
        if request.path.contains("/blobs/") {
            let location = format!("http://{to}{}?signature=x/", request.path);
            return Answered::of(307).with("location", location.replace("?signature=x/", ""));
        }
        shelf.answer(request)
    });
    let mut body = order(&registry.host(), "app:v1", &["copy:v1"]);
    body["source"]["credentials"] = json!({ "username": "user", "password": "hunter2" });
    let _ = managed.import_from(&body).await.is(200);
    assert_eq!(managed.digest_of("copy", "v1").await, Some(image.to_string()));
    assert_eq!(asked(&storage, layer.as_str()), 1);
    assert!(storage.asked().iter().all(|request| request.header("authorization").is_none()));
}

#[tokio::test]
async fn a_redirect_leads_neither_in_circles_nor_to_plain_http_elsewhere() {
    let managed = Managed::start().await;
    for (location, words) in [
        ("/v2/app/manifests/v1", "redirects more than 5 times"),
        ("http://registry.example/v2/", "imports.plain_http"),
        ("https://169.254.169.254/latest", "imports.allow_cidrs"),
        ("https://10.0.0.1/", "an import may not reach `10.0.0.1`"),
        ("ftp://somewhere", "redirects to nowhere"),
        ("http://[", "redirects to nowhere"),
    ] {
        let registry =
            ForeignRegistry::start(move |_| Answered::of(302).with("location", location));
        let answer = managed.ask(&order(&registry.host(), "app:v1", &["copy:v1"])).await;
        check_refused(&answer, 400, Some("source.registryUri"), words);
    }
}

#[tokio::test]
async fn a_realm_is_judged_as_a_registry_is() {
    let managed = Managed::start().await;
    for (realm, words) in [
        ("http://auth.example/token", "imports.plain_http"),
        ("https://10.0.0.1/token", "imports.allow_cidrs"),
        ("nowhere", "does not say how"),
        ("", "does not say how"),
    ] {
        let registry = ForeignRegistry::start(move |_| {
            Answered::of(401).with("www-authenticate", format!("Bearer realm=\"{realm}\""))
        });
        let mut body = order(&registry.host(), "app:v1", &["copy:v1"]);
        body["source"]["credentials"] = json!({ "username": "user", "password": "hunter2" });
        check_refused(&managed.ask(&body).await, 400, Some("source.registryUri"), words);
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_refused_while_the_caller_waits() {
    let managed = Managed::with(Settings { allows_loopback: false, ..Settings::default() }).await;
    let registry = ForeignRegistry::start(|_| Answered::of(404));
    let body = order(&registry.host(), "app:v1", &["copy:v1"]);
    let refused = managed.ask(&body).await;
    check_refused(
        &refused,
        400,
        Some("source.registryUri"),
        "unless the setting `imports.allow_cidrs` names it",
    );
    assert_eq!(registry.asked().len(), 0, "nobody went there");

    let managed = Managed::start().await;
    check_refused(
        &managed.ask(&body).await,
        404,
        Some("source.sourceImage"),
        "does not have `app:v1`",
    );
    let large =
        ForeignRegistry::start(|_| Answered::of(200).saying(vec![b' '; 4 * 1024 * 1024 + 1]));
    let answer = managed.ask(&order(&large.host(), "app:v1", &["copy:v1"])).await;
    check_refused(&answer, 400, Some("source.registryUri"), "a manifest has at most 4194304 bytes");
    let odd = ForeignRegistry::start(|_| Answered::of(200).saying("hello"));
    let answer = managed.ask(&order(&odd.host(), "app:v1", &["copy:v1"])).await;
    check_refused(&answer, 400, Some("source.registryUri"), "is not a JSON object");
    let closed = format!("127.0.0.1:{}", free_port());
    let answer = managed.ask(&order(&closed, "app:v1", &["copy:v1"])).await;
    check_refused(&answer, 400, Some("source.registryUri"), "cannot be asked");
    let answer = managed.ask(&order("http://registry.example", "app:v1", &["copy:v1"])).await;
    check_refused(&answer, 400, Some("source.registryUri"), "imports.plain_http");
}

/// A port at which nobody listens.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
