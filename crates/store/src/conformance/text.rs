//! Text is only text.

use super::promises;
use super::samples::*;
use crate::NewSecret;
use crate::db::Db;

promises![
    text_that_looks_like_sql_is_only_text,
    a_nul_in_what_a_client_sends_is_no_fault_of_the_database,
    text_beyond_ascii_comes_back_as_it_was,
];

const INJECTION: &str = "'; DROP TABLE tag; -- $1 ? \\ \" %";

async fn text_that_looks_like_sql_is_only_text(db: &Db) {
    pushed(db, "one", &["v1"], "e1").await;
    assert!(
        db.repositories(&place(), INJECTION, 9).await.unwrap().contains(&"team/app".to_owned())
    );
    assert!(db.tags(&place(), &app(), INJECTION, 9).await.unwrap().is_some());
    let subject = sha256("absent");
    let bytes = artifact("about", &[], Some((&subject, INJECTION)));
    db.commit_push(push(&bytes, &[], INJECTION)).await.unwrap();
    let found =
        db.referrers(&place(), &app(), &subject, &of_type(Some(INJECTION)), "", 9).await.unwrap();
    assert_eq!(found[0].artifact_type.as_deref(), Some(INJECTION));
    assert!(undispatched(db).await.contains(&INJECTION.to_owned()));
}

/// PostgreSQL has no such character in its texts.
async fn a_nul_in_what_a_client_sends_is_no_fault_of_the_database(db: &Db) {
    pushed(db, "one", &["v1"], "e1").await;
    let secret = NewSecret {
        registry: place().registry,
        owner: "admin".to_owned(),
        slot: 1,
        hash: "hash".to_owned(),
        sealed: None,
    };
    ensure_secrets(db, vec![secret], NOW).await.unwrap();
    assert!(db.secrets(&place().registry, "admin\0").await.unwrap().is_empty());
    assert!(db.repositories(&place(), "zzz\0", 9).await.unwrap().is_empty());
    assert!(db.tags(&place(), &app(), "zzz\0", 9).await.unwrap().unwrap().is_empty());
    let subject = sha256("absent");
    let bytes = artifact("about", &[], Some((&subject, "a\0b")));
    db.commit_push(push(&bytes, &[], "e2")).await.unwrap();
    let all = db.referrers(&place(), &app(), &subject, &of_type(None), "", 9).await.unwrap();
    assert_eq!(all[0].artifact_type.as_deref(), Some("a\u{fffd}b"));
    let few =
        db.referrers(&place(), &app(), &subject, &of_type(Some("a\0b")), "", 9).await.unwrap();
    assert_eq!(few.len(), 1);
}

async fn text_beyond_ascii_comes_back_as_it_was(db: &Db) {
    let subject = sha256("absent");
    let bytes = artifact("Grüße 🚀", &[], Some((&subject, "größe/λ")));
    db.commit_push(push(&bytes, &[], "e1")).await.unwrap();
    let found =
        db.referrers(&place(), &app(), &subject, &of_type(None), "", 9).await.unwrap().remove(0);
    assert_eq!(found.artifact_type.as_deref(), Some("größe/λ"));
    assert_eq!(found.annotations.as_deref(), Some(r#"{"name":"Grüße 🚀"}"#));
}
