//! What `az login`, `az group` and every `az acr` command look up: the subscription, its groups, what is in them.

use crate::identities::Managed;
use boathook_engine::manage::groups::GROUPS_MAX;
use boathook_engine::manage::registries::REGISTRIES_MAX;
use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};

const SUBSCRIPTION: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001";
const OF_REGISTRIES: &str =
    "$filter=resourceType%20eq%20%27Microsoft.ContainerRegistry%2Fregistries%27";

fn names(list: &Value) -> Vec<&str> {
    let value = list["value"].as_array().expect("it is a list");
    value.iter().filter_map(|entry| entry["name"].as_str()).collect()
}

#[tokio::test]
async fn what_az_login_looks_up_is_there() {
    let managed = Managed::start().await;
    let list = managed.get("/subscriptions").await;
    assert_eq!(list["value"][0]["id"], SUBSCRIPTION);
    assert_eq!(list["value"][0]["state"], "Enabled");
    assert_eq!(managed.get(SUBSCRIPTION).await, list["value"][0]);
    let tenants = managed.get("/tenants").await;
    assert_eq!(tenants["value"][0]["tenantId"], "b0a70001-0000-4000-8000-000000000002");
    let locations = managed.get(&format!("{SUBSCRIPTION}/locations")).await;
    assert_eq!(names(&locations), ["local"]);
    let providers = format!("{SUBSCRIPTION}/providers");
    let list = managed.get(&providers).await;
    assert_eq!(list["value"][0]["registrationState"], "Registered");
    let one = managed.get(&format!("{providers}/microsoft.containerregistry")).await;
    assert_eq!(one, list["value"][0]);
    let register = format!("{providers}/Microsoft.ContainerRegistry/register");
    assert_eq!(managed.owner(Method::POST, &register, "").await.is(200).json(), one);
    let unknown = format!("{providers}/Microsoft.Compute");
    let answer = managed.owner(Method::GET, &unknown, "").await.is(404).json();
    assert_eq!(answer["error"]["code"], "ResourceNotFound");
}

#[tokio::test]
async fn a_group_is_made_changed_and_removed() {
    let managed = Managed::start().await;
    // As `az group create` writes it.
    let path = format!("{SUBSCRIPTION}/resourcegroups/Team-1");
    let _ = managed.owner(Method::HEAD, &path, "").await.is(404);
    let answer = managed.owner(Method::GET, &path, "").await.is(404).json();
    assert_eq!(answer["error"]["code"], "ResourceGroupNotFound");
    let body = r#"{"location": "Local", "tags": {"env": "t"}}"#;
    let made = managed.owner(Method::PUT, &path, body).await.is(201).json();
    let expected = json!({
        "id": format!("{SUBSCRIPTION}/resourceGroups/Team-1"),
        "name": "Team-1",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "local",
        "tags": {"env": "t"},
        "properties": {"provisioningState": "Succeeded"},
    });
    assert_eq!(made, expected);
    let other_case = format!("{SUBSCRIPTION}/resourceGroups/TEAM-1");
    assert_eq!(managed.owner(Method::PUT, &other_case, body).await.is(200).json(), expected);
    assert_eq!(managed.get(&other_case).await, expected);
    let _ = managed.owner(Method::HEAD, &other_case, "").await.is(204);
    assert_eq!(
        names(&managed.get(&format!("{SUBSCRIPTION}/resourcegroups")).await),
        ["boathook", "Team-1"]
    );
    // What is not named stays.
    assert_eq!(managed.owner(Method::PATCH, &path, "{}").await.is(200).json(), expected);
    let changed = managed.owner(Method::PATCH, &path, r#"{"tags":null}"#).await.is(200).json();
    assert_eq!(changed["tags"], json!({}));

    let result = managed.begun_by(managed.owner(Method::DELETE, &path, "").await);
    let _ = managed.owner(Method::GET, &path, "").await.is(404);
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    let _ = managed.owner(Method::DELETE, &path, "").await.is(404);
}

#[tokio::test]
async fn what_a_group_may_not_be_is_refused() {
    let managed = Managed::start().await;
    let group = |name: &str| format!("{SUBSCRIPTION}/resourceGroups/{name}");
    for (method, name, body, status, code) in [
        (Method::PUT, "one.", r#"{"location":"local"}"#, 400, "InvalidRequest"),
        (
            Method::PUT,
            "one",
            r#"{"location":"westus"}"#,
            400,
            "LocationNotAvailableForResourceGroup",
        ),
        (Method::PUT, "one", "{}", 400, "InvalidRequestContent"),
        (Method::PATCH, "one", "{}", 404, "ResourceGroupNotFound"),
        (Method::POST, "boathook", "", 405, "MethodNotAllowed"),
    ] {
        let answer = managed.owner(method, &group(name), body).await.is(status).json();
        assert_eq!(answer["error"]["code"], code, "{name} {body}");
    }
    let tags: serde_json::Map<_, _> =
        (0..51).map(|number| (format!("tag{number}"), json!("x"))).collect();
    let body = json!({"location": "local", "tags": tags}).to_string();
    let answer = managed.owner(Method::PUT, &group("one"), &body).await.is(400).json();
    assert_eq!(answer["error"]["target"], "tags");
}

#[tokio::test]
async fn registries_are_found_among_the_resources() {
    let managed = Managed::start().await;
    for path in ["", "/resourceGroups/BOATHOOK"] {
        let list = managed.get(&format!("{SUBSCRIPTION}{path}/resources?{OF_REGISTRIES}")).await;
        assert_eq!(names(&list), ["boathook"]);
        assert_eq!(list["value"][0]["id"], crate::identities::REGISTRY);
    }
    let storage = format!("{SUBSCRIPTION}/resources?$filter=resourceType%20eq%20%27a%2Fb%27");
    assert!(names(&managed.get(&storage).await).is_empty());
    let unknown = format!("{SUBSCRIPTION}/resourceGroups/none/resources");
    let answer = managed.owner(Method::GET, &unknown, "").await.is(404).json();
    assert_eq!(answer["error"]["code"], "ResourceGroupNotFound");
    let bad = format!("{SUBSCRIPTION}/resources?$filter=tagName%20eq%20%27a%27");
    let answer = managed.owner(Method::GET, &bad, "").await.is(400).json();
    assert_eq!(answer["error"]["target"], "$filter");
}

#[tokio::test]
async fn who_has_no_role_sees_no_entries() {
    let managed = Managed::start().await;
    let stranger = managed.stranger("nobody").await;
    for path in ["/resourceGroups", "/resources"] {
        let path = format!("{SUBSCRIPTION}{path}");
        let list = managed.by(&stranger, Method::GET, &path, "").await.is(200).json();
        assert!(names(&list).is_empty(), "{path}");
    }
    let path = format!("{SUBSCRIPTION}/resourceGroups/boathook");
    for (method, body) in [(Method::GET, ""), (Method::PUT, r#"{"location":"local"}"#)] {
        let answer = managed.by(&stranger, method, &path, body).await.is(403).json();
        assert_eq!(answer["error"]["code"], "AuthorizationFailed");
    }
}

#[tokio::test]
async fn whoever_may_not_look_at_a_group_does_not_learn_whether_it_is_there() {
    let managed = Managed::start().await;
    let stranger = managed.stranger("robot").await;
    for list in ["resources", "providers/Microsoft.ContainerRegistry/registries"] {
        for group in ["boathook", "nowhere"] {
            let path = format!("{SUBSCRIPTION}/resourceGroups/{group}/{list}");
            let answer = managed.by(&stranger, Method::GET, &path, "").await.is(200);
            assert_eq!(answer.json(), json!({ "value": [] }), "{path}");
        }
        let path = format!("{SUBSCRIPTION}/resourceGroups/nowhere/{list}");
        let answer = managed.owner(Method::GET, &path, "").await.is(404).json();
        assert_eq!(answer["error"]["code"], "ResourceGroupNotFound");
    }
}

#[tokio::test]
async fn a_server_has_as_many_groups_and_registries_as_it_may_and_no_more() {
    let managed = Managed::start().await;
    // The default group and the default registry are there.
    let fill = async |path: &str, body: &str, max: u64| {
        let put = async |number: u64| {
            managed.owner(Method::PUT, &path.replace('#', &number.to_string()), body).await
        };
        let numbers: Vec<_> = (1..max).collect();
        for some in numbers.chunks(100) {
            for answer in join_all(some.iter().map(|number| put(*number))).await {
                let _ = answer.is(201);
            }
        }
        let refused = managed.owner(Method::PUT, &path.replace('#', "x"), body).await.is(403);
        assert_eq!(refused.json()["error"]["code"], "QuotaExceeded");
        let _ = managed.owner(Method::PUT, &path.replace('#', "1"), body).await.is(200);
    };
    let group = format!("{SUBSCRIPTION}/resourceGroups/g#");
    fill(&group, r#"{"location":"local"}"#, GROUPS_MAX).await;
    let registry = format!(
        "{SUBSCRIPTION}/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/other#"
    );
    let body = r#"{"location":"local","sku":{"name":"Basic"}}"#;
    fill(&registry, body, REGISTRIES_MAX).await;
}
