//! Which tags a webhook would hear of, as whoever is about to make one asks.

use crate::identities::{Managed, REGISTRY};
use boathook_testkit::{Answer, Settings};
use http::Method;
use serde_json::{Value, json};

const REGIONS: &[&str] = &["westeurope", "eastus"];

impl Managed {
    async fn test_scope(&self, body: &Value) -> Answer {
        self.owner(Method::POST, &format!("{REGISTRY}/testScope"), &body.to_string()).await
    }

    /// Asks for what an answer links to, with any body.
    async fn next(&self, page: &Value, method: Method, body: &str) -> Value {
        let link = page["nextLink"].as_str().expect("there is another page");
        let at = link.find("/subscriptions/").expect("it is a path of the management API");
        let path = link[at..].replacen("api-version=2022-04-01&", "", 1);
        self.owner(method, &path, body).await.is(200).json()
    }
}

/// The error that an answer tells, without its code.
fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json()["error"]["message"].clone())
}

#[track_caller]
fn check(answer: &Answer, status: u16, code: &str, target: Option<&str>) {
    let json = answer.json();
    let found = (answer.status, json["error"]["code"].as_str(), json["error"]["target"].as_str());
    assert_eq!(found, (status, Some(code), target), "{json}");
}

#[tokio::test]
async fn what_a_scope_would_hear_is_listed_by_repository_and_tag() {
    let managed = Managed::with(Settings { regions: REGIONS, ..Settings::default() }).await;
    let client = &managed.served.client;
    for (repository, tag) in
        [("team/app", "v1.10"), ("team/app", "V2"), ("team/a", "v1.4"), ("app", "v1.4")]
    {
        client.push_image(repository, tag, "layer").await;
    }
    let found = managed.test_scope(&json!({ "scope": "team/*:v1.*" })).await.is(200);
    let expected = r#"{"value":[{"repository":"team/a","tag":"v1.4"},{"repository":"team/app","tag":"v1.10"}]}"#;
    assert_eq!(found.text(), expected);
    let home = managed.test_scope(&json!({ "scope": "app:*", "location": "West Europe" })).await;
    let expected = json!({ "value": [{ "repository": "app", "tag": "v1.4" }] });
    assert_eq!(home.is(200).json(), expected);
    // A webhook could be in a region from the moment on that the registry is.
    let elsewhere = json!({ "scope": "", "location": "eastus" });
    check(&managed.test_scope(&elsewhere).await, 404, "RegistryResourceNotFound", Some("location"));
    let body = json!({ "location": "eastus", "properties": {} }).to_string();
    let path = format!("{REGISTRY}/replications/eastus");
    let _ = managed.owner(Method::PUT, &path, &body).await.is(201);
    let empty = managed.test_scope(&elsewhere).await.is(200);
    assert_eq!(empty.text(), r#"{"value":[]}"#);
}

#[tokio::test]
async fn pages_are_followed_with_get_or_post_and_whatever_body() {
    let managed = Managed::start().await;
    let client = &managed.served.client;
    for number in 0..202 {
        client.push_image("app", &format!("v{number:03}"), "layer").await;
    }
    client.push_image("app", "other", "layer").await;
    let tags = |page: &Value| -> Vec<String> {
        let all = page["value"].as_array().expect("it is a page").iter();
        all.map(|one| one["tag"].as_str().expect("it has a tag").to_owned()).collect()
    };
    let expected: Vec<_> = (0..202).map(|number| format!("v{number:03}")).collect();
    let asked = json!({ "scope": "app:v*" });
    let first = managed.test_scope(&asked).await.is(200).json();
    assert_eq!(tags(&first), expected[..100]);
    for (method, body) in [
        (Method::GET, String::new()),
        (Method::POST, asked.to_string()),
        (Method::POST, String::new()),
    ] {
        let second = managed.next(&first, method.clone(), &body).await;
        assert_eq!(tags(&second), expected[100..200]);
        let third = managed.next(&second, method, &body).await;
        assert_eq!(tags(&third), expected[200..]);
        assert_eq!(third["nextLink"], Value::Null);
    }
}

#[tokio::test]
async fn what_no_webhook_could_have_is_refused_in_the_same_words() {
    let managed = Managed::start().await;
    let create = async |scope: &str, location: &str| {
        let properties =
            json!({ "serviceUri": "http://127.0.0.1/", "actions": ["push"], "scope": scope });
        let body = json!({ "location": location, "properties": properties }).to_string();
        managed.owner(Method::PUT, &format!("{REGISTRY}/webhooks/hook01"), &body).await
    };
    for scope in ["App:v1", "a b", "app:", ":v1", "app:v1:v2", "app:v1,v2", "\u{0}"] {
        let refused = managed.test_scope(&json!({ "scope": scope })).await;
        check(&refused, 400, "InvalidRequest", Some("scope"));
        assert_eq!(told(&refused), told(&create(scope, "local").await), "{scope}");
    }
    for location in ["mars", "", "\u{0}"] {
        let refused = managed.test_scope(&json!({ "scope": "", "location": location })).await;
        check(&refused, 404, "RegistryResourceNotFound", Some("location"));
        assert_eq!(told(&refused), told(&create("", location).await), "{location}");
    }
    for (body, target) in [
        ("", None),
        ("{}", Some("scope")),
        (r#"{"scope":["a"]}"#, Some("scope")),
        (r#"{"scope":"","region":"local"}"#, Some("region")),
    ] {
        let refused = managed.owner(Method::POST, &format!("{REGISTRY}/testScope"), body).await;
        check(&refused, 400, "InvalidRequestContent", target);
    }
}

#[tokio::test]
async fn a_page_that_no_answer_linked_to_is_refused() {
    let managed = Managed::start().await;
    let path = format!("{REGISTRY}/testScope");
    check(&managed.owner(Method::GET, &path, "").await, 400, "InvalidRequest", Some("$skipToken"));
    for token in ["x", "a,b,c", "app,,app,%00", "app,,%C3%A4,v1", "a,b,c,d,e"] {
        for method in [Method::GET, Method::POST] {
            let refused = managed.owner(method, &format!("{path}?$skipToken={token}"), "").await;
            check(&refused, 400, "InvalidRequest", Some("$skipToken"));
        }
    }
    // What could have been linked to is judged as what is asked for the first time.
    for (token, status, target) in [("App,,a,b", 400, "scope"), ("app,mars,a,b", 404, "location")] {
        let refused = managed.owner(Method::GET, &format!("{path}?$skipToken={token}"), "").await;
        let json = refused.json();
        assert_eq!((refused.status, json["error"]["target"].as_str()), (status, Some(target)));
    }
}
