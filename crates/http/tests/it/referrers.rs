//! Manifests about other manifests.

use crate::served::{Served, image};
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::media_type::{OCI_EMPTY, OCI_INDEX, OCI_MANIFEST};
use boathook_testkit::Answer;
use serde_json::{Value, json};

impl Served {
    /// Pushes a manifest by its digest.
    async fn push(&self, media_type: &str, manifest: &Value) -> (Digest, Answer) {
        let bytes = manifest.to_string();
        let digest = Algorithm::Sha256.digest(bytes.as_bytes());
        let pushed = self.client.put_manifest("app", digest.as_str(), media_type, bytes).await;
        (digest, pushed.is(201))
    }

    async fn attach(&self, subject: &Digest, artifact_type: &str) -> Digest {
        self.client.push_blob("app", b"{}").await;
        let (digest, pushed) = self.push(OCI_MANIFEST, &about(subject, artifact_type)).await;
        assert_eq!(pushed.header("oci-subject"), subject.as_str());
        digest
    }

    /// The digests of everything that is about `subject`.
    async fn about(&self, subject: &Digest) -> Vec<String> {
        digests(&self.referrers(subject, "").await.json())
    }

    async fn referrers(&self, subject: &Digest, query: &str) -> Answer {
        let answer = self.client.get(&format!("/v2/app/referrers/{subject}{query}")).await.is(200);
        assert_eq!(answer.header("content-type"), OCI_INDEX);
        let json = answer.json();
        assert_eq!((&json["schemaVersion"], &json["mediaType"]), (&json!(2), &json!(OCI_INDEX)));
        answer
    }
}

fn about(subject: &Digest, artifact_type: &str) -> Value {
    let empty = Algorithm::Sha256.digest(b"{}");
    let descriptor = json!({ "mediaType": OCI_EMPTY, "digest": empty.as_str(), "size": 2 });
    json!({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": artifact_type,
        "config": descriptor, "layers": [descriptor],
        "subject": { "mediaType": OCI_MANIFEST, "digest": subject.as_str(), "size": 7 },
        "annotations": { "org.example.kind": artifact_type },
    })
}

fn digests(list: &Value) -> Vec<String> {
    let manifests = list["manifests"].as_array().expect("a list of referrers has a list");
    let digest = |entry: &Value| entry["digest"].as_str().map(str::to_owned);
    manifests.iter().map(|entry| digest(entry).expect("an entry has a digest")).collect()
}

fn sorted(digests: &[&Digest]) -> Vec<String> {
    let mut sorted: Vec<_> = digests.iter().map(ToString::to_string).collect();
    sorted.sort();
    sorted
}

#[tokio::test]
async fn a_digest_that_nothing_is_about_has_an_empty_list_even_where_there_is_nothing() {
    let served = Served::open().await;
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let list = served.referrers(&algorithm.digest(b"unknown"), "").await;
        assert_eq!(list.json()["manifests"], json!([]));
        assert_eq!(list.optional_header("oci-filters-applied"), None);
    }
    let bad = served.client.get("/v2/app/referrers/sha256:baddigeststring").await;
    bad.refused(400, "DIGEST_INVALID");
}

#[tokio::test]
async fn what_is_about_a_manifest_is_listed_with_its_type_and_annotations() {
    let served = Served::open().await;
    let subject = served.client.push_image("app", "v1", "layer").await;
    let digest = served.attach(&subject, "application/x.signature").await;
    let list = served.referrers(&subject, "").await.json();
    let size = about(&subject, "application/x.signature").to_string().len();
    let expected = json!([{
        "mediaType": OCI_MANIFEST, "digest": digest.as_str(), "size": size,
        "artifactType": "application/x.signature",
        "annotations": { "org.example.kind": "application/x.signature" },
    }]);
    assert_eq!(list["manifests"], expected);
}

#[tokio::test]
async fn a_list_can_be_filtered_by_type_and_says_so() {
    let served = Served::open().await;
    let subject = served.client.push_image("app", "v1", "layer").await;
    let signature = served.attach(&subject, "application/x.signature+json").await;
    let list = served.attach(&subject, "application/x.list").await;
    assert_eq!(served.about(&subject).await, sorted(&[&signature, &list]));
    for (wanted, expected) in [
        ("application/x.signature%2Bjson", vec![signature.to_string()]),
        ("application%2Fx.list", vec![list.to_string()]),
        ("application/x.other", vec![]),
    ] {
        let answer = served.referrers(&subject, &format!("?artifactType={wanted}")).await;
        assert_eq!(answer.header("oci-filters-applied"), "artifactType");
        assert_eq!(digests(&answer.json()), expected, "{wanted}");
    }
}

#[tokio::test]
async fn the_links_lead_to_every_referrer_once_with_and_without_a_filter() {
    let served = Served::open().await;
    let subject = served.client.push_image("app", "v1", "layer").await;
    let mut all = Vec::new();
    for idx in 0..5 {
        all.push(served.attach(&subject, &format!("application/x.t{idx}")).await);
    }
    let mut of_one_type = Vec::new();
    for idx in 0..3 {
        let mut manifest = about(&subject, "application/x.many+type");
        manifest["annotations"]["idx"] = json!(idx.to_string());
        of_one_type.push(served.push(OCI_MANIFEST, &manifest).await.0);
    }
    let every: Vec<_> = all.iter().chain(&of_one_type).collect();
    for n in 1..=9 {
        let pages = served.pages(&format!("/v2/app/referrers/{subject}?n={n}")).await;
        let listed: Vec<_> = pages.iter().flat_map(digests).collect();
        assert_eq!(listed, sorted(&every), "{n}");
        let filter = "artifactType=application/x.many%2Btype";
        let pages = served.pages(&format!("/v2/app/referrers/{subject}?{filter}&n={n}")).await;
        let listed: Vec<_> = pages.iter().flat_map(digests).collect();
        assert_eq!(listed, sorted(&of_one_type.iter().collect::<Vec<_>>()), "{n}");
    }
}

#[tokio::test]
async fn a_subject_may_come_later_or_never() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let manifest = image(&config, &[]);
    let subject = Algorithm::Sha256.digest(manifest.as_bytes());
    let signature = served.attach(&subject, "application/x.signature").await;
    assert_eq!(served.about(&subject).await, [signature.to_string()]);
    let _ = served.client.put_manifest("app", "v1", OCI_MANIFEST, manifest).await.is(201);
    assert_eq!(served.about(&subject).await, [signature.to_string()]);
}

#[tokio::test]
async fn an_index_may_be_about_a_manifest() {
    let served = Served::open().await;
    let subject = served.client.push_image("app", "v1", "layer").await;
    let index = json!({
        "schemaVersion": 2, "mediaType": OCI_INDEX, "artifactType": "application/x.index", "manifests": [],
        "subject": { "mediaType": OCI_MANIFEST, "digest": subject.as_str(), "size": 7 },
    });
    let (digest, pushed) = served.push(OCI_INDEX, &index).await;
    assert_eq!(pushed.header("oci-subject"), subject.as_str());
    let list = served.referrers(&subject, "").await.json();
    assert_eq!(digests(&list), [digest.to_string()]);
    assert_eq!(list["manifests"][0]["artifactType"], "application/x.index");
    assert_eq!(list["manifests"][0]["mediaType"], OCI_INDEX);
}

#[tokio::test]
async fn without_an_artifact_type_the_configuration_tells_it() {
    let served = Served::open().await;
    let subject = served.client.push_image("app", "v1", "layer").await;
    served.client.push_blob("app", b"{}").await;
    let mut manifest = about(&subject, "");
    manifest.as_object_mut().unwrap().remove("artifactType");
    manifest["config"]["mediaType"] = json!("application/x.config");
    served.push(OCI_MANIFEST, &manifest).await;
    let list = served.referrers(&subject, "?artifactType=application/x.config").await.json();
    assert_eq!(list["manifests"][0]["artifactType"], "application/x.config");
}

#[tokio::test]
async fn a_deleted_referrer_is_gone_from_the_list_at_once() {
    let served = Served::open().await;
    let subject = served.client.push_image("app", "v1", "layer").await;
    let first = served.attach(&subject, "application/x.first").await;
    let second = served.attach(&subject, "application/x.second").await;
    assert_eq!(served.about(&subject).await, sorted(&[&first, &second]));
    let _ = served.client.delete(&format!("/v2/app/manifests/{first}")).await.is(202);
    assert_eq!(served.about(&subject).await, [second.to_string()]);
    // What it was about may go; who speaks of it stays.
    let _ = served.client.delete(&format!("/v2/app/manifests/{subject}")).await.is(202);
    assert_eq!(served.about(&subject).await, [second.to_string()]);
}

#[tokio::test]
async fn referrers_that_a_client_of_old_listed_under_a_tag_are_listed_once() {
    let served = Served::open().await;
    let subject = served.client.push_image("app", "v1", "layer").await;
    // The client knew no referrers: what it pushed names no subject; only its index under the tag tells.
    let mut manifest = about(&subject, "application/x.signature");
    manifest.as_object_mut().unwrap().remove("subject");
    served.client.push_blob("app", b"{}").await;
    let (old, _) = served.push(OCI_MANIFEST, &manifest).await;
    let new = served.attach(&subject, "application/x.new").await;
    let new_size = about(&subject, "application/x.new").to_string().len();
    let index = json!({
        "schemaVersion": 2, "mediaType": OCI_INDEX,
        "manifests": [
            { "mediaType": OCI_MANIFEST, "digest": old.as_str(), "size": manifest.to_string().len(),
              "artifactType": "application/x.signature", "annotations": { "from": "the index" } },
            { "mediaType": OCI_MANIFEST, "digest": new.as_str(), "size": new_size, "artifactType": "application/x.new" },
        ],
    });
    let tag = subject.as_str().replace(':', "-");
    let put = served.client.put_manifest("app", &tag, OCI_INDEX, index.to_string()).await;
    let _ = put.is(201);
    assert_eq!(served.about(&subject).await, sorted(&[&old, &new]));
    let filtered = served.referrers(&subject, "?artifactType=application/x.signature").await;
    assert_eq!(digests(&filtered.json()), [old.to_string()]);
    let pages = served.pages(&format!("/v2/app/referrers/{subject}?n=1")).await;
    assert_eq!(pages.iter().flat_map(digests).collect::<Vec<_>>(), sorted(&[&old, &new]));
    // What is gone is not listed, whatever the index says.
    let _ = served.client.delete(&format!("/v2/app/manifests/{old}")).await.is(202);
    assert_eq!(served.about(&subject).await, [new.to_string()]);
}

#[tokio::test]
async fn the_fallback_tag_of_a_long_digest_is_cut_to_what_a_tag_may_have() {
    let served = Served::open().await;
    let subject = Algorithm::Sha512.digest(b"subject");
    let listed = served.client.push_image("app", "v1", "layer").await;
    let size = served.client.get("/v2/app/manifests/v1").await.is(200).body.len();
    let entry = json!({ "mediaType": OCI_MANIFEST, "digest": listed.as_str(), "size": size });
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry] });
    let tag = format!("sha512-{}", &subject.hex()[..64]);
    let put = served.client.put_manifest("app", &tag, OCI_INDEX, index.to_string()).await;
    let _ = put.is(201);
    assert_eq!(served.about(&subject).await, [listed.to_string()]);
}

#[tokio::test]
async fn a_fallback_tag_that_is_no_index_lists_nothing() {
    let served = Served::open().await;
    let subject = Algorithm::Sha256.digest(b"subject");
    served.client.push_image("app", &subject.as_str().replace(':', "-"), "layer").await;
    assert_eq!(served.about(&subject).await, Vec::<String>::new());
}
