//! Who may do what: by name and password, by token, or by nothing.

mod tokens;

use crate::served::Served;
use boathook_core::defaults::CLIENT_ID;
use boathook_core::digest::Algorithm;
use boathook_testkit::{Answer, Client};
use futures_util::future::join_all;
use http::{Method, header};
use serde_json::json;
use std::time::Duration;

const UPLOAD: &str = "/v2/app/blobs/uploads/00000000-0000-7000-8000-000000000000";

/// Every route: what it is asked with, what a token needs for it, and what the right caller is told of what is not there.
fn routes() -> Vec<(Method, String, &'static str, u16)> {
    let digest = Algorithm::Sha256.digest(b"nothing");
    let (manifest, blob) = ("/v2/app/manifests/v9".to_owned(), format!("/v2/app/blobs/{digest}"));
    let (pull, push, delete) =
        ("repository:app:pull", "repository:app:pull,push", "repository:app:delete");
    let (read, write) = ("repository:app:metadata_read", "repository:app:metadata_write");
    vec![
        (Method::GET, "/v2/".to_owned(), "", 200),
        (Method::HEAD, "/v2/".to_owned(), "", 200),
        (Method::GET, "/v2/_catalog".to_owned(), "registry:catalog:*", 200),
        (Method::GET, "/v2/app/tags/list".to_owned(), pull, 404),
        (Method::GET, format!("/v2/app/referrers/{digest}"), pull, 200),
        (Method::GET, manifest.clone(), pull, 404),
        (Method::HEAD, manifest.clone(), pull, 404),
        (Method::PUT, manifest, push, 400),
        (Method::DELETE, format!("/v2/app/manifests/{digest}"), delete, 404),
        (Method::DELETE, "/v2/app/manifests/v9".to_owned(), delete, 404),
        (Method::GET, blob.clone(), pull, 404),
        (Method::HEAD, blob.clone(), pull, 404),
        (Method::DELETE, blob, delete, 404),
        (Method::POST, format!("/v2/app/blobs/uploads/?digest={digest}"), push, 400),
        (Method::GET, UPLOAD.to_owned(), push, 404),
        (Method::PATCH, UPLOAD.to_owned(), push, 404),
        (Method::PUT, format!("{UPLOAD}?digest={digest}"), push, 404),
        (Method::DELETE, UPLOAD.to_owned(), push, 404),
        (Method::GET, "/acr/v1/_catalog".to_owned(), "registry:catalog:*", 200),
        (Method::GET, "/acr/v1/app".to_owned(), read, 404),
        (Method::PATCH, "/acr/v1/app".to_owned(), write, 400),
        (Method::DELETE, "/acr/v1/app".to_owned(), delete, 404),
        (Method::GET, "/acr/v1/app/_tags".to_owned(), read, 404),
        (Method::GET, "/acr/v1/app/_tags/v9".to_owned(), read, 404),
        (Method::PATCH, "/acr/v1/app/_tags/v9".to_owned(), write, 400),
        (Method::DELETE, "/acr/v1/app/_tags/v9".to_owned(), delete, 404),
        (Method::GET, "/acr/v1/app/_manifests".to_owned(), read, 404),
        (Method::GET, format!("/acr/v1/app/_manifests/{digest}"), read, 404),
        (Method::PATCH, format!("/acr/v1/app/_manifests/{digest}"), write, 400),
    ]
}

impl Served {
    pub(crate) async fn asked_by(
        &self,
        authorization: Option<&str>,
        method: &Method,
        path: &str,
    ) -> Answer {
        let request = self.client.request(method.clone(), path);
        let request = authorization
            .into_iter()
            .fold(request, |request, value| request.header(header::AUTHORIZATION, value));
        self.client.send(request, "").await
    }

    /// Gets a token for `scope` in docker's older way.
    pub(crate) async fn token(&self, basic: &str, scope: &str) -> String {
        let path = format!("/oauth2/token?service=any&scope={}", scope.replace(' ', "+"));
        let answer = self.asked_by(Some(basic), &Method::GET, &path).await.is(200).json();
        assert_eq!(answer["token"], answer["access_token"]);
        format!("Bearer {}", answer["token"].as_str().expect("the answer has a token"))
    }
}

#[tokio::test]
async fn nobody_gets_in_without_signing_in_and_each_is_told_exactly_how() {
    let (served, _) = Served::private().await;
    for (method, path, scope, _) in routes() {
        for host in [served.address.to_string(), "boathook.azurecr.localhost:5000".to_owned()] {
            let request = served.client.request(method.clone(), &path);
            let answer = served.client.send(request.header(header::HOST, &host), "").await.is(401);
            let scope =
                if scope.is_empty() { String::new() } else { format!(",scope=\"{scope}\"") };
            let expected =
                format!("Bearer realm=\"http://{host}/oauth2/token\",service=\"{host}\"{scope}");
            assert_eq!(answer.header("www-authenticate"), expected, "{method} {path}");
            assert_eq!(answer.header("docker-distribution-api-version"), "registry/2.0");
            assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        }
    }
}

#[tokio::test]
async fn the_body_of_a_challenge_is_the_documented_one() {
    let (served, _) = Served::private().await;
    let message =
        "authentication required, visit https://aka.ms/acr/authorization for more information.";
    let wants = |name: &str, action: &str, kind: &str| json!({ "Type": kind, "Name": name, "Action": action });
    for (method, path, detail) in [
        (Method::GET, "/v2/", json!(null)),
        (Method::GET, "/v2/_catalog", json!([wants("catalog", "*", "registry")])),
        (Method::GET, "/v2/team/app/tags/list", json!([wants("team/app", "pull", "repository")])),
        (Method::DELETE, "/v2/app/manifests/v1", json!([wants("app", "delete", "repository")])),
        (
            Method::POST,
            "/v2/app/blobs/uploads/",
            json!([wants("app", "pull", "repository"), wants("app", "push", "repository")]),
        ),
    ] {
        let answer = served.asked_by(None, &method, path).await.is(401);
        let expected =
            json!({ "errors": [{ "code": "UNAUTHORIZED", "message": message, "detail": detail }] });
        assert_eq!(answer.json(), expected, "{path}");
    }
}

#[tokio::test]
async fn whoever_may_not_is_challenged_on_every_route_and_who_may_is_answered() {
    let (served, credentials) = Served::private().await;
    let [first, second] = &credentials.passwords;
    let admin = [basic("boathook", first), basic("boathook", second)];
    let reader = served.token(&admin[0], "repository:app:pull").await;
    let elsewhere =
        served.token(&admin[0], "repository:other:pull,push,delete repository:app/x:*").await;
    let nothing = served.token(&admin[0], "").await;
    let wrong = [
        basic("boathook", "wrong"),
        basic("boathook", ""),
        basic("nobody", first),
        basic("boathook", &"x".repeat(2_000)),
        "Basic".to_owned(),
        "Basic !!!".to_owned(),
        "Bearer".to_owned(),
        "Bearer x.y.z".to_owned(),
        format!("Bearer {first}"),
        "Digest x".to_owned(),
    ];
    for authorization in &wrong {
        let _ = served.asked_by(Some(authorization), &Method::GET, "/v2/").await.is(401);
    }
    for (method, path, scope, expected) in routes() {
        // One password is enough here: hashing takes its time on purpose.
        for authorization in [&wrong[0], &wrong[7]] {
            let answer = served.asked_by(Some(authorization), &method, &path).await;
            assert_eq!(answer.status, 401, "{authorization} {method} {path}");
        }
        for (token, may) in [
            (&nothing, scope.is_empty()),
            (&elsewhere, scope.is_empty()),
            (&reader, scope.is_empty() || scope == "repository:app:pull"),
        ] {
            let answer = served.asked_by(Some(token), &method, &path).await;
            assert_eq!(answer.status, if may { expected } else { 401 }, "{method} {path}");
        }
        let right = served.token(&admin[1], scope).await;
        for authorization in admin.iter().chain([&right]) {
            let answer = served.asked_by(Some(authorization), &method, &path).await;
            assert_eq!(answer.status, expected, "{method} {path} {}", answer.text());
        }
    }
    assert_eq!(served.uploads(), 0);
}

#[tokio::test]
async fn docker_pushes_and_pulls_with_tokens_that_it_gets_as_it_goes() {
    let (served, credentials) = Served::private().await;
    let digest = served.client.push_image("team/app", "v1", "layer").await;
    assert_eq!(served.client.pull_image("team/app", "v1").await, ["{}", "layer"]);
    let _ = served.client.delete(&format!("/v2/team/app/manifests/{digest}")).await.is(202);
    let stranger = Client::signed_in(served.address, "boathook", &credentials.client_secret);
    let request = stranger.request(Method::GET, "/v2/team/app/tags/list");
    let authorization = basic("boathook", &credentials.client_secret);
    let refused = stranger.send(request.header(header::AUTHORIZATION, authorization), "").await;
    let _ = refused.is(401);
}

#[tokio::test]
async fn a_refused_push_changes_nothing() {
    let (served, credentials) = Served::private().await;
    let digest = served.client.push_image("app", "v1", "layer").await;
    let before = served.state().await;
    let reader =
        served.token(&basic("boathook", &credentials.passwords[0]), "repository:app:pull").await;
    for authorization in [None, Some(reader.as_str())] {
        for (method, path) in [
            (Method::PUT, "/v2/app/manifests/v2"),
            (Method::DELETE, "/v2/app/manifests/v1"),
            (Method::DELETE, &format!("/v2/app/manifests/{digest}")),
            (Method::POST, "/v2/app/blobs/uploads/"),
        ] {
            let _ = served.asked_by(authorization, &method, path).await.is(401);
        }
    }
    assert_eq!(served.state().await, before);
}

#[tokio::test]
async fn a_blob_is_not_mounted_from_where_the_caller_may_not_pull() {
    let (served, credentials) = Served::private().await;
    let digest = served.client.push_blob("secret", b"content").await;
    let admin = basic("boathook", &credentials.passwords[0]);
    let only_app = served.token(&admin, "repository:app:pull,push").await;
    for from in ["&from=secret", ""] {
        let mount = format!("/v2/app/blobs/uploads/?mount={digest}{from}");
        let answer = served.asked_by(Some(&only_app), &Method::POST, &mount).await.is(202);
        let _ = served
            .asked_by(Some(&only_app), &Method::DELETE, answer.header("location"))
            .await
            .is(204);
    }
    let both = served.token(&admin, "repository:app:pull,push repository:secret:pull").await;
    for from in ["&from=secret", ""] {
        let mount = format!("/v2/app/blobs/uploads/?mount={digest}{from}");
        let _ = served.asked_by(Some(&both), &Method::POST, &mount).await.is(201);
        let _ = served.client.delete(&format!("/v2/app/blobs/{digest}")).await.is(202);
    }
}

#[tokio::test]
async fn an_open_registry_lets_everybody_in_and_still_refuses_a_wrong_password() {
    let served = Served::open().await;
    for (method, path, _, expected) in routes() {
        let answer = served.asked_by(None, &method, &path).await;
        assert_eq!(answer.status, expected, "{method} {path}");
        let answer = served.asked_by(Some(&basic("boathook", "wrong")), &method, &path).await;
        assert_eq!(answer.status, 401, "{method} {path}");
    }
    let answer =
        served.asked_by(None, &Method::GET, "/oauth2/token?scope=repository:app:pull").await;
    let token = answer.is(200).json()["token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let answer = served.asked_by(Some(&bearer), &Method::GET, "/v2/app/tags/list").await;
    answer.refused(404, "NAME_UNKNOWN");
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, idx| bits << 8 | u32::from(*chunk.get(idx).unwrap_or(&0)));
        for idx in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * idx) & 63) as usize];
            text.push(if idx <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// A job that starts on many machines shows one password many times, and none of them knows of the others.
#[tokio::test]
async fn a_crowd_with_one_right_password_is_let_in() {
    let (served, credentials) = Served::private().await;
    let right = basic(&credentials.username, &credentials.passwords[1]);
    let answers = join_all((0..100).map(|_| served.asked_by(Some(&right), &Method::GET, "/v2/")));
    let statuses: Vec<_> = answers.await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200; 100]);
}

/// Checking a password is dear, and it must not be found by trying.
#[tokio::test]
async fn whoever_guesses_is_told_to_wait_and_locks_nobody_out() {
    let (served, credentials) = Served::private().await;
    let right = basic(&credentials.username, &credentials.passwords[0]);
    let _ = served.asked_by(Some(&right), &Method::GET, "/v2/").await.is(200);
    let owner = basic(&credentials.client_id, &credentials.client_secret);
    let _ = served.asked_by(Some(&owner), &Method::GET, "/v2/").await.is(200);
    // The same wrong one is one guess, however often it is shown.
    for guess in (0..30).map(|_| 0).chain(1..10) {
        let guess = basic(CLIENT_ID, &format!("guess {guess}"));
        let _ = served.asked_by(Some(&guess), &Method::GET, "/v2/").await.is(401);
    }
    for (authorization, path, code) in [
        (basic(CLIENT_ID, "guess"), "/v2/", "TOOMANYREQUESTS"),
        (basic(CLIENT_ID, "guess"), "/oauth2/token", "temporarily_unavailable"),
    ] {
        let answer = served.asked_by(Some(&authorization), &Method::GET, path).await.is(429);
        assert!(answer.text().contains(code), "{}", answer.text());
        assert_eq!(answer.header("retry-after"), "60");
    }
    for known in [&right, &owner] {
        let _ = served.asked_by(Some(known), &Method::GET, "/v2/").await.is(200);
    }
    served.world.clock().advance(Duration::from_mins(1));
    let wrong = basic(CLIENT_ID, "guess");
    let _ = served.asked_by(Some(&wrong), &Method::GET, "/v2/").await.is(401);
}
