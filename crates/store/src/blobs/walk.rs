//! All files of a folder of blobs, one after the other.

use super::Blobs;
use super::gone::{GONE, GONE_REGISTRIES};
use crate::error::Error;
use boathook_core::digest::Digest;
use boathook_core::name::{Place, RegistryName};
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file that was found.
#[derive(Clone, Debug)]
pub struct FoundFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: FileKind,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last written or renamed, in seconds since 1970.
    pub changed_s: i64,
}

/// What a file is, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// The bytes of a blob.
    Blob(Place, Digest),
    /// What was left by somebody who died: a copy that was not finished, or a file that was on its way out.
    Leftover,
    /// Nothing that is made here.
    Unknown,
}

impl Blobs {
    /// Shows every file but those of uploads, which go by themselves. Blocks on the disk.
    pub fn walk(&self, visit: &mut dyn FnMut(FoundFile)) -> Result<(), Error> {
        let walked = each(&self.root, &mut |entry| {
            let name = name(&entry);
            match name.parse::<RegistryName>() {
                _ if name == GONE_REGISTRIES => all(&entry.path(), &FileKind::Leftover, visit),
                Ok(registry) if is_folder(&entry)? => self.walk_registry(&registry, visit),
                _ if name.starts_with("boathook-") => Ok(()),
                _ => all(&entry.path(), &FileKind::Unknown, visit),
            }
        });
        walked.map_err(|source| Error::file("listed", &self.root, source))
    }

    fn walk_registry(
        &self,
        registry: &RegistryName,
        visit: &mut dyn FnMut(FoundFile),
    ) -> io::Result<()> {
        each(&self.root.join(registry.as_str()), &mut |entry| match name(&entry).parse() {
            Ok(region) if is_folder(&entry)? => {
                self.walk_place(&Place { registry: registry.clone(), region }, visit)
            }
            _ => all(&entry.path(), &FileKind::Unknown, visit),
        })
    }

    fn walk_place(&self, place: &Place, visit: &mut dyn FnMut(FoundFile)) -> io::Result<()> {
        each(&self.place(place), &mut |entry| match &*name(&entry) {
            "uploads" => Ok(()),
            GONE => all(&entry.path(), &FileKind::Leftover, visit),
            algorithm if is_folder(&entry)? => each(&entry.path(), &mut |folder| {
                if !is_folder(&folder)? {
                    return show(&folder.path(), FileKind::Unknown, visit);
                }
                each(&folder.path(), &mut |file| {
                    let kind = self.kind(place, algorithm, &file.path());
                    show(&file.path(), kind, visit)
                })
            }),
            _ => show(&entry.path(), FileKind::Unknown, visit),
        })
    }

    fn kind(&self, place: &Place, algorithm: &str, path: &Path) -> FileKind {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let Ok(digest) = format!("{algorithm}:{stem}").parse::<Digest>() else {
            return FileKind::Unknown;
        };
        let own = self.path(place, &digest);
        match () {
            () if path == own => FileKind::Blob(place.clone(), digest),
            () if path.with_extension("") == own => FileKind::Leftover,
            () => FileKind::Unknown,
        }
    }
}

fn each(folder: &Path, visit: &mut dyn FnMut(DirEntry) -> io::Result<()>) -> io::Result<()> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        entries => entries?.try_for_each(|entry| visit(entry?)),
    }
}

/// Shows what is at `path`, and all that is below it.
fn all(path: &Path, kind: &FileKind, visit: &mut dyn FnMut(FoundFile)) -> io::Result<()> {
    if path.is_dir() && !path.is_symlink() {
        return each(path, &mut |entry| all(&entry.path(), kind, visit));
    }
    show(path, kind.clone(), visit)
}

/// Shows a file, unless it has gone meanwhile.
fn show(path: &Path, kind: FileKind, visit: &mut dyn FnMut(FoundFile)) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    let kind = if metadata.is_file() { kind } else { FileKind::Unknown };
    let (bytes, changed_s) = (metadata.len(), changed_s(&metadata));
    visit(FoundFile { path: path.to_owned(), kind, bytes, changed_s });
    Ok(())
}

/// A file that was renamed has a new time of change, and an old one of its content.
fn changed_s(metadata: &Metadata) -> i64 {
    metadata.mtime().max(metadata.ctime())
}

fn is_folder(entry: &DirEntry) -> io::Result<bool> {
    Ok(entry.file_type()?.is_dir())
}

fn name(entry: &DirEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}
