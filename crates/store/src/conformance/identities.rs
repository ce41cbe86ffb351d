//! Identities, their secrets, their roles, and the keys of the authority.

use super::promises;
use super::samples::*;
use crate::db::Db;
use crate::row::params;
use crate::tx::Tx;
use crate::{
    AddSecretOutcome, AssignOutcome, AssignmentsOf, AuditEntry, AuditPage, FirstIdentity,
    IdentityDeletion, IdentityRow, IdentitySecretRow, NewAssignment, NewSecret, PutIdentityOutcome,
    SigningKeyRow, Unassigned,
};
use boathook_core::id::{
    AssignmentId, AuditId, ClientId, PrincipalId, RoleId, SecretId, SigningKeyId,
};
use boathook_core::name::IdentityName;
use boathook_core::role::{self, RoleScope};
use boathook_core::time::Timestamp;
use futures_util::future::join_all;
use std::sync::atomic::{AtomicU64, Ordering};

promises![
    the_first_identity_is_made_once_whoever_starts,
    an_identity_is_found_by_name_and_by_client_id,
    what_the_rules_refuse_changes_nothing_and_is_not_told_of,
    an_identity_has_as_many_secrets_as_it_may,
    a_role_is_given_once,
    an_identity_goes_with_its_secrets_and_roles,
    the_last_owner_stays,
    a_successor_is_made_once_and_what_has_ended_is_forgotten,
    changes_are_counted_and_told_of_with_their_commit,
    the_log_is_read_newest_first_and_forgotten_oldest_first,
    identities_are_listed_in_pages,
    the_management_identity_of_an_older_database_stays_what_it_was,
];

fn name(text: &str) -> IdentityName {
    text.parse().unwrap()
}

fn principal(text: &str) -> PrincipalId {
    PrincipalId::new(format!("principal of {text}"))
}

fn identity(text: &str) -> IdentityRow {
    IdentityRow {
        name: name(text),
        client_id: ClientId::new(format!("client of {text}")),
        principal: principal(text),
        is_enabled: true,
        created: (NOW, "somebody".to_owned()),
        updated: (NOW, "somebody".to_owned()),
    }
}

fn secret(id: &str) -> IdentitySecretRow {
    IdentitySecretRow {
        id: SecretId::new(id),
        hash: format!("hash of {id}"),
        display_name: Some("laptop".to_owned()),
        start: NOW,
        end: Some(LIMIT),
    }
}

pub(super) fn audit(resource: &str) -> AuditEntry {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    AuditEntry {
        id: AuditId::new(format!("{}-{number:06}", AuditId::earliest(NOW))),
        at: NOW,
        caller: "somebody".to_owned(),
        action: "Microsoft.Authorization/roleAssignments/write",
        resource: resource.to_owned(),
        request: "request".to_owned(),
        details: "{}".to_owned(),
    }
}

fn assignment(id: &str, of: &str, role: &RoleId, scope: &RoleScope) -> NewAssignment {
    NewAssignment {
        id: AssignmentId::new(id),
        principal: principal(of),
        principal_type: "ServicePrincipal".to_owned(),
        role: role.clone(),
        scope: scope.clone(),
        created: (NOW, "somebody".to_owned()),
    }
}

fn registry() -> RoleScope {
    RoleScope::Registry("Group".parse().unwrap(), "boathook".parse().unwrap())
}

fn pull() -> RoleId {
    role::find_built_in("AcrPull").unwrap().id.clone()
}

async fn make(db: &Db, text: &str) {
    let row = identity(text);
    let made = db
        .put_identity(&name(text), move |_, _| Ok::<_, ()>(row.clone()), audit(text))
        .await
        .unwrap();
    assert!(matches!(made, PutIdentityOutcome::Created(_)), "{made:?}");
}

async fn assign(db: &Db, new: NewAssignment) -> AssignOutcome {
    db.assign(new, 3, audit("role")).await.unwrap()
}

/// What the audit log tells of, newest first.
async fn told(db: &Db) -> Vec<String> {
    let before = AuditId::new("g");
    let page = AuditPage { before, since: Timestamp(0), limit: 100 };
    db.audit(page).await.unwrap().into_iter().map(|row| row.resource).collect()
}

fn first(text: &str) -> FirstIdentity {
    let scope = RoleScope::Subscription;
    FirstIdentity {
        identity: identity(text),
        secret: secret("s1"),
        assignment: assignment("a1", text, &role::owner().id, &scope),
        audit: audit(text),
    }
}

async fn the_first_identity_is_made_once_whoever_starts(db: &Db) {
    let admin = |hash: &str| {
        let registry = place().registry;
        vec![NewSecret {
            registry,
            owner: "admin".to_owned(),
            slot: 1,
            hash: hash.to_owned(),
            sealed: None,
        }]
    };
    assert!(!db.has_identity().await.unwrap());
    let starts = ["one", "two", "three"].map(|text| db.ensure_first(first(text), admin(text), NOW));
    let made: Vec<_> = join_all(starts).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
    let all = db.identities(None, 10).await.unwrap();
    assert_eq!(all.len(), 1);
    let winner = all[0].identity.name.as_str();
    assert_eq!(db.secrets(&place().registry, "admin").await.unwrap(), [winner]);
    assert_eq!(all[0].secrets, [secret("s1")]);
    let found = db.principal(&principal(winner)).await.unwrap().unwrap();
    assert_eq!(found.assignments, [(role::owner().id.clone(), RoleScope::Subscription)]);
    assert_eq!(told(db).await, [winner]);
}

async fn an_identity_is_found_by_name_and_by_client_id(db: &Db) {
    make(db, "Ci").await;
    assert!(db.has_identity().await.unwrap());
    for found in [
        db.identity(&name("CI")).await.unwrap(),
        db.client(&ClientId::new("client of Ci")).await.unwrap(),
    ] {
        let found = found.unwrap();
        assert_eq!((found.identity, found.secrets.len()), (identity("Ci"), 0));
    }
    assert_eq!(db.identity(&name("other")).await.unwrap(), None);
    assert_eq!(db.client(&ClientId::new("Ci")).await.unwrap(), None);
    let found = db.principal(&principal("Ci")).await.unwrap().unwrap();
    assert_eq!((found.identity, found.assignments.len()), (identity("Ci"), 0));
    assert_eq!(db.principal(&principal("other")).await.unwrap(), None);
}

async fn what_the_rules_refuse_changes_nothing_and_is_not_told_of(db: &Db) {
    make(db, "ci").await;
    let refuse = |before: Option<&IdentityRow>, count: usize| {
        Err::<IdentityRow, _>((before.is_some(), count))
    };
    let refused = db.put_identity(&name("ci"), refuse, audit("no")).await.unwrap();
    assert_eq!(refused, PutIdentityOutcome::Refused((true, 1)));
    let same = db
        .put_identity(&name("ci"), |row, _| Ok::<_, ()>(row.unwrap().clone()), audit("no"))
        .await
        .unwrap();
    assert!(matches!(same, PutIdentityOutcome::Updated(_)));
    assert_eq!(told(db).await, ["ci"]);
    let disable = |row: Option<&IdentityRow>, _| {
        Ok::<_, ()>(IdentityRow { is_enabled: false, ..row.unwrap().clone() })
    };
    db.put_identity(&name("ci"), disable, audit("off")).await.unwrap();
    assert!(!db.identity(&name("ci")).await.unwrap().unwrap().identity.is_enabled);
    assert_eq!(told(db).await, ["off", "ci"]);
}

async fn an_identity_has_as_many_secrets_as_it_may(db: &Db) {
    make(db, "ci").await;
    let add = async |text, id| db.add_identity_secret(&name(text), secret(id), 2, audit(id)).await;
    for (text, id, expected) in [
        ("ci", "s1", AddSecretOutcome::Added),
        ("CI", "s2", AddSecretOutcome::Added),
        ("ci", "s3", AddSecretOutcome::TooMany),
        ("other", "s4", AddSecretOutcome::Missing),
    ] {
        assert_eq!(add(text, id).await.unwrap(), expected, "{id}");
    }
    let secrets = db.identity(&name("ci")).await.unwrap().unwrap().secrets;
    assert_eq!(secrets, [secret("s1"), secret("s2")]);
    let remove = async |id: &str| {
        db.remove_identity_secret(&principal("ci"), &SecretId::new(id), audit("gone")).await
    };
    assert!(remove("s1").await.unwrap());
    assert!(!remove("s1").await.unwrap());
    assert_eq!(add("ci", "s3").await.unwrap(), AddSecretOutcome::Added);
    assert_eq!(told(db).await, ["s3", "gone", "s2", "s1", "ci"]);
}

async fn a_role_is_given_once(db: &Db) {
    make(db, "ci").await;
    let (pull, owner) = (pull(), role::owner().id.clone());
    let new = |id: &str, role: &RoleId, scope: &RoleScope| assignment(id, "ci", role, scope);
    assert_eq!(assign(db, new("a1", &pull, &registry())).await, AssignOutcome::Created);
    let again = RoleScope::Registry("group".parse().unwrap(), "boathook".parse().unwrap());
    let kept = new("a1", &pull, &registry());
    assert_eq!(assign(db, new("a1", &pull, &again)).await, AssignOutcome::Exists(kept.clone()));
    let id = AssignmentId::new("a1");
    assert_eq!(assign(db, new("a2", &pull, &again)).await, AssignOutcome::Duplicate(id.clone()));
    let subscription = RoleScope::Subscription;
    assert_eq!(assign(db, new("a1", &pull, &subscription)).await, AssignOutcome::Taken);
    let nobody = assignment("a3", "nobody", &pull, &subscription);
    assert_eq!(assign(db, nobody).await, AssignOutcome::NoPrincipal);
    assert_eq!(assign(db, new("a3", &pull, &subscription)).await, AssignOutcome::Created);
    assert_eq!(assign(db, new("a4", &owner, &registry())).await, AssignOutcome::Created);
    assert_eq!(assign(db, new("a5", &owner, &subscription)).await, AssignOutcome::TooMany);
    assert_eq!(db.assignment(&id).await.unwrap(), Some(kept.clone()));
    let list = async |of, after| {
        let rows = db.assignments(of, after, 2).await.unwrap();
        rows.into_iter().map(|row| row.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list(AssignmentsOf::All, None).await, ["a1", "a3"]);
    assert_eq!(list(AssignmentsOf::All, Some("a3")).await, ["a4"]);
    assert_eq!(list(AssignmentsOf::Principal(principal("ci")), Some("a1")).await, ["a3", "a4"]);
    assert!(list(AssignmentsOf::Principal(principal("nobody")), None).await.is_empty());
    assert_eq!(db.unassign(&id, audit("gone")).await.unwrap(), Unassigned::Deleted(kept));
    assert_eq!(db.unassign(&id, audit("gone")).await.unwrap(), Unassigned::Missing);
}

async fn an_identity_goes_with_its_secrets_and_roles(db: &Db) {
    make(db, "ci").await;
    make(db, "other").await;
    db.add_identity_secret(&name("ci"), secret("s1"), 2, audit("s1")).await.unwrap();
    assign(db, assignment("a1", "ci", &pull(), &registry())).await;
    assign(db, assignment("a2", "other", &pull(), &registry())).await;
    let delete = async || db.delete_identity(&name("CI"), audit("gone")).await.unwrap();
    assert_eq!(delete().await, IdentityDeletion::Deleted);
    assert_eq!(delete().await, IdentityDeletion::Missing);
    assert_eq!(db.principal(&principal("ci")).await.unwrap(), None);
    let left = db.assignments(AssignmentsOf::All, None, 9).await.unwrap();
    assert_eq!(left.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a2"]);
    make(db, "ci").await;
    assert!(db.identity(&name("ci")).await.unwrap().unwrap().secrets.is_empty());
}

async fn the_last_owner_stays(db: &Db) {
    assert!(db.ensure_first(first("one"), Vec::new(), NOW).await.unwrap());
    let id = AssignmentId::new("a1");
    let disable = |row: Option<&IdentityRow>, _| {
        Ok::<_, ()>(IdentityRow { is_enabled: false, ..row.unwrap().clone() })
    };
    let stays = async || {
        assert_eq!(db.unassign(&id, audit("no")).await.unwrap(), Unassigned::LastOwner);
        let deleted = db.delete_identity(&name("one"), audit("no")).await.unwrap();
        assert_eq!(deleted, IdentityDeletion::LastOwner);
        let put = db.put_identity(&name("one"), disable, audit("no")).await.unwrap();
        assert_eq!(put, PutIdentityOutcome::LastOwner);
    };
    stays().await;
    make(db, "two").await;
    let owner = &role::owner().id;
    // Neither an owner of less than everything, nor one who cannot sign in, takes its place.
    assign(db, assignment("a2", "two", owner, &registry())).await;
    stays().await;
    assign(db, assignment("a3", "two", owner, &RoleScope::Subscription)).await;
    db.put_identity(&name("two"), disable, audit("off")).await.unwrap();
    stays().await;
    let enable = |row: Option<&IdentityRow>, _| {
        Ok::<_, ()>(IdentityRow { is_enabled: true, ..row.unwrap().clone() })
    };
    db.put_identity(&name("two"), enable, audit("on")).await.unwrap();
    assert!(matches!(db.unassign(&id, audit("gone")).await.unwrap(), Unassigned::Deleted(_)));
    assert!(!told(db).await.contains(&"no".to_owned()));
}

fn key(id: &str, begins_ms: i64) -> SigningKeyRow {
    let (id, sealed) = (SigningKeyId::new(id), id.as_bytes().to_vec());
    SigningKeyRow { id, sealed, begins: Timestamp(begins_ms), ends: None }
}

async fn a_successor_is_made_once_and_what_has_ended_is_forgotten(db: &Db) {
    let starts = ["k1", "k2"].map(|id| db.ensure_signing_key(key(id, 10)));
    let seen: Vec<_> = join_all(starts).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(seen[0], seen[1], "all have the same first key");
    let first = seen[0][0].id.clone();
    let succeed = async |last: &SigningKeyId, ends, next: &str, now| {
        let (next, ends, now) = (key(next, ends), Timestamp(ends), Timestamp(now));
        db.succeed_signing_key(last, ends, next, now, audit("key")).await.unwrap()
    };
    assert!(succeed(&first, 100, "k3", 50).await);
    assert!(!succeed(&first, 100, "k4", 50).await, "it has a successor already");
    let keys = db.signing_keys().await.unwrap();
    assert_eq!(
        keys,
        [SigningKeyRow { ends: Some(Timestamp(100)), ..seen[0][0].clone() }, key("k3", 100)]
    );
    assert!(succeed(&SigningKeyId::new("k3"), 300, "k5", 101).await);
    let keys = db.signing_keys().await.unwrap();
    assert_eq!(keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["k3", "k5"]);
    assert_eq!(told(db).await, ["key", "key"]);
}

async fn changes_are_counted_and_told_of_with_their_commit(db: &Db) {
    let count = || db.signals().identity_changes.load(Ordering::Acquire);
    make(db, "ci").await;
    let before = count();
    db.add_identity_secret(&name("ci"), secret("s1"), 2, audit("s1")).await.unwrap();
    assert_eq!(count(), before + 1);
    assign(db, assignment("a1", "ci", &pull(), &registry())).await;
    assert_eq!(count(), before + 2);
    let repeated = audit("s1");
    db.unassign(&AssignmentId::new("a1"), repeated.clone()).await.unwrap();
    assert_eq!(count(), before + 3);
    // Where the entry cannot be written, neither is the change.
    assign(db, assignment("a1", "ci", &pull(), &registry())).await;
    assert!(db.unassign(&AssignmentId::new("a1"), repeated).await.is_err());
    assert!(db.assignment(&AssignmentId::new("a1")).await.unwrap().is_some());
    assert_eq!(count(), before + 4);
}

async fn the_log_is_read_newest_first_and_forgotten_oldest_first(db: &Db) {
    for idx in 0..4_i64 {
        let at = Timestamp(NOW.0 + idx);
        let entry = AuditEntry { id: AuditId::earliest(at), at, ..audit(&idx.to_string()) };
        db.write("test", async move |tx: &mut Tx<'_>| crate::audit::record(tx, &entry).await)
            .await
            .unwrap();
    }
    let page = async |before: AuditId, since| {
        let rows = db.audit(AuditPage { before, since: Timestamp(NOW.0 + since), limit: 2 }).await;
        rows.unwrap()
    };
    let newest = page(AuditId::new("g"), 0).await;
    assert_eq!(newest.iter().map(|row| row.resource.as_str()).collect::<Vec<_>>(), ["3", "2"]);
    let older = page(newest[1].id.clone(), 1).await;
    assert_eq!(older.iter().map(|row| row.resource.as_str()).collect::<Vec<_>>(), ["1"]);
    assert_eq!((older[0].at.0, older[0].caller.as_str()), (NOW.0 + 1, "somebody"));
    let before = AuditId::earliest(Timestamp(NOW.0 + 3));
    assert_eq!(db.forget_audit(&before, 2).await.unwrap(), 2);
    assert_eq!(told(db).await, ["3", "2"]);
    assert_eq!(db.forget_audit(&before, 2).await.unwrap(), 1);
    assert_eq!(db.forget_audit(&before, 2).await.unwrap(), 0);
    assert_eq!(told(db).await, ["3"]);
}

async fn identities_are_listed_in_pages(db: &Db) {
    for text in ["b", "C", "a"] {
        make(db, text).await;
    }
    for id in ["s1", "s2"] {
        db.add_identity_secret(&name("b"), secret(id), 2, audit(id)).await.unwrap();
    }
    let page = async |after: Option<&str>| {
        let rows = db.identities(after, 2).await.unwrap();
        let told =
            rows.iter().map(|row| format!("{} {}", row.identity.name.as_str(), row.secrets.len()));
        told.collect::<Vec<_>>()
    };
    assert_eq!(page(None).await, ["a 0", "b 2"]);
    assert_eq!(page(Some("B")).await, ["C 0"]);
    db.write("test", async move |tx: &mut Tx<'_>| {
        tx.execute("DELETE FROM identity", params![]).await
    })
    .await
    .unwrap();
    assert!(page(None).await.is_empty());
}

/// What the migration does with what was there before.
async fn the_management_identity_of_an_older_database_stays_what_it_was(db: &Db) {
    let client = "b0a70001-0000-4000-8000-000000000003";
    for (registry, owner, hash, at_ms) in [
        ("first", client, "older", 1),
        ("second", client, "newer", 2),
        ("third", client, "newest", 2),
        ("third", "third", "password", 2),
    ] {
        let secret = NewSecret {
            registry: registry.parse().unwrap(),
            owner: owner.to_owned(),
            slot: 1,
            hash: hash.to_owned(),
            sealed: None,
        };
        ensure_secrets(db, vec![secret], Timestamp(at_ms)).await.unwrap();
    }
    let text = include_str!("../migrations/0003_identities.sql");
    let moves =
        |statement: &&str| statement.contains("INSERT INTO") || statement.contains("DELETE");
    for statement in text.split(';').filter(moves) {
        db.write("test", async move |tx: &mut Tx<'_>| tx.execute(statement, params![]).await)
            .await
            .unwrap();
    }
    let found = db.client(&ClientId::new(client)).await.unwrap().unwrap();
    let hashes: Vec<_> = found.secrets.iter().map(|secret| secret.hash.as_str()).collect();
    assert_eq!((found.identity.is_enabled, hashes), (true, vec!["newest"]));
    let principal = db.principal(&found.identity.principal).await.unwrap().unwrap();
    assert_eq!(principal.assignments, [(role::owner().id.clone(), RoleScope::Subscription)]);
    let secrets = async |registry: &str, owner| db.secrets(&registry.parse().unwrap(), owner).await;
    assert!(secrets("third", client).await.unwrap().is_empty());
    assert_eq!(secrets("third", "third").await.unwrap(), ["password"]);
}
