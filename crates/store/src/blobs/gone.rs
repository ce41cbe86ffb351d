//! Files on their way out.
//!
//! What is to go is first renamed, which takes no time however much it is, and happens inside the transaction that
//! forgets it; removed it is afterwards, by whoever comes along, here or on another node. What lies there is nobody's.

use super::{Blobs, create_folder};
use crate::error::Error;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, RegistryName};
use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What the folder of the files on their way out is called in a place.
pub(super) const GONE: &str = "gone";
/// What the folder of the registries on their way out is called. No registry can have this name.
pub(super) const GONE_REGISTRIES: &str = ".gone";

impl Blobs {
    /// Takes the file of a blob out of its place, if it has one. Blocks on the disk, for a moment.
    pub fn set_aside(&self, place: &Place, digest: &Digest) -> Result<(), Error> {
        let (path, folder) = (self.path(place, digest), self.place(place).join(GONE));
        let aside = self.aside(place, digest);
        move_into(&path, &folder, &aside).map_err(|source| Error::file("moved", &path, source))
    }

    /// Puts a file that was set aside back in its place, if it is still there and nobody has put another one in its place.
    /// Blocks on the disk, for a moment.
    pub fn put_back(&self, place: &Place, digest: &Digest) -> Result<(), Error> {
        let aside = self.aside(place, digest);
        self.settle(place, digest, |path| {
            if !path.try_exists()? && aside.try_exists()? {
                // Whoever is faster has put the same bytes there.
                return fs::rename(&aside, path);
            }
            Ok(())
        })
    }

    /// Where the file of a blob lies that was set aside.
    fn aside(&self, place: &Place, digest: &Digest) -> PathBuf {
        let name = format!("{}-{}", digest.algorithm().as_str(), digest.hex());
        self.place(place).join(GONE).join(name)
    }

    /// Removes up to `limit` files that are on their way out in a place, and says how many there were. Blocks on the disk.
    pub fn empty_gone(&self, place: &Place, limit: usize) -> Result<usize, Error> {
        let folder = self.place(place).join(GONE);
        let mut left = limit;
        remove_some(&folder, &mut left)
            .map_err(|source| Error::file("emptied", &folder, source))?;
        Ok(limit - left)
    }

    /// Takes all files of a registry out of the way of the next one of that name. `mark` is in the name that they are given,
    /// and nobody else's. Blocks on the disk, for a moment.
    pub fn set_registry_aside(&self, registry: &RegistryName, mark: &str) -> Result<(), Error> {
        let (path, folder) = (self.root.join(registry.as_str()), self.root.join(GONE_REGISTRIES));
        let aside = folder.join(format!("{registry}.{mark}"));
        move_into(&path, &folder, &aside).map_err(|source| Error::file("moved", &path, source))?;
        self.flushed().retain(|folder| !folder.starts_with(&path));
        Ok(())
    }

    /// Removes up to `limit` files and folders of registries that are on their way out, and says how many there were.
    /// Blocks on the disk.
    pub fn empty_gone_registries(&self, limit: usize) -> Result<usize, Error> {
        let folder = self.root.join(GONE_REGISTRIES);
        let mut left = limit;
        remove_some(&folder, &mut left)
            .map_err(|source| Error::file("emptied", &folder, source))?;
        Ok(limit - left)
    }
}

/// Renames what is at `path`, if anything is.
fn move_into(path: &Path, folder: &Path, aside: &Path) -> io::Result<()> {
    for is_last in [false, true] {
        match fs::rename(path, aside) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if is_last || !path.try_exists()? {
                    return Ok(());
                }
                create_folder(folder, folder)?;
            }
            moved => return moved,
        }
    }
    Ok(())
}

/// Removes what is in a folder as long as `left` allows, and folders that are empty then; says whether the folder is
/// empty now. Others may be at it too.
fn remove_some(folder: &Path, left: &mut usize) -> io::Result<bool> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        entries => entries?,
    };
    for entry in entries {
        if *left == 0 {
            return Ok(false);
        }
        let entry = entry?;
        if is_folder(&entry)? {
            if !remove_some(&entry.path(), left)? || *left == 0 {
                return Ok(false);
            }
            *left -= 1;
            remove(fs::remove_dir(entry.path()))?;
        } else {
            *left -= 1;
            remove(fs::remove_file(entry.path()))?;
        }
    }
    Ok(true)
}

fn is_folder(entry: &DirEntry) -> io::Result<bool> {
    match entry.file_type() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        kind => Ok(kind?.is_dir()),
    }
}

fn remove(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) =>
        {
            Ok(())
        }
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::digest::Algorithm;
    use tempfile::TempDir;

    fn place() -> Place {
        Place { registry: "boathook".parse().unwrap(), region: "local".parse().unwrap() }
    }

    /// A folder with blobs of the given content.
    fn blobs(contents: &[&str]) -> (TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        for content in contents {
            put(&blobs, content);
        }
        (folder, blobs)
    }

    fn put(blobs: &Blobs, content: &str) {
        let staged = blobs.root.join("staged");
        fs::write(&staged, content).unwrap();
        blobs.adopt(&staged, &place(), &digest(content)).unwrap();
    }

    fn digest(content: &str) -> Digest {
        Algorithm::Sha256.digest(content.as_bytes())
    }

    fn has(blobs: &Blobs, content: &str) -> bool {
        blobs.has(&place(), &digest(content)).unwrap()
    }

    #[test]
    fn what_is_set_aside_is_not_there_and_is_removed_later() {
        let (_folder, blobs) = blobs(&["one", "two"]);
        for _ in 0..2 {
            blobs.set_aside(&place(), &digest("one")).unwrap();
        }
        blobs.set_aside(&place(), &digest("never")).unwrap();
        assert!(!has(&blobs, "one") && has(&blobs, "two"));
        put(&blobs, "one");
        assert!(has(&blobs, "one"));
        blobs.set_aside(&place(), &digest("two")).unwrap();
        assert_eq!(blobs.empty_gone(&place(), 1).unwrap(), 1);
        assert_eq!(blobs.empty_gone(&place(), 9).unwrap(), 1);
        assert_eq!(blobs.empty_gone(&place(), 9).unwrap(), 0);
        assert!(has(&blobs, "one"), "it was put there again");
    }

    #[test]
    fn what_is_put_back_takes_nothings_place() {
        let (_folder, blobs) = blobs(&["one", "two"]);
        for content in ["one", "two"] {
            blobs.set_aside(&place(), &digest(content)).unwrap();
        }
        put(&blobs, "two");
        for content in ["one", "two", "never"] {
            blobs.put_back(&place(), &digest(content)).unwrap();
        }
        assert!(has(&blobs, "one") && has(&blobs, "two") && !has(&blobs, "never"));
        assert_eq!(blobs.empty_gone(&place(), 9).unwrap(), 1);
        assert!(has(&blobs, "one") && has(&blobs, "two"));
    }

    #[test]
    fn a_registry_that_is_set_aside_leaves_its_name_to_the_next() {
        let (_folder, blobs) = blobs(&["one", "two"]);
        let registry = place().registry;
        for mark in ["a", "b"] {
            blobs.set_registry_aside(&registry, mark).unwrap();
        }
        assert!(!has(&blobs, "one"));
        put(&blobs, "one");
        let mut steps = 0;
        while blobs.empty_gone_registries(1).unwrap() == 1 {
            steps += 1;
        }
        // Two files, and the folders of each, of the algorithm, of the region and of the registry.
        assert_eq!(steps, 2 + 2 + 3);
        assert!(has(&blobs, "one") && !has(&blobs, "two"));
    }

    #[test]
    fn bytes_are_restored_from_an_open_file() {
        let (_folder, blobs) = blobs(&["one"]);
        let open = blobs.read(&place(), &digest("one")).unwrap().file;
        blobs.set_aside(&place(), &digest("one")).unwrap();
        blobs.empty_gone(&place(), 9).unwrap();
        for _ in 0..2 {
            blobs.restore(&open, &place(), &digest("one"), "mark").unwrap();
        }
        assert_eq!(fs::read(blobs.path(&place(), &digest("one"))).unwrap(), b"one");
        let names = fs::read_dir(blobs.path(&place(), &digest("one")).parent().unwrap()).unwrap();
        assert_eq!(names.count(), 1, "nothing is left beside it");
    }
}
