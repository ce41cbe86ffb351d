//! Every route, asked by everybody who may not: without a name, with a token of another registry or for something else,
//! with a role that only reads, and at a registry that is closed.
//!
//! The rows are told by the forms that `wire` reads from paths, and the test fails where one of those has no row, or where a
//! path takes a method that its row does not know.

use crate::auth::basic;
use crate::identities::{Managed, REGISTRY, SUBSCRIPTION};
use crate::places::make;
use crate::sign_in::form;
use boathook_core::digest::Algorithm;
use boathook_core::id::UploadId;
use boathook_testkit::Answer;
use boathook_wire::arm::path::{
    self as arm, Child, EmptyList, GroupId, IdentityAction, RegistryAction, RegistryId, Scope,
    WebhookAction,
};
use boathook_wire::{acr, helm, oci};
use http::{Method, header};
use std::collections::BTreeSet;
use std::str::FromStr;

const METHODS: [Method; 6] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
const SUBSCRIPTION_ID: &str = "b0a70001-0000-4000-8000-000000000001";
/// Everything that can be asked for of the repository that the rows are about.
const EVERYTHING: &str = "registry:catalog:* registry:deleted_catalog:* repository:app:pull,push,delete,metadata_read,metadata_write,deleted_read,deleted_restore artifact-repository:app:pull,push,delete";

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// To be signed in.
    SignIn,
    /// To be signed in; shown is what one may read.
    Each,
    /// To be allowed to read.
    Read,
    /// To be allowed more.
    Write,
}

/// What the methods of a path need, as in `GET=read PUT=write`.
fn methods(row: &str) -> Vec<(Method, Needs)> {
    let method = |text: &str| {
        let (method, needs) = text.split_once('=').expect("a method and what it needs");
        let needs = match needs {
            "signin" => Needs::SignIn,
            "each" => Needs::Each,
            "read" => Needs::Read,
            "write" => Needs::Write,
            other => panic!("{other}"),
        };
        (Method::from_str(method).expect("it is a method"), needs)
    };
    row.split(' ').map(method).collect()
}

/// Names the forms that `wire` knows; one that is new does not compile until it is here, and here it needs a row.
macro_rules! forms {
    ($name:ident, $target:path: $($form:ident)+) => {
        fn $name(rows: &[($target, &str)]) {
            use $target as Form;
            let form = |target: &Form| match target {
                $(Form::$form { .. } => stringify!($form),)+
            };
            let shown: BTreeSet<_> = rows.iter().map(|(target, _)| form(target)).collect();
            let all = BTreeSet::from([$(stringify!($form)),+]);
            assert_eq!(shown, all, "a form of path has no row");
        }
    };
}

forms!(has_all_of_oci, oci::route::Target: Base Catalog Tags Manifest Blob Uploads Upload Referrers);
forms!(has_all_of_acr, acr::route::Target:
    Catalog Repository Tags Tag Manifests Manifest DeletedCatalog DeletedTags DeletedManifests DeletedManifest);
forms!(has_all_of_helm, helm::route::Target: Index File Charts Chart Version);
forms!(has_all_of_arm, arm::Target:
    Subscriptions Subscription Tenants Locations ResourceGroups ResourceGroup Resources GroupResources Providers
    Provider RegisterProvider Operations CheckNameAvailability OperationResult Registries GroupRegistries Registry
    RegistryAction Webhooks Webhook WebhookAction Replications Replication Tokens Token ScopeMaps ScopeMap
    OperationStatus Empty EmptyEntry RoleDefinitions RoleDefinition RoleAssignments RoleAssignment ActivityLog
    RotateSigningKey Identities Identity IdentityAction);

/// The registry's own faces. What cannot be undone comes last.
fn data_rows() -> Vec<(String, &'static str)> {
    use acr::route::Target as Acr;
    use oci::route::Target as Oci;
    let repository = || "app".parse().expect("it is a repository");
    let tag = || "v1".parse().expect("it is a tag");
    let digest = || Algorithm::Sha256.digest(b"nothing");
    let upload = UploadId::parse("0193525f-6c4e-7c3a-8d4e-0123456789ab").expect("it is an id");
    let reads = "GET=read HEAD=read";
    let oci = [
        (Oci::Base, "GET=signin HEAD=signin"),
        (Oci::Catalog, reads),
        (Oci::Tags(repository()), reads),
        (Oci::Referrers(repository(), digest()), reads),
        (Oci::Uploads(repository()), "POST=write"),
        (
            Oci::Upload(repository(), upload),
            "GET=write HEAD=write PATCH=write PUT=write DELETE=write",
        ),
        (Oci::Blob(repository(), digest()), "GET=read HEAD=read DELETE=write"),
        (
            Oci::Manifest(repository(), "v1".parse().expect("it is a reference")),
            "GET=read HEAD=read PUT=write DELETE=write",
        ),
    ];
    has_all_of_oci(&oci);
    let acr = [
        (Acr::Catalog, "GET=read"),
        (Acr::Tags(repository()), "GET=read"),
        (Acr::Manifests(repository()), "GET=read"),
        (Acr::DeletedCatalog, "GET=write"),
        (Acr::DeletedTags(repository()), "GET=write"),
        (Acr::DeletedManifests(repository()), "GET=write"),
        (Acr::DeletedManifest(repository(), digest()), "POST=write"),
        (Acr::Manifest(repository(), digest()), "GET=read PATCH=write"),
        (Acr::Tag(repository(), tag()), "GET=read PATCH=write DELETE=write"),
        (Acr::Repository(repository()), "GET=read PATCH=write DELETE=write"),
    ];
    has_all_of_acr(&acr);
    let oci = oci.into_iter().map(|(target, row)| (target.to_string(), row));
    let acr = acr.into_iter().map(|(target, row)| (target.to_string(), row));
    helm_rows().into_iter().chain(oci).chain(acr).collect()
}

/// The classic Helm repository.
fn helm_rows() -> Vec<(String, &'static str)> {
    use helm::route::Target;
    let repository = || "app".parse().expect("it is a repository");
    let chart = || "hello".parse().expect("it is a chart's name");
    let file = |text: &str| text.parse().expect("it is a chart's file");
    let one = "GET=read HEAD=read PUT=write PATCH=write DELETE=write";
    let rows = [
        (Target::Index(repository()), "GET=read HEAD=read"),
        (Target::Charts(repository()), "GET=read"),
        (
            Target::Version(repository(), chart(), "1.0.0".parse().expect("it is a version")),
            "GET=read",
        ),
        (Target::File(repository(), file("hello-1.0.0.tgz")), one),
        (Target::File(repository(), file("hello-1.0.0.tgz.prov")), one),
        (Target::Chart(repository(), chart()), "GET=read DELETE=write"),
    ];
    has_all_of_helm(&rows);
    rows.into_iter().map(|(target, row)| (target.to_string(), row)).collect()
}

/// Paths of which there are several kinds.
fn kinds_of_arm_rows(id: &RegistryId) -> Vec<(arm::Target, &'static str)> {
    use arm::Target;
    let subscription = || SUBSCRIPTION_ID.to_owned();
    let (group, id) = (|| id.group(), || id.clone());
    let name = || "name01".to_owned();
    let guid = || "b0a70001-0000-4000-9000-0000000000ff".to_owned();
    let mut rows = Vec::new();
    for location in [None, Some("local".to_owned())] {
        let (subscription, operation) = (subscription(), guid());
        rows.push((Target::OperationResult { subscription, location, operation }, "GET=signin"));
    }
    for child in [None, Some((Child::Webhooks, name()))] {
        rows.push((
            Target::OperationStatus { registry: id(), child, operation: guid() },
            "GET=read",
        ));
    }
    for list in EmptyList::ALL {
        rows.push((Target::Empty(id(), list), "GET=read"));
        rows.push((Target::EmptyEntry(id(), list, name()), "GET=read"));
    }
    for scope in
        [Scope::Subscription(subscription()), Scope::ResourceGroup(group()), Scope::Registry(id())]
    {
        rows.push((Target::RoleDefinitions(scope.clone()), "GET=read"));
        rows.push((Target::RoleDefinition(scope.clone(), guid()), "GET=read"));
        rows.push((Target::RoleAssignments(scope.clone()), "GET=read"));
        rows.push((Target::RoleAssignment(scope, guid()), "GET=read PUT=write DELETE=write"));
    }
    for action in RegistryAction::ALL {
        let row = match action {
            RegistryAction::ListUsages => "GET=read",
            RegistryAction::CollectGarbage => "GET=read POST=write",
            RegistryAction::TestScope => "GET=write POST=write",
            // They show or make passwords, or change what is there.
            RegistryAction::GenerateCredentials
            | RegistryAction::ImportImage
            | RegistryAction::ListCredentials
            | RegistryAction::RegenerateCredential => "POST=write",
        };
        rows.push((Target::RegistryAction(id(), action), row));
    }
    for action in WebhookAction::ALL {
        let row = match action {
            WebhookAction::Ping | WebhookAction::GetCallbackConfig | WebhookAction::Redeliver => {
                "POST=write"
            }
            WebhookAction::ListEvents | WebhookAction::ListDeliveries => "GET=write POST=write",
        };
        rows.push((Target::WebhookAction(id(), name(), action), row));
    }
    for action in IdentityAction::ALL {
        let target = Target::IdentityAction { subscription: subscription(), name: name(), action };
        rows.push((target, "POST=write"));
    }
    rows
}

/// The management API. What cannot be undone comes last.
fn arm_rows(registry: &str) -> Vec<(arm::Target, &'static str)> {
    use arm::Target;
    let subscription = || SUBSCRIPTION_ID.to_owned();
    let group = || GroupId { subscription: subscription(), resource_group: "boathook".to_owned() };
    let id = || RegistryId {
        subscription: subscription(),
        resource_group: "boathook".to_owned(),
        registry: registry.to_owned(),
    };
    let name = || "name01".to_owned();
    let one = "GET=read PUT=write PATCH=write DELETE=write";
    let mut rows = vec![
        (Target::Subscriptions, "GET=signin"),
        (Target::Subscription(subscription()), "GET=signin"),
        (Target::Tenants, "GET=signin"),
        (Target::Locations(subscription()), "GET=signin"),
        (Target::ResourceGroups(subscription()), "GET=each"),
        (Target::Resources(subscription()), "GET=each"),
        (Target::GroupResources(group()), "GET=each"),
        (Target::Providers(subscription()), "GET=signin"),
        (
            Target::Provider {
                subscription: subscription(),
                namespace: "Microsoft.ContainerRegistry".to_owned(),
            },
            "GET=signin",
        ),
        (
            Target::RegisterProvider {
                subscription: subscription(),
                namespace: "Microsoft.ContainerRegistry".to_owned(),
            },
            "POST=write",
        ),
        (Target::Operations, "GET=signin"),
        // Nothing is changed by asking, though it is asked with POST.
        (Target::CheckNameAvailability(subscription()), "POST=read"),
        (Target::Registries(subscription()), "GET=each"),
        (Target::GroupRegistries(group()), "GET=each"),
        (Target::Webhooks(id()), "GET=read"),
        (Target::Replications(id()), "GET=read"),
        (Target::Tokens(id()), "GET=read"),
        (Target::ScopeMaps(id()), "GET=read"),
        (Target::ActivityLog(subscription()), "GET=read"),
        (Target::Identities(subscription()), "GET=read"),
        (Target::RotateSigningKey(subscription()), "POST=write"),
    ];
    rows.extend(kinds_of_arm_rows(&id()));
    rows.extend([
        (Target::Webhook(id(), name()), one),
        (Target::Replication(id(), name()), one),
        (Target::Token(id(), name()), one),
        (Target::ScopeMap(id(), name()), one),
        (
            Target::Identity { subscription: subscription(), name: name() },
            "GET=read PUT=write DELETE=write",
        ),
        (Target::Registry(id()), one),
        (Target::ResourceGroup(group()), "GET=read HEAD=read PUT=write PATCH=write DELETE=write"),
    ]);
    has_all_of_arm(&rows);
    rows
}

struct Callers {
    managed: Managed,
}

impl Callers {
    async fn start() -> Self {
        let managed = Managed::start().await;
        make(&managed.served, "other", "local", |_| ()).await;
        make(&managed.served, "closed", "local", |row| {
            row.settings.is_public_network_access_enabled = false;
        })
        .await;
        Self { managed }
    }

    async fn ask(&self, host: &str, shown: Option<&str>, method: &Method, path: &str) -> Answer {
        let client = &self.managed.served.client;
        let request = client.request(method.clone(), path).header(header::HOST, host);
        let request = shown
            .into_iter()
            .fold(request, |request, shown| request.header(header::AUTHORIZATION, shown));
        client.send(request, "").await
    }

    /// A registry's token, got at one of its hosts.
    async fn token(&self, host: &str, basic: &str, scope: &str) -> String {
        let path = format!("/oauth2/token?service={host}&scope={}", scope.replace(' ', "+"));
        let answer = self.ask(host, Some(basic), &Method::GET, &path).await.is(200).json();
        format!("Bearer {}", answer["access_token"].as_str().expect("there is one"))
    }
}

fn is_refused(answer: &Answer) -> bool {
    matches!(answer.status, 401 | 403)
}

#[tokio::test]
async fn a_registry_s_own_faces_let_nobody_do_what_they_may_not() {
    const HOST: &str = "boathook.azurecr.localhost";
    let callers = Box::pin(Callers::start()).await;
    let managed = &callers.managed;
    let owner = basic(&managed.credentials.client_id, &managed.credentials.client_secret);
    let robot = managed.make("reader").await;
    let _ = managed.assign(REGISTRY, 1, "AcrPull", &robot.principal).await.is(201);
    let robot = basic(&robot.client_id, &robot.secret);
    let whole = callers.token(HOST, &owner, EVERYTHING).await;
    let foreign = callers.token("other.azurecr.localhost", &owner, EVERYTHING).await;
    let elsewhere = EVERYTHING
        .replace("registry:catalog:* registry:deleted_catalog:* ", "")
        .replace(":app:", ":elsewhere:");
    let elsewhere = callers.token(HOST, &owner, &elsewhere).await;
    let reader = callers.token(HOST, &robot, EVERYTHING).await;
    for (path, row) in data_rows() {
        let row = methods(row);
        for method in METHODS {
            let Some((_, needs)) = row.iter().find(|(taken, _)| *taken == method) else {
                let answer = callers.ask(HOST, Some(&whole), &method, &path).await;
                assert_eq!(answer.status, 405, "a row lacks {method} {path}");
                continue;
            };
            let what = format!("{method} {path}");
            let status = async |host: &str, shown: Option<&str>| {
                callers.ask(host, shown, &method, &path).await.status
            };
            assert_eq!(status(HOST, None).await, 401, "{what} without a name");
            assert_eq!(status(HOST, Some(&foreign)).await, 401, "{what} from another registry");
            let may = *needs == Needs::SignIn;
            assert_eq!(status(HOST, Some(&elsewhere)).await != 401, may, "{what} for elsewhere");
            let may = *needs != Needs::Write;
            assert_eq!(status(HOST, Some(&reader)).await != 401, may, "{what} by a reader");
            let closed = status("closed.azurecr.localhost", Some(&owner)).await;
            assert_eq!(closed, 403, "{what} at a closed registry");
            let answer = callers.ask(HOST, Some(&whole), &method, &path).await;
            assert!(!is_refused(&answer), "{what}: {}", answer.text());
        }
    }
    for (method, path) in [
        (Method::GET, "/oauth2/token?service=any&scope=repository:app:pull"),
        (Method::POST, "/oauth2/token"),
        (Method::POST, "/oauth2/exchange"),
    ] {
        let body = "grant_type=access_token&service=any&access_token=x";
        let request = managed.served.client.request(method.clone(), path);
        let request = request
            .header(header::HOST, "closed.azurecr.localhost")
            .header(header::AUTHORIZATION, &owner);
        let answer = managed.served.client.send(request, body).await;
        assert_eq!(answer.status, 403, "{method} {path} at a closed registry");
    }
}

#[tokio::test]
async fn the_management_api_lets_nobody_do_what_they_may_not() {
    const HOST: &str = "management.azurecr.localhost";
    let callers = Box::pin(Callers::start()).await;
    let managed = &callers.managed;
    let owner = managed.owner.as_str();
    let other = REGISTRY.replace("registries/boathook", "registries/other");
    let neighbour = managed.make("neighbour").await;
    let _ = managed.assign(&other, 1, "Owner", &neighbour.principal).await.is(201);
    let neighbour = managed.bearer(&neighbour).await;
    let reader = managed.make("reader").await;
    let _ = managed.assign(SUBSCRIPTION, 2, "Reader", &reader.principal).await.is(201);
    let reader = managed.bearer(&reader).await;
    let (client_id, secret) = (&managed.credentials.client_id, &managed.credentials.client_secret);
    let graph = form(client_id, secret, "https://graph.azurecr.localhost/.default");
    let graph = managed.served.post_form("/adfs/oauth2/token", &graph, None).await.is(200).json();
    let graph = format!("Bearer {}", graph["access_token"].as_str().expect("there is one"));
    for (target, row) in arm_rows("boathook") {
        let (row, path) = (methods(row), format!("{target}?api-version=2025-11-01"));
        for method in METHODS {
            let what = format!("{method} {target}");
            let Some((_, needs)) = row.iter().find(|(taken, _)| *taken == method) else {
                let answer = callers.ask(HOST, Some(owner), &method, &path).await;
                assert_eq!(answer.status, 405, "a row lacks {what}");
                continue;
            };
            let ask = async |shown: Option<&str>| callers.ask(HOST, shown, &method, &path).await;
            assert_eq!(ask(None).await.status, 401, "{what} without a name");
            assert_eq!(ask(Some(&graph)).await.status, 401, "{what} with a token for others");
            let answer = ask(Some(&neighbour)).await;
            let may = matches!(needs, Needs::SignIn | Needs::Each);
            assert_eq!(answer.status != 403, may, "{what} by a neighbour: {}", answer.text());
            let answer = ask(Some(&reader)).await;
            let may = *needs != Needs::Write;
            assert_eq!(answer.status != 403, may, "{what} by a reader: {}", answer.text());
        }
    }
    // Who is closed out of the content can be let in again: by whoever manages the registry.
    for name in ["closed", "boathook"] {
        for (target, row) in arm_rows(name) {
            let path = format!("{target}?api-version=2025-11-01");
            for (method, _) in methods(row) {
                let answer = callers.ask(HOST, Some(owner), &method, &path).await;
                let text = answer.text();
                assert!(!is_refused(&answer), "{method} {target}: {text}");
                assert!(!text.contains("no resource of a known type"), "{method} {target}: {text}");
            }
        }
    }
}
