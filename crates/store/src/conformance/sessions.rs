//! Sessions of the portal.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::{SESSIONS_MAX, SessionRow};
use boathook_core::id::{PrincipalId, SessionId};
use boathook_core::time::Timestamp;

promises![
    a_session_comes_back_as_it_was_written,
    a_session_that_is_used_is_younger_and_one_that_was_ended_stays_so,
    a_principal_sees_and_ends_its_own_sessions_alone,
    the_oldest_session_of_a_principal_makes_room,
    sessions_that_have_ended_are_removed_when_one_begins,
];

fn principal(name: &str) -> PrincipalId {
    PrincipalId::new(name)
}

/// A session of `owner` that began so many milliseconds from now.
fn session(id: &str, owner: &str, begins_ms: i64) -> SessionRow {
    let created = Timestamp(NOW.0 + begins_ms);
    SessionRow {
        id: SessionId::new(id),
        principal: principal(owner),
        roles: vec!["one".to_owned(), "\"two\"".to_owned()],
        agent: "Browser/1".to_owned(),
        created,
        used: created,
        ends: Timestamp(created.0 + 1_000_000),
    }
}

async fn ids(db: &Db, owner: &str) -> Vec<String> {
    let sessions = db.sessions(&principal(owner)).await.unwrap();
    sessions.into_iter().map(|session| session.id.to_string()).collect()
}

async fn a_session_comes_back_as_it_was_written(db: &Db) {
    let written = session("a", "somebody", 0);
    db.begin_session(written.clone()).await.unwrap();
    assert_eq!(db.session(&written.id).await.unwrap(), Some(written));
    assert_eq!(db.session(&SessionId::new("b")).await.unwrap(), None);
}

async fn a_session_that_is_used_is_younger_and_one_that_was_ended_stays_so(db: &Db) {
    let written = session("a", "somebody", 0);
    db.begin_session(written.clone()).await.unwrap();
    let used = |at_ms| Timestamp(NOW.0 + at_ms);
    db.use_session(&written.id, used(10)).await.unwrap();
    // Whoever comes late does not make it older.
    db.use_session(&written.id, used(5)).await.unwrap();
    let found = db.session(&written.id).await.unwrap().unwrap();
    assert_eq!(found, SessionRow { used: used(10), ..written.clone() });
    db.end_sessions(&written.principal).await.unwrap();
    db.use_session(&written.id, used(20)).await.unwrap();
    assert_eq!(db.session(&written.id).await.unwrap(), None);
}

async fn a_principal_sees_and_ends_its_own_sessions_alone(db: &Db) {
    for (id, owner) in [("a", "one"), ("b", "two"), ("c", "one")] {
        db.begin_session(session(id, owner, 0)).await.unwrap();
    }
    assert_eq!(ids(db, "one").await, ["c", "a"]);
    assert!(!db.end_session(&principal("one"), &SessionId::new("b")).await.unwrap());
    assert!(db.end_session(&principal("one"), &SessionId::new("a")).await.unwrap());
    assert!(!db.end_session(&principal("one"), &SessionId::new("a")).await.unwrap());
    db.end_sessions(&principal("one")).await.unwrap();
    assert!(ids(db, "one").await.is_empty());
    assert_eq!(ids(db, "two").await, ["b"]);
}

async fn the_oldest_session_of_a_principal_makes_room(db: &Db) {
    db.begin_session(session("other", "other", -1)).await.unwrap();
    for number in 0..SESSIONS_MAX {
        let id = format!("{number:03}");
        db.begin_session(session(&id, "one", i64::from(number))).await.unwrap();
    }
    assert_eq!(ids(db, "one").await.last().unwrap(), "000");
    db.begin_session(session("new", "one", i64::from(SESSIONS_MAX))).await.unwrap();
    let kept = ids(db, "one").await;
    assert_eq!(kept.len(), SESSIONS_MAX as usize);
    assert_eq!((kept[0].as_str(), kept.last().unwrap().as_str()), ("new", "001"));
    assert_eq!(ids(db, "other").await, ["other"]);
}

async fn sessions_that_have_ended_are_removed_when_one_begins(db: &Db) {
    let old = session("old", "one", 0);
    let ended = SessionRow { ends: Timestamp(old.created.0 + 10), ..old };
    db.begin_session(ended).await.unwrap();
    db.begin_session(session("a", "two", 9)).await.unwrap();
    assert_eq!(ids(db, "one").await, ["old"]);
    db.begin_session(session("b", "two", 10)).await.unwrap();
    assert!(ids(db, "one").await.is_empty());
}
