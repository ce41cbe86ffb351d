//! Which blobs a database speaks of: an id in the folder, and the same id in a row.
//!
//! Rows are worth nothing beside another folder than theirs: what was pushed through one node would not be there for the
//! next. Whether the two belong together is decided by whoever starts a server.

use super::{Blobs, sync_folder};
use crate::db::Db;
use crate::error::Error;
use crate::row::params;
use crate::tx::Tx;
use boathook_core::id::BlobStoreId;
use boathook_core::name::Region;
use boathook_core::time::Timestamp;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const ID_FILE: &str = "boathook-store-id";
const COLLECTOR_FILE: &str = "boathook-collector";
/// The longest id that is read, in bytes.
const ID_BYTES_MAX: usize = 64;

impl Blobs {
    /// Where the folder's id is written.
    pub fn id_path(&self) -> PathBuf {
        self.root.join(ID_FILE)
    }

    /// Reads the folder's id, if it has one. Blocks on the disk.
    pub fn id(&self) -> Result<Option<BlobStoreId>, Error> {
        let path = self.id_path();
        read(&path).map_err(|source| Error::file("read", &path, source))
    }

    /// Where it is written which database removes what nobody needs.
    pub fn collector_path(&self) -> PathBuf {
        self.root.join(COLLECTOR_FILE)
    }

    /// Says whether the database that has known the folder since then is the one that removes what nobody needs; where
    /// none is yet, it is. Two databases may know one folder, and neither knows what the other needs. Blocks on the disk.
    pub fn is_collected_by(&self, since: Timestamp) -> Result<bool, Error> {
        let (path, own) = (self.collector_path(), BlobStoreId::new(since.0.to_string()));
        let found = || -> io::Result<Option<BlobStoreId>> {
            make(&path, &own)?;
            read(&path)
        };
        let found = found().map_err(|source| Error::file("written", &path, source))?;
        Ok(found.as_ref() == Some(&own))
    }

    /// Writes an id into the folder, and returns it; where one is written by then, that stays and is returned. Blocks on
    /// the disk.
    pub fn ensure_id(&self, id: BlobStoreId) -> Result<BlobStoreId, Error> {
        let path = self.id_path();
        make(&path, &id).map_err(|source| Error::file("written", &path, source))?;
        Ok(self.id()?.unwrap_or(id))
    }
}

impl Db {
    /// Which store has the bytes of a region's blobs, as far as the database has been told.
    pub async fn blob_store(&self, region: &Region) -> Result<Option<BlobStoreId>, Error> {
        let region = region.clone();
        self.read("blob_store", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT id FROM blob_store WHERE region = $1";
            let rows = tx.query(sql, params![region.as_str()]).await?;
            Ok(rows.first().map(|row| BlobStoreId::new(row.text(0))))
        })
        .await
    }

    /// Since when the database has known a store.
    pub async fn blob_store_since(&self, id: &BlobStoreId) -> Result<Option<Timestamp>, Error> {
        let id = id.clone();
        self.read("blob_store_since", async move |tx: &mut Tx<'_>| {
            let sql = "SELECT MIN(since_ms) FROM blob_store WHERE id = $1";
            let row = tx.query_opt(sql, params![id.as_str()]).await?;
            Ok(row.and_then(|row| row.opt_int(0)).map(Timestamp))
        })
        .await
    }

    /// Remembers which store has the bytes of a region's blobs, unless one is known, and returns the one that is known.
    pub async fn ensure_blob_store(
        &self,
        region: &Region,
        id: &BlobStoreId,
        now: Timestamp,
    ) -> Result<BlobStoreId, Error> {
        let (wanted, of) = (id.clone(), region.clone());
        self.write("ensure_blob_store", async move |tx: &mut Tx<'_>| {
            tx.execute(
                "INSERT INTO blob_store (region, id, since_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                params![of.as_str(), wanted.as_str(), now.0],
            )
            .await?;
            Ok(())
        })
        .await?;
        Ok(self.blob_store(region).await?.unwrap_or_else(|| id.clone()))
    }
}

fn read(path: &Path) -> io::Result<Option<BlobStoreId>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    let id = text.trim_ascii();
    if id.is_empty() || ID_BYTES_MAX < id.len() || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        let error = "it does not hold one id: restore it from a backup";
        return Err(io::Error::new(ErrorKind::InvalidData, error));
    }
    Ok(Some(BlobStoreId::new(id)))
}

/// Puts the file where none is yet, whole. What is written aside by a start that dies stays there and harms nobody.
fn make(path: &Path, id: &BlobStoreId) -> io::Result<()> {
    let folder = path.parent().expect("the file is in the folder of the blobs");
    // Nodes that share the folder need not be one user.
    let readable = Permissions::from_mode(0o666);
    let mut aside = tempfile::Builder::new();
    let mut aside = aside.prefix(ID_FILE).permissions(readable).tempfile_in(folder)?;
    aside.write_all(format!("{id}\n").as_bytes())?;
    aside.as_file().sync_all()?;
    // No bare hard link, which not every file system has.
    match aside.persist_noclobber(path) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
        _ => sync_folder(folder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::thread;

    #[test]
    fn a_folder_keeps_the_id_that_it_was_given_first() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        assert_eq!(blobs.id().unwrap(), None);
        for id in ["first", "second"] {
            assert_eq!(blobs.ensure_id(BlobStoreId::new(id)).unwrap().as_str(), "first");
        }
        assert_eq!(blobs.id().unwrap(), Some(BlobStoreId::new("first")));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_start_that_died_has_left_keeps_nobody_from_writing_the_id() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        fs::write(folder.path().join(format!("{ID_FILE}.first")), "fir").unwrap();
        assert_eq!(blobs.ensure_id(BlobStoreId::new("first")).unwrap().as_str(), "first");
        let mode = fs::metadata(blobs.id_path()).unwrap().permissions().mode();
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        assert_eq!(mode, fs::metadata(plain).unwrap().permissions().mode(), "no more, no less");
    }

    #[test]
    fn of_starts_at_the_same_moment_one_gives_the_id() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let given: HashSet<_> = thread::scope(|scope| {
            let start = |number: u32| blobs.ensure_id(BlobStoreId::new(number.to_string()));
            let starts = [1, 2, 3, 4].map(|number| scope.spawn(move || start(number).unwrap()));
            starts.map(|start| start.join().unwrap()).into_iter().collect()
        });
        assert_eq!(given.len(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
    }

    #[test]
    fn an_id_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let longest = "x".repeat(ID_BYTES_MAX);
        fs::write(blobs.id_path(), &longest).unwrap();
        assert_eq!(blobs.id().unwrap(), Some(BlobStoreId::new(longest.clone())));
        for text in ["", "\n", "two words", &format!("{longest}x")] {
            fs::write(blobs.id_path(), text).unwrap();
            assert!(blobs.id().is_err(), "{text:?}");
        }
    }
}
