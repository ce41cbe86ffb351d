//! Several registries in one server, told apart by the host that a request is sent to.

use crate::served::Served;
use crate::wire::Wire;
use boathook_core::quota::Sku;
use boathook_engine::{Ctx, RegistryRow, ResourceGroupRow};
use boathook_testkit::{Client, Settings};

const REGIONS: &[&str] = &["westeurope", "eastus"];

/// The group that is there anyway.
pub(crate) fn group_of(ctx: &Ctx) -> ResourceGroupRow {
    let made = (ctx.clock.now(), "somebody".to_owned());
    ResourceGroupRow {
        name: "boathook".parse().expect("it is a name"),
        location: ctx.site.home().clone(),
        tags: "{}".to_owned(),
        created: made.clone(),
        updated: made,
    }
}

/// Makes a registry of which `change` says the rest.
pub(crate) async fn make(
    served: &Served,
    name: &str,
    region: &str,
    change: impl FnOnce(&mut RegistryRow),
) {
    let ctx = served.world.ctx();
    let made = (ctx.clock.now(), "somebody".to_owned());
    let (label, group) =
        (name.parse().expect("it is a name"), "boathook".parse().expect("it is a name"));
    let mut row =
        RegistryRow::new(label, group, region.parse().expect("it is a region"), Sku::Premium, made);
    change(&mut row);
    ctx.db.ensure_registry(row, group_of(ctx)).await.expect("it can be made");
}

async fn open() -> Served {
    let served =
        Served::with(Settings { is_open: true, regions: REGIONS, ..Settings::default() }).await;
    make(&served, "first", "westeurope", |_| ()).await;
    make(&served, "second", "eastus", |_| ()).await;
    served
}

fn at(served: &Served, host: &str) -> Client {
    Client::anonymous(served.address).at(host)
}

#[tokio::test]
async fn registries_with_the_same_repositories_hold_different_things() {
    let served = open().await;
    let [first, second] =
        ["first", "second"].map(|name| at(&served, &format!("{name}.azurecr.localhost:5000")));
    let one = first.push_image("team/app", "v1", "one").await;
    let other = second.push_image("team/app", "v1", "other").await;
    assert_ne!(one, other);
    for (client, pushed, foreign) in [(&first, &one, &other), (&second, &other, &one)] {
        let tagged = client.head("/v2/team/app/manifests/v1").await.is(200);
        assert_eq!(tagged.header("docker-content-digest"), pushed.as_str());
        let _ = client.head(&format!("/v2/team/app/manifests/{foreign}")).await.is(404);
        client.pull_image("team/app", "v1").await;
    }
    // No blob is taken over from another registry.
    let layer = first.push_blob("team/app", b"a layer of the first").await;
    let mount = format!("/v2/team/app/blobs/uploads/?mount={layer}&from=team/app");
    let _ = second.ask(http::Method::POST, &mount, &[], "").await.is(202);
    // An upload of one is unknown to the other.
    let upload = first.begin_upload("team/app").await;
    let _ = second.get(&upload).await.is(404);
    let _ = served.client.head("/v2/team/app/manifests/v1").await.is(404);
}

#[tokio::test]
async fn any_name_of_a_registry_leads_to_it_and_any_other_host_to_the_default_one() {
    let served = open().await;
    at(&served, "second.azurecr.localhost").push_image("app", "v1", "content").await;
    for host in ["SECOND.azurecr.localhost.:443", "second.eastus.geo.azurecr.localhost:5000"] {
        let _ = at(&served, host).head("/v2/app/manifests/v1").await.is(200);
    }
    served.client.push_image("default", "v1", "content").await;
    for host in ["localhost:5000", "registry.example", "azurecr.localhost", "[::1]:5000"] {
        let _ = at(&served, host).head("/v2/default/manifests/v1").await.is(200);
        let _ = at(&served, host).head("/v2/app/manifests/v1").await.is(404);
    }
    let default = at(&served, "boathook.azurecr.localhost:5000");
    let _ = default.head("/v2/default/manifests/v1").await.is(200);
}

/// What stands before the server may have judged the one; the server must not go by the other.
#[tokio::test]
async fn an_address_as_the_target_counts_before_the_host() {
    let served = open().await;
    at(&served, "second.azurecr.localhost").push_image("app", "v1", "content").await;
    for (target, host, status) in [("second", "first", 200), ("first", "second", 404)] {
        let mut wire = Wire::to(served.address).await;
        let head = format!(
            "HEAD http://{target}.azurecr.localhost/v2/app/manifests/v1 HTTP/1.1\r\n\
             Host: {host}.azurecr.localhost\r\n\r\n"
        );
        wire.write(head).await;
        assert_eq!(wire.answer_to_head().await.status, status, "{target}");
    }
}

#[tokio::test]
async fn a_host_of_no_registry_is_told_so_by_every_face() {
    let served = open().await;
    for host in [
        "third.azurecr.localhost:5000",
        "login.azurecr.localhost",
        "first.eastus.geo.azurecr.localhost",
        "first.nowhere.geo.azurecr.localhost",
        "first.second.azurecr.localhost",
    ] {
        let client = at(&served, host);
        for path in ["/v2/", "/v2/_catalog", "/v2/app/manifests/v1", "/acr/v1/_catalog"] {
            let json = client.get(path).await.is(404).json();
            assert_eq!(json["errors"][0]["code"], "NAME_UNKNOWN", "{host}{path}");
            let message = json["errors"][0]["message"].as_str().unwrap();
            assert_eq!(message, format!("there is no registry at `{host}`"));
        }
        let json = client.get("/oauth2/token?service=x&scope=").await.is(404).json();
        assert_eq!(json["error"], "invalid_request", "{host}");
    }
}

#[tokio::test]
async fn a_registry_without_public_access_lets_nobody_at_its_content() {
    let served = open().await;
    make(&served, "hidden", "eastus", |row| row.settings.is_public_network_access_enabled = false)
        .await;
    let client = at(&served, "hidden.azurecr.localhost");
    let json = client.get("/v2/").await.is(403).json();
    assert_eq!(json["errors"][0]["code"], "DENIED");
    let message = json["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("The client with IP '127.0.0.1' is not allowed access."),
        "{message}"
    );
    let _ = client.get("/oauth2/token?service=x").await.is(403);
}

#[tokio::test]
async fn a_token_of_one_registry_is_nothing_to_another() {
    let (served, credentials) = Served::private().await;
    make(&served, "second", "local", |_| ()).await;
    let query = "/oauth2/token?service=boathook&scope=repository:app:pull";
    let [password, _] = &credentials.passwords;
    let basic = crate::auth::basic(&credentials.username, password);
    let send = async |host: &str, path: &str, authorization: &str| {
        let request = at(&served, host).request(http::Method::GET, path);
        served.client.send(request.header("authorization", authorization), "").await
    };
    let token = send("boathook.azurecr.localhost", query, &basic).await.is(200).json();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let path = "/v2/app/tags/list";
    for host in [
        "boathook.azurecr.localhost:5000",
        "localhost:5000",
        "boathook.local.geo.azurecr.localhost",
    ] {
        let _ = send(host, path, &bearer).await.is(404);
    }
    let _ = send("second.azurecr.localhost:5000", path, &bearer).await.is(401);
    // Nor are the passwords.
    let _ = send("second.azurecr.localhost:5000", query, &basic).await.is(401);
}

#[tokio::test]
async fn where_everybody_may_pull_they_are_challenged_and_pull_with_a_token_of_nobody() {
    let (served, credentials) = Served::private().await;
    make(&served, "public", "local", |row| row.settings.is_anonymous_pull_enabled = true).await;
    // What is there is the owner's.
    let owner =
        Client::signed_in(served.address, &credentials.client_id, &credentials.client_secret);
    let owner = owner.at("public.azurecr.localhost");
    owner.push_image("team/app", "v1", "content").await;
    let nobody = at(&served, "public.azurecr.localhost");
    let ask = async |method: http::Method, path: &str, bearer: Option<&str>| {
        let mut request = nobody.request(method, path);
        if let Some(bearer) = bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        nobody.send(request, "").await
    };
    let token = async |scope: &str| {
        let path = format!("/oauth2/token?service=public.azurecr.localhost&scope={scope}");
        let answer = ask(http::Method::GET, &path, None).await.is(200).json();
        answer["access_token"].as_str().expect("there is one").to_owned()
    };
    for path in ["/v2/", "/v2/team/app/manifests/v1", "/acr/v1/_catalog"] {
        let challenged = ask(http::Method::GET, path, None).await.is(401);
        assert!(challenged.header("www-authenticate").starts_with("Bearer realm="), "{path}");
    }
    let bearer = token("repository:team/app:pull,push,delete").await;
    for (method, path, expected) in [
        (http::Method::GET, "/v2/", 200),
        (http::Method::GET, "/v2/team/app/manifests/v1", 200),
        (http::Method::GET, "/v2/team/app/tags/list", 200),
        (http::Method::POST, "/v2/team/app/blobs/uploads/", 401),
        (http::Method::DELETE, "/v2/team/app/manifests/v1", 401),
    ] {
        let answer = ask(method.clone(), path, Some(&bearer)).await;
        assert_eq!(answer.status, expected, "{method} {path}");
    }
    // The registry beside it gives nobody a token, and takes none of this one's.
    let beside = at(&served, "boathook.azurecr.localhost");
    let asked =
        beside.request(http::Method::GET, "/oauth2/token?service=boathook.azurecr.localhost");
    let _ = beside.send(asked, "").await.is(401);
    let asked = beside.request(http::Method::GET, "/v2/");
    let asked = asked.header("authorization", format!("Bearer {bearer}"));
    let _ = beside.send(asked, "").await.is(401);
}
