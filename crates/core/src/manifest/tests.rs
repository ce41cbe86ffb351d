use super::*;
use crate::digest::Algorithm;
use crate::media_type::{DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST};
use proptest::prelude::*;
use serde_json::json;

fn entry(media_type: &str, content: &str) -> Value {
    let digest = Algorithm::Sha256.digest(content.as_bytes());
    json!({ "mediaType": media_type, "digest": digest.as_str(), "size": content.len() })
}

fn image() -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": entry("application/vnd.oci.image.config.v1+json", "{}"),
        "layers": [entry("application/vnd.oci.image.layer.v1.tar+gzip", "layer")],
    })
}

fn with(mut manifest: Value, name: &str, value: Value) -> Value {
    manifest[name] = value;
    manifest
}

#[track_caller]
fn refuses(manifest: &Value, content_type: Option<&str>, expected: &str) {
    let error = parse(content_type, manifest.to_string().as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_image_refers_to_its_configuration_and_its_layers() {
    let manifest = parse(Some(OCI_MANIFEST), image().to_string().as_bytes()).unwrap();
    let sizes: Vec<u64> = manifest.references.iter().map(|reference| reference.size).collect();
    assert_eq!(sizes, [2, 5]);
    assert!(manifest.references.iter().all(|reference| reference.kind == ReferenceKind::Blob));
    assert_eq!(manifest.artifact_type.as_deref(), Some("application/vnd.oci.image.config.v1+json"));
    assert_eq!(manifest.subject, None);
}

#[test]
fn an_index_refers_to_manifests() {
    for media_type in [OCI_INDEX, DOCKER_LIST] {
        let index = json!({ "schemaVersion": 2, "manifests": [entry(OCI_MANIFEST, "one"), entry(DOCKER_MANIFEST, "two")] });
        let manifest = parse(Some(media_type), index.to_string().as_bytes()).unwrap();
        assert_eq!(manifest.references.len(), 2);
        assert!(
            manifest.references.iter().all(|reference| reference.kind == ReferenceKind::Manifest)
        );
    }
}

#[test]
fn an_index_of_layers_refers_to_blobs_as_build_caches_do() {
    let cache = "application/vnd.buildkit.cacheconfig.v0";
    let layer = "application/vnd.oci.image.layer.v1.tar+gzip";
    let index =
        json!({ "schemaVersion": 2, "manifests": [entry(layer, "one"), entry(cache, "{}")] });
    let manifest = parse(Some(OCI_INDEX), index.to_string().as_bytes()).unwrap();
    assert_eq!(manifest.references.len(), 2);
    assert!(manifest.references.iter().all(|reference| reference.kind == ReferenceKind::Blob));
}

#[test]
fn an_artifact_type_wins_over_the_configuration() {
    let manifest = with(image(), "artifactType", json!("application/vnd.example.sbom"));
    let manifest = parse(None, manifest.to_string().as_bytes()).unwrap();
    assert_eq!(manifest.artifact_type.as_deref(), Some("application/vnd.example.sbom"));
}

#[test]
fn a_subject_and_annotations_are_read() {
    let manifest = with(image(), "subject", entry(OCI_MANIFEST, "subject"));
    let manifest = with(manifest, "annotations", json!({ "a": "b" }));
    let manifest = parse(None, manifest.to_string().as_bytes()).unwrap();
    assert_eq!(manifest.subject, Some(Algorithm::Sha256.digest(b"subject")));
    assert_eq!(manifest.annotations.unwrap()["a"], "b");
}

#[test]
fn layers_that_stay_where_they_are_need_not_be_here() {
    let foreign = entry("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "far away");
    let manifest =
        parse(None, with(image(), "layers", json!([foreign])).to_string().as_bytes()).unwrap();
    assert_eq!(manifest.references.len(), 1, "only the configuration");
}

#[test]
fn the_type_may_come_from_either_side_but_not_two_from_both() {
    assert!(parse(None, image().to_string().as_bytes()).is_ok());
    assert!(parse(Some("application/json"), image().to_string().as_bytes()).is_ok());
    assert!(
        parse(Some(&format!("{OCI_MANIFEST}; charset=utf-8")), image().to_string().as_bytes())
            .is_ok()
    );
    refuses(
        &image(),
        Some(DOCKER_MANIFEST),
        "`Content-Type` is `application/vnd.docker.distribution.manifest.v2+json`, \
         but the manifest's `mediaType` is `application/vnd.oci.image.manifest.v1+json`",
    );
    let untyped = with(image(), "mediaType", Value::Null);
    refuses(
        &untyped,
        None,
        "the manifest's type is missing: send `Content-Type`, or a `mediaType` member",
    );
}

#[test]
fn schema_1_is_refused_by_name() {
    let schema1 =
        json!({ "schemaVersion": 1, "name": "a", "tag": "b", "fsLayers": [], "signatures": [] });
    for content_type in
        ["application/vnd.docker.distribution.manifest.v1+prettyjws", "application/json"]
    {
        let error = parse(Some(content_type), schema1.to_string().as_bytes()).unwrap_err();
        assert!(
            matches!(error, InvalidManifest::NotAManifest(NotAManifest::DockerSchema1(_))),
            "{error}"
        );
    }
}

#[test]
fn what_is_wrong_is_named() {
    refuses(&with(image(), "schemaVersion", json!("2")), None, "`schemaVersion` has to be 2");
    refuses(&with(image(), "layers", json!({})), None, "`layers` has to be an array");
    refuses(&with(image(), "config", json!(7)), None, "`config` has to be a descriptor");
    refuses(
        &with(image(), "annotations", json!({ "a": 1 })),
        None,
        "`annotations` has to be an object of strings",
    );
    refuses(&with(image(), "mediaType", json!(1)), None, "`mediaType` has to be a string");
    let mut manifest = image();
    manifest["layers"][0]["digest"] = json!("sha256:baddigeststring");
    refuses(&manifest, None, "`layers[0].digest` has to be a sha256 or sha512 digest");
    let mut manifest = image();
    manifest["layers"][0]["size"] = json!(-1);
    refuses(&manifest, None, "`layers[0].size` has to be a number of bytes");
    refuses(&json!([1]), None, "the manifest is not a JSON object: it is another kind of value");
    assert!(matches!(parse(None, b"{").unwrap_err(), InvalidManifest::Json(_)));
}

#[test]
fn the_number_of_references_is_limited() {
    let layer = entry("application/vnd.oci.image.layer.v1.tar", "layer");
    let most = with(image(), "layers", Value::Array(vec![layer.clone(); REFERENCES_MAX]));
    assert!(parse(None, most.to_string().as_bytes()).is_ok());
    let more = with(image(), "layers", Value::Array(vec![layer; REFERENCES_MAX + 1]));
    refuses(&more, None, "`layers` has more than 10,000 entries");
}

#[test]
fn json_of_any_depth_is_answered() {
    let deep = "[".repeat(1_000_000);
    assert!(matches!(parse(Some(OCI_MANIFEST), deep.as_bytes()), Err(InvalidManifest::Json(_))));
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(Some(OCI_MANIFEST), &bytes);
    }
}
