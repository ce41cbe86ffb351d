//! Registries over the management API: made, changed, listed, and signed in to.

use crate::auth::basic;
use crate::identities::{Managed, REGISTRY};
use boathook_engine::Limits;
use boathook_testkit::{Answer, Settings};
use http::Method;
use serde_json::{Value, json};

const GROUP: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook";
const ALL: &str =
    "/subscriptions/b0a70001-0000-4000-8000-000000000001/providers/Microsoft.ContainerRegistry";
const BASIC: &str = r#"{"location":"local","sku":{"name":"Basic"}}"#;

fn path(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.ContainerRegistry/registries/{name}")
}

impl Managed {
    async fn write(&self, method: Method, name: &str, body: &str) -> Answer {
        self.owner(method, &path(name), body).await
    }

    /// What somebody is answered who asks a registry for a list of tags that is not there.
    async fn asks(&self, registry: &str, authorization: Option<&str>) -> u16 {
        let client = &self.served.client;
        let mut request = client.request(Method::GET, "/v2/app/tags/list");
        request = request.header("host", format!("{registry}.azurecr.localhost"));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        client.send(request, "").await.status
    }
}

#[track_caller]
fn check(answer: &Answer, status: u16, code: &str, target: Option<&str>) {
    let error = &answer.json()["error"];
    let found = (answer.status, error["code"].as_str(), error["target"].as_str());
    assert_eq!(found, (status, Some(code), target), "{error}");
}

fn names(list: &Value) -> Vec<&str> {
    list["value"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect()
}

#[tokio::test]
async fn a_registry_is_made_replaced_and_changed() {
    let managed = Managed::start().await;
    let body = r#"{"location":"local","sku":{"name":"Standard"},"tags":{"a":"b"},"properties":{"anonymousPullEnabled":true}}"#;
    let made = managed.write(Method::PUT, "MyRegistry", body).await.is(201).json();
    assert_eq!((&made["name"], &made["tags"]), (&json!("MyRegistry"), &json!({"a": "b"})));
    assert_eq!(made["sku"], json!({"name": "Standard", "tier": "Standard"}));
    assert_eq!(made["properties"]["anonymousPullEnabled"], true);
    let server = made["properties"]["loginServer"].as_str().unwrap();
    assert!(server.starts_with("myregistry.azurecr.localhost:"), "{server}");
    assert_eq!(managed.get(&path("myregistry")).await, made);
    // A PATCH leaves what it does not name, and passes over what it does not know.
    let change = r#"{"sku":{"name":"premium"},"properties":{"colour":1}}"#;
    let changed = managed.write(Method::PATCH, "MYREGISTRY", change).await.is(200).json();
    assert_eq!(changed["sku"]["name"], "Premium");
    assert_eq!((&changed["tags"], &changed["name"]), (&made["tags"], &made["name"]));
    assert_eq!(changed["properties"]["anonymousPullEnabled"], true);
    // A PUT says everything.
    let replaced = managed.write(Method::PUT, "myregistry", BASIC).await.is(200).json();
    assert_eq!((&replaced["tags"], &replaced["sku"]["name"]), (&json!({}), &json!("Basic")));
    assert_eq!(replaced["properties"]["anonymousPullEnabled"], false);
    assert_eq!(replaced["name"], "MyRegistry");
}

#[tokio::test]
async fn two_who_make_the_same_registry_make_one() {
    let managed = Managed::start().await;
    let puts = [(); 2].map(|()| managed.write(Method::PUT, "together", BASIC));
    let mut statuses: Vec<_> =
        futures_util::future::join_all(puts).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201]);
}

#[tokio::test]
async fn what_a_registry_may_not_be_is_refused_by_name() {
    let managed = Managed::start().await;
    let put = async |name: &str, body: &str| managed.write(Method::PUT, name, body).await;
    check(&put("ab", BASIC).await, 400, "InvalidRequest", Some("registryName"));
    check(&put("login", BASIC).await, 400, "InvalidRequest", Some("registryName"));
    check(&put("good1", "{}").await, 400, "InvalidRequestContent", Some("location"));
    let body = r#"{"location":"moon","sku":{"name":"Basic"}}"#;
    let code = "LocationNotAvailableForResourceType";
    check(&put("good1", body).await, 400, code, Some("location"));
    for sku in ["Classic", "Gold"] {
        let body = format!(r#"{{"location":"local","sku":{{"name":"{sku}"}}}}"#);
        check(&put("good1", &body).await, 400, "InvalidRequest", Some("sku.name"));
    }
    for (member, body) in [
        ("anonymousPullEnabled", r#"{"anonymousPullEnabled":true}"#),
        ("zoneRedundancy", r#"{"zoneRedundancy":"Enabled"}"#),
        ("encryption", r#"{"encryption":{"status":"enabled"}}"#),
        ("networkRuleSet.defaultAction", r#"{"networkRuleSet":{"defaultAction":"Deny"}}"#),
        ("networkRuleSet.ipRules", r#"{"networkRuleSet":{"ipRules":[{"value":"10.0.0.1"}]}}"#),
        (
            "policies.softDeletePolicy.retentionDays",
            r#"{"policies":{"softDeletePolicy":{"retentionDays":91}}}"#,
        ),
        ("policies.retentionPolicy", r#"{"policies":{"retentionPolicy":{"status":"enabled"}}}"#),
        ("policies.retentionPolicy.days", r#"{"policies":{"retentionPolicy":{"days":366}}}"#),
    ] {
        let body =
            format!(r#"{{"location":"local","sku":{{"name":"Basic"}},"properties":{body}}}"#);
        let member = format!("properties.{member}");
        check(&put("good1", &body).await, 400, "InvalidRequest", Some(&member));
    }
    let elsewhere = path("good1").replace("resourceGroups/boathook", "resourceGroups/nowhere");
    let put_at = async |path: &str| managed.owner(Method::PUT, path, BASIC).await;
    check(&put_at(&elsewhere).await, 404, "ResourceGroupNotFound", None);
    let elsewhere = REGISTRY.replace("resourceGroups/boathook", "resourceGroups/nowhere");
    check(&put_at(&elsewhere).await, 409, "AlreadyInUse", None);
    let change = r#"{"location":"moon"}"#;
    let moved = managed.write(Method::PATCH, "boathook", change).await;
    check(&moved, 409, "InvalidResourceLocation", Some("location"));
    check(&managed.write(Method::GET, "good1", "").await, 404, "ResourceNotFound", None);
}

#[tokio::test]
async fn registries_are_listed_to_those_who_may_read_them() {
    let managed = Managed::start().await;
    let _ = managed.write(Method::PUT, "alpha", BASIC).await.is(201);
    let (all, of_group) = (
        format!("{ALL}/registries"),
        format!("{GROUP}/providers/Microsoft.ContainerRegistry/registries"),
    );
    for list in [&all, &of_group] {
        assert_eq!(names(&managed.get(list).await), ["alpha", "boathook"]);
    }
    let reader = managed.make("reader").await;
    let bearer = managed.bearer(&reader).await;
    let by = async || managed.by(&bearer, Method::GET, &all, "").await.is(200).json();
    assert!(names(&by().await).is_empty());
    let _ = managed.assign(&path("alpha"), 1, "Reader", &reader.principal).await.is(201);
    assert_eq!(names(&by().await), ["alpha"]);
}

#[tokio::test]
async fn a_name_is_free_until_a_registry_has_it() {
    let managed = Managed::start().await;
    let ask = async |name: &str| {
        let body = json!({ "name": name, "type": "Microsoft.ContainerRegistry/registries" });
        let path = format!("{ALL}/checkNameAvailability");
        managed.owner(Method::POST, &path, &body.to_string()).await.is(200).json()
    };
    assert_eq!(ask("free1").await, json!({"nameAvailable": true}));
    assert_eq!(ask("BoatHook").await["reason"], "AlreadyExists");
    assert_eq!(ask("login").await["reason"], "Invalid");
}

#[tokio::test]
async fn an_admin_user_signs_in_while_it_is_enabled() {
    let managed = Managed::start().await;
    let list = async |name: &str| {
        managed.owner(Method::POST, &format!("{}/listCredentials", path(name)), "").await
    };
    // The passwords of the first start can be shown, too.
    let shown = list("boathook").await.is(200).json();
    let [first, second] = &managed.credentials.passwords;
    assert_eq!(shown["passwords"][0], json!({"name": "password", "value": first}));
    assert_eq!(shown["passwords"][1], json!({"name": "password2", "value": second}));
    let _ = managed.write(Method::PUT, "other", BASIC).await.is(201);
    check(&list("other").await, 409, "Conflict", None);
    let switch = async |text: &str| {
        let body = format!(r#"{{"properties":{{"adminUserEnabled":{text}}}}}"#);
        let _ = managed.write(Method::PATCH, "other", &body).await.is(200);
    };
    switch("true").await;
    let shown = list("other").await.is(200).json();
    assert_eq!(shown["username"], "other");
    let value =
        |shown: &Value, idx: usize| shown["passwords"][idx]["value"].as_str().unwrap().to_owned();
    let login = |password: &str| basic("other", password);
    for idx in [0, 1] {
        assert_eq!(managed.asks("other", Some(&login(&value(&shown, idx)))).await, 404);
    }
    assert_eq!(managed.asks("boathook", Some(&login(&value(&shown, 0)))).await, 401);
    // One is replaced, and the other goes on.
    let regenerate = format!("{}/regenerateCredential", path("other"));
    let renewed = managed.owner(Method::POST, &regenerate, r#"{"name":"password2"}"#).await;
    let renewed = renewed.is(200).json();
    assert_eq!(value(&renewed, 0), value(&shown, 0));
    assert_ne!(value(&renewed, 1), value(&shown, 1));
    assert_eq!(managed.asks("other", Some(&login(&value(&shown, 1)))).await, 401);
    assert_eq!(managed.asks("other", Some(&login(&value(&renewed, 1)))).await, 404);
    switch("false").await;
    assert_eq!(managed.asks("other", Some(&login(&value(&renewed, 1)))).await, 401);
}

#[tokio::test]
async fn anybody_gets_tokens_to_pull_while_the_registry_allows_it() {
    let managed = Managed::start().await;
    let body = r#"{"location":"local","sku":{"name":"Standard"}}"#;
    let _ = managed.write(Method::PUT, "public1", body).await.is(201);
    let client = &managed.served.client;
    let token = async || {
        let path = "/oauth2/token?service=s&scope=repository:app:pull,push";
        let request = client.request(Method::GET, path).header("host", "public1.azurecr.localhost");
        client.send(request, "").await
    };
    let _ = token().await.is(401);
    let switch = async |text: &str| {
        let body = format!(r#"{{"properties":{{"anonymousPullEnabled":{text}}}}}"#);
        let _ = managed.write(Method::PATCH, "public1", &body).await.is(200);
    };
    switch("true").await;
    let json = token().await.is(200).json();
    let bearer = format!("Bearer {}", json["access_token"].as_str().unwrap());
    assert_eq!(managed.asks("public1", Some(&bearer)).await, 404);
    switch("false").await;
    assert_eq!(managed.asks("public1", Some(&bearer)).await, 401);
}

#[tokio::test]
async fn usages_tell_what_is_there_and_what_may_be() {
    let managed = Managed::start().await;
    let _ = managed.write(Method::PUT, "small", BASIC).await.is(201);
    let usages = managed.get(&format!("{}/listUsages", path("small"))).await;
    let expected = json!({"name": "Webhooks", "limit": 2, "currentValue": 0, "unit": "Count"});
    assert_eq!(usages["value"][1], expected);
    assert_eq!(usages["value"][0]["currentValue"], 0);
}

#[tokio::test]
async fn the_quotas_that_are_configured_are_those_of_usages_and_of_changes() {
    let limits = Limits { webhooks_max: [3, 1, 500], ..Limits::default() };
    let managed = Managed::with(Settings { limits, ..Settings::default() }).await;
    let _ = managed.write(Method::PUT, "second", BASIC).await.is(201);
    let hook = r#"{"location":"local","properties":{"serviceUri":"http://127.0.0.1:9/","actions":["push"]}}"#;
    for name in ["hook1", "hook2", "hook3"] {
        let _ = managed.write(Method::PUT, &format!("second/webhooks/{name}"), hook).await.is(200);
    }
    let usages = managed.get(&path("second/listUsages")).await;
    let webhooks = &usages["value"][1];
    assert_eq!((&webhooks["limit"], &webhooks["currentValue"]), (&json!(3), &json!(3)));
    let _ = managed.write(Method::PATCH, "second", r#"{"tags":{"a":"b"}}"#).await.is(200);
    let standard = r#"{"sku":{"name":"Standard"}}"#;
    check(&managed.write(Method::PATCH, "second", standard).await, 403, "QuotaExceeded", None);
    let _ = managed.write(Method::PATCH, "second", r#"{"sku":{"name":"Premium"}}"#).await.is(200);
    check(
        &managed.write(Method::PUT, "second", &BASIC.replace("Basic", "Standard")).await,
        403,
        "QuotaExceeded",
        None,
    );
    let _ = managed.write(Method::PUT, "second", BASIC).await.is(200);
}
