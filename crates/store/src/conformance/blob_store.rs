//! Which store has the bytes of the blobs.

use super::promises;
use super::samples::*;
use crate::db::Db;
use boathook_core::id::BlobStoreId;

promises![the_store_of_a_region_is_the_first_that_was_named];

async fn the_store_of_a_region_is_the_first_that_was_named(db: &Db) {
    let region = place().region;
    assert_eq!(db.blob_store(&region).await.unwrap(), None);
    for id in ["first", "second"] {
        let kept = db.ensure_blob_store(&region, &BlobStoreId::new(id), NOW).await.unwrap();
        assert_eq!(kept.as_str(), "first");
    }
    assert_eq!(db.blob_store(&region).await.unwrap(), Some(BlobStoreId::new("first")));
    assert_eq!(db.blob_store(&"elsewhere".parse().unwrap()).await.unwrap(), None);
}
