//! Identities, what they may do, and what is told of it.

#![expect(clippy::unwrap_used, reason = "what helps a test may fail as a test may")]

use crate::auth::basic;
use crate::exchange::claims;
use crate::served::Served;
use boathook_core::defaults::{ASSIGNMENT_ID, CLIENT_ID, PRINCIPAL_ID};
use boathook_engine::auth::Credentials;
use boathook_testkit::{Answer, Settings};
use http::{Method, header};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const SUBSCRIPTION: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001";
const GROUP: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook";
pub(crate) const REGISTRY: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/boathook/providers/Microsoft.ContainerRegistry/registries/boathook";
pub(crate) const IDENTITIES: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/providers/Boathook.Identity/servicePrincipals";

/// A world whose owner has signed in.
pub(crate) struct Managed {
    pub(crate) served: Served,
    pub(crate) credentials: Credentials,
    pub(crate) owner: String,
}

/// An identity that was made for a test.
pub(crate) struct Made {
    pub(crate) client_id: String,
    pub(crate) principal: String,
    pub(crate) secret: String,
}

impl Managed {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let (served, credentials) = Served::private_with(settings).await;
        let owner = served.bearer(CLIENT_ID, &credentials.client_secret).await;
        Self { served, credentials, owner }
    }

    pub(crate) async fn by(&self, bearer: &str, method: Method, path: &str, body: &str) -> Answer {
        let join = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{join}api-version=2022-04-01");
        let request = self.served.client.request(method, &path);
        let request = request.header(header::AUTHORIZATION, bearer);
        self.served.client.send(request, body.to_owned()).await
    }

    pub(crate) async fn owner(&self, method: Method, path: &str, body: &str) -> Answer {
        self.by(&self.owner, method, path, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.owner(Method::GET, path, "").await.is(200).json()
    }

    /// Makes an identity with one secret.
    pub(crate) async fn make(&self, name: &str) -> Made {
        let path = format!("{IDENTITIES}/{name}");
        let made = self.owner(Method::PUT, &path, "{}").await.is(201).json();
        let text = |member: &str| made["properties"][member].as_str().unwrap().to_owned();
        let secret = self.add_secret(name, "").await.is(200).json();
        let secret = secret["secretText"].as_str().unwrap().to_owned();
        Made { client_id: text("appId"), principal: text("objectId"), secret }
    }

    async fn add_secret(&self, name: &str, body: &str) -> Answer {
        self.owner(Method::POST, &format!("{IDENTITIES}/{name}/addPassword"), body).await
    }

    /// Gives a role by its name; the id of what was given ends in `number`.
    pub(crate) async fn assign(
        &self,
        scope: &str,
        number: u32,
        role: &str,
        principal: &str,
    ) -> Answer {
        let filter = format!("$filter=roleName+eq+'{}'", role.replace(' ', "+"));
        let path = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions?{filter}");
        let found = self.get(&path).await;
        let role = found["value"][0]["id"].as_str().unwrap();
        let body = json!({ "properties": { "roleDefinitionId": role, "principalId": principal } });
        self.owner(Method::PUT, &assignment(scope, number), &body.to_string()).await
    }

    pub(crate) async fn bearer(&self, made: &Made) -> String {
        self.served.bearer(&made.client_id, &made.secret).await
    }

    /// Signs somebody in who has no role.
    pub(crate) async fn stranger(&self, name: &str) -> String {
        self.bearer(&self.make(name).await).await
    }
}

pub(crate) fn assignment(scope: &str, number: u32) -> String {
    let id = format!("b0a70001-0000-4000-9000-{number:012}");
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{id}")
}

#[track_caller]
fn check(answer: &Answer, status: u16, code: &str) {
    let error = answer.json()["error"].clone();
    assert_eq!((answer.status, error["code"].as_str().unwrap()), (status, code), "{error}");
}

#[tokio::test]
async fn an_identity_is_made_shown_and_removed() {
    let managed = Managed::start().await;
    let path = format!("{IDENTITIES}/Ci-1");
    let made = managed.owner(Method::PUT, &path, "{}").await.is(201).json();
    assert_eq!((&made["id"], &made["name"]), (&path.as_str().into(), &"Ci-1".into()));
    assert_eq!(made["type"], "Boathook.Identity/servicePrincipals");
    assert_eq!(made["systemData"]["createdBy"], CLIENT_ID);
    assert_eq!(made["properties"]["accountEnabled"], true);
    assert_eq!(made["properties"]["passwordCredentials"], json!([]));
    let again = managed.owner(Method::PUT, &path.to_lowercase(), "{}").await.is(200).json();
    assert_eq!(again, made);
    assert_eq!(managed.get(&path).await, made);
    let all = managed.get(IDENTITIES).await;
    let names: Vec<_> = all["value"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["Ci-1", "management"]);
    managed.make("Other").await;
    for (answer, status, code) in [
        (
            managed.owner(Method::PUT, &format!("{IDENTITIES}/a%20b"), "{}").await,
            400,
            "InvalidRequest",
        ),
        (managed.owner(Method::PUT, &path, "[]").await, 400, "InvalidRequestContent"),
        (
            managed.owner(Method::GET, &format!("{IDENTITIES}/nobody"), "").await,
            404,
            "ResourceNotFound",
        ),
        (
            managed.owner(Method::DELETE, &format!("{IDENTITIES}/management"), "").await,
            409,
            "Conflict",
        ),
        (managed.add_secret("nobody", "").await, 404, "ResourceNotFound"),
        (managed.owner(Method::PATCH, &path, "{}").await, 405, "MethodNotAllowed"),
    ] {
        check(&answer, status, code);
    }
    let _ = managed.owner(Method::DELETE, &path, "").await.is(200);
    let _ = managed.owner(Method::DELETE, &path, "").await.is(204);
    let _ = managed.owner(Method::GET, &path, "").await.is(404);
}

#[tokio::test]
async fn an_identity_has_two_secrets_each_with_its_end() {
    let managed = Managed::start().await;
    let made = managed.make("ci").await;
    let world = &managed.served.world;
    let end = "2023-11-15T00:00:00Z";
    let body = json!({ "displayName": "laptop", "endDateTime": end }).to_string();
    let second = managed.add_secret("ci", &body).await.is(200).json();
    assert_eq!(second["displayName"], "laptop");
    assert_eq!(second["endDateTime"], "2023-11-15T00:00:00.0000000Z");
    check(&managed.add_secret("ci", "").await, 403, "QuotaExceeded");
    let second_secret = second["secretText"].as_str().unwrap();
    for secret in [made.secret.as_str(), second_secret] {
        managed.served.bearer(&made.client_id, secret).await;
    }
    let _ = managed.assign(REGISTRY, 1, "AcrPull", &made.principal).await.is(201);
    let with_second = basic(&made.client_id, second_secret);
    // What docker is given for a password counts for 75 minutes, and for no longer than the password.
    world.clock().advance(Duration::from_hours(1));
    let token = managed.served.token(&with_second, "repository:app:pull").await;
    let told = claims(&token);
    assert_eq!(told["exp"].as_u64().unwrap() - told["iat"].as_u64().unwrap(), 46 * 60 + 40);
    let shown = managed.owner(Method::GET, &format!("{IDENTITIES}/ci"), "").await;
    assert!(!shown.text().contains(second_secret) && !shown.text().contains(&made.secret));
    assert_eq!(shown.json()["properties"]["passwordCredentials"].as_array().unwrap().len(), 2);

    world.clock().advance(Duration::from_hours(2));
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={second_secret}&resource=https://management.azure.com",
        made.client_id
    );
    let expired = managed.served.post_form("/adfs/oauth2/token", &form, None).await.is(401);
    assert!(expired.text().contains("AADSTS7000222"), "{}", expired.text());
    let owner = managed.served.bearer(CLIENT_ID, &managed.credentials.client_secret).await;
    let remove = async |key_id: &Value| {
        let path = format!("{IDENTITIES}/ci/removePassword");
        managed.by(&owner, Method::POST, &path, &json!({ "keyId": key_id }).to_string()).await
    };
    let _ = remove(&second["keyId"]).await.is(204);
    check(&remove(&second["keyId"]).await, 404, "ResourceNotFound");
    check(&remove(&"x".into()).await, 404, "ResourceNotFound");
    for body in [
        json!({ "endDateTime": "2023-11-14T00:00:00Z" }),
        json!({ "endDateTime": "tomorrow" }),
        json!({ "displayName": "d".repeat(121) }),
    ] {
        let path = format!("{IDENTITIES}/ci/addPassword");
        let answer = managed.by(&owner, Method::POST, &path, &body.to_string()).await;
        check(&answer, 400, "InvalidRequest");
    }
}

#[tokio::test]
async fn whoever_is_disabled_or_gone_is_out_at_once() {
    let managed = Managed::start().await;
    let made = managed.make("ci").await;
    let _ = managed.assign(SUBSCRIPTION, 1, "Reader", &made.principal).await.is(201);
    let bearer = managed.bearer(&made).await;
    let reads = async || managed.by(&bearer, Method::GET, REGISTRY, "").await.status;
    assert_eq!(reads().await, 200);
    let path = format!("{IDENTITIES}/ci");
    let enable = async |is: bool| {
        let body = json!({ "properties": { "accountEnabled": is } }).to_string();
        let _ = managed.owner(Method::PUT, &path, &body).await.is(200);
    };
    enable(false).await;
    assert_eq!(reads().await, 401);
    let user = basic(&made.client_id, &made.secret);
    let pulls = async || managed.served.asked_by(Some(&user), &Method::GET, "/v2/").await.status;
    assert_eq!(pulls().await, 401);
    enable(true).await;
    assert_eq!((reads().await, pulls().await), (200, 200));
    let _ = managed.owner(Method::DELETE, &assignment(SUBSCRIPTION, 1), "").await.is(200);
    assert_eq!(reads().await, 403);
    let _ = managed.owner(Method::DELETE, &path, "").await.is(200);
    assert_eq!((reads().await, pulls().await), (401, 401));
}

/// A sample of what can be asked: what it is, and which roles on the registry allow it.
const ROUTES: [(Method, &str, &str, &[&str]); 11] = [
    (Method::GET, REGISTRY, "", READERS),
    (Method::GET, "REGISTRY/webhooks", "", READERS),
    (Method::GET, "REGISTRY/webhooks/hook01", "", READERS),
    (Method::PUT, "REGISTRY/webhooks/hook01", "{}", WRITERS),
    (Method::PATCH, "REGISTRY/webhooks/hook01", "{}", WRITERS),
    (Method::DELETE, "REGISTRY/webhooks/hook01", "", WRITERS),
    (Method::POST, "REGISTRY/webhooks/hook01/ping", "", WRITERS),
    (Method::POST, "REGISTRY/webhooks/hook01/getCallbackConfig", "", WRITERS),
    (Method::GET, "REGISTRY/providers/Microsoft.Authorization/roleAssignments", "", READERS),
    (Method::PUT, "REGISTRY/providers/Microsoft.Authorization/roleAssignments/x", "{}", &["Owner"]),
    (Method::GET, IDENTITIES, "", &[]),
];
const CONFIGURATOR: &str =
    "Container Registry Contributor and Data Access Configuration Administrator";
const READERS: &[&str] = &["Owner", "Contributor", "Reader", CONFIGURATOR];
const WRITERS: &[&str] = &["Owner", "Contributor", CONFIGURATOR];

#[tokio::test]
async fn each_role_allows_what_it_says_and_a_refusal_names_what_was_missing() {
    let managed = Managed::start().await;
    let made = managed.make("ci").await;
    let bearer = managed.bearer(&made).await;
    for (number, role) in (0..).zip([
        "Owner",
        "Contributor",
        "Reader",
        "AcrPull",
        "AcrPush",
        "AcrDelete",
        "AcrQuarantineReader",
        "AcrQuarantineWriter",
        CONFIGURATOR,
    ]) {
        let _ = managed.assign(REGISTRY, number, role, &made.principal).await.is(201);
        for (method, path, body, allowed) in ROUTES {
            let path = path.replace("REGISTRY", REGISTRY);
            let answer = managed.by(&bearer, method.clone(), &path, body).await;
            if allowed.contains(&role) {
                assert!(
                    ![401, 403].contains(&answer.status),
                    "{role} {method} {path}: {}",
                    answer.text()
                );
            } else {
                check(&answer, 403, "AuthorizationFailed");
                let told = answer.text();
                let start =
                    format!("The client '{}' with object id '{}'", made.client_id, made.principal);
                assert!(
                    told.contains(&start) && told.contains("over scope '/subscriptions/"),
                    "{told}"
                );
            }
        }
        let _ = managed.owner(Method::DELETE, &assignment(REGISTRY, number), "").await.is(200);
    }
    // Whether something is there is told to nobody who may not see it.
    let elsewhere = format!("{GROUP}/providers/Microsoft.ContainerRegistry/registries/nowhere");
    check(&managed.by(&bearer, Method::GET, &elsewhere, "").await, 403, "AuthorizationFailed");
    check(&managed.owner(Method::GET, &elsewhere, "").await, 404, "ResourceNotFound");
    let foreign = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/a";
    check(&managed.owner(Method::GET, foreign, "").await, 404, "SubscriptionNotFound");
}

#[tokio::test]
async fn a_role_counts_where_it_is_given_and_below() {
    let managed = Managed::start().await;
    let made = managed.make("ci").await;
    let bearer = managed.bearer(&made).await;
    for (number, scope, sees_identities) in
        [(1, SUBSCRIPTION, true), (2, GROUP, false), (3, REGISTRY, false)]
    {
        let _ = managed.assign(scope, number, "Reader", &made.principal).await.is(201);
        let _ = managed.by(&bearer, Method::GET, REGISTRY, "").await.is(200);
        let identities = managed.by(&bearer, Method::GET, IDENTITIES, "").await.status;
        assert_eq!(identities == 200, sees_identities, "{scope}");
        let _ = managed.owner(Method::DELETE, &assignment(scope, number), "").await.is(200);
    }
    // A contributor manages everything but who manages it.
    let _ = managed.assign(SUBSCRIPTION, 4, "Contributor", &made.principal).await.is(201);
    let add = format!("{IDENTITIES}/management/addPassword");
    check(&managed.by(&bearer, Method::POST, &add, "").await, 403, "AuthorizationFailed");
    let _ = managed.by(&bearer, Method::GET, IDENTITIES, "").await.is(200);
}

#[tokio::test]
async fn a_role_reaches_content_by_name_and_secret() {
    let managed = Managed::start().await;
    let made = managed.make("ci").await;
    let user = basic(&made.client_id, &made.secret);
    let asks = async |method: &Method, path: &str| {
        managed.served.asked_by(Some(&user), method, path).await.status
    };
    let (manifest, upload) = ("/v2/app/manifests/v1", "/v2/app/blobs/uploads/");
    assert_eq!(asks(&Method::GET, manifest).await, 401);
    for (number, role, pulls, pushes) in
        [(1, "AcrPull", 404, 401), (2, "AcrPush", 404, 202), (3, "Reader", 404, 401)]
    {
        let _ = managed.assign(REGISTRY, number, role, &made.principal).await.is(201);
        assert_eq!(
            (asks(&Method::GET, manifest).await, asks(&Method::POST, upload).await),
            (pulls, pushes),
            "{role}"
        );
        let bearer = managed.served.token(&user, "repository:app:pull,push").await;
        assert_eq!(
            managed.served.asked_by(Some(&bearer), &Method::POST, upload).await.status,
            pushes,
            "{role}"
        );
        let _ = managed.owner(Method::DELETE, &assignment(REGISTRY, number), "").await.is(200);
    }
}

#[tokio::test]
async fn roles_are_given_listed_and_taken_away() {
    let managed = Managed::start().await;
    let made = managed.make("ci").await;
    let given = managed.assign(REGISTRY, 1, "AcrPull", &made.principal).await.is(201).json();
    assert_eq!(given["properties"]["principalId"], made.principal);
    assert_eq!(given["properties"]["scope"], REGISTRY);
    assert_eq!(given["properties"]["createdBy"], CLIENT_ID);
    assert_eq!(managed.get(&assignment(REGISTRY, 1)).await, given);
    assert_eq!(managed.assign(REGISTRY, 1, "AcrPull", &made.principal).await.is(200).json(), given);
    check(&managed.assign(REGISTRY, 1, "AcrPush", &made.principal).await, 409, "Conflict");
    check(
        &managed.assign(REGISTRY, 2, "AcrPull", &made.principal).await,
        409,
        "RoleAssignmentExists",
    );
    check(&managed.assign(REGISTRY, 2, "AcrPull", &made.client_id).await, 400, "PrincipalNotFound");
    let elsewhere = REGISTRY.replace("registries/boathook", "registries/nowhere");
    check(
        &managed.assign(&elsewhere, 2, "AcrPull", &made.principal).await,
        404,
        "ResourceNotFound",
    );
    let body =
        json!({ "properties": { "roleDefinitionId": "AcrPull", "principalId": made.principal } });
    let answer = managed.owner(Method::PUT, &assignment(REGISTRY, 2), &body.to_string()).await;
    check(&answer, 404, "RoleDefinitionDoesNotExist");
    // A role that holds under a condition is less than one that holds, and is not given as that.
    let mut body = json!({ "properties": given["properties"] });
    body["properties"]["condition"] = "@Resource[name] StringEquals 'app'".into();
    let answer = managed.owner(Method::PUT, &assignment(REGISTRY, 1), &body.to_string()).await;
    check(&answer, 400, "InvalidRequest");
    assert_eq!(answer.json()["error"]["target"], "properties.condition");
    let _ = managed.assign(SUBSCRIPTION, 3, "Reader", &made.principal).await.is(201);

    let list = async |scope: &str, filter: &str| {
        let path =
            format!("{scope}/providers/Microsoft.Authorization/roleAssignments?$filter={filter}");
        let found = managed.get(&path).await;
        let ids = found["value"].as_array().unwrap().iter();
        ids.map(|one| {
            one["name"]
                .as_str()
                .unwrap()
                .split('-')
                .next_back()
                .unwrap()
                .trim_start_matches('0')
                .to_owned()
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(list(SUBSCRIPTION, "").await, ["6", "1", "3"]);
    assert_eq!(list(SUBSCRIPTION, "atScope()").await, ["6", "3"]);
    assert_eq!(list(REGISTRY, "atScope()").await, ["6", "1", "3"]);
    let mine = format!("principalId+eq+'{}'", made.principal);
    assert_eq!(list(REGISTRY, &mine).await, ["1", "3"]);
    assert_eq!(list(GROUP, &format!("assignedTo('{PRINCIPAL_ID}')")).await, ["6"]);

    let last_owner =
        format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments/{ASSIGNMENT_ID}");
    check(&managed.owner(Method::DELETE, &last_owner, "").await, 409, "Conflict");
    let _ = managed.owner(Method::DELETE, &assignment(REGISTRY, 1), "").await.is(200);
    let _ = managed.owner(Method::DELETE, &assignment(REGISTRY, 1), "").await.is(204);
    let _ = managed.owner(Method::GET, &assignment(REGISTRY, 1), "").await.is(404);
    let roles = managed
        .get(&format!("{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"))
        .await;
    assert_eq!(roles["value"].as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn every_change_is_told_of_and_no_secret_with_it() {
    let managed = Managed::start().await;
    let made = managed.make("ci").await;
    managed.served.world.clock().advance(Duration::from_secs(10));
    let _ = managed.assign(REGISTRY, 1, "AcrPull", &made.principal).await.is(201);
    let refused = managed.assign(REGISTRY, 2, "AcrPull", &made.principal).await;
    assert_eq!(refused.status, 409);
    let removed = managed.owner(Method::DELETE, &assignment(REGISTRY, 1), "").await.is(200);
    let log = async |filter: &str| {
        let path = format!(
            "{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values?$filter={filter}"
        );
        let answer = managed.owner(Method::GET, &path, "").await.is(200);
        assert!(!answer.text().contains(&made.secret));
        answer.json()["value"].as_array().unwrap().clone()
    };
    let actions = |entries: &[Value]| {
        let action = |entry: &Value| entry["operationName"]["value"].as_str().unwrap().to_owned();
        entries.iter().map(action).collect::<Vec<_>>()
    };
    let all = log("").await;
    assert_eq!(
        actions(&all),
        [
            "Microsoft.Authorization/roleAssignments/delete",
            "Microsoft.Authorization/roleAssignments/write",
            "Boathook.Identity/servicePrincipals/addPassword/action",
            "Boathook.Identity/servicePrincipals/write",
            "Boathook.Identity/servicePrincipals/write",
        ]
    );
    assert_eq!(all[0]["caller"], CLIENT_ID);
    assert_eq!(all[0]["resourceId"], assignment(REGISTRY, 1));
    assert_eq!(all[0]["resourceGroupName"], "boathook");
    assert_eq!(all[0]["correlationId"], removed.header("x-ms-correlation-request-id"));
    assert_eq!(all[0]["properties"], json!({ "principalId": made.principal, "role": "AcrPull" }));
    assert_eq!(all[0]["status"]["value"], "Succeeded");
    assert_eq!(log("resourceGroupName+eq+'boathook'").await.len(), 2);
    assert_eq!(log("eventTimestamp+ge+2023-11-14T22:13:25Z").await.len(), 2);
    assert_eq!(
        log("eventTimestamp+le+'2023-11-14T22:13:25Z'+and+caller+eq+'boathook'").await.len(),
        1
    );
    let bad = format!(
        "{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values?$filter=x"
    );
    check(&managed.owner(Method::GET, &bad, "").await, 400, "InvalidFilterInQueryString");
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let managed = Managed::start().await;
    for idx in 0..100 {
        let path = format!("{IDENTITIES}/id{idx:03}");
        let _ = managed.owner(Method::PUT, &path, "{}").await.is(201);
    }
    for path in [
        IDENTITIES.to_owned(),
        format!("{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"),
    ] {
        let page = managed.get(&path).await;
        assert_eq!(page["value"].as_array().unwrap().len(), 100, "{path}");
        let next = page["nextLink"].as_str().unwrap();
        let request = self::Managed::request(&managed, next);
        let last = managed.served.client.send(request, "").await.is(200).json();
        assert_eq!(last["value"].as_array().unwrap().len(), 1, "{path}");
        assert_eq!(last.get("nextLink"), None);
    }
    let bad = format!(
        "{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values?$skipToken=x"
    );
    check(&managed.owner(Method::GET, &bad, "").await, 400, "InvalidRequest");
}

impl Managed {
    fn request(&self, path: &str) -> http::request::Builder {
        let request = self.served.client.request(Method::GET, path);
        request.header(header::AUTHORIZATION, &self.owner)
    }
}
