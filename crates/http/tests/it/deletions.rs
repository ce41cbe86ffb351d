//! Registries and resource groups that are deleted, with all that is in them.

use crate::auth::basic;
use crate::identities::{IDENTITIES, Managed, REGISTRY, SUBSCRIPTION, assignment};
use boathook_testkit::{Client, Settings};
use http::Method;
use serde_json::{Value, json};

const GROUP: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/team";

fn in_group(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.ContainerRegistry/registries/{name}")
}

const BODY: &str =
    r#"{"location":"local","sku":{"name":"Premium"},"properties":{"adminUserEnabled":true}}"#;

impl Managed {
    async fn is_free(&self, name: &str) -> bool {
        let path =
            format!("{SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/checkNameAvailability");
        let body = json!({"name": name, "type": "Microsoft.ContainerRegistry/registries"});
        let answer = self.owner(Method::POST, &path, &body.to_string()).await.is(200).json();
        answer["nameAvailable"].as_bool().expect("it says so")
    }

    /// What somebody is answered who asks for the repositories.
    async fn catalog_as(&self, user: &str, password: &str) -> u16 {
        let request = self.served.client.request(Method::GET, "/v2/_catalog");
        let request = request.header("authorization", basic(user, password));
        self.served.client.send(request, "").await.status
    }

    /// What the audit log tells, the latest first.
    async fn told(&self) -> Vec<(String, String)> {
        let path = format!(
            "{SUBSCRIPTION}/providers/microsoft.insights/eventtypes/management/values?$filter=eventTimestamp+ge+'2020-01-01T00:00:00Z'"
        );
        let list = self.get(&path).await;
        let text = |entry: &Value, member: &str| match &entry[member] {
            Value::String(text) => text.clone(),
            other => other["value"].as_str().unwrap_or_default().to_owned(),
        };
        let entries = list["value"].as_array().expect("it is a list").iter();
        entries.map(|entry| (text(entry, "operationName"), text(entry, "resourceId"))).collect()
    }
}

#[tokio::test]
async fn a_registry_goes_with_all_that_it_holds() {
    let managed = Managed::start().await;
    let client = &managed.served.client;
    client.push_image("team/app", "v1", "layer").await;
    let upload = client.begin_upload("team/app").await;
    let hook = json!({
        "location": "local",
        "properties": {"serviceUri": "http://127.0.0.1:9/", "actions": ["push"]},
    });
    let path = format!("{REGISTRY}/webhooks/hook1");
    let _ = managed.owner(Method::PUT, &path, &hook.to_string()).await.is(200);

    let result = managed.begun_by(managed.owner(Method::DELETE, REGISTRY, "").await);
    // It is gone with the answer, whatever is still being worked off.
    let _ = managed.owner(Method::GET, REGISTRY, "").await.is(404);
    let _ = managed.owner(Method::GET, &format!("{REGISTRY}/webhooks"), "").await.is(404);
    let _ = managed.owner(Method::DELETE, REGISTRY, "").await.is(204);
    let list = format!("{SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/registries");
    assert_eq!(managed.get(&list).await["value"], json!([]));
    let _ = client.get("/v2/").await.is(404);
    let _ = client.get("/v2/team/app/manifests/v1").await.is(404);
    let _ = client.ask(Method::PATCH, &upload, &[], "bytes").await.is(404);
    assert!(!managed.is_free("boathook").await, "it is taken until all of it has gone");
    let put = managed.owner(Method::PUT, REGISTRY, BODY).await.is(409).json();
    assert_eq!(put["error"]["code"], "AlreadyInUse");
    let _ = managed.result(&result).await.is(202);

    let folder = managed.served.world.folder().join("blobs");
    assert!(folder.join("boathook").exists(), "the upload is there");
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    assert!(managed.is_free("boathook").await);
    assert!(!folder.join("boathook").exists(), "the next one of the name has a folder of its own");
    managed.served.world.node().collect().await;
    assert_eq!(std::fs::read_dir(folder.join(".gone")).unwrap().count(), 0);
    let (action, resource) = &managed.told().await[0];
    assert_eq!(action, "Microsoft.ContainerRegistry/registries/delete");
    assert_eq!(resource.to_lowercase(), REGISTRY.to_lowercase());
}

#[tokio::test]
async fn a_new_registry_of_the_name_has_nothing_of_the_old_one() {
    let managed = Managed::start().await;
    let old = &managed.served.client;
    old.push_image("team/app", "v1", "layer").await;
    let pusher = managed.make("pusher").await;
    let _ = managed.assign(REGISTRY, 1, "AcrPush", &pusher.principal).await.is(201);
    let token = format!("{REGISTRY}/tokens/robot");
    let all = format!("{REGISTRY}/scopeMaps/_repositories_admin");
    let body = json!({"properties": {"scopeMapId": all}}).to_string();
    let _ = managed.owner(Method::PUT, &token, &body).await.is(201);

    let _ = managed.owner(Method::DELETE, REGISTRY, "").await.is(202);
    managed.operate().await;
    managed.served.world.clock().advance(std::time::Duration::from_secs(1));
    let _ = managed.owner(Method::PUT, REGISTRY, BODY).await.is(201);
    let credentials = format!("{REGISTRY}/listCredentials");
    let shown = managed.owner(Method::POST, &credentials, "").await.is(200).json();
    let password = shown["passwords"][0]["value"].as_str().unwrap();
    let new = Client::signed_in(managed.served.address, "boathook", password);
    assert_eq!(new.get("/v2/_catalog").await.is(200).json()["repositories"], json!([]));
    let _ = new.get("/v2/team/app/manifests/v1").await.is(404);
    let [password, _] = &managed.credentials.passwords;
    assert_eq!(managed.catalog_as("boathook", password).await, 401);
    let _ = managed.owner(Method::GET, &token, "").await.is(404);
    let roles = format!("{REGISTRY}/providers/Microsoft.Authorization/roleAssignments");
    let left = managed.get(&format!("{roles}?$filter=atScope()")).await;
    let of_pusher = |role: &&Value| role["properties"]["principalId"] == pusher.principal.as_str();
    assert!(left["value"].as_array().unwrap().iter().find(of_pusher).is_none(), "{left}");
    assert_eq!(managed.catalog_as(&pusher.client_id, &pusher.secret).await, 401);
}

#[tokio::test]
async fn what_was_begun_is_gone_on_with_after_a_kill_and_no_start_makes_it_again() {
    let managed = Managed::start().await;
    managed.served.client.push_image("team/app", "v1", "layer").await;
    let result = managed.begun_by(managed.owner(Method::DELETE, REGISTRY, "").await);
    let managed = managed.restarted().await;
    assert!(!managed.is_free("boathook").await);
    let _ = managed.owner(Method::GET, REGISTRY, "").await.is(404);
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    let managed = managed.restarted().await;
    let _ = managed.owner(Method::GET, REGISTRY, "").await.is(404);
    assert!(managed.is_free("boathook").await);
}

#[tokio::test]
async fn a_group_goes_with_its_registries_and_the_roles_on_it() {
    let managed = Managed::start().await;
    let group = r#"{"location":"local"}"#;
    let _ = managed.owner(Method::PUT, GROUP, group).await.is(201);
    for name in ["first1", "second1"] {
        let _ = managed.owner(Method::PUT, &in_group(name), BODY).await.is(201);
    }
    let reader = managed.make("reader").await;
    let _ = managed.assign(GROUP, 1, "Reader", &reader.principal).await.is(201);
    let result = managed.begun_by(managed.owner(Method::DELETE, GROUP, "").await);
    let _ = managed.owner(Method::GET, GROUP, "").await.is(404);
    // Nothing of them is worked off yet, and nobody reaches them any more.
    for name in ["first1", "second1"] {
        let _ = managed.owner(Method::GET, &in_group(name), "").await.is(404);
        let hidden = managed.owner(Method::PATCH, &in_group(name), "{}").await;
        let _ = hidden.is(404);
        assert!(!managed.is_free(name).await, "{name}");
    }
    let _ = managed.owner(Method::DELETE, GROUP, "").await.is(404);
    let again = managed.owner(Method::PUT, GROUP, group).await.is(409).json();
    assert_eq!(again["error"]["code"], "ResourceGroupBeingDeleted");
    let late = managed.owner(Method::PUT, &in_group("third1"), BODY).await.is(404).json();
    assert_eq!(late["error"]["code"], "ResourceGroupNotFound");
    managed.operate().await;
    let _ = managed.result(&result).await.is(200);
    for name in ["first1", "second1"] {
        assert!(managed.is_free(name).await, "{name}");
    }
    // The next group of that name is nobody's that was the last one's.
    let _ = managed.owner(Method::PUT, GROUP, group).await.is(201);
    let left = managed.owner(Method::GET, &assignment(GROUP, 1), "").await;
    let _ = left.is(404);
    let bearer = managed.bearer(&reader).await;
    let _ = managed.by(&bearer, Method::GET, GROUP, "").await.is(403);
    // Everything that was changed is in the log, by whoever changed it.
    let told = managed.told().await;
    let told: Vec<&str> = told.iter().map(|(action, _)| action.as_str()).collect();
    for action in [
        "Microsoft.Resources/subscriptions/resourceGroups/write",
        "Microsoft.Resources/subscriptions/resourceGroups/delete",
        "Microsoft.ContainerRegistry/registries/write",
        "Microsoft.ContainerRegistry/registries/delete",
    ] {
        let count = told.iter().filter(|found| **found == action).count();
        let expected = if action.ends_with("resourceGroups/delete") { 1 } else { 2 };
        assert_eq!(count, expected, "{action}: {told:?}");
    }
}

/// What changes parts of a registry: how, which, with what, and what is told.
fn changes_within(registry: &str) -> Vec<(Method, String, String, &'static str)> {
    let hook = r#"{"location":"local","properties":{"serviceUri":"http://127.0.0.1:9/","actions":["push"]}}"#;
    let map = r#"{"properties":{"actions":["repositories/one/content/read"]}}"#;
    let token = json!({"properties": {"scopeMapId": format!("{registry}/scopeMaps/map01")}});
    let token = token.to_string();
    let passwords = json!({"tokenId": format!("{registry}/tokens/robot")}).to_string();
    let import = json!({
        "source": {"resourceId": REGISTRY, "sourceImage": "one:v1"}, "targetTags": ["two:v1"],
    });
    let import = import.to_string();
    let rows = [
        (
            Method::POST,
            "regenerateCredential",
            r#"{"name":"password"}"#,
            "regenerateCredential/action",
        ),
        (Method::PUT, "webhooks/hook1", hook, "webhooks/write"),
        (Method::PATCH, "webhooks/hook1", TAGS, "webhooks/write"),
        (Method::DELETE, "webhooks/hook1", "", "webhooks/delete"),
        (Method::PUT, "scopeMaps/map01", map, "scopeMaps/write"),
        (Method::PATCH, "scopeMaps/map01", map, "scopeMaps/write"),
        (Method::PUT, "tokens/robot", &token, "tokens/write"),
        (Method::PATCH, "tokens/robot", &token, "tokens/write"),
        (Method::POST, "generateCredentials", &passwords, "generateCredentials/action"),
        (Method::DELETE, "tokens/robot", "", "tokens/delete"),
        (Method::DELETE, "scopeMaps/map01", "", "scopeMaps/delete"),
        (Method::PUT, "replications/eastus", r#"{"location":"eastus"}"#, "replications/write"),
        (Method::PATCH, "replications/eastus", TAGS, "replications/write"),
        (Method::DELETE, "replications/eastus", "", "replications/delete"),
        (Method::POST, "importImage", &import, "importImage/action"),
    ];
    rows.map(|(method, part, body, told)| {
        (method, format!("{registry}/{part}"), body.to_owned(), told)
    })
    .into()
}

const TAGS: &str = r#"{"tags":{"a":"b"}}"#;

#[tokio::test]
async fn every_change_is_told_of_once() {
    let regions = &["local", "eastus"];
    let managed = Managed::with(Settings { regions, ..Settings::default() }).await;
    managed.served.world.push("one:v1").await;
    let made = managed.make("robot").await;
    let check = async |method: Method, path: &str, body: &str, told: &str| {
        let before = managed.told().await.len();
        let answer = managed.owner(method.clone(), path, body).await;
        assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        let log = managed.told().await;
        assert_eq!((log.len(), log[0].0.as_str()), (before + 1, told), "{method} {path}");
    };
    let (registry, identity) = (in_group("audited"), format!("{IDENTITIES}/other"));
    let (registries, groups) = (
        "Microsoft.ContainerRegistry/registries",
        "Microsoft.Resources/subscriptions/resourceGroups",
    );
    check(Method::PUT, GROUP, r#"{"location":"local"}"#, &format!("{groups}/write")).await;
    check(Method::PATCH, GROUP, TAGS, &format!("{groups}/write")).await;
    check(Method::PUT, &registry, BODY, &format!("{registries}/write")).await;
    check(Method::PATCH, &registry, TAGS, &format!("{registries}/write")).await;
    for (method, path, body, told) in changes_within(&registry) {
        check(method, &path, &body, &format!("{registries}/{told}")).await;
    }
    check(Method::PUT, &identity, "{}", "Boathook.Identity/servicePrincipals/write").await;
    check(Method::DELETE, &identity, "", "Boathook.Identity/servicePrincipals/delete").await;
    let role = json!({"properties": {
        "roleDefinitionId": "7f951dda-4ed3-4680-a7ca-43fe172d538d", "principalId": made.principal,
    }});
    let (given, roles) = (assignment(GROUP, 7), "Microsoft.Authorization/roleAssignments");
    check(Method::PUT, &given, &role.to_string(), &format!("{roles}/write")).await;
    check(Method::DELETE, &given, "", &format!("{roles}/delete")).await;
    check(Method::DELETE, &registry, "", &format!("{registries}/delete")).await;
    check(Method::DELETE, GROUP, "", &format!("{groups}/delete")).await;
    managed.operate().await;
}

#[tokio::test]
async fn links_name_nothing_that_may_not_be_looked_at() {
    let managed = Managed::start().await;
    for number in 0..120 {
        let path = format!("{SUBSCRIPTION}/resourceGroups/g{number:03}");
        let _ = managed.owner(Method::PUT, &path, r#"{"location":"local"}"#).await.is(201);
    }
    let reader = managed.make("reader").await;
    let seen = format!("{SUBSCRIPTION}/resourceGroups/g110");
    let _ = managed.assign(&seen, 1, "Reader", &reader.principal).await.is(201);
    let bearer = managed.bearer(&reader).await;
    let list = format!("{SUBSCRIPTION}/resourcegroups");
    let page = managed.by(&bearer, Method::GET, &list, "").await.is(200).json();
    let names: Vec<_> = page["value"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["g110"]);
    assert_eq!(page.get("nextLink"), None, "{page}");
}
