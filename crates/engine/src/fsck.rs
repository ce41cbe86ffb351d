//! Whether all that the rows speak of is there, and nothing else: looked at row by row and file by file, whatever the size.
//!
//! Nothing is changed unless that is asked for, and then only what no image needs. A push at the same time loses nothing: the
//! store looks once more under the row's lock. Where another database says what is needed of the files, nothing is changed
//! at all: what no row of this one speaks of may be what the other one's images are made of.

use crate::collection::is_collected_by;
use boathook_core::digest::Digest;
use boathook_core::manifest::{self, ReferenceKind};
use boathook_core::name::{Place, Reference, Repository};
use boathook_core::time::Timestamp;
use boathook_store::{
    Blobs, Db, Error, FileKind, ForgetOutcome, FoundFile, StoredBlob, StoredManifest,
};
use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// How long a file has to be untouched before it counts as one that nobody is about to speak of.
const ORPHAN_AGE_MIN: Duration = Duration::from_hours(1);
/// Of how many blobs without bytes it is remembered that they have none.
const MISSING_MAX: usize = 100_000;
/// How many files are found ahead of the one that is looked at.
const AHEAD_MAX: usize = 256;
/// How much of a file is read at a time.
const READ_BYTES: usize = 1024 * 1024;

/// What is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fsck {
    /// Whether all bytes are read, to see whether they have their digests.
    pub verifies_digests: bool,
    /// Whether what is found is repaired, where no image needs it and [`may_repair`] says so.
    pub repairs: bool,
}

/// What is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A row speaks of bytes that are not there.
    MissingBytes(Place, Digest),
    /// The bytes are not as many as the row says.
    SizeDiffers(Place, Digest, u64),
    /// The bytes have another digest.
    DigestDiffers(Place, Digest),
    /// A manifest is damaged, or something that it refers to is not there.
    BrokenManifest(Place, Repository, Digest, String),
    /// The same of one that was deleted and can be restored.
    BrokenDeleted(Place, Repository, Digest, String),
    /// A file that no row speaks of.
    OrphanFile(PathBuf, u64),
    /// A file that somebody left behind who died.
    Leftover(PathBuf, u64),
    /// A file that is not made by this program.
    UnknownFile(PathBuf),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |place: &Place| format!("{} in {}", place.registry, place.region);
        match self {
            Self::MissingBytes(place, digest) => write!(
                f,
                "blob without bytes: {digest} of {}; a push of the same blob puts them there again",
                of(place)
            ),
            Self::SizeDiffers(place, digest, bytes) => write!(
                f,
                "blob of another size: {digest} of {} has {bytes} bytes; a push of the same blob heals it",
                of(place)
            ),
            Self::DigestDiffers(place, digest) => write!(
                f,
                "damaged blob: the bytes of {digest} of {} have another digest; a push of the same blob heals it",
                of(place)
            ),
            Self::BrokenManifest(place, repository, digest, why) => {
                write!(
                    f,
                    "broken image: {repository}@{digest} of {}: {why}: push it again",
                    of(place)
                )
            }
            Self::BrokenDeleted(place, repository, digest, why) => write!(
                f,
                "broken deleted image: {repository}@{digest} of {}: {why}: push it again where it is to be restored",
                of(place)
            ),
            Self::OrphanFile(path, bytes) => {
                write!(f, "file without a row: `{}`, {bytes} bytes", path.display())
            }
            Self::Leftover(path, bytes) => {
                write!(f, "leftover: `{}`, {bytes} bytes", path.display())
            }
            Self::UnknownFile(path) => {
                write!(f, "unknown file, which is left alone: `{}`", path.display())
            }
        }
    }
}

/// What was looked at, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many blobs there are.
    pub blobs: u64,
    /// How many manifests there are.
    pub manifests: u64,
    /// How many files there are.
    pub files: u64,
    /// How many things are not as they should be.
    pub found: u64,
    /// How many of them were repaired.
    pub repaired: u64,
}

/// Where findings go, with whether each was repaired.
pub type Tell<'a> = &'a mut dyn FnMut(&Finding, bool);

/// Says whether this database says what is needed of the files, so that what it does not know of may go.
pub async fn may_repair(db: &Db, blobs: &Blobs) -> Result<bool, Error> {
    is_collected_by(db, blobs).await
}

/// Looks at everything.
pub async fn check(
    db: &Db,
    blobs: &Blobs,
    fsck: Fsck,
    now: Timestamp,
    tell: Tell<'_>,
) -> Result<Checked, Error> {
    let fsck = Fsck { repairs: fsck.repairs && may_repair(db, blobs).await?, ..fsck };
    let checked = Checked::default();
    let mut look = Look { db, blobs, fsck, now, tell, checked, missing: HashSet::new() };
    look.rows().await?;
    look.manifests().await?;
    look.files().await?;
    Ok(look.checked)
}

struct Look<'a> {
    db: &'a Db,
    blobs: &'a Blobs,
    fsck: Fsck,
    now: Timestamp,
    tell: Tell<'a>,
    checked: Checked,
    /// Blobs without bytes, the first [`MISSING_MAX`].
    missing: HashSet<(Place, Digest)>,
}

impl Look<'_> {
    fn tell(&mut self, finding: &Finding, is_repaired: bool) {
        self.checked.found += 1;
        self.checked.repaired += u64::from(is_repaired);
        (self.tell)(finding, is_repaired);
    }

    async fn rows(&mut self) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.db.stored_blobs(after.as_ref()).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(StoredBlob { inline: None, ..last.clone() });
            self.checked.blobs += page.len() as u64;
            let (blobs, verifies) = (self.blobs.clone(), self.fsck.verifies_digests);
            let looked = spawn_blocking(move || {
                let looked = page.iter().filter(|blob| !blob.is_doomed);
                looked
                    .filter_map(|blob| look_at(&blobs, blob, verifies).transpose())
                    .collect::<Result<Vec<Finding>, Error>>()
            });
            let found = looked.await.expect("reading does not panic")?;
            for finding in found {
                let mut is_repaired = false;
                if let Finding::MissingBytes(place, digest) = &finding {
                    // It may have been collected between the look at its row and the look at its file.
                    if self.db.blob_row(place, digest).await?.is_none() {
                        continue;
                    }
                    is_repaired = self.forget(place, digest).await?;
                }
                self.tell(&finding, is_repaired);
            }
        }
    }

    /// Has a blob without bytes forgotten, where that is wanted and no manifest needs it.
    async fn forget(&mut self, place: &Place, digest: &Digest) -> Result<bool, Error> {
        if self.fsck.repairs {
            let (blobs, of, wanted) = (self.blobs.clone(), place.clone(), digest.clone());
            let has_bytes = move || blobs.has(&of, &wanted);
            let outcome = self.db.forget_blob(place, digest, has_bytes, self.now).await?;
            if outcome != ForgetOutcome::Needed {
                return Ok(true);
            }
        }
        if self.missing.len() < MISSING_MAX {
            self.missing.insert((place.clone(), digest.clone()));
        }
        Ok(false)
    }

    async fn manifests(&mut self) -> Result<(), Error> {
        let mut after: Option<StoredManifest> = None;
        loop {
            let page = self.db.stored_manifests(after.as_ref()).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(StoredManifest { bytes: Vec::new(), ..last.clone() });
            self.checked.manifests += page.len() as u64;
            for manifest in &page {
                if let Some(why) = self.broken(manifest).await? {
                    let StoredManifest { is_deleted, place, repository, digest, .. } =
                        manifest.clone();
                    let broken =
                        if is_deleted { Finding::BrokenDeleted } else { Finding::BrokenManifest };
                    self.tell(&broken(place, repository, digest, why), false);
                }
            }
        }
    }

    /// Why an image cannot be pulled whole, if it cannot.
    async fn broken(&self, stored: &StoredManifest) -> Result<Option<String>, Error> {
        let StoredManifest { is_deleted, place, repository, digest, media_type, bytes } = stored;
        if digest.algorithm().digest(bytes) != *digest {
            let first = if *is_deleted { "" } else { " (delete it first)" };
            return Ok(Some(format!("its bytes have another digest{first}")));
        }
        // What an older program took is not for this one to judge.
        let Ok(parsed) = manifest::parse(Some(media_type), bytes) else { return Ok(None) };
        for reference in parsed.references {
            let wanted = &reference.digest;
            let size = match reference.kind {
                ReferenceKind::Blob => {
                    let found = self.db.blob(place, repository, wanted).await?;
                    found.map(|found| found.info.size)
                }
                ReferenceKind::Manifest if *is_deleted => {
                    self.db.kept_manifest_size(place, repository, wanted).await?
                }
                ReferenceKind::Manifest => {
                    let by_digest = Reference::Digest(wanted.clone());
                    let found = self.db.manifest(place, repository, &by_digest).await?;
                    found.map(|found| found.info.bytes.len() as u64)
                }
            };
            match size {
                None => return Ok(Some(format!("{wanted} is not in the repository"))),
                Some(size) if size != reference.size => {
                    return Ok(Some(format!(
                        "{wanted} has {size} bytes, and it says {}",
                        reference.size
                    )));
                }
                Some(_) if self.missing.contains(&(place.clone(), wanted.clone())) => {
                    return Ok(Some(format!("{wanted} has no bytes")));
                }
                Some(_) => (),
            }
        }
        Ok(None)
    }

    async fn files(&mut self) -> Result<(), Error> {
        let (sender, mut found) = mpsc::channel(AHEAD_MAX);
        let blobs = self.blobs.clone();
        let walking = spawn_blocking(move || {
            blobs.walk(&mut |file| {
                // Nobody listens any more where the look has failed.
                drop(sender.blocking_send(file));
            })
        });
        while let Some(file) = found.recv().await {
            self.checked.files += 1;
            self.file(file).await?;
        }
        walking.await.expect("walking does not panic")
    }

    async fn file(&mut self, file: FoundFile) -> Result<(), Error> {
        let FoundFile { path, kind, bytes, changed_s } = file;
        let age_min = i64::try_from(ORPHAN_AGE_MIN.as_secs()).unwrap_or(i64::MAX);
        let is_young = self.now.0 / 1_000 - changed_s < age_min;
        match kind {
            FileKind::Unknown => self.tell(&Finding::UnknownFile(path), false),
            FileKind::Leftover | FileKind::Blob(..) if is_young => (),
            FileKind::Leftover => {
                let gone = self.fsck.repairs && fs::remove_file(&path).is_ok();
                self.tell(&Finding::Leftover(path, bytes), gone);
            }
            FileKind::Blob(place, digest) => {
                let row = self.db.blob_row(&place, &digest).await?;
                if row.is_some_and(|(_, is_file)| is_file) {
                    return Ok(());
                }
                let mut is_repaired = false;
                if self.fsck.repairs && row.is_none() {
                    let (blobs, of, wanted) = (self.blobs.clone(), place.clone(), digest.clone());
                    let set_aside = move || blobs.set_aside(&of, &wanted);
                    let put_back = |digest: &Digest| self.blobs.put_back(&place, digest);
                    let removed = self.db.remove_orphan(&place, &digest, set_aside, put_back);
                    is_repaired = removed.await?;
                    self.blobs.empty_gone(&place, usize::MAX)?;
                }
                self.tell(&Finding::OrphanFile(path, bytes), is_repaired);
            }
        }
        Ok(())
    }
}

/// Looks at the bytes of a blob. Blocks on the disk.
fn look_at(blobs: &Blobs, blob: &StoredBlob, verifies: bool) -> Result<Option<Finding>, Error> {
    let StoredBlob { place, digest, size, inline, .. } = blob;
    let name = || (place.clone(), digest.clone());
    let mut hasher = digest.algorithm().hasher();
    let found = if let Some(bytes) = inline {
        hasher.update(bytes);
        bytes.len() as u64
    } else {
        if !blobs.has(place, digest)? {
            let (place, digest) = name();
            return Ok(Some(Finding::MissingBytes(place, digest)));
        }
        let mut open = blobs.read(place, digest)?;
        if verifies {
            let mut buffer = vec![0; READ_BYTES];
            loop {
                match open.file.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(len) => hasher.update(&buffer[..len]),
                    // What cannot be read is damaged.
                    Err(_) => {
                        let (place, digest) = name();
                        return Ok(Some(Finding::DigestDiffers(place, digest)));
                    }
                }
            }
        }
        open.size
    };
    let (place, of) = name();
    Ok(if found != *size {
        Some(Finding::SizeDiffers(place, of, found))
    } else if (verifies || inline.is_some()) && hasher.finish() != *digest {
        Some(Finding::DigestDiffers(place, of))
    } else {
        None
    })
}
