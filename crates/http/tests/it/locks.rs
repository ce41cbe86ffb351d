//! What is locked, as whoever pushes, pulls and deletes meets it.

use crate::served::Served;
use boathook_core::media_type::OCI_MANIFEST;
use boathook_testkit::Answer;
use http::Method;
use serde_json::json;

const PULL: [&str; 2] = ["pull by tag", "pull by digest"];

/// Tries an operation on `app`, whose one manifest has the tag `v1`.
async fn attempt(served: &Served, operation: &str, digest: &str, layer: &str) -> Answer {
    let client = &served.client;
    let manifest = |reference: &str| format!("/v2/app/manifests/{reference}");
    let ask = async |method, path: &str| client.ask(method, path, &[], "").await;
    let push = async |reference: &str| {
        let bytes = client.get("/v2/spare/manifests/v1").await.is(200).body;
        client.put_manifest("app", reference, OCI_MANIFEST, bytes).await
    };
    let mount = |from: &str, to: &str| format!("/v2/{to}/blobs/uploads/?mount={layer}&from={from}");
    match operation {
        "pull by tag" => client.get(&manifest("v1")).await,
        "pull by digest" => client.get(&manifest(digest)).await,
        "pull a blob" => client.get(&format!("/v2/app/blobs/{layer}")).await,
        "push a tag" => push("v2").await,
        "move the tag" => push("v1").await,
        "begin an upload" => ask(Method::POST, "/v2/app/blobs/uploads/").await,
        "push a blob" => {
            let path = format!("/v2/app/blobs/uploads/?digest={layer}");
            client.ask(Method::POST, &path, &[], "layer").await
        }
        "mount" => ask(Method::POST, &mount("spare", "app")).await,
        "untag" => client.delete(&manifest("v1")).await,
        "untag by ACR's way" => client.delete("/acr/v1/app/_tags/v1").await,
        "delete the manifest" => client.delete(&manifest(digest)).await,
        "delete a blob" => client.delete(&format!("/v2/app/blobs/{layer}")).await,
        "delete the repository" => client.delete("/acr/v1/app").await,
        other => panic!("{other}"),
    }
}

#[track_caller]
fn check_disallowed(answer: &Answer) {
    let error = answer.refused(405, "REGISTRY_DISALLOWED_OPERATION");
    let said = "The operation is disallowed on this registry, repository or image. View troubleshooting steps at \
        https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation";
    assert_eq!((&error["message"], &error["detail"]), (&json!(said), &json!({})));
}

#[tokio::test]
async fn each_lock_forbids_what_it_says_and_nothing_else() {
    let served = Served::open().await;
    served.client.push_image("spare", "v1", "layer").await;
    // Which flags of the repository, the manifest and the tag each operation needs.
    let needs = [
        ("pull by tag", ["r", "r", "r"], 200),
        ("pull by digest", ["r", "r", ""], 200),
        ("pull a blob", ["r", "", ""], 200),
        ("push a tag", ["w", "", ""], 201),
        ("move the tag", ["w", "", "w"], 201),
        ("begin an upload", ["w", "", ""], 202),
        ("push a blob", ["w", "", ""], 201),
        ("mount", ["w", "", ""], 201),
        ("untag", ["dw", "", "dw"], 202),
        ("untag by ACR's way", ["dw", "", "dw"], 202),
        ("delete the manifest", ["dw", "dw", "dw"], 202),
        // A manifest needs it: whether the repository is locked is asked first.
        ("delete a blob", ["dw", "", ""], 405),
        ("delete the repository", ["dw", "dw", "dw"], 202),
    ];
    let flags =
        [("d", "deleteEnabled"), ("w", "writeEnabled"), ("r", "readEnabled"), ("l", "listEnabled")];
    for (operation, needed, status) in needs {
        for (thing, needed) in ["repository", "manifest", "tag"].into_iter().zip(needed) {
            for (letter, flag) in flags {
                let digest = served.client.push_image("app", "v1", "layer").await.to_string();
                let layer = served.client.push_blob("spare", b"layer").await.to_string();
                let path = match thing {
                    "repository" => "app".to_owned(),
                    "manifest" => format!("app/_manifests/{digest}"),
                    _ => "app/_tags/v1".to_owned(),
                };
                if PULL.contains(&operation) {
                    // What is cached has to be forgotten.
                    let _ = attempt(&served, operation, &digest, &layer).await.is(200);
                }
                let _ = served.set(&path, &format!(r#"{{"{flag}":false}}"#)).await.is(200);
                let answer = attempt(&served, operation, &digest, &layer).await;
                if needed.contains(letter) {
                    check_disallowed(&answer);
                } else {
                    assert_eq!(answer.status, status, "{operation}, {thing}: {}", answer.text());
                }
                let open = r#"{"deleteEnabled":true,"writeEnabled":true,"readEnabled":true,"listEnabled":true}"#;
                let _ = served.set(&path, open).await;
                let _ = served.client.delete("/acr/v1/app").await;
            }
        }
    }
}

#[tokio::test]
async fn an_upload_that_was_begun_before_the_lock_does_not_end() {
    let served = Served::open().await;
    served.client.push_image("app", "v1", "layer").await;
    let large = vec![7; 64 * 1024];
    for body in [&b"small"[..], &large] {
        let upload = served.client.begin_upload("app").await;
        let _ = served.set("app", r#"{"writeEnabled":false}"#).await.is(200);
        let digest = boathook_core::digest::Algorithm::Sha256.digest(body);
        let end = format!("{upload}?digest={digest}");
        check_disallowed(&served.client.ask(Method::PUT, &end, &[], body.to_vec()).await);
        served.client.get(&format!("/v2/app/blobs/{digest}")).await.refused(404, "BLOB_UNKNOWN");
        let _ = served.set("app", r#"{"writeEnabled":true}"#).await.is(200);
    }
    assert_eq!(served.uploads(), 0);
}
