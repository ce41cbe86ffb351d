use super::*;
use crate::grant::{Access, Grants};
use crate::name::ScopeMapName;
use proptest::prelude::*;

#[track_caller]
fn check_action(text: &str, expected: Result<(&str, Permission), InvalidAction>) {
    let expected = expected.map(|(repositories, permission)| {
        Action::Repositories(repositories.parse().unwrap(), permission)
    });
    assert_eq!(text.parse(), expected, "{text:?}");
}

#[track_caller]
fn check_left(actions: &[&str], wanted: &str, expected: Option<&str>) {
    let grants = Grants::from(rules(actions.iter().copied()));
    let left = grants.narrow(&wanted.parse::<Access>().unwrap()).map(|left| left.to_string());
    assert_eq!(left.as_deref(), expected, "{wanted} under {actions:?}");
}

#[test]
fn an_action_names_repositories_and_a_permission() {
    check_action("repositories/app/content/read", Ok(("app", Permission::Pull)));
    check_action("repositories/team/app/content/write", Ok(("team/app", Permission::Push)));
    check_action("repositories/team/*/content/delete", Ok(("team/*", Permission::Delete)));
    check_action("repositories/*/metadata/read", Ok(("*", Permission::MetadataRead)));
    check_action("repositories/a/metadata/write", Ok(("a", Permission::MetadataWrite)));
    // The words are read from the end, so that a repository may hold them.
    check_action(
        "repositories/a/content/read/content/read",
        Ok(("a/content/read", Permission::Pull)),
    );
}

#[test]
fn what_names_neither_is_refused_with_its_reason() {
    for (text, expected) in [
        ("", InvalidAction::Kind),
        ("repositories", InvalidAction::Kind),
        ("Repositories/a/content/read", InvalidAction::Kind),
        ("registry/catalog", InvalidAction::Kind),
        ("repositories/content/read", InvalidAction::RepositoryWord),
        ("repositories/a", InvalidAction::RepositoryWord),
        ("repositories/a/content/fly", InvalidAction::RepositoryWord),
        ("repositories/a/metadata/delete", InvalidAction::RepositoryWord),
        ("repositories/a/contentWrite", InvalidAction::RepositoryWord),
        ("repositories/a/config/read", InvalidAction::RepositoryWord),
        ("repositories//content/read", InvalidAction::Repository(InvalidPattern)),
        ("repositories/A/content/read", InvalidAction::Repository(InvalidPattern)),
        ("repositories/a*/content/read", InvalidAction::Repository(InvalidPattern)),
        ("repositories/a/*/b/content/read", InvalidAction::Repository(InvalidPattern)),
        ("gateway/edge/content/read", InvalidAction::GatewayWord),
        ("gateway//config/read", InvalidAction::Gateway),
        ("gateway/e-1/config/read", InvalidAction::Gateway),
    ] {
        check_action(text, Err(expected));
    }
}

#[test]
fn gateways_are_kept_and_give_nothing() {
    for word in GATEWAY_WORDS {
        let text = format!("gateway/edge1/{word}");
        assert_eq!(text.parse(), Ok(Action::Gateway), "{text}");
        assert_eq!(rules([text.as_str()]), Rules::default(), "{text}");
    }
}

#[test]
fn a_scope_map_has_at_most_as_many_actions_as_acrs() {
    let actions = |count: usize| {
        (0..count).map(|idx| format!("repositories/r{idx}/content/read")).collect::<Vec<_>>()
    };
    assert_eq!(check(&actions(ACTIONS_MAX), None), Ok(()));
    assert_eq!(check(&actions(ACTIONS_MAX + 1), None), Err(InvalidScopeMap::TooMany));
    assert_eq!(check(&[], Some(&"ä".repeat(DESCRIPTION_CHARS_MAX))), Ok(()));
    let too_long = "d".repeat(DESCRIPTION_CHARS_MAX + 1);
    assert_eq!(check(&[], Some(&too_long)), Err(InvalidScopeMap::Description));
    let text = "repositories/a/read".to_owned();
    let reason = InvalidAction::RepositoryWord;
    let wrong = [actions(1), vec![text.clone()]].concat();
    assert_eq!(check(&wrong, None), Err(InvalidScopeMap::Action { text, reason }));
}

#[test]
fn actions_give_what_they_say() {
    let map = [
        "repositories/team/*/content/read",
        "repositories/team/app/content/write",
        "repositories/team/app/content/write",
        "gateway/edge/config/read",
    ];
    check_left(&map, "repository:team/app:*", Some("repository:team/app:pull,push"));
    check_left(&map, "repository:team/web:*", Some("repository:team/web:pull"));
    check_left(&map, "repository:team:pull", None);
    check_left(
        &map,
        "artifact-repository:team/web:pull,push",
        Some("artifact-repository:team/web:pull"),
    );
    check_left(&map, "registry:catalog:*", None);
    check_left(&["repositories/team/*/metadata/read"], "registry:catalog:*", None);
    check_left(&["repositories/*/content/read"], "registry:catalog:*", None);
    check_left(&["repositories/*/metadata/read"], "registry:catalog:*", Some("registry:catalog:*"));
    check_left(&["repositories/*/metadata/read"], "registry:deleted_catalog:*", None);
}

#[test]
fn the_scope_maps_of_every_registry_give_what_they_are_called() {
    for (name, expected) in [
        ("_repositories_admin", "pull,push,delete,metadata_read,metadata_write"),
        ("_repositories_pull", "pull"),
        ("_repositories_pull_metadata_read", "pull,metadata_read"),
        ("_repositories_push", "pull,push"),
        ("_repositories_push_metadata_write", "pull,push,metadata_read,metadata_write"),
    ] {
        let map = system(&name.to_ascii_uppercase()).unwrap();
        assert_eq!(map.name, name);
        assert!(name.parse::<ScopeMapName>().is_ok());
        let actions: Vec<_> = map.actions.iter().map(ToString::to_string).collect();
        assert_eq!(check(&actions, Some(map.description)), Ok(()));
        check_left(map.actions, "repository:a/b:*", Some(&format!("repository:a/b:{expected}")));
    }
    assert_eq!(system("_repositories_other"), None);
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in ".{0,60}") {
        let _ = text.parse::<Action>();
    }

    #[test]
    fn the_order_of_actions_means_nothing(
        actions in proptest::collection::vec("repositories/(a|b|a/\\*|\\*)/(content/(read|write|delete)|metadata/(read|write))", 0..8),
        wanted in "repository:(a|b|a/b):\\*",
    ) {
        let left = |actions: &[String]| {
            Grants::from(rules(actions.iter().map(String::as_str))).narrow(&wanted.parse().unwrap())
        };
        let reversed: Vec<_> = actions.iter().rev().cloned().collect();
        prop_assert_eq!(left(&actions), left(&reversed));
    }
}
