//! Paths: names of every kind, encoded in every way, and methods that they do not take.

use crate::served::{Served, image};
use boathook_core::media_type::OCI_MANIFEST;
use http::Method;

#[tokio::test]
async fn names_may_have_many_slashes_and_the_words_of_operations() {
    let served = Served::open().await;
    let long = format!("{}/b", "a".repeat(253));
    for name in [
        "a/b/c/d/e/f/g/h/i/j",
        "manifests",
        "blobs",
        "tags/list",
        "blobs/uploads",
        "app/manifests/v1",
        "app/blobs/uploads/x",
        "referrers/app",
        "_catalog/x".trim_start_matches('_'),
        "v2",
        "a__b/c-d/e---f.g",
        &long,
    ] {
        let digest = served.client.push_image(name, "list", "layer").await;
        assert_eq!(served.client.pull_image(name, "list").await, ["{}", "layer"], "{name}");
        assert_eq!(served.client.pull_image(name, digest.as_str()).await, ["{}", "layer"]);
        let tags = served.client.get(&format!("/v2/{name}/tags/list")).await.is(200).json();
        assert_eq!(tags, serde_json::json!({ "name": name, "tags": ["list"] }));
        let _ = served.client.get(&format!("/v2/{name}/referrers/{digest}")).await.is(200);
    }
}

#[tokio::test]
async fn a_path_is_decoded_before_it_is_read() {
    let served = Served::open().await;
    let digest = served.client.push_image("team/app", "v1", "layer").await;
    let encoded = digest.as_str().replace(':', "%3A");
    for path in [
        "/v2/team%2Fapp/manifests/v1",
        "/v2/team%2fapp/manifests/%761",
        &format!("/v2/team%2Fapp/manifests/{encoded}"),
        "/v2/team%2Fapp/tags/list",
        &format!("/v2/team/app/referrers/{encoded}"),
        "/v2/%5Fcatalog",
    ] {
        let _ = served.client.get(path).await.is(200);
    }
    let config = served.client.push_blob("team/app", b"{}").await;
    let blob = format!("/v2/team%2Fapp/blobs/{}", config.as_str().replace(':', "%3A"));
    assert_eq!(served.client.get(&blob).await.is(200).body, "{}");
    let upload = served.client.begin_upload("team%2Fapp").await;
    let end = format!("{upload}?digest={}", config.as_str().replace(':', "%3A"));
    let _ = served.client.ask(Method::PUT, &end, &[], "{}").await.is(201);
}

#[tokio::test]
async fn a_prefix_may_be_escaped_like_the_rest() {
    let served = Served::open().await;
    served.client.push_image("team/app", "v1", "layer").await;
    for path in [
        "/%76%32",
        "/v%32/",
        "/%762/team%2Fapp/manifests/v1",
        "/%68ealthz",
        "/read%79z",
        "/%6Detrics",
    ] {
        let _ = served.client.get(path).await.is(200);
    }
    let tags = served.client.get("/%76%32/team/app/tags/list?n=0").await.is(200).json();
    assert_eq!(tags["tags"], serde_json::json!([]), "the query is still there");
    let config = served.client.push_blob("team/app", b"{}").await;
    let manifest = image(&config, &[]);
    let headers = [("content-type", OCI_MANIFEST)];
    let put = served.client.ask(Method::PUT, "/v%32/team/app/manifests/v2", &headers, manifest);
    let _ = put.await.is(201);
    let _ = served.client.get("/%6Fauth2/%74oken?service=h").await.is(200);
    let arm = served.client.get("/%53ubscriptions/x").await.is(401);
    assert_eq!(arm.json()["error"]["code"], "AuthenticationFailed");
    for path in ["/v2%2F", "/v2%2Fteam/app/manifests/v1", "/%2576%32/", "/%76%32%zz", "/%76%33/"] {
        served.client.get(path).await.refused(404, "UNSUPPORTED");
    }
}

#[tokio::test]
async fn names_out_of_rule_are_refused_and_nothing_is_made() {
    let served = Served::open().await;
    let config = served.client.push_blob("app", b"{}").await;
    let before = served.state().await;
    let too_long = format!("{}/b", "a".repeat(254));
    for name in [
        "UPPER", "a//b", "-a", "a-", "a/.b", "a..b", "a/../b", "a___b", "%C3%A9", "a%20b", "a%00",
        "%zz", "a%2", "%ff", &too_long,
    ] {
        let manifest = image(&config, &[]);
        let put = served.client.put_manifest(name, "v1", OCI_MANIFEST, manifest).await;
        put.refused(400, "NAME_INVALID");
        for path in ["tags/list", "manifests/v1"] {
            let answer = served.client.get(&format!("/v2/{name}/{path}")).await;
            answer.refused(400, "NAME_INVALID");
        }
        let path = format!("/v2/{name}/blobs/uploads/");
        served.client.ask(Method::POST, &path, &[], "").await.refused(400, "NAME_INVALID");
    }
    assert_eq!(served.state().await, before);
}

#[tokio::test]
async fn a_path_says_which_methods_it_takes() {
    let served = Served::open().await;
    let digest = served.client.push_image("app", "v1", "layer").await;
    let upload = served.client.begin_upload("app").await;
    let before = served.state().await;
    let blob = format!("/v2/app/blobs/{digest}");
    let referrers = format!("/v2/app/referrers/{digest}");
    for (path, allowed) in [
        ("/v2/", "GET, HEAD"),
        ("/v2/_catalog", "GET, HEAD"),
        ("/v2/app/tags/list", "GET, HEAD"),
        (&referrers, "GET, HEAD"),
        ("/v2/app/manifests/v1", "GET, HEAD, PUT, DELETE"),
        (&blob, "GET, HEAD, DELETE"),
        ("/v2/app/blobs/uploads/", "POST"),
        (&upload, "GET, HEAD, PATCH, PUT, DELETE"),
    ] {
        for method in ["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROB"] {
            if allowed.split(", ").any(|allowed| allowed == method) {
                continue;
            }
            let method = method.parse().unwrap();
            let answer = served.client.ask(method, path, &[], "").await;
            answer.refused(405, "UNSUPPORTED");
            assert_eq!(answer.header("allow"), allowed, "{path}");
        }
    }
    assert_eq!(served.state().await, before);
}

#[tokio::test]
async fn a_path_of_no_form_is_not_found() {
    let served = Served::open().await;
    for path in [
        "/",
        "/v1/",
        "/v2/app",
        "/v2/app/",
        "/v2/app/manifests",
        "/v2/app/manifests/",
        "/v2/app/blobs/",
        "/v2/app/tags",
        "/v2/app/frob/x",
        "/v2//",
        "/V2/",
    ] {
        let answer = served.client.get(path).await;
        assert!((400..=404).contains(&answer.status), "{path} {}", answer.status);
        let code = answer.json()["errors"][0]["code"].as_str().unwrap().to_owned();
        answer.refused(answer.status, &code);
    }
    for path in ["/v2", "/v2/"] {
        let answer = served.client.get(path).await.is(200);
        assert_eq!(answer.header("docker-distribution-api-version"), "registry/2.0");
        assert_eq!(answer.json(), serde_json::json!({}));
        assert_eq!(answer.header("content-length"), "2");
    }
}
