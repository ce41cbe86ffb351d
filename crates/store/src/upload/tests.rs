use super::{AppendError, Room, Upload, Uploads, hold};
use crate::blobs::Blobs;
use boathook_core::digest::Algorithm;
use boathook_core::id::UploadId;
use boathook_core::name::{Place, Repository};
use bytes::Bytes;
use futures_util::stream;
use std::fs;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// Uploads in a folder of their own.
struct Shore {
    uploads: Uploads,
    blobs: Blobs,
    folder: TempDir,
}

fn shore() -> Shore {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).unwrap();
    Shore { uploads: Uploads::open(&blobs).unwrap(), blobs, folder }
}

fn place() -> Place {
    place_of("boathook")
}

fn place_of(registry: &str) -> Place {
    Place { registry: registry.parse().unwrap(), region: "local".parse().unwrap() }
}

fn app() -> Repository {
    "team/app".parse().unwrap()
}

fn id(number: u32) -> UploadId {
    UploadId::parse(&format!("0193525f-6c4e-7c3a-8d4e-{number:012}")).unwrap()
}

/// Room for any number of uploads.
const ENDLESS: Room =
    Room { open_max: usize::MAX, idle_min: Duration::MAX, now: SystemTime::UNIX_EPOCH };

impl Shore {
    fn create(&self, number: u32) {
        assert!(self.create_in(number, &ENDLESS));
    }

    fn create_in(&self, number: u32, room: &Room) -> bool {
        self.uploads.create(&place(), &app(), &id(number), room).unwrap()
    }

    /// Makes an upload look as if it had last been written to so many seconds before `now`.
    fn age(&self, number: u32, now: SystemTime, age_s: u64) {
        let upload = self.take(number);
        upload.file.set_modified(now - Duration::from_secs(age_s)).unwrap();
        upload.park();
    }

    fn take(&self, number: u32) -> Upload {
        self.uploads.take(&place(), &app(), &id(number)).unwrap()
    }

    /// An upload with some content, taken.
    fn with(&self, number: u32, content: &[u8]) -> Upload {
        self.create(number);
        let mut upload = self.take(number);
        upload.append_small(content).unwrap();
        upload
    }

    fn refusal(&self, number: u32) -> AppendError {
        self.uploads.take(&place(), &app(), &id(number)).unwrap_err()
    }

    fn offset(&self, number: u32) -> Option<u64> {
        self.uploads.offset(&place(), &app(), &id(number)).unwrap()
    }

    fn blob(&self, content: &[u8]) -> Vec<u8> {
        let mut blob = self.blobs.read(&place(), &Algorithm::Sha256.digest(content)).unwrap();
        let mut bytes = Vec::new();
        blob.file.read_to_end(&mut bytes).unwrap();
        assert_eq!(blob.size, bytes.len() as u64);
        bytes
    }
}

/// Adds a whole body.
async fn pour(upload: Upload, pieces: &[Vec<u8>]) -> Upload {
    let pieces = pieces.iter().map(|piece| Ok::<_, ()>(Bytes::from(piece.clone())));
    let (upload, end) = upload.pour(stream::iter(pieces)).await.unwrap();
    end.unwrap();
    upload
}

#[tokio::test]
async fn appended_pieces_give_the_digest_of_the_whole() {
    let shore = shore();
    shore.create(1);
    let pieces: Vec<_> = (0..100_u8).map(|piece| vec![piece; 10_000]).collect();
    let mut upload = pour(shore.take(1), &pieces).await;
    assert_eq!(upload.offset(), 1_000_000);
    assert!(upload.hasher.is_some(), "what passes by is hashed in passing");
    let digest = Algorithm::Sha256.digest(&pieces.concat());
    assert_eq!(upload.digest(Algorithm::Sha256).unwrap(), digest);
    upload.adopt(&place(), &digest).unwrap();
    assert_eq!(shore.blob(&pieces.concat()), pieces.concat());
}

#[test]
fn an_upload_that_is_taken_again_goes_on_hashing() {
    let shore = shore();
    shore.with(1, b"one, ").park();
    assert_eq!(shore.offset(1), Some(5));
    let mut upload = shore.take(1);
    assert!(upload.hasher.is_some(), "the hash was kept");
    upload.append_small(b"two").unwrap();
    assert_eq!(upload.digest(Algorithm::Sha256).unwrap(), Algorithm::Sha256.digest(b"one, two"));
}

#[test]
fn an_upload_is_hashed_again_after_a_restart() {
    let shore = shore();
    shore.with(1, b"one, ").park();
    let restarted = Uploads::open(&shore.blobs).unwrap();
    let mut upload = restarted.take(&place(), &app(), &id(1)).unwrap();
    assert_eq!(upload.offset(), 5);
    assert!(upload.hasher.is_none(), "nobody has kept the hash");
    upload.append_small(b"two").unwrap();
    assert_eq!(upload.digest(Algorithm::Sha256).unwrap(), Algorithm::Sha256.digest(b"one, two"));
}

#[tokio::test]
async fn an_upload_without_a_hash_takes_pieces_all_the_same() {
    let shore = shore();
    shore.with(1, b"one, ").park();
    let restarted = Uploads::open(&shore.blobs).unwrap();
    let upload = restarted.take(&place(), &app(), &id(1)).unwrap();
    let mut upload = pour(upload, &[b"two".to_vec()]).await;
    assert_eq!(upload.offset(), 8);
    assert_eq!(upload.digest(Algorithm::Sha256).unwrap(), Algorithm::Sha256.digest(b"one, two"));
}

#[test]
fn a_hash_of_another_length_is_not_trusted() {
    let shore = shore();
    shore.with(1, b"one, ").park();
    // Another node has written meanwhile.
    let other = Uploads::open(&shore.blobs).unwrap();
    other.take(&place(), &app(), &id(1)).unwrap().append_small(b"two").unwrap();
    let mut upload = shore.take(1);
    assert_eq!(upload.digest(Algorithm::Sha256).unwrap(), Algorithm::Sha256.digest(b"one, two"));
}

#[test]
fn sha512_is_computed_in_passing_if_expected_and_afterwards_if_not() {
    let shore = shore();
    let digest = Algorithm::Sha512.digest(b"content");
    let mut unexpected = shore.with(1, b"content");
    assert_eq!(unexpected.digest(Algorithm::Sha512).unwrap(), digest);
    shore.create(2);
    let mut expected = shore.take(2);
    expected.expect(Algorithm::Sha512);
    expected.append_small(b"content").unwrap();
    expected.expect(Algorithm::Sha256);
    assert_eq!(expected.digest(Algorithm::Sha512).unwrap(), digest);
    expected.adopt(&place(), &digest).unwrap();
    assert_eq!(shore.blobs.read(&place(), &digest).unwrap().size, 7);
}

#[test]
fn an_upload_is_busy_while_it_is_taken() {
    let shore = shore();
    let upload = shore.with(1, b"content");
    assert!(matches!(shore.refusal(1), AppendError::Busy));
    upload.park();
    shore.take(1);
}

#[test]
fn an_upload_is_known_only_in_its_own_repository() {
    let shore = shore();
    shore.create(1);
    let other = "team/other".parse().unwrap();
    let refusal = shore.uploads.take(&place(), &other, &id(1)).unwrap_err();
    assert!(matches!(refusal, AppendError::Unknown));
    assert_eq!(shore.uploads.offset(&place(), &other, &id(1)).unwrap(), None);
    let refusal = shore.uploads.take(&place_of("another"), &app(), &id(1)).unwrap_err();
    assert!(matches!(refusal, AppendError::Unknown));
    assert!(matches!(shore.refusal(2), AppendError::Unknown));
}

#[test]
fn a_truncated_upload_goes_on_from_there() {
    let shore = shore();
    let mut upload = shore.with(1, b"one, three");
    upload.truncate(5).unwrap();
    assert_eq!((upload.offset(), shore.offset(1)), (5, Some(5)));
    upload.append_small(b"two").unwrap();
    assert_eq!(upload.digest(Algorithm::Sha256).unwrap(), Algorithm::Sha256.digest(b"one, two"));
    upload.truncate(0).unwrap();
    upload.append_small(b"new").unwrap();
    assert!(upload.hasher.is_some());
    assert_eq!(upload.digest(Algorithm::Sha256).unwrap(), Algorithm::Sha256.digest(b"new"));
}

#[test]
fn a_cancelled_upload_is_gone() {
    let shore = shore();
    shore.with(1, b"content").cancel().unwrap();
    assert_eq!(shore.offset(1), None);
    assert!(matches!(shore.refusal(1), AppendError::Unknown));
}

#[test]
fn an_adopted_upload_is_a_blob_and_no_upload() {
    let shore = shore();
    let upload = shore.with(1, b"content");
    upload.adopt(&place(), &Algorithm::Sha256.digest(b"content")).unwrap();
    assert_eq!(shore.blob(b"content"), b"content");
    assert!(matches!(shore.refusal(1), AppendError::Unknown));
    assert!(shore.blobs.read(&place(), &Algorithm::Sha256.digest(b"absent")).is_err());
}

#[test]
fn two_uploads_of_one_content_are_one_blob() {
    let shore = shore();
    let digest = Algorithm::Sha256.digest(b"content");
    let (first, second) = (shore.with(1, b"content"), shore.with(2, b"content"));
    first.adopt(&place(), &digest).unwrap();
    let mut reader = shore.blobs.read(&place(), &digest).unwrap();
    second.adopt(&place(), &digest).unwrap();
    let mut bytes = Vec::new();
    reader.file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"content");
    assert_eq!(shore.blob(b"content"), b"content");
}

/// Whoever has opened an upload before it became a blob must not write to it afterwards.
#[test]
fn a_blob_that_is_shared_is_in_both_places_and_stays_in_one_without_the_other() {
    let shore = shore();
    let bytes = b"shared".to_vec();
    let digest = Algorithm::Sha256.digest(&bytes);
    let upload = shore.with(1, &bytes);
    upload.adopt(&place(), &digest).unwrap();
    let other = place_of("another");
    let blobs = &shore.blobs;
    for _ in 0..2 {
        blobs.share(&place(), &other, &digest, "mark").unwrap();
    }
    fs::remove_dir_all(shore.folder.path().join("boathook")).unwrap();
    let mut found = Vec::new();
    blobs.read(&other, &digest).unwrap().file.read_to_end(&mut found).unwrap();
    assert_eq!(found, bytes);
    assert!(blobs.share(&place(), &place_of("third"), &digest, "mark").is_err());
}

#[test]
fn a_blob_cannot_be_taken_for_the_upload_that_it_was() {
    let shore = shore();
    let upload = shore.with(1, b"content");
    let path = upload.path.clone();
    let late = fs::OpenOptions::new().append(true).open(&path).unwrap();
    upload.adopt(&place(), &Algorithm::Sha256.digest(b"content")).unwrap();
    assert!(matches!(hold(&late, &path), Err(AppendError::Unknown)));
    // Nor for another upload that has come to the same place.
    shore.create(1);
    assert!(matches!(hold(&late, &path), Err(AppendError::Unknown)));
}

#[test]
fn uploads_that_nobody_writes_to_expire() {
    let shore = shore();
    shore.with(1, b"old").park();
    shore.with(2, b"new").park();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    shore.age(1, now, 60);
    shore.age(2, now, 59);
    let expired = shore.uploads.expire(&place(), now, Duration::from_mins(1)).unwrap();
    assert_eq!((expired, shore.uploads.open_count()), (1, 1));
    assert_eq!((shore.offset(1), shore.offset(2)), (None, Some(3)));
    // Its hash does not fill the shelf for ever.
    assert!(shore.uploads.hashes.take(&id(1), 3).is_none());
    assert!(shore.uploads.hashes.take(&id(2), 3).is_some());
}

#[test]
fn a_place_without_uploads_has_none_to_expire() {
    let shore = shore();
    let now = SystemTime::UNIX_EPOCH;
    assert_eq!(shore.uploads.expire(&place(), now, Duration::ZERO).unwrap(), 0);
}

/// Uploads come and go while the sweep looks at them.
#[test]
fn expiring_does_not_stumble_over_uploads_that_go() {
    let shore = shore();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..1_000 {
                for number in 0..4 {
                    shore.create(number);
                }
                for number in 0..4 {
                    shore.take(number).cancel().unwrap();
                }
            }
            is_over.store(true, Ordering::Relaxed);
        });
        while !is_over.load(Ordering::Relaxed) {
            let expired =
                shore.uploads.expire(&place(), SystemTime::UNIX_EPOCH, Duration::from_mins(1));
            assert_eq!(expired.unwrap(), 0);
        }
    });
}

/// A count that had missed one would let too many in, and one too many would turn uploads away.
#[test]
fn the_sweep_counts_neither_too_few_nor_too_many_while_uploads_come_and_go() {
    const THREADS: u32 = 4;
    let shore = shore();
    let room = Room { open_max: 1 + THREADS as usize, ..ENDLESS };
    let threads_left = AtomicUsize::new(THREADS as usize);
    std::thread::scope(|scope| {
        shore.create(THREADS);
        for number in 0..THREADS {
            let (shore, threads_left) = (&shore, &threads_left);
            scope.spawn(move || {
                let is_let_in = (0..500).all(|_| {
                    let is_let_in = shore.create_in(number, &room);
                    if is_let_in {
                        shore.take(number).cancel().unwrap();
                    }
                    is_let_in
                });
                threads_left.fetch_sub(1, Ordering::Relaxed);
                assert!(is_let_in, "each has one upload at a time");
            });
        }
        while threads_left.load(Ordering::Relaxed) != 0 {
            let expire =
                shore.uploads.expire(&place(), SystemTime::UNIX_EPOCH, Duration::from_mins(1));
            assert_eq!(expire.unwrap(), 0);
        }
    });
    assert_eq!(shore.uploads.open_count(), 1, "the one that nobody ended");
}

#[test]
fn open_uploads_are_counted() {
    let shore = shore();
    let count = || shore.uploads.open_count();
    assert_eq!(count(), 0);
    shore.with(1, b"one").park();
    let upload = shore.with(2, b"two");
    assert!(shore.uploads.create(&place_of("another"), &app(), &id(3), &ENDLESS).unwrap());
    assert_eq!(count(), 3);
    upload.adopt(&place(), &Algorithm::Sha256.digest(b"two")).unwrap();
    assert_eq!(count(), 2);
    shore.take(1).cancel().unwrap();
    assert_eq!(count(), 1);
}

#[test]
fn uploads_of_every_registry_are_counted_from_the_start() {
    let shore = shore();
    shore.with(1, b"one").park();
    assert!(shore.uploads.create(&place_of("another"), &app(), &id(2), &ENDLESS).unwrap());
    fs::write(shore.folder.path().join("no folder"), "").unwrap();
    let restarted = Uploads::open(&shore.blobs).unwrap();
    assert_eq!(restarted.open_count(), 2);
    let full = Room { open_max: 1, ..ENDLESS };
    assert!(!restarted.create(&place(), &app(), &id(3), &full).unwrap());
}

#[test]
fn the_idlest_upload_gives_way_where_there_is_no_room() {
    let shore = shore();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for (number, age_s) in [(1, 60), (2, 90), (3, 120), (4, 59)] {
        shore.create(number);
        shore.age(number, now, age_s);
    }
    // It has lain for longest, but a request has it.
    let held = shore.take(3);
    let room = Room { open_max: 4, idle_min: Duration::from_mins(1), now };
    assert!(shore.create_in(5, &room));
    assert_eq!(
        [1, 2, 3, 4, 5].map(|number| shore.offset(number).is_some()),
        [true, false, true, true, true]
    );
    assert!(shore.create_in(6, &room));
    assert_eq!(shore.offset(1), None);
    assert!(!shore.create_in(7, &room), "the others are young or held");
    assert_eq!((shore.uploads.open_count(), shore.offset(7)), (4, None));
    held.park();
    assert!(shore.create_in(7, &room));
}

#[test]
fn an_upload_that_a_request_has_does_not_expire() {
    let shore = shore();
    let held = shore.with(1, b"content");
    let much_later = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 200);
    let expired = shore.uploads.expire(&place(), much_later, Duration::from_mins(1)).unwrap();
    assert_eq!((expired, shore.uploads.open_count()), (0, 1));
    held.park();
    assert_eq!(shore.offset(1), Some(7));
}

#[test]
fn nothing_is_left_of_a_draft_that_is_dropped() {
    let shore = shore();
    let draft = |number| shore.uploads.draft(&place(), &app(), &id(number), &ENDLESS).unwrap();
    let mut dropped = draft(1).unwrap();
    dropped.append_small(b"content").unwrap();
    drop(dropped);
    draft(2).unwrap().cancel().unwrap();
    let mut kept = draft(3).unwrap();
    kept.append_small(b"content").unwrap();
    kept.adopt(&place(), &Algorithm::Sha256.digest(b"content")).unwrap();
    assert_eq!(shore.uploads.open_count(), 0);
    assert_eq!([1, 2, 3].map(|number| shore.offset(number)), [None; 3]);
    assert_eq!(shore.blob(b"content"), b"content");
}

/// As where the clock of the file server is far behind.
#[test]
fn a_draft_that_is_swept_at_once_is_an_error_and_no_panic() {
    const DRAFTS: u32 = 2_000;
    let shore = shore();
    let much_later = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 200);
    std::thread::scope(|scope| {
        let drafting = scope.spawn(|| {
            let draft = |number| shore.uploads.draft(&place(), &app(), &id(number), &ENDLESS);
            for number in 0..DRAFTS {
                drop(draft(number));
            }
        });
        while !drafting.is_finished() {
            shore.uploads.expire(&place(), much_later, Duration::from_mins(1)).unwrap();
        }
        drafting.join().unwrap();
    });
    assert_eq!(shore.uploads.open_count(), 0);
}

#[test]
fn an_upload_is_made_once() {
    let shore = shore();
    shore.create(1);
    assert!(shore.uploads.create(&place(), &app(), &id(1), &ENDLESS).is_err());
    assert_eq!(shore.uploads.open_count(), 1);
}

#[test]
fn nothing_lies_outside_the_folders_that_are_meant_for_it() {
    let shore = shore();
    let upload = shore.with(1, b"content");
    let digest = Algorithm::Sha256.digest(b"content");
    upload.adopt(&place(), &digest).unwrap();
    let hex = digest.hex();
    let path = format!("boathook/local/sha256/{}/{hex}", &hex[..2]);
    assert!(shore.folder.path().join(path).is_file());
    let mut uploads = fs::read_dir(shore.folder.path().join("boathook/local/uploads")).unwrap();
    assert!(uploads.next().is_none());
    let mut read_only = shore.blobs.read(&place(), &digest).unwrap();
    assert!(read_only.file.write_all(b"more").is_err());
}
