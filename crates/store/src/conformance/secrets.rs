//! Hashes of secrets.

use super::promises;
use super::samples::*;
use crate::NewSecret;
use crate::db::Db;

promises![a_secret_is_kept_once_per_slot, secrets_are_their_owners_alone];

fn secret(owner: &str, slot: u32, hash: &str) -> NewSecret {
    let registry = place().registry;
    NewSecret { registry, owner: owner.to_owned(), slot, hash: hash.to_owned(), sealed: None }
}

async fn a_secret_is_kept_once_per_slot(db: &Db) {
    let ensure = async |secrets| ensure_secrets(db, secrets, NOW).await.unwrap();
    assert!(ensure(vec![secret("admin", 2, "second"), secret("admin", 1, "first")]).await);
    assert!(!ensure(vec![secret("admin", 1, "third"), secret("admin", 3, "fourth")]).await);
    let secrets = db.secrets(&place().registry, "admin").await.unwrap();
    assert_eq!(secrets, ["first", "second", "fourth"]);
}

async fn secrets_are_their_owners_alone(db: &Db) {
    ensure_secrets(db, vec![secret("admin", 1, "hash")], NOW).await.unwrap();
    assert!(db.secrets(&place().registry, "Admin").await.unwrap().is_empty());
    assert!(db.secrets(&"another".parse().unwrap(), "admin").await.unwrap().is_empty());
}
