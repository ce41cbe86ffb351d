use super::*;
use crate::arm::operation::Operation;
use http::Method;
use proptest::prelude::*;

const SUBSCRIPTION: &str = "/subscriptions/s-1";
const GROUP: &str = "/subscriptions/s-1/resourceGroups/My-Group";
const REGISTRY: &str = "/subscriptions/s-1/resourceGroups/My-Group/providers/Microsoft.ContainerRegistry/registries/reg01";

fn group() -> GroupId {
    GroupId { subscription: "s-1".to_owned(), resource_group: "My-Group".to_owned() }
}

fn id() -> RegistryId {
    group().registry("reg01")
}

/// One target of each form, with `name` where a name stands that has a path of its own.
fn every_form(name: &str) -> Vec<Target> {
    let own = || name.to_owned();
    let subscription = || "s-1".to_owned();
    let mut targets = vec![
        Target::Subscriptions,
        Target::Subscription(own()),
        Target::Tenants,
        Target::Locations(subscription()),
        Target::ResourceGroups(subscription()),
        Target::ResourceGroup(GroupId { resource_group: own(), ..group() }),
        Target::Resources(subscription()),
        Target::GroupResources(group()),
        Target::Providers(subscription()),
        Target::Provider { subscription: subscription(), namespace: own() },
        Target::RegisterProvider { subscription: subscription(), namespace: own() },
        Target::Operations,
        Target::CheckNameAvailability(subscription()),
        Target::Registries(subscription()),
        Target::GroupRegistries(group()),
        Target::Registry(group().registry(name)),
        Target::ActivityLog(subscription()),
        Target::RotateSigningKey(subscription()),
        Target::Identities(subscription()),
        Target::Identity { subscription: subscription(), name: own() },
    ];
    targets.extend([None, Some("westus".to_owned())].map(|location| Target::OperationResult {
        subscription: subscription(),
        location,
        operation: own(),
    }));
    targets.extend(RegistryAction::ALL.map(|action| Target::RegistryAction(id(), action)));
    targets.extend(WebhookAction::ALL.map(|action| Target::WebhookAction(id(), own(), action)));
    targets.extend(IdentityAction::ALL.map(|action| Target::IdentityAction {
        subscription: subscription(),
        name: own(),
        action,
    }));
    for child in Child::ALL {
        targets.push(Target::children(id(), child));
        targets.push(Target::child(id(), child, own()));
    }
    targets.extend([None].into_iter().chain(Child::ALL.map(Some)).map(|child| {
        let child = child.map(|child| (child, own()));
        Target::OperationStatus { registry: id(), child, operation: own() }
    }));
    for list in EmptyList::ALL {
        targets.push(Target::Empty(id(), list));
        targets.push(Target::EmptyEntry(id(), list, own()));
    }
    for scope in [
        Scope::Root,
        Scope::Subscription(subscription()),
        Scope::ResourceGroup(group()),
        Scope::Registry(id()),
    ] {
        targets.push(Target::RoleDefinitions(scope.clone()));
        targets.push(Target::RoleDefinition(scope.clone(), own()));
        targets.push(Target::RoleAssignments(scope.clone()));
        targets.push(Target::RoleAssignment(scope, own()));
    }
    targets
}

#[track_caller]
fn check(path: &str, expected: &Target) {
    assert_eq!(parse(path).as_ref(), Ok(expected), "{path:?}");
    assert_eq!(expected.to_string(), path.trim_end_matches('/'));
}

#[track_caller]
fn check_registry(rest: &str, expected: &Target) {
    check(&format!("{REGISTRY}{rest}"), expected);
}

#[test]
fn what_belongs_to_a_subscription_is_known() {
    let s = || "s-1".to_owned();
    let within = |rest: &str| format!("{SUBSCRIPTION}{rest}");
    let acr = |rest: &str| within(&format!("/providers/Microsoft.ContainerRegistry/{rest}"));
    check("/subscriptions", &Target::Subscriptions);
    check("/tenants", &Target::Tenants);
    check("/providers/Microsoft.ContainerRegistry/operations", &Target::Operations);
    check(SUBSCRIPTION, &Target::Subscription(s()));
    check(&within("/locations"), &Target::Locations(s()));
    check(&within("/resourceGroups"), &Target::ResourceGroups(s()));
    check(&within("/resources"), &Target::Resources(s()));
    check(&within("/providers"), &Target::Providers(s()));
    let namespace = || "Microsoft.ContainerRegistry".to_owned();
    let provider = Target::Provider { subscription: s(), namespace: namespace() };
    check(&within("/providers/Microsoft.ContainerRegistry"), &provider);
    check(
        &acr("register"),
        &Target::RegisterProvider { subscription: s(), namespace: namespace() },
    );
    check(&acr("checkNameAvailability"), &Target::CheckNameAvailability(s()));
    check(&acr("registries"), &Target::Registries(s()));
    let result = |location: Option<&str>| Target::OperationResult {
        subscription: s(),
        location: location.map(str::to_owned),
        operation: "delete-1".to_owned(),
    };
    check(&acr("operationResults/delete-1"), &result(None));
    check(&acr("locations/westus/operationResults/delete-1"), &result(Some("westus")));
}

#[test]
fn identities_are_known() {
    let (subscription, name) = (|| "s-1".to_owned(), || "ci".to_owned());
    let list = format!("{SUBSCRIPTION}/providers/Boathook.Identity/servicePrincipals");
    check(&list, &Target::Identities(subscription()));
    check(&format!("{list}/ci"), &Target::Identity { subscription: subscription(), name: name() });
    for action in IdentityAction::ALL {
        let path = format!("{list}/ci/{}", action.as_str());
        let target = Target::IdentityAction { subscription: subscription(), name: name(), action };
        check(&path, &target);
    }
}

#[test]
fn what_belongs_to_a_resource_group_is_known() {
    check(GROUP, &Target::ResourceGroup(group()));
    check(&format!("{GROUP}/resources"), &Target::GroupResources(group()));
    let registries = format!("{GROUP}/providers/Microsoft.ContainerRegistry/registries");
    check(&registries, &Target::GroupRegistries(group()));
}

#[test]
fn what_belongs_to_a_registry_is_known() {
    let name = || "Hook01".to_owned();
    check_registry("", &Target::Registry(id()));
    check_registry("/", &Target::Registry(id()));
    check_registry("/webhooks", &Target::Webhooks(id()));
    check_registry("/webhooks/Hook01", &Target::Webhook(id(), name()));
    let action = |action| Target::WebhookAction(id(), name(), action);
    check_registry("/webhooks/Hook01/ping", &action(WebhookAction::Ping));
    check_registry("/webhooks/Hook01/listEvents", &action(WebhookAction::ListEvents));
    check_registry("/webhooks/Hook01/getCallbackConfig", &action(WebhookAction::GetCallbackConfig));
    check_registry("/webhooks/Hook01/redeliver", &action(WebhookAction::Redeliver));
    check_registry("/webhooks/Hook01/listDeliveries", &action(WebhookAction::ListDeliveries));
    check_registry("/replications/eastus", &Target::Replication(id(), "eastus".to_owned()));
    check_registry("/tokens/t", &Target::Token(id(), "t".to_owned()));
    check_registry("/scopeMaps/_p", &Target::ScopeMap(id(), "_p".to_owned()));
    check_registry("/testScope", &Target::RegistryAction(id(), RegistryAction::TestScope));
    check_registry("/listUsages", &Target::RegistryAction(id(), RegistryAction::ListUsages));
    check_registry("/cacheRules", &Target::Empty(id(), EmptyList::CacheRules));
    let operation = || "registries-1".to_owned();
    let status = |child| Target::OperationStatus { registry: id(), child, operation: operation() };
    check_registry("/operationStatuses/registries-1", &status(None));
    let hook = status(Some((Child::Webhooks, name())));
    check_registry("/webhooks/Hook01/operationStatuses/registries-1", &hook);
}

#[test]
fn roles_are_known_at_every_scope() {
    for (prefix, scope) in [
        ("", Scope::Root),
        (SUBSCRIPTION, Scope::Subscription("s-1".to_owned())),
        (GROUP, Scope::ResourceGroup(group())),
        (REGISTRY, Scope::Registry(id())),
    ] {
        let path = |rest: &str| format!("{prefix}/providers/Microsoft.Authorization/{rest}");
        check(&path("roleDefinitions"), &Target::RoleDefinitions(scope.clone()));
        check(&path("roleDefinitions/g"), &Target::RoleDefinition(scope.clone(), "g".to_owned()));
        check(&path("roleAssignments"), &Target::RoleAssignments(scope.clone()));
        check(&path("roleAssignments/g"), &Target::RoleAssignment(scope, "g".to_owned()));
    }
}

#[test]
fn case_makes_no_difference_but_names_keep_theirs() {
    for target in every_form("Name01") {
        for path in
            [target.to_string().to_ascii_lowercase(), target.to_string().to_ascii_uppercase()]
        {
            let read = parse(&path).unwrap_or_else(|_| panic!("{path}"));
            assert_eq!(read.to_string().to_ascii_lowercase(), path.to_ascii_lowercase());
            assert_eq!(read.methods(), target.methods());
        }
    }
    let lower = format!("{REGISTRY}/WEBHOOKS/Hook01/listevents").replace("Groups", "groups");
    let target = Target::WebhookAction(id(), "Hook01".to_owned(), WebhookAction::ListEvents);
    assert_eq!(parse(&lower), Ok(target));
}

#[test]
fn names_are_decoded_and_hold_no_slash() {
    let hook = Target::Webhook(id(), "Hook 01".to_owned());
    assert_eq!(parse(&format!("{REGISTRY}/webhooks/Hook%2001")), Ok(hook));
    for rest in
        ["/webhooks/a%2Fb", "/webhooks/..", "/webhooks/%2e%2e", "/webhooks/%ff", "/webhooks//"]
    {
        assert_eq!(parse(&format!("{REGISTRY}{rest}")), Err(UnknownPath), "{rest:?}");
    }
}

#[test]
fn other_paths_are_unknown() {
    for path in [
        "",
        "/",
        "/subscription",
        "/tenants/t",
        "/providers",
        "/providers/Microsoft.Storage/operations",
        "/subscriptions/s-1/resourceGroups/g/providers/Microsoft.Storage/registries/reg01",
        "/subscriptions/s-1/resourceGroups/g/providers",
        "/subscriptions/s-1/providers/Microsoft.ContainerRegistry/registries/reg01",
        "/subscriptions/s-1/providers/Boathook.Identity/servicePrincipals/a/ping",
        "/subscriptions/s-1/locations/providers/Microsoft.Authorization/roleDefinitions",
        "/subscriptions/s-1/providers/Microsoft.Authorization/locks",
    ] {
        assert_eq!(parse(path), Err(UnknownPath), "{path:?}");
    }
    for rest in [
        "/hooks",
        "/webhooks/a/b",
        "/webhooks/a/ping/b",
        "/tokens/a/ping",
        "/cacheRules/a/b",
        "/listUsages/a",
        "/operationStatuses",
        "/webhooks/providers/Microsoft.Authorization/roleAssignments",
    ] {
        assert_eq!(parse(&format!("{REGISTRY}{rest}")), Err(UnknownPath), "{rest:?}");
    }
}

#[test]
fn ids_are_printed_in_canonical_case() {
    assert_eq!(id().to_string(), REGISTRY);
    assert_eq!(group().to_string(), GROUP);
    assert_eq!(id().webhook("Hook01"), format!("{REGISTRY}/webhooks/Hook01"));
    assert_eq!(Scope::Root.to_string(), "/");
}

#[track_caller]
fn needs(method: &Method, path: &str, action: &str, scope: &str) {
    let expected = Needs::Action { action: action.to_owned(), scope: scope.to_owned() };
    assert_eq!(parse(path).unwrap().needs(method), Some(expected), "{method} {path}");
}

#[test]
fn actions_have_azures_names() {
    let acr = |rest: &str| format!("Microsoft.ContainerRegistry/{rest}");
    let of = |rest: &str| format!("{REGISTRY}{rest}");
    needs(&Method::GET, REGISTRY, &acr("registries/read"), REGISTRY);
    needs(&Method::PATCH, REGISTRY, &acr("registries/write"), REGISTRY);
    needs(&Method::DELETE, REGISTRY, &acr("registries/delete"), REGISTRY);
    let hook = of("/webhooks/hook01");
    needs(&Method::GET, &of("/webhooks"), &acr("registries/webhooks/read"), REGISTRY);
    needs(&Method::PUT, &hook, &acr("registries/webhooks/write"), &hook);
    let ping = acr("registries/webhooks/ping/action");
    needs(&Method::POST, &format!("{hook}/ping"), &ping, &hook);
    let events = acr("registries/webhooks/listEvents/action");
    needs(&Method::GET, &format!("{hook}/listEvents"), &events, &hook);
    let status = of("/webhooks/hook01/operationStatuses/w-1");
    needs(&Method::GET, &status, &acr("registries/webhooks/operationStatuses/read"), &status);
    let credentials = acr("registries/listCredentials/action");
    needs(&Method::POST, &of("/listCredentials"), &credentials, REGISTRY);
    needs(&Method::GET, &of("/listUsages"), &acr("registries/listUsages/read"), REGISTRY);
    needs(&Method::GET, &of("/collectGarbage"), &acr("registries/collectGarbage/read"), REGISTRY);
    needs(
        &Method::POST,
        &of("/collectGarbage"),
        &acr("registries/collectGarbage/action"),
        REGISTRY,
    );
    needs(&Method::GET, &of("/cacheRules"), &acr("registries/cacheRules/read"), REGISTRY);
    needs(&Method::POST, &of("/importImage"), &acr("registries/importImage/action"), REGISTRY);
    let check_name =
        format!("{SUBSCRIPTION}/providers/microsoft.containerregistry/checknameavailability");
    needs(&Method::POST, &check_name, &acr("checkNameAvailability/read"), SUBSCRIPTION);
    let group = "Microsoft.Resources/subscriptions/resourceGroups/read";
    needs(&Method::HEAD, GROUP, group, GROUP);
    let assignments = of("/providers/Microsoft.Authorization/roleAssignments");
    needs(&Method::GET, &assignments, "Microsoft.Authorization/roleAssignments/read", REGISTRY);
    let one = format!("{assignments}/g");
    needs(&Method::PUT, &one, "Microsoft.Authorization/roleAssignments/write", &one);
    let identity = format!("{SUBSCRIPTION}/providers/Boathook.Identity/servicePrincipals/ci");
    needs(&Method::PUT, &identity, "Boathook.Identity/servicePrincipals/write", &identity);
    let add = "Boathook.Identity/servicePrincipals/addPassword/action";
    needs(&Method::POST, &format!("{identity}/addPassword"), add, &identity);
}

#[test]
fn lists_of_what_one_may_see_need_no_right_of_their_own() {
    let listed = [Target::Resources("s".to_owned()), Target::GroupRegistries(group())];
    for target in listed {
        assert_eq!(target.needs(&Method::GET), Some(Needs::ReadOfEach), "{target}");
    }
    assert_eq!(Target::Subscriptions.needs(&Method::GET), Some(Needs::SignIn));
}

#[test]
fn a_method_needs_something_exactly_where_it_is_taken() {
    for target in every_form("Name01") {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::PUT,
            Method::PATCH,
            Method::POST,
            Method::DELETE,
            Method::OPTIONS,
        ] {
            let is_taken = target.methods().split(", ").any(|taken| taken == method.as_str());
            assert_eq!(target.needs(&method).is_some(), is_taken, "{method} {target}");
        }
    }
}

#[test]
fn every_action_on_registries_is_listed_as_an_operation() {
    let mut needed: Vec<String> = Vec::new();
    for target in every_form("Microsoft.ContainerRegistry") {
        for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
            if let Some(Needs::Action { action, .. }) = target.needs(&method)
                && action.starts_with("Microsoft.ContainerRegistry/")
            {
                needed.push(action);
            }
        }
    }
    needed.sort();
    needed.dedup();
    let mut listed: Vec<String> =
        Operation::all().into_iter().map(|operation| operation.name).collect();
    listed.sort();
    assert_eq!(listed, needed);
}

#[test]
fn what_names_a_subscription_says_which() {
    for target in every_form("s-1") {
        let expected = target.to_string().starts_with(SUBSCRIPTION).then_some("s-1");
        assert_eq!(target.subscription(), expected, "{target}");
        let is_within = target.to_string().starts_with(REGISTRY);
        let is_role = target.to_string().contains("Microsoft.Authorization");
        let is_other = target.registry().is_some_and(|found| *found != id());
        assert_eq!(target.registry().is_some(), (is_within && !is_role) || is_other, "{target}");
    }
}

proptest! {
    #[test]
    fn printing_and_parsing_are_inverses(name in "[a-zA-Z0-9]{1,50}|\\PC{1,8}") {
        prop_assume!(!matches!(name.as_str(), "." | "..") && !name.contains(['/', '\\']));
        for target in every_form(&name) {
            prop_assert_eq!(parse(&target.to_string()), Ok(target));
        }
    }

    #[test]
    fn parsing_never_panics(path in "(/subscriptions|/providers|/Microsoft.Authorization|/%|/\\PC{0,4}|/){0,12}") {
        let _ = parse(&path);
    }
}
