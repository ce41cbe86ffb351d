//! Getting tokens, and what becomes of them.

use super::basic;
use crate::served::Served;
use boathook_testkit::{Answer, Settings};
use http::{Method, header};
use serde_json::json;
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";

impl Served {
    async fn ask_for_token(&self, form: impl Into<String>) -> Answer {
        let request = self.client.request(Method::POST, "/oauth2/token");
        self.client.send(request.header(header::CONTENT_TYPE, FORM), form.into()).await
    }
}

/// Fails the test unless this is a refusal in OAuth2's shape.
#[track_caller]
fn check(answer: &Answer, status: u16, error: &str, told: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let json = answer.json();
    assert_eq!(json.as_object().map(serde_json::Map::len), Some(2), "{json}");
    assert_eq!(json["error"], error);
    let description = json["error_description"].as_str().expect("a refusal says why");
    assert!(description.contains(told), "{json}");
}

#[tokio::test]
async fn a_token_is_got_by_form_and_by_query_and_lasts_75_minutes() {
    let (served, credentials) = Served::private().await;
    let [password, _] = &credentials.passwords;
    let scope = "repository%3Aapp%3Apull%2Cpush";
    let form = format!(
        "grant_type=password&username=boathook&password={password}&service=s&client_id=c&scope={scope}"
    );
    let by_form = served.ask_for_token(form).await.is(200);
    let path = format!("/oauth2/token?account=boathook&service=s&scope={scope}");
    let by_query =
        served.asked_by(Some(&basic("boathook", password)), &Method::GET, &path).await.is(200);
    for answer in [by_form, by_query] {
        assert_eq!(answer.header("cache-control"), "no-store");
        let json = answer.json();
        assert_eq!(json["expires_in"], 75 * 60);
        assert_eq!(json["issued_at"].as_str().unwrap().get(..19), Some("2023-11-14T22:13:20"));
        let bearer = format!("Bearer {}", json["access_token"].as_str().unwrap());
        let upload = served.asked_by(Some(&bearer), &Method::POST, "/v2/app/blobs/uploads/").await;
        let upload = upload.is(202);
        let _ = served
            .asked_by(Some(&bearer), &Method::DELETE, upload.header("location"))
            .await
            .is(204);
        let _ = served.asked_by(Some(&bearer), &Method::GET, "/v2/_catalog").await.is(401);
    }
}

/// How many transactions there have been.
fn transactions(served: &Served) -> u64 {
    let times = served.world.ctx().db.times().snapshot();
    times.values().flat_map(|histogram| histogram.counts).sum()
}

/// Pulls an image whose blob is not small, cold and warm, and tells how many transactions each pull took.
async fn pulls(served: &Served, bearer: Option<&str>) -> [u64; 2] {
    let image = served.world.push_image("app", &vec![b'x'; 40_000]).await;
    let manifest = format!("/v2/app/manifests/{image}");
    let pull = async || {
        let before = transactions(served);
        let found = served.asked_by(bearer, &Method::GET, &manifest).await.is(200).json();
        let config = found["config"]["digest"].as_str().expect("it has one").to_owned();
        let _ =
            served.asked_by(bearer, &Method::GET, &format!("/v2/app/blobs/{config}")).await.is(200);
        transactions(served) - before
    };
    [pull().await, pull().await]
}

#[tokio::test]
async fn a_pull_with_a_token_makes_no_more_transactions_than_one_without() {
    let without = pulls(&Served::open().await, None).await;
    let (served, credentials) = Served::private().await;
    let admin = basic("boathook", &credentials.passwords[0]);
    let token = served.token(&admin, "repository:app:pull").await;
    let with = pulls(&served, Some(&token)).await;
    let is_no_more = with.iter().zip(without).all(|(with, without)| *with <= without);
    assert!(is_no_more, "{with:?} with a token, {without:?} without");
}

#[tokio::test]
async fn nothing_is_hashed_for_a_request_that_bears_a_token() {
    let (served, credentials) = Served::private().await;
    let ctx = served.world.ctx();
    let hashings = || ctx.meters.hashings.snapshot().values().sum::<u64>();
    let owner = basic(&credentials.client_id, &credentials.client_secret);
    let registry = served.token(&owner, "repository:app:pull registry:catalog:*").await;
    let authority = served.bearer(&credentials.client_id, &credentials.client_secret).await;
    let exchange = format!(
        "grant_type=access_token&service=s&access_token={}",
        authority.trim_start_matches("Bearer ")
    );
    let before = hashings();
    assert!(0 < before, "the secret was checked");
    let _ = served.asked_by(Some(&registry), &Method::GET, "/v2/_catalog").await.is(200);
    let _ = served.asked_by(Some(&registry), &Method::GET, "/v2/app/tags/list").await.is(404);
    let _ = served.asked_by(Some(&registry), &Method::DELETE, "/acr/v1/app").await.is(401);
    let subscriptions = "/subscriptions?api-version=2022-12-01";
    let _ = served.asked_by(Some(&authority), &Method::GET, subscriptions).await.is(200);
    let refresh = served.post_form("/oauth2/exchange", &exchange, None).await.is(200).json();
    let refresh = refresh["refresh_token"].as_str().expect("there is one");
    let form = format!(
        "grant_type=refresh_token&service=s&scope=registry:catalog:*&refresh_token={refresh}"
    );
    let _ = served.post_form("/oauth2/token", &form, None).await.is(200);
    for bad in ["Bearer x", "Bearer a.b.c", &format!("{registry}x"), &format!("{authority}x")] {
        let _ = served.asked_by(Some(bad), &Method::GET, "/v2/_catalog").await.is(401);
        let _ = served.asked_by(Some(bad), &Method::GET, subscriptions).await.is(401);
    }
    assert_eq!(hashings(), before);
}

#[tokio::test]
async fn a_token_counts_until_it_expires() {
    let (served, credentials) = Served::private().await;
    let token =
        served.token(&basic("boathook", &credentials.passwords[0]), "registry:catalog:*").await;
    let catalog = async || served.asked_by(Some(&token), &Method::GET, "/v2/_catalog").await.status;
    served.world.clock().advance(Duration::from_secs(75 * 60 - 1));
    assert_eq!(catalog().await, 200);
    served.world.clock().advance(Duration::from_secs(1));
    assert_eq!(catalog().await, 401);
    let base = served.asked_by(Some(&token), &Method::GET, "/v2/").await.is(401);
    assert!(base.header("www-authenticate").starts_with("Bearer realm="));
}

#[tokio::test]
async fn a_token_that_was_tampered_with_or_signed_elsewhere_is_worth_nothing() {
    let (served, credentials) = Served::private().await;
    let admin = basic("boathook", &credentials.passwords[0]);
    let token = served.token(&admin, "repository:app:pull").await;
    let stronger = served.token(&admin, "registry:catalog:*").await;
    let parts: Vec<_> = token.split('.').collect();
    let stronger: Vec<_> = stronger.split('.').collect();
    // {"alg":"none"}
    let unsigned = format!("Bearer eyJhbGciOiJub25lIn0.{}.", stronger[1]);
    let swapped = format!("{}.{}.{}", parts[0], stronger[1], parts[2]);
    let cut = token[..token.len() - 2].to_owned();
    let without = format!("{}.{}.", stronger[0], stronger[1]);
    for forged in [unsigned, swapped, cut, without] {
        for path in ["/v2/", "/v2/_catalog", "/v2/app/tags/list"] {
            let _ = served.asked_by(Some(&forged), &Method::GET, path).await.is(401);
        }
    }
    let other = Settings { signing_key: [9; 32], is_open: true, ..Settings::default() };
    let other = Served::with(other).await;
    let path = "/oauth2/token?scope=registry:catalog:*";
    let foreign = other.asked_by(None, &Method::GET, path).await.is(200).json();
    let foreign = format!("Bearer {}", foreign["token"].as_str().unwrap());
    let _ = other.asked_by(Some(&foreign), &Method::GET, "/v2/_catalog").await.is(200);
    let _ = served.asked_by(Some(&foreign), &Method::GET, "/v2/_catalog").await.is(401);
}

#[tokio::test]
async fn a_token_gets_no_further_token_than_it_is_itself() {
    let (served, credentials) = Served::private().await;
    let admin = basic("boathook", &credentials.passwords[0]);
    let reader = served.token(&admin, "repository:app:pull").await;
    let wider = served.token(&reader, "repository:app:pull,push registry:catalog:*").await;
    let _ = served.asked_by(Some(&wider), &Method::POST, "/v2/app/blobs/uploads/").await.is(401);
    let _ = served.asked_by(Some(&wider), &Method::GET, "/v2/_catalog").await.is(401);
    let tags = served.asked_by(Some(&wider), &Method::GET, "/v2/app/tags/list").await;
    tags.refused(404, "NAME_UNKNOWN");
}

/// Else whoever has had one token could go on for ever, without a password and whatever is taken away from them.
#[tokio::test]
async fn a_token_that_is_made_of_another_ends_with_it() {
    let (served, credentials) = Served::private().await;
    let admin = basic("boathook", &credentials.passwords[0]);
    let first = served.token(&admin, "registry:catalog:*").await;
    served.world.clock().advance(Duration::from_mins(70));
    let path = "/oauth2/token?scope=registry:catalog:*";
    let token = first.strip_prefix("Bearer ").unwrap();
    let mut made = Vec::new();
    for shown in [first.clone(), basic("00000000-0000-0000-0000-000000000000", token)] {
        let answer = served.asked_by(Some(&shown), &Method::GET, path).await.is(200).json();
        assert_eq!(answer["expires_in"], 5 * 60);
        made.push(format!("Bearer {}", answer["access_token"].as_str().unwrap()));
    }
    served.world.clock().advance(Duration::from_mins(5));
    for token in &made {
        let _ = served.asked_by(Some(token), &Method::GET, "/v2/_catalog").await.is(401);
        let _ = served.asked_by(Some(token), &Method::GET, path).await.is(401);
    }
}

#[tokio::test]
async fn a_request_for_a_token_that_is_out_of_rule_is_refused_and_told_why() {
    let (served, _) = Served::private().await;
    let many = "repository:a:pull+".repeat(101);
    for (form, status, error, told) in [
        ("", 400, "invalid_request", "grant_type"),
        ("\u{0}\u{1}", 400, "invalid_request", "grant_type"),
        ("grant_type=password&username=boathook", 400, "invalid_request", "password"),
        ("grant_type=password&password=x", 400, "invalid_request", "username"),
        ("grant_type=refresh_token", 400, "invalid_request", "refresh_token"),
        ("grant_type=refresh_token&refresh_token=x", 401, "invalid_grant", "refresh token"),
        ("grant_type=access_token&access_token=x", 401, "invalid_grant", "access token"),
        ("grant_type=magic", 400, "unsupported_grant_type", "password"),
        (&format!("grant_type=password&scope={many}"), 400, "invalid_scope", "100"),
        ("grant_type=password&username=boathook&password=no", 401, "invalid_client", "wrong"),
        ("grant_type=password&username=nobody&password=no", 401, "invalid_client", "wrong"),
        ("grant_type=password", 401, "invalid_client", "sign in"),
        (&"x".repeat(64 * 1024 + 1), 413, "invalid_request", "65536"),
    ] {
        check(&served.ask_for_token(form).await, status, error, told);
    }
    let get = async |authorization: Option<&str>, query: &str| {
        let path = format!("/oauth2/token{query}");
        served.asked_by(authorization, &Method::GET, &path).await
    };
    check(&get(None, "").await, 401, "invalid_client", "sign in");
    check(&get(Some(&basic("boathook", "no")), "").await, 401, "invalid_client", "wrong");
    check(&get(Some("Nonsense"), "").await, 401, "invalid_client", "wrong");
    check(&get(Some("Bearer x"), "").await, 401, "invalid_client", "wrong");
    check(&get(None, &format!("?scope={many}")).await, 400, "invalid_scope", "100");
    let put = served.asked_by(None, &Method::PUT, "/oauth2/token").await;
    check(&put, 405, "invalid_request", "GET, POST");
    assert_eq!(put.header("allow"), "GET, POST");
    for authorization in [None, Some("Nonsense"), Some(&basic("boathook", "no"))] {
        let challenge = "Basic realm=\"registry\", charset=\"UTF-8\"";
        assert_eq!(get(authorization, "").await.header("www-authenticate"), challenge);
    }
}

#[tokio::test]
async fn scopes_that_nobody_knows_are_passed_over() {
    let (served, credentials) = Served::private().await;
    let admin = basic("boathook", &credentials.passwords[0]);
    let scope = "nonsense repository:UPPER:pull repository:app:frob aad:x repository:app:pull";
    let token = served.token(&admin, scope).await;
    let tags = served.asked_by(Some(&token), &Method::GET, "/v2/app/tags/list").await;
    tags.refused(404, "NAME_UNKNOWN");
    let payload = token.split('.').nth(1).unwrap();
    assert!(!payload.is_empty());
    assert_eq!(
        served.client.get("/v2/_catalog").await.is(200).json(),
        json!({ "repositories": [] })
    );
}
