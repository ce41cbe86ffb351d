//! What goes well.

use super::face::{Face, REGISTRY, create};
use axum::http::{Method, StatusCode};
use boathook_core::defaults::CLIENT_ID;

#[tokio::test]
async fn a_webhook_is_made_changed_shown_and_removed() {
    let face = Face::start().await;
    let hook = "/webhooks/hook01";
    let body = r#"{"location":"local","tags":{"team":"blue"},"properties":{"serviceUri":"http://user:secret@example.com/hook",
        "customHeaders":{"X-Key":"1"},"status":"enabled","scope":"app:*","actions":["delete","push"]}}"#;
    let made = face.put(hook, body).await;
    insta::assert_snapshot!(made.golden(), @r#"200 {"type":"Microsoft.ContainerRegistry/registries/webhooks","id":"REGISTRY/webhooks/hook01","name":"hook01","location":"local","tags":{"team":"blue"},"systemData":{"createdBy":"CLIENT","createdByType":"Application","createdAt":"TIME+00:00","lastModifiedBy":"CLIENT","lastModifiedByType":"Application","lastModifiedAt":"TIME+00:00"},"properties":{"status":"enabled","scope":"app:*","actions":["push","delete"],"provisioningState":"Succeeded"}}"#);
    assert_eq!(face.get(hook).await.text, made.text);

    let changed =
        face.patch(hook, r#"{"properties":{"scope":"","status":"disabled","actions":["push"]}}"#);
    insta::assert_snapshot!(changed.await.golden(), @r#"200 {"type":"Microsoft.ContainerRegistry/registries/webhooks","id":"REGISTRY/webhooks/hook01","name":"hook01","location":"local","tags":{"team":"blue"},"systemData":{"createdBy":"CLIENT","createdByType":"Application","createdAt":"TIME+00:00","lastModifiedBy":"CLIENT","lastModifiedByType":"Application","lastModifiedAt":"TIME+00:00"},"properties":{"status":"disabled","scope":"","actions":["push"],"provisioningState":"Succeeded"}}"#);
    let config = face.post("/webhooks/hook01/getCallbackConfig").await;
    insta::assert_snapshot!(config.golden(), @r#"200 {"serviceUri":"http://user:secret@example.com/hook","customHeaders":{"X-Key":"1"}}"#);
    let cleared = face.patch(hook, r#"{"properties":{"customHeaders":{}}}"#).await;
    assert_eq!(cleared.status, StatusCode::OK);
    let config = face.post("/webhooks/hook01/getCallbackConfig").await;
    insta::assert_snapshot!(config.golden(), @r#"200 {"serviceUri":"http://user:secret@example.com/hook","customHeaders":{}}"#);

    for expected in ["200 ", "204 "] {
        assert_eq!(face.delete(hook).await.golden(), expected);
    }
    assert_eq!(face.get(hook).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_list_has_every_webhook_as_it_is_shown_alone() {
    let face = Face::start().await;
    assert_eq!(face.get("/webhooks").await.golden(), r#"200 {"value":[]}"#);
    face.hook("zebra").await;
    face.hook("Antelope").await;
    let first = face.get("/webhooks/antelope").await.text;
    let second = face.get("/webhooks/zebra").await.text;
    let list = face.get("/webhooks").await;
    assert_eq!(list.text, format!(r#"{{"value":[{first},{second}]}}"#));
}

#[tokio::test]
async fn the_registry_is_shown() {
    let face = Face::start().await;
    insta::assert_snapshot!(face.get("").await.golden(), @r#"200 {"sku":{"name":"Premium","tier":"Premium"},"type":"Microsoft.ContainerRegistry/registries","id":"REGISTRY","name":"boathook","location":"local","tags":{},"systemData":{"createdBy":"CLIENT","createdByType":"Application","createdAt":"TIME+00:00","lastModifiedBy":"CLIENT","lastModifiedByType":"Application","lastModifiedAt":"TIME+00:00"},"properties":{"loginServer":"localhost:5000","creationDate":"TIME","provisioningState":"Succeeded","adminUserEnabled":true,"dataEndpointEnabled":false,"dataEndpointHostNames":[],"privateEndpointConnections":[],"publicNetworkAccess":"Enabled","zoneRedundancy":"Disabled","anonymousPullEnabled":false}}"#);
}

#[tokio::test]
async fn every_answer_has_the_headers_of_azure_resource_manager() {
    let face = Face::start().await;
    face.hook("hook01").await;
    for (answer, has_body) in [
        (face.get("").await, true),
        (face.get("/webhooks/nobody").await, true),
        (face.delete("/webhooks/hook01").await, false),
        (face.delete("/webhooks/hook01").await, false),
    ] {
        let fixed = [
            ("cache-control", "no-cache"),
            ("pragma", "no-cache"),
            ("expires", "-1"),
            ("x-content-type-options", "nosniff"),
        ];
        for (name, value) in fixed {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
        let json = has_body.then_some("application/json; charset=utf-8");
        assert_eq!(answer.header("content-type"), json);
        let versions: Vec<_> =
            answer.header("api-supported-versions").unwrap().split(", ").collect();
        assert_eq!((versions.len(), versions[0]), (25, "2020-11-01-preview"));
        assert!(versions.contains(&"2025-11-01"));
        let id = answer.header("x-ms-request-id").unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(answer.header("x-ms-correlation-request-id"), Some(id));
    }
}

#[tokio::test]
async fn putting_a_webhook_twice_leaves_one_with_its_first_date() {
    let face = Face::start().await;
    let first = face.put("/webhooks/hook01", &create("http://example.com/a")).await.json();
    let second = face.put("/webhooks/hook01", &create("http://example.com/b")).await.json();
    assert_eq!(first["systemData"]["createdAt"], second["systemData"]["createdAt"]);
    assert_eq!(second["systemData"]["createdBy"], CLIENT_ID);
    assert_eq!(first["properties"], second["properties"]);
    let list = face.get("/webhooks").await.json();
    assert_eq!(list["value"].as_array().unwrap().len(), 1);
    let config = face.post("/webhooks/hook01/getCallbackConfig").await.json();
    assert_eq!(config["serviceUri"], "http://example.com/b");
}

#[tokio::test]
async fn names_that_differ_in_case_are_one_webhook() {
    let face = Face::start().await;
    face.hook("MyHook").await;
    face.hook("myhook").await;
    let list = face.get("/webhooks").await.json();
    assert_eq!(list["value"].as_array().unwrap().len(), 1);
    assert_eq!(face.get("/webhooks/MYHOOK").await.status, StatusCode::OK);
    assert_eq!(face.delete("/webhooks/mYhOOK").await.status, StatusCode::OK);
    assert_eq!(face.get("/webhooks").await.text, r#"{"value":[]}"#);
}

#[tokio::test]
async fn paths_are_compared_without_regard_to_case() {
    let face = Face::start().await;
    face.hook("hook01").await;
    let canonical = face.get("/webhooks/hook01").await.text;
    let path = format!("{REGISTRY}/webhooks/hook01");
    for variant in [
        path.to_ascii_lowercase(),
        path.to_ascii_uppercase(),
        path.replace("resourceGroups", "resourcegroups"),
        path.replace("hook01", "hook01/"),
        path.replace("hook01", "%68ook01"),
    ] {
        let request = face.request(&Method::GET, &variant).body(axum::body::Body::empty());
        let answer = face.send(request.unwrap()).await;
        // Whatever the case of the request, ids are given in the case in which they are kept.
        assert_eq!((answer.status, answer.text), (StatusCode::OK, canonical.clone()), "{variant}");
    }
}

#[tokio::test]
async fn what_a_get_showed_can_be_put_back_with_its_address() {
    let face = Face::start().await;
    face.hook("hook01").await;
    let mut shown = face.get("/webhooks/hook01").await.json();
    shown["properties"]["serviceUri"] = "http://example.com/".into();
    assert_eq!(face.put("/webhooks/hook01", &shown.to_string()).await.status, StatusCode::OK);
    assert_eq!(face.patch("/webhooks/hook01", &shown.to_string()).await.status, StatusCode::OK);
}
