//! Manifests: by tag and by digest, in every form that clients push.

use crate::served::{Served, image};
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::manifest::MANIFEST_BYTES_MAX;
use boathook_core::media_type::{
    DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST,
};
use http::Method;
use serde_json::json;

impl Served {
    /// Pushes what must be taken, pulls it by tag and by digest, and compares byte for byte.
    async fn keeps(&self, media_type: &str, manifest: &str) -> Digest {
        let digest = Algorithm::Sha256.digest(manifest.as_bytes());
        let pushed = self.client.put_manifest("app", "v1", media_type, manifest.to_owned()).await;
        let pushed = pushed.is(201);
        assert_eq!(pushed.header("docker-content-digest"), digest.as_str());
        assert_eq!(pushed.header("location"), "/v2/app/manifests/v1");
        for reference in ["v1", digest.as_str()] {
            let path = format!("/v2/app/manifests/{reference}");
            for method in [Method::GET, Method::HEAD] {
                let answer = self.client.ask(method.clone(), &path, &[], "").await.is(200);
                assert_eq!(answer.header("content-type"), media_type);
                assert_eq!(answer.header("content-length"), manifest.len().to_string());
                assert_eq!(answer.header("docker-content-digest"), digest.as_str());
                let expected = if method == Method::GET { manifest } else { "" };
                assert!(answer.body == expected, "{media_type}");
            }
        }
        digest
    }

    /// Pushes what must be refused, and looks whether all is as it was.
    async fn refuses(&self, media_type: &str, manifest: &str, status: u16, code: &str, told: &str) {
        let before = self.state().await;
        let manifest = manifest.to_owned();
        let answer = self.client.put_manifest("app", "refused", media_type, manifest).await;
        let error = answer.refused(status, code);
        let message = error["message"].as_str().expect("an error has a message");
        assert!(message.contains(told), "{message}");
        assert_eq!(self.state().await, before);
        let path = "/v2/app/manifests/refused";
        self.client.get(path).await.refused(404, "MANIFEST_UNKNOWN");
    }
}

fn index_of(media_type: &str, entries: &[(&str, &Digest, usize)]) -> String {
    let entries: Vec<_> = entries
        .iter()
        .map(|(media_type, digest, size)| {
            json!({ "mediaType": media_type, "digest": digest.as_str(), "size": size })
        })
        .collect();
    json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": entries }).to_string()
}

#[tokio::test]
async fn an_image_is_pushed_and_pulled_as_docker_does_it() {
    let served = Served::open().await;
    let digest = served.client.push_image("team/app", "v1", "layer").await;
    for reference in ["v1", digest.as_str()] {
        let content = served.client.pull_image("team/app", reference).await;
        assert_eq!(content, ["{}", "layer"]);
    }
}

#[tokio::test]
async fn every_kind_of_manifest_is_kept_byte_for_byte() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let layer = served.client.push_blob("app", b"layer").await;
    let oci = image(&config, &[(&layer, 5)]);
    served.keeps(OCI_MANIFEST, &oci).await;
    let docker = json!({
        "schemaVersion": 2, "mediaType": DOCKER_MANIFEST,
        "config": { "mediaType": "application/vnd.docker.container.image.v1+json", "digest": config.as_str(), "size": 2 },
        "layers": [{ "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": layer.as_str(), "size": 5 }],
    })
    .to_string();
    let docker_digest = served.keeps(DOCKER_MANIFEST, &docker).await;
    let list = index_of(DOCKER_LIST, &[(DOCKER_MANIFEST, &docker_digest, docker.len())]);
    served.keeps(DOCKER_LIST, &list).await;
    let oci_digest = Algorithm::Sha256.digest(oci.as_bytes());
    let index = index_of(OCI_INDEX, &[(OCI_MANIFEST, &oci_digest, oci.len())]);
    let index_digest = served.keeps(OCI_INDEX, &index).await;
    let nested = index_of(
        OCI_INDEX,
        &[(OCI_INDEX, &index_digest, index.len()), (OCI_MANIFEST, &oci_digest, oci.len())],
    );
    served.keeps(OCI_INDEX, &nested).await;
    served.keeps(OCI_INDEX, &index_of(OCI_INDEX, &[])).await;
    served.keeps(OCI_MANIFEST, &image(&config, &[])).await;
    let artifact = json!({
        "mediaType": OCI_ARTIFACT, "artifactType": "application/x.whatever",
        "blobs": [{ "mediaType": "text/plain", "digest": layer.as_str(), "size": 5 }],
    });
    served.keeps(OCI_ARTIFACT, &artifact.to_string()).await;
}

#[tokio::test]
async fn artifacts_of_unknown_types_and_custom_members_are_kept_byte_for_byte() {
    let served = Served::open().await;
    let empty = served.client.push_blob("app", b"{}").await;
    let manifest = format!(
        "{{\n  \"x.custom\" : {{\"b\":1,  \"a\":[null, 1e3, \"\\u00e9é\"]}},\n\t\"schemaVersion\":2,\
         \"artifactType\":\"application/vnd.nobody.knows+thing\",\"config\":{{\"mediaType\":\"{OCI_EMPTY}\",\
         \"digest\":\"{empty}\",\"size\":2,\"data\":\"e30=\",\"x\":true}},\"layers\":[{{\"mediaType\":\"{OCI_EMPTY}\",\
         \"digest\":\"{empty}\",\"size\":2,\"data\":\"e30=\"}}],\"annotations\":{{\"\":\"\"}}}}\n"
    );
    served.keeps(OCI_MANIFEST, &manifest).await;
}

#[tokio::test]
async fn layers_that_are_not_distributable_need_not_be_there() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    for media_type in [
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    ] {
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI_MANIFEST,
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config.as_str(), "size": 2 },
            "layers": [{ "mediaType": media_type, "digest": Algorithm::Sha256.digest(b"far away").as_str(), "size": 8,
                         "urls": ["https://example.com/layer"] }],
        });
        served.keeps(OCI_MANIFEST, &manifest.to_string()).await;
    }
}

#[tokio::test]
async fn a_manifest_may_be_pushed_by_either_kind_of_digest() {
    let served = Served::open().await;
    let config = served.client.push_blob_as(Algorithm::Sha512, "app", b"{}").await;
    let manifest = image(&config, &[]);
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let digest = algorithm.digest(manifest.as_bytes());
        let put =
            served.client.put_manifest("app", digest.as_str(), OCI_MANIFEST, manifest.clone());
        let put = put.await.is(201);
        assert_eq!(put.header("docker-content-digest"), digest.as_str());
        let got = served.client.get(put.header("location")).await.is(200);
        assert_eq!(got.header("docker-content-digest"), digest.as_str());
        assert_eq!(got.body, manifest);
    }
    let tags = served.client.get("/v2/app/tags/list").await.is(200).json();
    assert_eq!(tags, json!({ "name": "app", "tags": [] }));
}

#[tokio::test]
async fn a_digest_that_the_manifest_does_not_have_is_refused() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let manifest = image(&config, &[]);
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let wrong = algorithm.digest(b"another");
        let put = served.client.put_manifest("app", wrong.as_str(), OCI_MANIFEST, manifest.clone());
        let error = put.await.refused(400, "DIGEST_INVALID");
        assert_eq!(error["detail"]["actual"], algorithm.digest(manifest.as_bytes()).as_str());
        let path = format!("/v2/app/manifests/{wrong}");
        served.client.get(&path).await.refused(404, "MANIFEST_UNKNOWN");
    }
    let put = served.client.put_manifest("app", "sha256:baddigeststring", OCI_MANIFEST, manifest);
    put.await.refused(400, "DIGEST_INVALID");
    let path = "/v2/app/manifests/sha256:baddigeststring";
    served.client.get(path).await.refused(400, "DIGEST_INVALID");
}

#[tokio::test]
async fn accept_is_honoured_by_tag_and_by_digest() {
    let served = Served::open().await;
    let digest = served.client.push_image("app", "v1", "layer").await;
    for reference in ["v1", digest.as_str()] {
        let path = format!("/v2/app/manifests/{reference}");
        let both = format!("{DOCKER_MANIFEST}, {OCI_MANIFEST};q=0.5");
        for accept in ["*/*", "application/*", OCI_MANIFEST, &both] {
            let headers = [("accept", accept)];
            let _ = served.client.ask(Method::GET, &path, &headers, "").await.is(200);
        }
        // Clients of old send one header a type.
        let headers = [("accept", DOCKER_MANIFEST), ("accept", OCI_MANIFEST)];
        let _ = served.client.ask(Method::HEAD, &path, &headers, "").await.is(200);
        for accept in [DOCKER_MANIFEST, OCI_INDEX, "text/html", "*/*;q=0"] {
            let answer = served.client.ask(Method::GET, &path, &[("accept", accept)], "").await;
            let error = answer.refused(404, "MANIFEST_UNKNOWN");
            assert!(error["message"].as_str().unwrap().contains(OCI_MANIFEST), "{error}");
        }
    }
}

#[tokio::test]
async fn deleting_a_tag_leaves_the_manifest_and_its_other_tags() {
    let served = Served::open().await;
    let digest = served.client.push_image("app", "v1", "layer").await;
    assert_eq!(served.client.push_image("app", "v2", "layer").await, digest);
    let _ = served.client.delete("/v2/app/manifests/v1").await.is(202);
    served.client.get("/v2/app/manifests/v1").await.refused(404, "MANIFEST_UNKNOWN");
    served.client.delete("/v2/app/manifests/v1").await.refused(404, "MANIFEST_UNKNOWN");
    let _ = served.client.get("/v2/app/manifests/v2").await.is(200);
    let _ = served.client.get(&format!("/v2/app/manifests/{digest}")).await.is(200);
    let tags = served.client.get("/v2/app/tags/list").await.is(200).json();
    assert_eq!(tags["tags"], json!(["v2"]));
}

#[tokio::test]
async fn deleting_a_manifest_takes_its_tags_at_once() {
    let served = Served::open().await;
    let digest = served.client.push_image("app", "v1", "layer").await;
    served.client.push_image("app", "v2", "layer").await;
    let kept = served.client.push_image("app", "other", "another layer").await;
    let path = format!("/v2/app/manifests/{digest}");
    for reference in ["v1", "v2", digest.as_str()] {
        let _ = served.client.get(&format!("/v2/app/manifests/{reference}")).await.is(200);
    }
    let _ = served.client.delete(&path).await.is(202);
    for reference in ["v1", "v2", digest.as_str()] {
        let path = format!("/v2/app/manifests/{reference}");
        served.client.get(&path).await.refused(404, "MANIFEST_UNKNOWN");
        assert_eq!(served.client.head(&path).await.status, 404);
    }
    served.client.delete(&path).await.refused(404, "MANIFEST_UNKNOWN");
    let tags = served.client.get("/v2/app/tags/list").await.is(200).json();
    assert_eq!(tags["tags"], json!(["other"]));
    let _ = served.client.get(&format!("/v2/app/manifests/{kept}")).await.is(200);
}

#[tokio::test]
async fn a_tag_that_is_pushed_again_shows_the_new_manifest_at_once() {
    let served = Served::open().await;
    let first = served.client.push_image("app", "v1", "first").await;
    let _ = served.client.get("/v2/app/manifests/v1").await.is(200);
    let second = served.client.push_image("app", "v1", "second").await;
    let got = served.client.get("/v2/app/manifests/v1").await.is(200);
    assert_eq!(got.header("docker-content-digest"), second.as_str());
    let _ = served.client.get(&format!("/v2/app/manifests/{first}")).await.is(200);
}

#[tokio::test]
async fn a_manifest_has_at_most_four_mebibytes() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let mut manifest = image(&config, &[]);
    let pad = |manifest: &mut String, bytes| {
        manifest.push_str(&" ".repeat(bytes - manifest.len()));
    };
    pad(&mut manifest, MANIFEST_BYTES_MAX);
    served.keeps(OCI_MANIFEST, &manifest).await;
    pad(&mut manifest, MANIFEST_BYTES_MAX + 1);
    served.refuses(OCI_MANIFEST, &manifest, 413, "SIZE_INVALID", "at most 4194304 bytes").await;
}

#[tokio::test]
async fn a_manifest_of_many_large_annotations_is_kept() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let annotations: serde_json::Map<_, _> =
        (0..390).map(|idx| (format!("key{idx}"), json!("v".repeat(10_000)))).collect();
    let mut manifest: serde_json::Value = serde_json::from_str(&image(&config, &[])).unwrap();
    manifest["annotations"] = annotations.into();
    served.keeps(OCI_MANIFEST, &manifest.to_string()).await;
}

#[tokio::test]
async fn a_manifest_that_refers_to_what_is_not_there_is_refused_and_names_it() {
    let served = Served::open().await;
    let here = served.client.push_blob("app", b"{}").await;
    let gone = served.client.push_blob("elsewhere", b"layer").await;
    let manifests = [
        (OCI_MANIFEST, image(&gone, &[(&here, 2)])),
        (OCI_MANIFEST, image(&here, &[(&here, 2), (&gone, 5)])),
        (OCI_INDEX, index_of(OCI_INDEX, &[(OCI_MANIFEST, &gone, 5)])),
        (DOCKER_LIST, index_of(DOCKER_LIST, &[(DOCKER_MANIFEST, &gone, 5)])),
    ];
    for (media_type, manifest) in manifests {
        let code = "MANIFEST_BLOB_UNKNOWN";
        served.refuses(media_type, &manifest, 400, code, gone.as_str()).await;
        let put = served.client.put_manifest("app", "v1", media_type, manifest).await;
        assert_eq!(put.refused(400, code)["detail"]["digest"], gone.as_str());
    }
}

#[tokio::test]
async fn a_manifest_that_says_another_size_than_the_blob_has_is_refused() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let layer = served.client.push_blob("app", b"layer").await;
    let manifest = image(&config, &[(&layer, 6)]);
    served.refuses(OCI_MANIFEST, &manifest, 400, "SIZE_INVALID", "has 6 bytes, but it has 5").await;
}

#[tokio::test]
async fn what_is_no_manifest_is_refused_and_told_why() {
    let served = Served::open().await;
    served.client.push_image("app", "v1", "layer").await;
    let config = Algorithm::Sha256.digest(b"{}");
    let good = image(&config, &[]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bad_digest = good.replace(config.as_str(), "sha256:xyz");
    let negative = good.replace("\"size\":2", "\"size\":-2");
    let no_config = json!({ "schemaVersion": 2, "layers": [] }).to_string();
    let no_type = good.replace(&format!("\"mediaType\":\"{OCI_MANIFEST}\","), "");
    for (media_type, manifest, told) in [
        (OCI_MANIFEST, "", "not a JSON object"),
        (OCI_MANIFEST, "{", "not a JSON object"),
        (OCI_MANIFEST, "[]", "not a JSON object"),
        (OCI_MANIFEST, "null", "not a JSON object"),
        (OCI_MANIFEST, "\u{0}", "not a JSON object"),
        (OCI_MANIFEST, deep.as_str(), "not a JSON object"),
        (OCI_MANIFEST, "{}", "schemaVersion"),
        (OCI_MANIFEST, "{\"schemaVersion\":3}", "schemaVersion"),
        (OCI_MANIFEST, no_config.as_str(), "config"),
        (OCI_MANIFEST, bad_digest.as_str(), "config.digest"),
        (OCI_MANIFEST, negative.as_str(), "config.size"),
        (DOCKER_MANIFEST, good.as_str(), "Content-Type"),
        ("application/json", no_type.as_str(), "type is missing"),
        (
            "application/vnd.nobody.knows+json",
            no_type.as_str(),
            "application/vnd.nobody.knows+json",
        ),
        ("text/html", no_type.as_str(), "text/html"),
    ] {
        served.refuses(media_type, manifest, 400, "MANIFEST_INVALID", told).await;
    }
}

#[tokio::test]
async fn docker_schema_1_is_refused_by_name() {
    let served = Served::open().await;
    let manifest =
        json!({ "schemaVersion": 1, "name": "app", "tag": "v1", "fsLayers": [], "history": [] });
    for media_type in [
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/json",
    ] {
        let (manifest, told) = (manifest.to_string(), "schema 1");
        served.refuses(media_type, &manifest, 400, "MANIFEST_INVALID", told).await;
    }
}

#[tokio::test]
async fn a_tag_has_at_most_128_characters_of_its_grammar() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let (longest, too_long) = ("t".repeat(128), "t".repeat(129));
    let put = served.client.put_manifest("app", &longest, OCI_MANIFEST, image(&config, &[])).await;
    let _ = put.is(201);
    let before = served.state().await;
    for tag in [too_long.as_str(), ".v1", "-v1", "v%201", "v1%2B", "v%C3%A9", "%00"] {
        let put = served.client.put_manifest("app", tag, OCI_MANIFEST, image(&config, &[])).await;
        put.refused(400, "MANIFEST_INVALID");
        let path = format!("/v2/app/manifests/{tag}");
        served.client.get(&path).await.refused(404, "MANIFEST_UNKNOWN");
        served.client.delete(&path).await.refused(404, "MANIFEST_UNKNOWN");
    }
    assert_eq!(served.state().await, before);
}

/// A digest names one thing: bytes that do not say what they are stay what they were first pushed as.
#[tokio::test]
async fn what_is_announced_of_a_manifest_without_a_type_is_what_a_pull_shows() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let untyped = json!({
        "schemaVersion": 2, "layers": [],
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config.as_str(), "size": 2 },
    });
    for (tag, media_type) in [("v1", OCI_MANIFEST), ("v2", DOCKER_MANIFEST)] {
        let put = served.client.put_manifest("app", tag, media_type, untyped.to_string()).await;
        let _ = put.is(201);
        let path = format!("/v2/app/manifests/{tag}");
        let got = served.client.get(&path).await.is(200);
        let head = served.client.head(&path).await.is(200);
        let events = served.world.ctx().db.undispatched(9).await.unwrap();
        let told: serde_json::Value = serde_json::from_slice(&events.last().unwrap().body).unwrap();
        assert_eq!(told["target"]["tag"], tag);
        for shown in [got.header("content-type"), head.header("content-type")] {
            assert_eq!(shown, OCI_MANIFEST);
            assert_eq!(told["target"]["mediaType"], shown);
        }
    }
}
