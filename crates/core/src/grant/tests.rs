use super::*;
use proptest::prelude::*;

fn access(text: &str) -> Access {
    text.parse().unwrap()
}

fn listed(given: &[&str]) -> Grants {
    Grants::Listed(given.iter().map(|text| access(text)).collect())
}

fn ruled(rules: &[(&str, &[Permission])]) -> Grants {
    let rule = |(pattern, permissions): &(&str, &[Permission])| Rule {
        repositories: pattern.parse().unwrap(),
        permissions: permissions.to_vec(),
    };
    let repositories = rules.iter().map(rule).collect();
    Rules { repositories, ..Rules::default() }.into()
}

#[track_caller]
fn check(given: &[&str], wanted: &str, expected: bool) {
    assert_eq!(listed(given).allows(&access(wanted)), expected, "{given:?} for {wanted}");
}

#[track_caller]
fn check_narrow(grants: &Grants, wanted: &str, expected: Option<&str>) {
    let left = grants.narrow(&access(wanted)).map(|access| access.to_string());
    assert_eq!(left.as_deref(), expected, "{wanted} under {grants:?}");
}

#[test]
fn a_grant_is_for_one_repository_and_what_it_lists() {
    check(&["repository:a:pull"], "repository:a:pull", true);
    check(&["repository:a:pull"], "repository:a:pull,push", false);
    check(&["repository:a:pull", "repository:a:push"], "repository:a:pull,push", true);
    check(&["repository:a:*"], "repository:a/b:pull", false);
    check(&["repository:a:*"], "registry:catalog:*", false);
    check(&["registry:catalog:*"], "registry:catalog:*", true);
    check(&["registry:catalog:*"], "registry:deleted_catalog:*", false);
    check(&["registry:deleted_catalog:*"], "registry:deleted_catalog:*", true);
    check(&[], "repository:a:pull", false);
}

#[test]
fn what_a_token_lists_for_helm_is_for_helm_alone() {
    check(&["artifact-repository:a:pull"], "artifact-repository:a:pull", true);
    check(&["artifact-repository:a:*"], "repository:a:pull", false);
    check(&["repository:a:*"], "artifact-repository:a:pull", false);
    // A repository may be called like a list and is none.
    check(&["repository:catalog:*"], "registry:catalog:*", false);
}

#[test]
fn all_is_all() {
    for text in [
        "repository:a:*",
        "artifact-repository:a:*",
        "registry:catalog:*",
        "registry:deleted_catalog:*",
    ] {
        assert!(Grants::All.allows(&access(text)), "{text}");
    }
}

#[test]
fn a_token_gets_no_more_than_its_owner_has() {
    let grants = listed(&["repository:a:pull"]);
    check_narrow(&grants, "repository:a:pull,push", Some("repository:a:pull"));
    check_narrow(&grants, "repository:a:*", Some("repository:a:pull"));
    check_narrow(&grants, "repository:b:pull", None);
    check_narrow(&grants, "registry:catalog:*", None);
}

#[test]
fn rules_give_on_every_repository_that_they_speak_of() {
    let grants = ruled(&[
        ("team/*", &[Permission::Pull, Permission::Push]),
        ("team/app", &[Permission::Delete]),
        ("*", &[Permission::MetadataRead]),
    ]);
    check_narrow(
        &grants,
        "repository:team/app:*",
        Some("repository:team/app:pull,push,delete,metadata_read"),
    );
    check_narrow(
        &grants,
        "repository:team/web:*",
        Some("repository:team/web:pull,push,metadata_read"),
    );
    check_narrow(&grants, "repository:team:*", Some("repository:team:metadata_read"));
    check_narrow(&grants, "repository:other:pull,push", None);
    check_narrow(
        &grants,
        "artifact-repository:team/app:*",
        Some("artifact-repository:team/app:pull,push,delete"),
    );
    check_narrow(&grants, "registry:catalog:*", None);
}

#[test]
fn the_two_lists_are_given_one_by_one() {
    for (may_list, may_list_deleted) in [(false, false), (true, false), (false, true), (true, true)]
    {
        let grants = Grants::from(Rules { repositories: Vec::new(), may_list, may_list_deleted });
        assert_eq!(grants.allows(&Access::Catalog), may_list);
        assert_eq!(grants.allows(&Access::DeletedCatalog), may_list_deleted);
    }
}

#[test]
fn rules_that_give_nothing_are_no_grants() {
    assert_eq!(Grants::from(Rules::default()), Grants::none());
}

#[test]
fn nobody_in_particular_may_read() {
    let grants = Grants::anonymous();
    check_narrow(&grants, "repository:a/b:*", Some("repository:a/b:pull,metadata_read"));
    check_narrow(&grants, "registry:catalog:*", Some("registry:catalog:*"));
    check_narrow(&grants, "registry:deleted_catalog:*", None);
}

#[test]
fn the_reach_of_grants_is_told_as_far_as_it_has_names() {
    let names =
        |names: &[&str]| Reach::These(names.iter().map(|name| name.parse().unwrap()).collect());
    assert_eq!(Grants::All.reach(Permission::Pull), Reach::Every);
    assert_eq!(Grants::anonymous().reach(Permission::Pull), Reach::Every);
    assert_eq!(Grants::anonymous().reach(Permission::Push), names(&[]));
    let given = ["repository:a:pull", "repository:b:push", "artifact-repository:c:pull"];
    assert_eq!(listed(&given).reach(Permission::Pull), names(&["a"]));
    let grants = ruled(&[
        ("a", &[Permission::Pull]),
        ("b/*", &[Permission::Pull]),
        ("c", &[Permission::Push]),
    ]);
    assert_eq!(grants.reach(Permission::Pull), names(&["a"]));
}

fn any_permissions() -> impl Strategy<Value = Vec<Permission>> {
    proptest::sample::subsequence(Permission::ALL.to_vec(), 1..=9)
}

fn any_access() -> impl Strategy<Value = Access> {
    let repository = ("a|b|a/b|a/c", any_permissions()).prop_map(|(name, permissions)| {
        Access::Repository { name: name.parse().unwrap(), permissions }
    });
    let artifacts = ("a|b|a/b", any_permissions()).prop_map(|(name, permissions)| {
        Access::ArtifactRepository { name: name.parse().unwrap(), permissions }
    });
    prop_oneof![repository, artifacts, Just(Access::Catalog), Just(Access::DeletedCatalog)]
}

fn any_grants() -> impl Strategy<Value = Grants> {
    let rule = ("a|b|a/b|a/\\*|\\*", any_permissions()).prop_map(|(pattern, permissions)| Rule {
        repositories: pattern.parse().unwrap(),
        permissions,
    });
    let rules = (proptest::collection::vec(rule, 0..4), any::<bool>(), any::<bool>()).prop_map(
        |(repositories, may_list, may_list_deleted)| {
            Grants::Ruled(Rules { repositories, may_list, may_list_deleted })
        },
    );
    let listed = proptest::collection::vec(any_access(), 0..4).prop_map(Grants::Listed);
    prop_oneof![1 => Just(Grants::All), 4 => rules, 4 => listed]
}

proptest! {
    #[test]
    fn what_is_left_is_all_of_what_is_allowed_and_no_more(grants in any_grants(), wanted in any_access()) {
        let left = grants.narrow(&wanted);
        prop_assert_eq!(grants.allows(&wanted), left.as_ref() == Some(&wanted));
        for permission in wanted.permissions() {
            let one = match &wanted {
                Access::ArtifactRepository { name, .. } => {
                    Access::ArtifactRepository { name: name.clone(), permissions: vec![*permission] }
                }
                _ => Access::Repository { name: wanted.name().parse().unwrap(), permissions: vec![*permission] },
            };
            let is_left = left.as_ref().is_some_and(|left| left.permissions().contains(permission));
            prop_assert_eq!(grants.allows(&one), is_left);
        }
        if let Some(left) = left {
            prop_assert!(!left.actions().is_empty());
            prop_assert_eq!((left.kind(), left.name()), (wanted.kind(), wanted.name()));
            prop_assert_eq!(grants.narrow(&left), Some(left.clone()));
            // Whoever holds the token has what is left, and asking it again yields the same.
            let token = Grants::Listed(vec![left.clone()]);
            prop_assert_eq!(token.narrow(&wanted), Some(left));
        }
    }
}
