//! Entity tags: a change is made only to what its maker last saw.

use crate::identities::{IDENTITIES, Managed, REGISTRY, SUBSCRIPTION, assignment};
use boathook_testkit::{Answer, Settings};
use http::{HeaderName, Method, header};

const REGIONS: &[&str] = &["local", "north"];

/// What has an entity tag: its path, what makes it, and what changes it.
fn resources() -> [(String, &'static str, &'static str); 6] {
    let child = |name: &str| format!("{REGISTRY}/{name}");
    let registry = format!(
        "{SUBSCRIPTION}/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/second"
    );
    let tags = r#"{"tags": {"env": "ci"}}"#;
    [
        (format!("{SUBSCRIPTION}/resourceGroups/team"), r#"{"location": "local"}"#, tags),
        (registry, r#"{"location": "local", "sku": {"name": "Basic"}}"#, tags),
        (
            child("webhooks/hook01"),
            r#"{"location": "local", "properties": {"serviceUri": "http://127.0.0.1:9/", "actions": ["push"]}}"#,
            tags,
        ),
        (child("replications/north"), r#"{"location": "north"}"#, tags),
        (
            child("scopeMaps/readers"),
            r#"{"properties": {"actions": ["repositories/app/content/read"]}}"#,
            r#"{"properties": {"description": "for readers"}}"#,
        ),
        (
            child("tokens/robot"),
            r#"{"properties": {"scopeMapId": "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/boathook/scopeMaps/_repositories_pull"}}"#,
            r#"{"properties": {"status": "disabled"}}"#,
        ),
    ]
}

impl Managed {
    /// Asks with one of the two conditions.
    async fn ask_if(
        &self,
        method: Method,
        path: &str,
        (name, tag): (HeaderName, &str),
        body: &str,
    ) -> Answer {
        let path = format!("{path}?api-version=2025-11-01");
        let request = self.served.client.request(method, &path);
        let request = request.header(header::AUTHORIZATION, &self.owner).header(name, tag);
        self.served.client.send(request, body.to_owned()).await
    }
}

#[track_caller]
fn check_stale(what: &str, answer: &Answer) {
    let code = answer.json()["error"]["code"].clone();
    assert_eq!((answer.status, code.as_str()), (412, Some("PreconditionFailed")), "{what}");
}

#[tokio::test]
async fn a_change_is_made_only_to_what_its_maker_last_saw() {
    let managed = Managed::with(Settings { regions: REGIONS, ..Settings::default() }).await;
    for (path, create, change) in resources() {
        let (matches, differs) = (header::IF_MATCH, header::IF_NONE_MATCH);
        let nothing = managed.ask_if(Method::PUT, &path, (matches.clone(), "*"), create).await;
        check_stale(&format!("nothing is at {path}"), &nothing);
        let fresh = (differs.clone(), "*");
        let made = managed.ask_if(Method::PUT, &path, fresh.clone(), create).await;
        assert!(matches!(made.status, 200 | 201), "{path}: {}", made.text());
        let first = made.header("etag").to_owned();
        let shown = managed.owner(Method::GET, &path, "").await.is(200);
        assert_eq!(shown.header("etag"), first, "{path}");
        check_stale(&path, &managed.ask_if(Method::PUT, &path, fresh, create).await);
        let seen = (matches.clone(), &*first);
        let changed = managed.ask_if(Method::PATCH, &path, seen.clone(), change).await.is(200);
        let second = changed.header("etag").to_owned();
        assert_ne!(second, first, "{path}");
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = managed.ask_if(method.clone(), &path, seen.clone(), create).await;
            check_stale(&format!("{method} {path}"), &answer);
        }
        let shown = managed.owner(Method::GET, &path, "").await.is(200);
        assert_eq!(shown.header("etag"), second, "{path} is as it was");
        let answer = managed.ask_if(Method::DELETE, &path, (matches, &second), "").await;
        assert!(matches!(answer.status, 200 | 202), "{path}: {}", answer.text());
        let _ = managed.owner(Method::GET, &path, "").await.is(404);
    }
}

#[tokio::test]
async fn what_is_no_entity_tag_is_refused() {
    let managed = Managed::start().await;
    for tag in ["", "abc", "\"abc", "*, \"abc\""] {
        let seen = (header::IF_MATCH, tag);
        let answer = managed.ask_if(Method::PATCH, REGISTRY, seen, "{}").await.is(400);
        assert_eq!(answer.json()["error"]["code"], "InvalidRequest", "{tag}");
    }
}

#[tokio::test]
async fn what_has_no_entity_tag_is_not_changed_on_one() {
    let managed = Managed::start().await;
    let made = managed.make("robot").await;
    let _ = managed.assign(REGISTRY, 1, "AcrPull", &made.principal).await.is(201);
    for path in [format!("{IDENTITIES}/robot"), assignment(REGISTRY, 1)] {
        let seen = (header::IF_MATCH, "\"abc\"");
        let answer = managed.ask_if(Method::DELETE, &path, seen, "").await.is(400);
        assert_eq!(answer.json()["error"]["code"], "InvalidRequest", "{path}");
        let asked = (header::IF_NONE_MATCH, "no tag");
        let _ = managed.ask_if(Method::GET, &path, asked, "").await.is(200);
    }
}
