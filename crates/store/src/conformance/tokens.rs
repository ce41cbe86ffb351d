//! Tokens and scope maps.

use super::identities::audit;
use super::samples::*;
use super::{promises, samples};
use crate::db::Db;
use crate::guard::{Guard, Removal};
use crate::{
    AuditPage, PasswordRow, Put, ScopeMapRow, Standing, TokenEntry, TokenRefusal, TokenRow,
};
use boathook_core::id::AuditId;
use boathook_core::name::RegistryName;
use boathook_core::time::Timestamp;
use futures_util::future::join_all;

promises![
    a_scope_map_comes_back_as_it_was_written,
    a_scope_map_is_found_and_replaced_whatever_the_case_of_its_name,
    scope_maps_come_in_pages_by_name,
    a_refused_scope_map_changes_nothing,
    racing_makers_of_scope_maps_make_no_more_than_the_limit,
    a_token_comes_back_as_it_was_written,
    a_token_is_found_and_replaced_whatever_the_case_of_its_name,
    tokens_come_in_pages_by_name,
    a_refused_token_changes_nothing,
    racing_makers_of_tokens_make_no_more_than_the_limit,
    a_token_is_given_only_a_scope_map_that_is_there,
    a_token_may_do_what_its_scope_map_says_now,
    two_registries_share_neither_tokens_nor_scope_maps,
    changes_are_in_the_audit_log_and_refusals_are_not,
];

fn registry() -> RegistryName {
    place().registry
}

fn map(name: &str, actions: &[&str]) -> ScopeMapRow {
    ScopeMapRow {
        name: name.parse().unwrap(),
        description: None,
        actions: actions.iter().map(ToString::to_string).collect(),
        created: (NOW, "somebody".to_owned()),
        updated: (NOW, "somebody".to_owned()),
    }
}

fn token(name: &str, scope_map: &str) -> TokenRow {
    TokenRow {
        name: name.parse().unwrap(),
        scope_map: scope_map.parse().unwrap(),
        is_enabled: true,
        passwords: [None, None],
        created: (NOW, "somebody".to_owned()),
        updated: (NOW, "somebody".to_owned()),
    }
}

async fn put_map(db: &Db, map: &ScopeMapRow) -> Put<ScopeMapRow, ()> {
    let row = map.clone();
    db.put_scope_map(&registry(), &map.name, move |_: Standing<'_, _>| Ok(row.clone()), audit("it"))
        .await
        .unwrap()
}

async fn put_token(db: &Db, token: &TokenRow) -> Put<TokenRow, TokenRefusal<()>> {
    let row = token.clone();
    db.put_token(&registry(), &token.name, move |_: Standing<'_, _>| Ok(row.clone()), audit("it"))
        .await
        .unwrap()
}

async fn find_map(db: &Db, name: &str) -> Option<ScopeMapRow> {
    db.scope_map(&registry(), &name.parse().unwrap()).await.unwrap()
}

async fn find_token(db: &Db, name: &str) -> Option<TokenRow> {
    db.token(&registry(), &name.parse().unwrap()).await.unwrap()
}

async fn entry(db: &Db, name: &str) -> Option<TokenEntry> {
    db.token_entry(&registry(), &name.parse().unwrap()).await.unwrap()
}

async fn delete_map(db: &Db, name: &str) -> bool {
    db.delete_scope_map(&registry(), &name.parse().unwrap(), Guard::open(), audit("it"))
        .await
        .unwrap()
        == Removal::Removed
}

async fn a_scope_map_comes_back_as_it_was_written(db: &Db) {
    let plain = map("plain", &[]);
    let full = ScopeMapRow {
        description: Some("for the robots".to_owned()),
        updated: (Timestamp(7), "another".to_owned()),
        ..map("robots", &["repositories/b/content/read", "repositories/a/*/content/write"])
    };
    for row in [&plain, &full] {
        assert_eq!(find_map(db, row.name.as_str()).await, None);
        assert_eq!(put_map(db, row).await, Put::Created(row.clone()));
        assert_eq!(find_map(db, row.name.as_str()).await.as_ref(), Some(row));
    }
    assert_eq!(db.scope_map_count(&registry()).await.unwrap(), 2);
}

async fn a_scope_map_is_found_and_replaced_whatever_the_case_of_its_name(db: &Db) {
    let first = map("Robots", &["repositories/a/content/read"]);
    put_map(db, &first).await;
    let second = ScopeMapRow {
        created: (Timestamp(9), "another".to_owned()),
        updated: (Timestamp(9), "another".to_owned()),
        ..map("rOBOTS", &[])
    };
    assert!(matches!(put_map(db, &second).await, Put::Updated(_)));
    let found = find_map(db, "robots").await.unwrap();
    let expected = ScopeMapRow { name: first.name, created: first.created, ..second };
    assert_eq!(found, expected, "the name and the maker are the first one's");
    assert!(delete_map(db, "ROBOTS").await);
    assert!(!delete_map(db, "ROBOTS").await);
}

async fn scope_maps_come_in_pages_by_name(db: &Db) {
    for name in ["zebra", "Antelope", "a-mouse", "_hidden"] {
        put_map(db, &map(name, &[])).await;
    }
    let names = async |after: &str, limit| -> Vec<String> {
        let page = db.scope_maps(&registry(), after, limit).await.unwrap();
        page.iter().map(|row| row.name.to_string()).collect()
    };
    assert_eq!(names("", 9).await, ["_hidden", "a-mouse", "Antelope", "zebra"]);
    assert_eq!(names("a-mouse", 1).await, ["Antelope"]);
    assert_eq!(names("zebra", 9).await, [""; 0]);
}

async fn a_refused_scope_map_changes_nothing(db: &Db) {
    let row = map("robots", &["repositories/a/content/read"]);
    put_map(db, &row).await;
    let refuse = |standing: Standing<'_, _>| match standing {
        Standing::Row(_) => Err("no"),
        Standing::Vacant { .. } => panic!("it is there"),
    };
    let refused = db.put_scope_map(&registry(), &row.name, refuse, audit("it")).await;
    assert_eq!(refused.unwrap(), Put::Refused("no"));
    assert_eq!(find_map(db, "robots").await, Some(row));
}

async fn racing_makers_of_scope_maps_make_no_more_than_the_limit(db: &Db) {
    let made = join_all((0..8).map(async |number| {
        let row = map(&format!("robots{number}"), &[]);
        let name = row.name.clone();
        let decide = move |standing: Standing<'_, _>| match standing {
            Standing::Vacant { others, .. } if others < 3 => Ok(row.clone()),
            _ => Err(()),
        };
        matches!(
            db.put_scope_map(&registry(), &name, decide, audit("it")).await.unwrap(),
            Put::Created(_)
        )
    }));
    assert_eq!(made.await.into_iter().filter(|was_made| *was_made).count(), 3);
    assert_eq!(db.scope_map_count(&registry()).await.unwrap(), 3);
}

async fn a_token_comes_back_as_it_was_written(db: &Db) {
    let plain = token("plain", "_repositories_pull");
    let password =
        |hash: &str, expires| PasswordRow { hash: hash.to_owned(), created: Timestamp(3), expires };
    let full = TokenRow {
        is_enabled: false,
        passwords: [None, Some(password("second", Some(Timestamp(5))))],
        updated: (Timestamp(7), "another".to_owned()),
        ..token("robot", "_repositories_PUSH")
    };
    for row in [&plain, &full] {
        assert_eq!(find_token(db, row.name.as_str()).await, None);
        assert_eq!(put_token(db, row).await, Put::Created(row.clone()));
        assert_eq!(find_token(db, row.name.as_str()).await.as_ref(), Some(row));
    }
    let both = [Some(password("first", None)), Some(password("second", None))];
    let full = TokenRow { passwords: both, ..full };
    assert_eq!(put_token(db, &full).await, Put::Updated(full.clone()));
    assert_eq!(find_token(db, "robot").await, Some(full));
    assert_eq!(db.token_count(&registry()).await.unwrap(), 2);
}

async fn a_token_is_found_and_replaced_whatever_the_case_of_its_name(db: &Db) {
    put_token(db, &token("Robot", "_repositories_pull")).await;
    let again = TokenRow {
        created: (Timestamp(9), "another".to_owned()),
        ..token("rOBOT", "_repositories_push")
    };
    assert!(matches!(put_token(db, &again).await, Put::Updated(_)));
    let found = find_token(db, "robot").await.unwrap();
    assert_eq!((found.name.as_str(), found.created.0), ("Robot", NOW));
    assert_eq!(found.scope_map.as_str(), "_repositories_push");
    let delete = async || {
        let name = "ROBOT".parse().unwrap();
        db.delete_token(&registry(), &name, Guard::open(), audit("it")).await.unwrap()
            == Removal::Removed
    };
    assert!(delete().await);
    assert!(!delete().await);
}

async fn tokens_come_in_pages_by_name(db: &Db) {
    for name in ["zebra", "Antelope", "a-mouse"] {
        put_token(db, &token(name, "_repositories_pull")).await;
    }
    let names = async |after: &str, limit| -> Vec<String> {
        let page = db.tokens(&registry(), after, limit).await.unwrap();
        page.iter().map(|row| row.name.to_string()).collect()
    };
    assert_eq!(names("", 9).await, ["a-mouse", "Antelope", "zebra"]);
    assert_eq!(names("a-mouse", 1).await, ["Antelope"]);
    assert_eq!(names("zebra", 9).await, [""; 0]);
}

async fn a_refused_token_changes_nothing(db: &Db) {
    let row = token("robot", "_repositories_pull");
    put_token(db, &row).await;
    let refuse = |_: Standing<'_, _>| Err("no");
    let refused = db.put_token(&registry(), &row.name, refuse, audit("it")).await;
    assert_eq!(refused.unwrap(), Put::Refused(TokenRefusal::Rule("no")));
    assert_eq!(find_token(db, "robot").await, Some(row));
}

async fn racing_makers_of_tokens_make_no_more_than_the_limit(db: &Db) {
    let made = join_all((0..8).map(async |number| {
        let row = token(&format!("robot{number}"), "_repositories_pull");
        let name = row.name.clone();
        let decide = move |standing: Standing<'_, _>| match standing {
            Standing::Vacant { others, .. } if others < 3 => Ok(row.clone()),
            _ => Err(()),
        };
        matches!(
            db.put_token(&registry(), &name, decide, audit("it")).await.unwrap(),
            Put::Created(_)
        )
    }));
    assert_eq!(made.await.into_iter().filter(|was_made| *was_made).count(), 3);
    assert_eq!(db.token_count(&registry()).await.unwrap(), 3);
}

async fn a_token_is_given_only_a_scope_map_that_is_there(db: &Db) {
    let row = token("robot", "robots");
    let refused = |name: &str| Put::Refused(TokenRefusal::NoScopeMap(name.parse().unwrap()));
    assert_eq!(put_token(db, &row).await, refused("robots"));
    assert_eq!(find_token(db, "robot").await, None);
    put_map(db, &map("Robots", &[])).await;
    assert_eq!(put_token(db, &row).await, Put::Created(row.clone()));
    // What it has already it keeps, though it is gone.
    delete_map(db, "robots").await;
    let disabled = TokenRow { is_enabled: false, ..row.clone() };
    assert_eq!(put_token(db, &disabled).await, Put::Updated(disabled.clone()));
    let another = TokenRow { scope_map: "others".parse().unwrap(), ..row };
    assert_eq!(put_token(db, &another).await, refused("others"));
    assert_eq!(find_token(db, "robot").await, Some(disabled));
}

async fn a_token_may_do_what_its_scope_map_says_now(db: &Db) {
    assert_eq!(entry(db, "robot").await, None);
    put_map(db, &map("robots", &["repositories/a/content/read"])).await;
    let row = token("robot", "ROBOTS");
    put_token(db, &row).await;
    let found = entry(db, "ROBOT").await.unwrap();
    assert_eq!(
        found,
        TokenEntry { token: row, actions: vec!["repositories/a/content/read".to_owned()] }
    );
    put_map(db, &map("robots", &["repositories/b/content/read"])).await;
    assert_eq!(entry(db, "robot").await.unwrap().actions, ["repositories/b/content/read"]);
    delete_map(db, "robots").await;
    assert_eq!(entry(db, "robot").await.unwrap().actions, [""; 0]);
    put_token(db, &token("robot", "_Repositories_Pull")).await;
    assert_eq!(entry(db, "robot").await.unwrap().actions, ["repositories/*/content/read"]);
}

async fn two_registries_share_neither_tokens_nor_scope_maps(db: &Db) {
    put_map(db, &map("robots", &["repositories/a/content/read"])).await;
    put_token(db, &token("robot", "robots")).await;
    let other: RegistryName = "another".parse().unwrap();
    let name = "robot".parse().unwrap();
    assert_eq!(db.token(&other, &name).await.unwrap(), None);
    assert_eq!(db.token_entry(&other, &name).await.unwrap(), None);
    assert_eq!(db.scope_map(&other, &"robots".parse().unwrap()).await.unwrap(), None);
    assert_eq!(db.tokens(&other, "", 9).await.unwrap(), []);
    assert_eq!(db.scope_maps(&other, "", 9).await.unwrap(), []);
    made(db, samples::registry("another")).await;
    let row = token("robot", "robots");
    let put = db.put_token(
        &other,
        &name,
        move |_: Standing<'_, _>| Ok::<_, ()>(row.clone()),
        audit("it"),
    );
    assert!(matches!(put.await.unwrap(), Put::Refused(TokenRefusal::NoScopeMap(_))));
}

async fn changes_are_in_the_audit_log_and_refusals_are_not(db: &Db) {
    let logged = async || {
        let (before, since) = (AuditId::new("g"), Timestamp(0));
        db.audit(AuditPage { before, since, limit: 100 }).await.unwrap().len()
    };
    put_map(db, &map("robots", &[])).await;
    put_token(db, &token("robot", "robots")).await;
    assert_eq!(logged().await, 2);
    put_token(db, &token("robot2", "nothing")).await;
    let name = "robot3".parse().unwrap();
    assert_eq!(
        db.delete_token(&registry(), &name, Guard::open(), audit("it")).await.unwrap(),
        Removal::Unknown
    );
    assert!(!delete_map(db, "others").await);
    assert_eq!(logged().await, 2);
    let name = "robot".parse().unwrap();
    assert_eq!(
        db.delete_token(&registry(), &name, Guard::open(), audit("it")).await.unwrap(),
        Removal::Removed
    );
    assert!(delete_map(db, "robots").await);
    assert_eq!(logged().await, 4);
}
