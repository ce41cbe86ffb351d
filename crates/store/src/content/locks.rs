//! What may be done with what is stored, as its rows have it. Whether that is enough is for `core::lock` to say.

use crate::cache::{Entry, Key};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::row::{Row, params};
use crate::tx::Tx;
use boathook_core::digest::Digest;
use boathook_core::lock::Attributes;
use boathook_core::name::{Place, Repository, Tag};

/// The attributes of a repository and of a tag in it, and what the tag is on; `None` of what is not there.
#[derive(Default)]
pub(super) struct Named {
    pub(super) repository: Option<Attributes>,
    pub(super) tag: Option<Attributes>,
    pub(super) digest: Option<Digest>,
}

/// The attributes of a repository as they are cached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RepositoryLocks {
    pub(super) attributes: Attributes,
    /// No two answers have the same. A change of any attribute in the repository makes this answer stale, and with it
    /// all that were cached beside it.
    pub(super) generation: u64,
}

/// The columns that [`attributes`] reads, of the table `t`.
macro_rules! columns {
    ($t:literal) => {
        concat!(
            $t,
            ".is_delete_enabled, ",
            $t,
            ".is_write_enabled, ",
            $t,
            ".is_read_enabled, ",
            $t,
            ".is_list_enabled"
        )
    };
}
pub(super) use columns;

/// The tags `t` of the manifest `$4`, to be sorted by `d.name`. They are found in the index of manifests, which has no more
/// than their names: asked for the rest as well, SQLite would look through all tags of the repository.
macro_rules! tags_of_manifest {
    () => {
        " FROM tag d CROSS JOIN tag t
          WHERE d.registry = $1 AND d.region = $2 AND d.repository = $3 AND d.digest = $4 AND t.registry = d.registry
            AND t.region = d.region AND t.repository = d.repository AND t.name = d.name"
    };
}
pub(super) use tags_of_manifest;

/// The attributes in four columns from `idx` on; `None` where a join has found no row.
pub(super) fn attributes(row: &Row, idx: usize) -> Option<Attributes> {
    Some(Attributes {
        is_delete_enabled: row.opt_int(idx)? != 0,
        is_write_enabled: row.opt_int(idx + 1)? != 0,
        is_read_enabled: row.opt_int(idx + 2)? != 0,
        is_list_enabled: row.opt_int(idx + 3)? != 0,
    })
}

/// Reads the attributes of a repository, if it is there.
pub(super) async fn of_repository(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
) -> Result<Option<Attributes>, Fault> {
    let sql = concat!(
        "SELECT ",
        columns!("r"),
        " FROM repository r WHERE r.registry = $1 AND r.region = $2 AND r.name = $3"
    );
    let key = params![place.registry.as_str(), place.region.as_str(), repository.as_str()];
    let row = tx.query_opt(sql, key).await?;
    Ok(row.and_then(|row| attributes(&row, 0)))
}

/// Reads the attributes of a repository and of a tag that may be in it.
pub(super) async fn of_tag(
    tx: &mut Tx<'_>,
    place: &Place,
    repository: &Repository,
    tag: &Tag,
) -> Result<Named, Fault> {
    let sql = concat!(
        "SELECT ",
        columns!("r"),
        ", ",
        columns!("t"),
        ", t.digest FROM repository r
         LEFT JOIN tag t ON t.registry = r.registry AND t.region = r.region AND t.repository = r.name AND t.name = $4
         WHERE r.registry = $1 AND r.region = $2 AND r.name = $3"
    );
    let (registry, region) = (place.registry.as_str(), place.region.as_str());
    let row =
        tx.query_opt(sql, params![registry, region, repository.as_str(), tag.as_str()]).await?;
    Ok(row.map_or_else(Named::default, |row| Named {
        repository: attributes(&row, 0),
        tag: attributes(&row, 4),
        digest: row.opt_text(8).map(|_| row.parsed(8)),
    }))
}

impl Db {
    /// What may be done with a repository; everything where it is not there.
    pub async fn repository_attributes(
        &self,
        place: &Place,
        repository: &Repository,
    ) -> Result<Attributes, Error> {
        Ok(self.repository_locks(place, repository).await?.attributes)
    }

    pub(super) async fn repository_locks(
        &self,
        place: &Place,
        repository: &Repository,
    ) -> Result<RepositoryLocks, Error> {
        let key = Key::Repository(place.clone(), repository.clone());
        if !self.is_shared()
            && let Some(Entry::Repository(locks)) = self.cached(&key)
        {
            return Ok(locks);
        }
        let epoch = self.cache().epoch();
        let (place, repository) = (place.clone(), repository.clone());
        let found = self
            .read("repository_attributes", async move |tx: &mut Tx<'_>| {
                of_repository(tx, &place, &repository).await
            })
            .await?;
        let generation = self.cache().generation();
        let locks = RepositoryLocks { attributes: found.unwrap_or_default(), generation };
        if !self.is_shared() {
            self.cache().put(epoch, key, Entry::Repository(locks));
        }
        Ok(locks)
    }
}
