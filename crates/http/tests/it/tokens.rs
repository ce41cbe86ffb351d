//! Tokens of a registry: made over the management API, and used as docker uses them.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::auth::basic;
use crate::identities::{Managed, REGISTRY};
use boathook_testkit::Answer;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const APP: &str = r#"{"properties":{"actions":["repositories/app/content/read","repositories/app/content/write"]}}"#;

impl Managed {
    pub(crate) async fn put(&self, rest: &str, body: &str) -> Answer {
        self.owner(Method::PUT, &format!("{REGISTRY}{rest}"), body).await
    }

    async fn patch(&self, rest: &str, body: &str) -> Answer {
        self.owner(Method::PATCH, &format!("{REGISTRY}{rest}"), body).await
    }

    async fn delete(&self, rest: &str) -> Answer {
        self.owner(Method::DELETE, &format!("{REGISTRY}{rest}"), "").await
    }

    /// Makes a token that has this scope map.
    pub(crate) async fn token(&self, name: &str, scope_map: &str) -> Answer {
        self.put(&format!("/tokens/{name}"), &with_map(scope_map)).await
    }

    async fn generate(&self, body: &Value) -> Answer {
        let path = format!("{REGISTRY}/generateCredentials");
        self.owner(Method::POST, &path, &body.to_string()).await
    }

    /// Makes a token's passwords anew.
    pub(crate) async fn passwords(&self, token: &str) -> [String; 2] {
        let wanted = json!({ "tokenId": format!("{REGISTRY}/tokens/{token}") });
        let made = self.generate(&wanted).await.is(200).json();
        [0, 1].map(|idx| made["passwords"][idx]["value"].as_str().unwrap().to_owned())
    }

    /// What somebody is answered who asks for the list of a repository's tags.
    async fn tags_by(&self, authorization: &str, repository: &str) -> u16 {
        let path = format!("/v2/{repository}/tags/list");
        self.served.asked_by(Some(authorization), &Method::GET, &path).await.status
    }
}

fn with_map(scope_map: &str) -> String {
    json!({ "properties": { "scopeMapId": format!("{REGISTRY}/scopeMaps/{scope_map}") } })
        .to_string()
}

#[track_caller]
fn check(answer: &Answer, status: u16, code: &str, target: Option<&str>) {
    let json = answer.json();
    let found = (answer.status, json["error"]["code"].as_str(), json["error"]["target"].as_str());
    assert_eq!(found, (status, Some(code), target), "{json}");
}

#[tokio::test]
async fn a_scope_map_is_made_replaced_changed_and_removed() {
    let managed = Managed::start().await;
    let map = "/scopeMaps/MyMap";
    let made = managed.put(map, APP).await.is(201).json();
    let properties = &made["properties"];
    assert_eq!(made["type"], "Microsoft.ContainerRegistry/registries/scopeMaps");
    assert_eq!(made["id"], format!("{REGISTRY}{map}"));
    assert_eq!(properties["type"], "UserDefined");
    assert_eq!(properties["provisioningState"], "Succeeded");
    assert_eq!(properties["actions"].as_array().unwrap().len(), 2);
    assert_eq!(managed.get(&format!("{REGISTRY}/scopemaps/mymap")).await, made);

    managed.served.world.clock().advance(Duration::from_secs(5));
    let described = r#"{"properties":{"description":"d","actions":[]}}"#;
    let replaced = managed.put("/scopeMaps/MYMAP", described).await.is(200).json();
    assert_eq!(replaced["name"], "MyMap");
    assert_eq!(replaced["systemData"]["createdAt"], made["systemData"]["createdAt"]);
    assert_ne!(replaced["systemData"]["lastModifiedAt"], made["systemData"]["lastModifiedAt"]);
    let patch = r#"{"properties":{"actions":["repositories/*/content/read"],"colour":"red"}}"#;
    let patched = managed.patch(map, patch).await.is(200).json();
    assert_eq!(patched["properties"]["description"], "d");
    assert_eq!(patched["properties"]["actions"], json!(["repositories/*/content/read"]));

    let _ = managed.delete(map).await.is(200);
    let _ = managed.delete(map).await.is(204);
    check(&managed.patch(map, patch).await, 404, "ResourceNotFound", None);
}

#[tokio::test]
async fn every_registry_has_scope_maps_that_nobody_changes() {
    let managed = Managed::start().await;
    let _ = managed.put("/scopeMaps/mymap", APP).await.is(201);
    let list = managed.get(&format!("{REGISTRY}/scopeMaps")).await;
    let names: Vec<_> =
        list["value"].as_array().unwrap().iter().map(|map| map["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "_repositories_admin",
            "_repositories_pull",
            "_repositories_pull_metadata_read",
            "_repositories_push",
            "_repositories_push_metadata_write",
            "mymap"
        ]
    );
    let pull = managed.get(&format!("{REGISTRY}/scopeMaps/_repositories_pull")).await;
    assert_eq!(pull, list["value"][1]);
    assert_eq!(pull["properties"]["type"], "SystemDefined");
    assert_eq!(pull["properties"]["actions"], json!(["repositories/*/content/read"]));
    let system = "/scopeMaps/_Repositories_Pull";
    for refused in [
        managed.put(system, APP).await,
        managed.patch(system, APP).await,
        managed.delete(system).await,
    ] {
        check(&refused, 409, "Conflict", None);
    }
}

#[tokio::test]
async fn what_no_scope_map_or_token_can_be_is_refused_by_name() {
    let managed = Managed::start().await;
    let actions = |words: &[&str]| json!({ "properties": { "actions": words } }).to_string();
    for (name, body, code, target) in [
        ("a", APP.to_owned(), "InvalidRequest", Some("scopeMapName")),
        ("my.map", APP.to_owned(), "InvalidRequest", Some("scopeMapName")),
        ("mymap", actions(&["pull"]), "InvalidRequest", Some("properties.actions")),
        (
            "mymap",
            actions(&["repositories/a/content/read"; 501]),
            "InvalidRequest",
            Some("properties.actions"),
        ),
        ("mymap", "{}".to_owned(), "InvalidRequestContent", Some("properties")),
    ] {
        check(&managed.put(&format!("/scopeMaps/{name}"), &body).await, 400, code, target);
    }
    let most = actions(&["repositories/a/content/read"; 500]);
    let _ = managed.put("/scopeMaps/mymap", &most).await.is(201);
    let other = REGISTRY.replace("registries/boathook", "registries/another");
    let id = |id: String| json!({ "properties": { "scopeMapId": id } }).to_string();
    for (name, body, target) in [
        ("bot", with_map("mymap"), "tokenName"),
        ("b0a70001-0000-4000-8000-000000000003", with_map("mymap"), "tokenName"),
        ("robot", with_map("others"), "properties.scopeMapId"),
        ("robot", id("mymap".to_owned()), "properties.scopeMapId"),
        ("robot", id(format!("{REGISTRY}/tokens/mymap")), "properties.scopeMapId"),
        ("robot", id(format!("{other}/scopeMaps/mymap")), "properties.scopeMapId"),
    ] {
        check(
            &managed.put(&format!("/tokens/{name}"), &body).await,
            400,
            "InvalidRequest",
            Some(target),
        );
    }
    let _ = managed.token("robot", "MYMAP").await.is(201);
    let stay = r#"{"properties":{"credentials":{"passwords":[{"name":"password3"}]}}}"#;
    let refused = managed.patch("/tokens/robot", stay).await;
    check(&refused, 400, "InvalidRequest", Some("properties.credentials.passwords"));
    let robot = format!("{REGISTRY}/tokens/robot");
    for (body, status, code, target) in [
        (json!({ "tokenId": "robot" }), 400, "InvalidRequest", Some("tokenId")),
        (json!({ "tokenId": robot, "expiry": "soon" }), 400, "InvalidRequest", Some("expiry")),
        (
            json!({ "tokenId": robot, "expiry": "2020-01-01T00:00:00Z" }),
            400,
            "InvalidRequest",
            Some("expiry"),
        ),
        (json!({ "tokenId": format!("{REGISTRY}/tokens/nobody") }), 404, "ResourceNotFound", None),
    ] {
        check(&managed.generate(&body).await, status, code, target);
    }
}

#[tokio::test]
async fn a_token_signs_in_with_either_password_and_may_do_what_its_scope_map_says() {
    let managed = Managed::start().await;
    let _ = managed.served.client.push_image("app", "v1", "layer").await;
    let _ = managed.served.client.push_image("other", "v1", "layer").await;
    let _ = managed.put("/scopeMaps/mymap", APP).await.is(201);
    let made = managed.token("Robot", "mymap").await.is(201).json();
    assert_eq!(made["properties"]["status"], "enabled");
    assert_eq!(made["properties"]["scopeMapId"], format!("{REGISTRY}/scopeMaps/mymap"));
    assert_eq!(made["properties"]["credentials"], json!({ "certificates": [], "passwords": [] }));
    let passwords = managed.passwords("robot").await;
    let shown = managed.get(&format!("{REGISTRY}/tokens/ROBOT")).await;
    let names = &shown["properties"]["credentials"]["passwords"];
    assert_eq!((&names[0]["name"], &names[1]["name"]), (&json!("password1"), &json!("password2")));
    assert!(!passwords.iter().any(|password| shown.to_string().contains(password)));

    for password in &passwords {
        let robot = basic("robot", password);
        assert_eq!(managed.tags_by(&robot, "app").await, 200);
        assert_eq!(managed.tags_by(&robot, "other").await, 401);
        // More is asked for than is given: the token holds what is.
        let all = "repository:app:pull,push,delete repository:other:pull registry:catalog:*";
        let bearer = managed.served.token(&robot, all).await;
        assert_eq!(managed.tags_by(&bearer, "app").await, 200);
        assert_eq!(managed.tags_by(&bearer, "other").await, 401);
        for (method, path, status) in [
            (Method::POST, "/v2/app/blobs/uploads/", 202),
            (Method::DELETE, "/v2/app/manifests/v1", 401),
            (Method::GET, "/v2/_catalog", 401),
        ] {
            let answer = managed.served.asked_by(Some(&bearer), &method, path).await;
            assert_eq!(answer.status, status, "{method} {path}");
        }
    }
    for (user, password) in [("robot", "wrong"), ("nobody", passwords[0].as_str())] {
        assert_eq!(managed.tags_by(&basic(user, password), "app").await, 401);
    }
}

#[tokio::test]
async fn a_token_may_be_called_like_somebody_else() {
    let managed = Managed::start().await;
    let _ = managed.served.client.push_image("app", "v1", "layer").await;
    let _ = managed.put("/scopeMaps/mymap", APP).await.is(201);
    for name in ["anonymous", "boathook"] {
        let _ = managed.token(name, "mymap").await.is(201);
        let [password, _] = managed.passwords(name).await;
        let bearer = managed.served.token(&basic(name, &password), "repository:app:pull").await;
        assert_eq!(managed.tags_by(&bearer, "app").await, 200, "{name}");
    }
    // The admin user has been shown one wrong password: the token's.
    for guess in 1..10 {
        let guess = basic("boathook", &format!("guess {guess}"));
        assert_eq!(managed.tags_by(&guess, "app").await, 401);
    }
    assert_eq!(managed.tags_by(&basic("boathook", "guess"), "app").await, 429);
}

#[tokio::test]
async fn what_changes_about_a_token_counts_at_its_next_sign_in() {
    let managed = Managed::start().await;
    let _ = managed.served.client.push_image("app", "v1", "layer").await;
    let _ = managed.served.client.push_image("other", "v1", "layer").await;
    let _ = managed.put("/scopeMaps/mymap", APP).await.is(201);
    let _ = managed.token("robot", "mymap").await.is(201);
    let [password, second] = managed.passwords("robot").await;
    let robot = basic("robot", &password);
    let can =
        async || [managed.tags_by(&robot, "app").await, managed.tags_by(&robot, "other").await];
    assert_eq!(can().await, [200, 401]);
    let other = r#"{"properties":{"actions":["repositories/other/content/read"]}}"#;
    let _ = managed.patch("/scopeMaps/mymap", other).await.is(200);
    assert_eq!(can().await, [401, 200]);
    let _ = managed.patch("/tokens/robot", &with_map("_repositories_pull")).await.is(200);
    assert_eq!(can().await, [200, 200]);
    let _ = managed.patch("/tokens/robot", &with_map("mymap")).await.is(200);
    let _ = managed.delete("/scopeMaps/mymap").await.is(200);
    assert_eq!(can().await, [401, 401]);
    assert_eq!(
        managed.served.asked_by(Some(&robot), &Method::GET, "/v2/").await.status,
        200,
        "it signs in, and may do nothing"
    );
    let _ = managed.patch("/tokens/robot", &with_map("_repositories_pull")).await.is(200);
    let disabled = managed.patch("/tokens/robot", r#"{"properties":{"status":"disabled"}}"#).await;
    assert_eq!(disabled.is(200).json()["properties"]["status"], "disabled");
    assert_eq!(can().await, [401, 401]);
    let _ = managed.patch("/tokens/robot", r#"{"properties":{"status":"enabled"}}"#).await.is(200);
    assert_eq!(can().await, [200, 200]);
    // As `az acr token credential delete --password1` says it.
    let stay = r#"{"properties":{"credentials":{"passwords":[{"name":"password2"}]}}}"#;
    let _ = managed.patch("/tokens/robot", stay).await.is(200);
    assert_eq!(can().await, [401, 401]);
    assert_eq!(managed.tags_by(&basic("robot", &second), "app").await, 200);
    let _ = managed.delete("/tokens/robot").await.is(200);
    let _ = managed.delete("/tokens/robot").await.is(204);
    assert_eq!(managed.tags_by(&basic("robot", &second), "app").await, 401);
}

#[tokio::test]
async fn a_password_that_has_run_out_or_was_replaced_lets_nobody_in() {
    let managed = Managed::start().await;
    let _ = managed.served.client.push_image("app", "v1", "layer").await;
    let _ = managed.token("robot", "_repositories_pull").await.is(201);
    let token = format!("{REGISTRY}/tokens/robot");
    // The clock of a world begins on 14 November 2023, 22:13:20.
    let wanted = json!({ "tokenId": token, "name": "password1", "expiry": "2023-11-14T22:14:20Z" });
    let made = managed.generate(&wanted).await.is(200).json();
    assert_eq!(made["username"], "robot");
    assert_eq!(made["passwords"].as_array().unwrap().len(), 1);
    assert_eq!(made["passwords"][0]["expiry"], "2023-11-14T22:14:20.0000000Z");
    let short = basic("robot", made["passwords"][0]["value"].as_str().unwrap());
    let wanted = json!({ "tokenId": token, "name": "password2" });
    let made = managed.generate(&wanted).await.is(200).json();
    // The first is told of, and not shown again.
    assert_eq!(made["passwords"][0]["name"], "password1");
    assert!(made["passwords"][0].get("value").is_none());
    let long = basic("robot", made["passwords"][1]["value"].as_str().unwrap());
    let made_of_it = managed.served.token(&short, "repository:app:pull").await;
    let made_of_other = managed.served.token(&long, "repository:app:pull").await;
    managed.served.world.clock().advance(Duration::from_secs(59));
    assert_eq!(managed.tags_by(&short, "app").await, 200);
    assert_eq!(managed.tags_by(&made_of_it, "app").await, 200);
    managed.served.world.clock().advance(Duration::from_secs(1));
    assert_eq!(managed.tags_by(&short, "app").await, 401);
    // Nor does an access token outlive it.
    assert_eq!(managed.tags_by(&made_of_it, "app").await, 401);
    assert_eq!(managed.tags_by(&made_of_other, "app").await, 200);
    assert_eq!(managed.tags_by(&long, "app").await, 200);
    let _ = managed.generate(&wanted).await.is(200);
    assert_eq!(managed.tags_by(&long, "app").await, 401);
}

#[tokio::test]
async fn tokens_come_in_pages() {
    let managed = Managed::start().await;
    for number in 0..101 {
        let _ = managed.token(&format!("robot{number:03}"), "_repositories_pull").await.is(201);
    }
    let first = managed.get(&format!("{REGISTRY}/tokens")).await;
    assert_eq!(first["value"].as_array().unwrap().len(), 100);
    let next = first["nextLink"].as_str().unwrap();
    let path = &next[next.find("/subscriptions").unwrap()..];
    let second = managed.get(path).await;
    assert_eq!(second["value"][0]["name"], "robot100");
    assert!(second.get("nextLink").is_none());
    let path = format!("{REGISTRY}/tokens?%24skipToken=%2F");
    check(&managed.owner(Method::GET, &path, "").await, 400, "InvalidRequest", Some("$skipToken"));
}

#[tokio::test]
async fn a_pull_with_a_token_reads_no_more_of_the_database_than_one_without() {
    let managed = Managed::start().await;
    let _ = managed.served.client.push_image("app", "v1", "layer").await;
    let _ = managed.token("robot", "_repositories_pull").await.is(201);
    let [password, _] = managed.passwords("robot").await;
    let bearer = managed.served.token(&basic("robot", &password), "repository:app:pull").await;
    let transactions = || -> u64 {
        let times = managed.served.world.ctx().db.times().snapshot();
        times.values().flat_map(|histogram| histogram.counts).sum()
    };
    let pull = async || {
        let path = "/v2/app/manifests/v1";
        managed.served.asked_by(Some(&bearer), &Method::GET, path).await.is(200)
    };
    let _ = pull().await;
    let before = transactions();
    let _ = pull().await;
    assert_eq!(
        transactions(),
        before,
        "what is pulled is in the cache, and who pulls in the token"
    );
}
