use super::*;
use crate::grant::{Access, Grants};
use crate::name::{RegistryName, ResourceGroupName};
use proptest::prelude::*;

const GROUP: &str = "/subscriptions/b0a70001-0000-4000-8000-000000000001/resourceGroups/team";

fn scope_of(registry: &str) -> RoleScope {
    let group: ResourceGroupName = "team".parse().unwrap();
    RoleScope::Registry(group, registry.parse::<RegistryName>().unwrap())
}

fn assigned(role: &str, scope: RoleScope) -> Assignment {
    Assignment { role: find_built_in(role).unwrap().clone(), scope }
}

fn custom(permissions: Permissions) -> Assignment {
    let role = Definition::custom(RoleId::new("r"), "r".to_owned(), String::new(), permissions);
    Assignment { role: Arc::new(role.unwrap()), scope: RoleScope::Subscription }
}

fn patterns(texts: &[&str]) -> Vec<ActionPattern> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

const CONFIGURATOR: &str =
    "Container Registry Contributor and Data Access Configuration Administrator";
const ROLES: [&str; 9] = [
    "Owner",
    "Contributor",
    "Reader",
    "AcrPull",
    "AcrPush",
    "AcrDelete",
    "AcrQuarantineReader",
    "AcrQuarantineWriter",
    CONFIGURATOR,
];

/// Compares the roles that allow an action with those that should.
#[track_caller]
fn check(action: &'static str, expected: &[&str]) {
    let action = ArmAction::new(action);
    let may = |role: &&str| {
        allows(&[assigned(role, RoleScope::Subscription)], action, &scope_of("myreg"))
    };
    let found: Vec<_> = ROLES.into_iter().filter(may).collect();
    assert_eq!(found, expected, "{action}");
}

#[test]
fn the_roles_are_azures() {
    assert_eq!(built_in().len(), ROLES.len());
    for (name, id) in [
        ("acrpull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"),
        ("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec"),
        ("AcrDelete", "c2f4ef07-c644-48eb-af81-4b1b4947fb11"),
        ("AcrQuarantineReader", "cdda3590-29a3-44f6-95f2-9f980659eb04"),
        ("AcrQuarantineWriter", "c8d4ff99-41c3-41a8-9f60-21dfdad59608"),
        ("OWNER", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
        ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
        ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
        (CONFIGURATOR, "3bc748fc-213d-45c1-8d91-9da5725539b9"),
    ] {
        let by_name = find_built_in(name).unwrap();
        assert_eq!(by_name.id.as_str(), id, "{name}");
        assert_eq!(find_built_in(&id.to_ascii_uppercase()), Some(by_name), "{name}");
    }
    assert_eq!(find_built_in("AcrImageSigner"), None);
    assert_eq!(owner().name, "Owner");
}

#[test]
fn each_role_manages_what_azures_does() {
    let writers = ["Owner", "Contributor", CONFIGURATOR];
    let readers = ["Owner", "Contributor", "Reader", CONFIGURATOR];
    check("Microsoft.ContainerRegistry/registries/read", &readers);
    check("Microsoft.ContainerRegistry/registries/write", &writers);
    check("Microsoft.ContainerRegistry/registries/delete", &writers);
    check("Microsoft.ContainerRegistry/registries/listUsages/read", &readers);
    check("Microsoft.ContainerRegistry/registries/webhooks/read", &readers);
    check("Microsoft.ContainerRegistry/registries/webhooks/write", &writers);
    check("Microsoft.ContainerRegistry/registries/webhooks/delete", &writers);
    check("Microsoft.ContainerRegistry/registries/webhooks/ping/action", &writers);
    check("Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action", &writers);
    check("Microsoft.ContainerRegistry/registries/listCredentials/action", &writers);
    check("Microsoft.ContainerRegistry/registries/replications/write", &writers);
    check("Microsoft.ContainerRegistry/registries/tokens/write", &writers);
    check("Microsoft.ContainerRegistry/registries/importImage/action", &["Owner", "Contributor"]);
    check(
        "Microsoft.ContainerRegistry/registries/collectGarbage/action",
        &["Owner", "Contributor"],
    );
    let others = ["Owner", "Contributor", "Reader"];
    check("Microsoft.ContainerRegistry/registries/collectGarbage/read", &others);
    check("Microsoft.Resources/subscriptions/resourceGroups/read", &readers);
    check("Microsoft.Resources/subscriptions/resourceGroups/write", &["Owner", "Contributor"]);
    check("Microsoft.Authorization/roleAssignments/read", &readers);
    check("Microsoft.Authorization/roleAssignments/write", &["Owner"]);
    check("Microsoft.Authorization/roleAssignments/delete", &["Owner"]);
    check("Boathook.Identity/servicePrincipals/read", &["Owner", "Contributor", "Reader"]);
    check("Boathook.Identity/servicePrincipals/write", &["Owner"]);
    check("Boathook.Identity/servicePrincipals/addPassword/action", &["Owner"]);
}

#[test]
fn a_role_counts_on_its_scope_and_below() {
    let read = ArmAction::new("Microsoft.ContainerRegistry/registries/read");
    let (mine, other) = (scope_of("myreg"), scope_of("other"));
    let group = RoleScope::ResourceGroup("TEAM".parse().unwrap());
    let foreign = RoleScope::ResourceGroup("others".parse().unwrap());
    for (assigned_on, on, expected) in [
        (RoleScope::Subscription, mine.clone(), true),
        (group.clone(), mine.clone(), true),
        (group.clone(), GROUP.parse().unwrap(), true),
        (group.clone(), RoleScope::Subscription, false),
        (foreign, mine.clone(), false),
        (mine.clone(), mine.clone(), true),
        (mine.clone(), other, false),
        (mine, group, false),
    ] {
        let is_allowed = allows(&[assigned("Reader", assigned_on.clone())], read, &on);
        assert_eq!(is_allowed, expected, "{assigned_on} for {on}");
    }
    assert!(!allows(&[], read, &RoleScope::Subscription));
}

#[test]
fn what_one_role_takes_away_another_may_give() {
    let write = ArmAction::new("Microsoft.Authorization/roleAssignments/write");
    let contributor = assigned("Contributor", RoleScope::Subscription);
    let granter = custom(Permissions {
        actions: patterns(&["microsoft.authorization/roleAssignments/*"]),
        ..Permissions::default()
    });
    assert!(!allows(std::slice::from_ref(&contributor), write, &RoleScope::Subscription));
    assert!(allows(&[contributor, granter], write, &RoleScope::Subscription));
}

#[test]
fn a_role_that_somebody_makes_has_bounds() {
    let id = || RoleId::new("r");
    let one = || Permissions { actions: patterns(&["*/read"]), ..Permissions::default() };
    let make = |name: String, permissions| {
        Definition::custom(id(), name, String::new(), permissions).err()
    };
    assert_eq!(make("n".repeat(NAME_CHARS_MAX), one()), None);
    assert_eq!(make("n".repeat(NAME_CHARS_MAX + 1), one()), Some(InvalidRole::Name));
    assert_eq!(make(String::new(), one()), Some(InvalidRole::Name));
    assert_eq!(make("n".to_owned(), Permissions::default()), Some(InvalidRole::Empty));
    let many = |count| Permissions { not_data_actions: patterns(&vec!["*"; count]), ..one() };
    assert_eq!(make("n".to_owned(), many(PATTERNS_MAX)), None);
    assert_eq!(make("n".to_owned(), many(PATTERNS_MAX + 1)), Some(InvalidRole::TooMany));
}

#[track_caller]
fn check_content(assignments: &[Assignment], expected: Option<&str>, lists: [bool; 2]) {
    let grants = Grants::from(rules(assignments, &scope_of("myreg")));
    let left = grants.narrow(&"repository:a/b:*".parse().unwrap()).map(|left| left.to_string());
    let expected = expected.map(|words| format!("repository:a/b:{words}"));
    assert_eq!(left, expected, "{assignments:?}");
    let listed = [grants.allows(&Access::Catalog), grants.allows(&Access::DeletedCatalog)];
    assert_eq!(listed, lists, "{assignments:?}");
}

#[test]
fn each_role_reaches_the_content_that_azures_does() {
    let everything = "pull,push,delete,metadata_read,metadata_write,deleted_read,deleted_restore";
    for (role, expected, lists) in [
        ("Owner", Some(everything), [true, true]),
        ("Contributor", Some(everything), [true, true]),
        ("Reader", Some("pull,metadata_read,deleted_read"), [true, true]),
        ("AcrPull", Some("pull,metadata_read"), [true, false]),
        ("AcrPush", Some("pull,push,metadata_read,metadata_write"), [true, false]),
        ("AcrDelete", Some("delete"), [false, false]),
        ("AcrQuarantineReader", Some("pull,metadata_read,quarantine_read"), [true, false]),
        (
            "AcrQuarantineWriter",
            Some("pull,metadata_read,quarantine_read,quarantine_write"),
            [true, false],
        ),
        (CONFIGURATOR, None, [false, false]),
    ] {
        check_content(&[assigned(role, scope_of("myreg"))], expected, lists);
        check_content(&[assigned(role, scope_of("other"))], None, [false, false]);
    }
    assert_eq!(Grants::from(rules(&[], &scope_of("myreg"))), Grants::none());
}

#[test]
fn roles_add_up() {
    let both = [
        assigned("AcrPull", RoleScope::Subscription),
        assigned("AcrDelete", GROUP.parse().unwrap()),
        assigned("AcrPush", scope_of("other")),
    ];
    check_content(&both, Some("pull,delete,metadata_read"), [true, false]);
}

#[test]
fn a_role_that_somebody_makes_may_use_azures_data_actions() {
    let all = || patterns(&["Microsoft.ContainerRegistry/registries/*"]);
    let writer = Permissions {
        data_actions: all(),
        not_data_actions: patterns(&["*/quarantinedArtifacts/*", "*/delete"]),
        ..Permissions::default()
    };
    check_content(&[custom(writer)], Some("pull,push,metadata_read,metadata_write"), [true, false]);
    let lister = patterns(&["Microsoft.ContainerRegistry/registries/catalog/read"]);
    let lister = Permissions { data_actions: lister, ..Permissions::default() };
    check_content(&[custom(lister)], None, [true, false]);
    let but_push = Permissions {
        actions: all(),
        not_actions: patterns(&["*/push/write"]),
        ..Permissions::default()
    };
    check_content(
        &[custom(but_push)],
        Some("pull,delete,metadata_read,metadata_write,deleted_read,deleted_restore"),
        [true, true],
    );
}

proptest! {
    #[test]
    fn one_more_role_takes_nothing_away(
        have in proptest::collection::vec(0..ROLES.len(), 0..4),
        more in 0..ROLES.len(),
        wanted in 0..5_usize,
    ) {
        let action = ArmAction::new([
            "Microsoft.ContainerRegistry/registries/read",
            "Microsoft.ContainerRegistry/registries/webhooks/write",
            "Microsoft.ContainerRegistry/registries/importImage/action",
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.ContainerRegistry/registries/pull/read",
        ][wanted]);
        let scope = scope_of("myreg");
        let mut assignments: Vec<_> =
            have.into_iter().map(|idx| assigned(ROLES[idx], RoleScope::Subscription)).collect();
        let (could, gave) = (allows(&assignments, action, &scope), rules(&assignments, &scope));
        assignments.push(assigned(ROLES[more], RoleScope::Subscription));
        prop_assert!(!could || allows(&assignments, action, &scope));
        let all = "repository:a:*".parse::<Access>().unwrap();
        if let Some(before) = Grants::from(gave).narrow(&all) {
            prop_assert!(Grants::from(rules(&assignments, &scope)).allows(&before));
        }
    }
}
