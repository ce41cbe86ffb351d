//! Blobs on their way in: whole, in pieces, broken off, from elsewhere.

use boathook_core::digest::{Algorithm, Digest};
use boathook_core::event::Request;
use boathook_core::grant::Grants;
use boathook_core::lock::Attributes;
use boathook_core::name::Repository;
use boathook_engine::auth::Caller;
use boathook_engine::registry::records::{self, ChangeAttributes, Holder};
use boathook_engine::registry::upload::{self, At, Finish, Finished, MountOutcome, Piece, Refusal};
use boathook_engine::registry::{Body, CutOff, pull};
use boathook_testkit::{PATIENCE, Settings, World};
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};

/// The size up to which blobs are kept in the database.
const INLINE_BYTES_MAX: usize = 16 * 1024;

fn repository(name: &str) -> Repository {
    name.parse().unwrap()
}

fn body(bytes: &[u8]) -> Body {
    let pieces: Vec<_> = bytes.chunks(4_096).map(Bytes::copy_from_slice).map(Ok).collect();
    stream::iter(pieces).boxed()
}

/// A body that ends before its end.
fn cut(bytes: &[u8]) -> Body {
    body(bytes).chain(stream::iter([Err(CutOff)])).boxed()
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|idx| u8::try_from(idx % 251).unwrap()).collect()
}

fn sha256(bytes: &[u8]) -> Digest {
    Algorithm::Sha256.digest(bytes)
}

async fn begin(world: &World) -> At {
    let (place, repository) = (world.ctx().place(), repository("app"));
    let id = upload::begin(world.ctx(), &place, &repository).await.unwrap().unwrap();
    At { place, repository, id }
}

async fn append(world: &World, at: &At, piece: Option<Piece>, body: Body) -> Result<u64, Refusal> {
    upload::append(world.ctx(), at.clone(), piece, body).await.unwrap()
}

async fn finish(world: &World, at: &At, digest: &Digest, body: Body) -> Finished {
    let finish = Finish { at: at.clone(), digest: digest.clone(), piece: None, body };
    upload::finish(world.ctx(), finish).await.unwrap()
}

async fn status(world: &World, at: &At) -> Option<u64> {
    upload::status(world.ctx(), at.clone()).await.unwrap()
}

/// The whole of a blob, if `name` has it.
async fn read(world: &World, name: &str, digest: &Digest) -> Option<Vec<u8>> {
    let (ctx, place) = (world.ctx(), world.ctx().place());
    let blob = pull::blob(ctx, &place, &repository(name), digest).await.unwrap().unwrap()?;
    let whole = 0..blob.size;
    match pull::read(ctx, &place, digest, &blob, whole).await.unwrap() {
        pull::Pieces::Whole(bytes) => Some(bytes.to_vec()),
        pull::Pieces::Stream(pieces) => {
            let pieces: Vec<_> = pieces.map(Result::unwrap).collect().await;
            Some(pieces.concat())
        }
    }
}

#[tokio::test]
async fn a_blob_comes_out_as_it_went_in_on_both_sides_of_the_border() {
    let world = World::start().await;
    let lens = [0, 1, INLINE_BYTES_MAX - 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1, 3_000_000];
    for len in lens {
        let bytes = bytes(len);
        let digest = world.push_blob(&repository("app"), &bytes).await;
        assert!(read(&world, "app", &digest).await == Some(bytes), "{len} bytes");
        let hex = digest.hex();
        let file = world.folder().join(format!("blobs/boathook/local/sha256/{}/{hex}", &hex[..2]));
        assert_eq!(file.exists(), INLINE_BYTES_MAX < len, "{len} bytes");
    }
}

#[tokio::test]
async fn a_blob_in_pieces_is_one_blob_by_either_algorithm() {
    let world = World::start().await;
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        for len in [1_000, INLINE_BYTES_MAX + 1, 1_000_000] {
            let bytes = bytes(len);
            let digest = algorithm.digest(&bytes);
            let at = begin(&world).await;
            let (first, rest) = bytes.split_at(len / 3);
            let (second, last) = rest.split_at(len / 3);
            assert_eq!(append(&world, &at, None, body(first)).await, Ok(first.len() as u64));
            let piece = Piece { first: first.len() as u64, last: 2 * first.len() as u64 - 1 };
            assert_eq!(append(&world, &at, Some(piece), body(second)).await, Ok(piece.last + 1));
            assert_eq!(status(&world, &at).await, Some(piece.last + 1));
            assert_eq!(finish(&world, &at, &digest, body(last)).await, Finished::Stored);
            assert!(read(&world, "app", &digest).await == Some(bytes), "{digest}");
            assert_eq!(status(&world, &at).await, None);
        }
    }
}

#[tokio::test]
async fn an_upload_goes_on_where_it_stood_after_a_crash() {
    let mut world = World::start().await;
    let bytes = bytes(100_000);
    let at = begin(&world).await;
    append(&world, &at, None, body(&bytes[..40_000])).await.unwrap();
    world.kill_and_restart().await;
    assert_eq!(status(&world, &at).await, Some(40_000));
    let piece = Piece { first: 40_000, last: 69_999 };
    append(&world, &at, Some(piece), body(&bytes[40_000..70_000])).await.unwrap();
    let digest = sha256(&bytes);
    assert_eq!(finish(&world, &at, &digest, body(&bytes[70_000..])).await, Finished::Stored);
    assert!(read(&world, "app", &digest).await == Some(bytes));
}

#[tokio::test]
async fn bytes_with_another_digest_are_thrown_away() {
    let world = World::start().await;
    for len in [100, 100_000] {
        let bytes = bytes(len);
        let at = begin(&world).await;
        let wrong = sha256(b"something else");
        let actual = sha256(&bytes);
        let finished = finish(&world, &at, &wrong, body(&bytes)).await;
        assert_eq!(finished, Finished::DigestDiffers { actual: actual.clone() });
        assert_eq!(status(&world, &at).await, None);
        assert!(read(&world, "app", &wrong).await.is_none());
        assert!(read(&world, "app", &actual).await.is_none());
    }
}

#[tokio::test]
async fn a_body_that_is_cut_off_keeps_what_came() {
    let world = World::start().await;
    for (first, second) in [(10, 20), (50_000, 50_000)] {
        let bytes = bytes(first + second + 30_000);
        let at = begin(&world).await;
        assert_eq!(append(&world, &at, None, cut(&bytes[..first])).await, Err(Refusal::CutOff));
        assert_eq!(status(&world, &at).await, Some(first as u64));
        let digest = sha256(&bytes);
        let finished = finish(&world, &at, &digest, cut(&bytes[first..first + second])).await;
        assert_eq!(finished, Finished::Refused(Refusal::CutOff));
        assert_eq!(status(&world, &at).await, Some((first + second) as u64));
        let finished = finish(&world, &at, &digest, body(&bytes[first + second..])).await;
        assert_eq!(finished, Finished::Stored);
    }
}

#[tokio::test]
async fn a_whole_blob_that_is_cut_off_leaves_nothing() {
    let world = World::start().await;
    let (place, app) = (world.ctx().place(), repository("app"));
    for len in [10, 100_000] {
        let bytes = bytes(len);
        let digest = sha256(&bytes);
        let finished =
            upload::finish_whole(world.ctx(), &place, &app, digest.clone(), cut(&bytes)).await;
        assert_eq!(finished.unwrap(), Finished::Refused(Refusal::CutOff));
        assert!(read(&world, "app", &digest).await.is_none());
    }
    assert_eq!(world.ctx().uploads.open_count(), 0);
    let left = std::fs::read_dir(world.folder().join("blobs/boathook/local/uploads")).unwrap();
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn pieces_out_of_order_or_of_another_length_change_nothing() {
    let world = World::start().await;
    let bytes = bytes(60_000);
    let at = begin(&world).await;
    append(&world, &at, None, body(&bytes[..20_000])).await.unwrap();
    for first in [0, 19_999, 20_001] {
        let piece = Piece { first, last: first + 9 };
        let refused = append(&world, &at, Some(piece), body(&bytes[..10])).await;
        assert_eq!(refused, Err(Refusal::OutOfOrder { offset: 20_000 }));
    }
    for len in [9, 11, 30_000] {
        let piece = Piece { first: 20_000, last: 20_009 };
        let refused = append(&world, &at, Some(piece), body(&bytes[20_000..20_000 + len])).await;
        assert_eq!(refused, Err(Refusal::LengthDiffers), "{len} bytes instead of 10");
        assert_eq!(status(&world, &at).await, Some(20_000));
        let finish = Finish {
            at: at.clone(),
            digest: sha256(&bytes),
            piece: Some(piece),
            body: body(&bytes[20_000..20_000 + len]),
        };
        let refused = upload::finish(world.ctx(), finish).await.unwrap();
        assert_eq!(refused, Finished::Refused(Refusal::LengthDiffers));
        assert_eq!(status(&world, &at).await, Some(20_000));
    }
    let digest = sha256(&bytes);
    assert_eq!(finish(&world, &at, &digest, body(&bytes[20_000..])).await, Finished::Stored);
    assert!(read(&world, "app", &digest).await == Some(bytes));
}

#[tokio::test]
async fn an_upload_is_found_only_through_the_repository_that_it_was_begun_in() {
    let world = World::start().await;
    let at = begin(&world).await;
    let elsewhere = At { repository: repository("other"), ..at.clone() };
    assert_eq!(status(&world, &elsewhere).await, None);
    assert_eq!(append(&world, &elsewhere, None, body(b"x")).await, Err(Refusal::Unknown));
    assert_eq!(upload::cancel(world.ctx(), elsewhere).await.unwrap(), Err(Refusal::Unknown));
    assert_eq!(upload::cancel(world.ctx(), at.clone()).await.unwrap(), Ok(()));
    assert_eq!(upload::cancel(world.ctx(), at).await.unwrap(), Err(Refusal::Unknown));
}

#[tokio::test]
async fn an_upload_is_written_to_by_one_request_at_a_time() {
    let world = World::start().await;
    let at = begin(&world).await;
    let (sender, pieces) = tokio::sync::mpsc::channel::<Result<Bytes, CutOff>>(1);
    let slow = stream::unfold(pieces, |mut pieces| async { Some((pieces.recv().await?, pieces)) });
    let writing = upload::append(world.ctx(), at.clone(), None, slow.boxed());
    let meanwhile = async {
        // Taken in means that the first request has the upload.
        sender.send(Ok(Bytes::from_static(b"one"))).await.unwrap();
        sender.reserve().await.unwrap().send(Ok(Bytes::from_static(b"two")));
        assert_eq!(append(&world, &at, None, body(b"x")).await, Err(Refusal::Busy));
        let finished = finish(&world, &at, &sha256(b"x"), body(b"x")).await;
        assert_eq!(finished, Finished::Refused(Refusal::Busy));
        drop(sender);
    };
    let (written, ()) = tokio::join!(writing, meanwhile);
    assert_eq!(written.unwrap(), Ok(6));
    assert_eq!(finish(&world, &at, &sha256(b"onetwo"), body(b"")).await, Finished::Stored);
}

/// What has a thread of its own while it waits can be had in numbers that nobody has threads for.
#[test]
fn uploads_whose_clients_stall_hold_no_thread() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(2).build().unwrap();
    let world = runtime.block_on(World::start());
    let stalled = async {
        let begun = join_all((0..4).map(|_| begin(&world))).await;
        let appending = begun.iter().map(|at| {
            let slow = body(&bytes(20_000)).chain(stream::pending()).boxed();
            append(&world, at, None, slow)
        });
        tokio::select! {
            _ = join_all(appending) => unreachable!("the bodies have no end"),
            () = has_come(&world, &begun, 20_000) => (),
        }
        begun
    };
    let begun = runtime.block_on(async { tokio::time::timeout(PATIENCE, stalled).await });
    for at in begun.expect("each is written though none has ended") {
        runtime.block_on(upload::cancel(world.ctx(), at)).unwrap().unwrap();
    }
}

/// Waits until each of the uploads has so many bytes.
async fn has_come(world: &World, uploads: &[At], bytes: u64) {
    for at in uploads {
        while status(world, at).await != Some(bytes) {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_that_finish_an_upload_at_once_one_does_and_the_blob_is_whole() {
    let world = World::start().await;
    for round in 0..40_usize {
        let bytes = bytes(INLINE_BYTES_MAX - 20 + round);
        let digest = sha256(&bytes);
        let at = begin(&world).await;
        append(&world, &at, None, body(&bytes)).await.unwrap();
        let end = || finish(&world, &at, &digest, body(b""));
        let ends = tokio::join!(end(), end(), end());
        let ends = [ends.0, ends.1, ends.2];
        assert!(ends.contains(&Finished::Stored), "{ends:?}");
        let are_refusals = ends.iter().all(|end| {
            use Refusal::{Busy, Unknown};
            matches!(end, Finished::Stored | Finished::Refused(Busy | Unknown))
        });
        assert!(are_refusals, "{ends:?}");
        assert!(read(&world, "app", &digest).await == Some(bytes));
    }
}

#[tokio::test]
async fn two_that_push_the_same_blob_both_succeed() {
    let world = World::start().await;
    for len in [100, 1_000_000] {
        let bytes = bytes(len);
        let app = repository("app");
        let (one, other) =
            tokio::join!(world.push_blob(&app, &bytes), world.push_blob(&app, &bytes));
        assert_eq!(one, other);
        assert!(read(&world, "app", &one).await == Some(bytes));
    }
}

#[tokio::test]
async fn no_more_uploads_are_begun_than_may_be_open() {
    let mut settings = Settings::default();
    settings.limits.uploads_open_max = 3;
    let world = World::with(settings).await;
    let (place, app) = (world.ctx().place(), repository("app"));
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(begin(&world).await);
    }
    let refused = upload::begin(world.ctx(), &place, &app).await.unwrap();
    assert_eq!(refused, Err(Refusal::TooMany));
    upload::cancel(world.ctx(), open.remove(0)).await.unwrap().unwrap();
    open.push(begin(&world).await);
    for at in open {
        assert_eq!(finish(&world, &at, &sha256(b"x"), body(b"x")).await, Finished::Stored);
    }
}

#[tokio::test]
async fn a_whole_blob_needs_room_like_any_other_upload() {
    let mut settings = Settings::default();
    settings.limits.uploads_open_max = 1;
    let world = World::with(settings).await;
    let (place, app, large) = (world.ctx().place(), repository("app"), bytes(INLINE_BYTES_MAX + 1));
    let push = async || {
        let whole =
            upload::finish_whole(world.ctx(), &place, &app, sha256(&large), body(&large)).await;
        whole.unwrap()
    };
    let open = begin(&world).await;
    assert_eq!(push().await, Finished::Refused(Refusal::TooMany));
    upload::cancel(world.ctx(), open).await.unwrap().unwrap();
    assert_eq!(push().await, Finished::Stored);
}

#[tokio::test]
async fn nothing_is_left_of_a_whole_blob_whose_client_vanishes() {
    let world = World::start().await;
    let (place, app, large) = (world.ctx().place(), repository("app"), bytes(100_000));
    let slow = body(&large).chain(stream::pending()).boxed();
    let folder = world.folder().join("blobs/boathook/local/uploads");
    let written = || {
        let mut files = std::fs::read_dir(&folder).into_iter().flatten();
        files.next().map(|file| file.unwrap().metadata().unwrap().len())
    };
    let vanishing = async {
        tokio::select! {
            _ = upload::finish_whole(world.ctx(), &place, &app, sha256(&large), slow) => {
                unreachable!("the body has no end")
            }
            () = until(|| written() == Some(100_000)) => (),
        }
        until(|| written().is_none() && world.ctx().uploads.open_count() == 0).await;
    };
    tokio::time::timeout(PATIENCE, vanishing).await.expect("the file goes at once");
}

/// Waits for a state.
async fn until(has_come: impl Fn() -> bool) {
    while !has_come() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_mount_takes_only_from_where_the_caller_may_pull() {
    let world = World::start().await;
    let place = world.ctx().place();
    let digest = world.push_blob(&repository("source"), b"layer").await;
    let caller = |grants: &[&str]| {
        let grants = grants.iter().map(|text| text.parse().unwrap()).collect();
        Caller::new("somebody".to_owned(), Grants::Listed(grants))
    };
    let push = "repository:target:pull,push";
    let mut target = 0;
    for (grants, from, expected) in [
        (vec![push, "repository:source:pull"], Some("source"), true),
        (vec![push, "repository:source:pull"], None, true),
        (vec![push, "repository:source:push"], Some("source"), false),
        (vec![push, "repository:source:push"], None, false),
        (vec![push], Some("source"), false),
        (vec![push], None, false),
        (vec![push, "repository:source:pull", "repository:empty:pull"], Some("empty"), false),
    ] {
        target += 1;
        let name = format!("target{target}");
        let (caller, repository, from) = (caller(&grants), repository(&name), from.map(repository));
        let mounted =
            upload::mount(world.ctx(), &caller, &place, &repository, &digest, from.as_ref()).await;
        assert_eq!(mounted.unwrap() == MountOutcome::Mounted, expected, "{grants:?} from {from:?}");
        assert_eq!(read(&world, &name, &digest).await.is_some(), expected);
    }
}

#[tokio::test]
async fn what_is_refused_at_the_last_moment_leaves_no_file() {
    let world = World::start().await;
    let ctx = world.ctx();
    world.push("app:v1").await;
    let others = Algorithm::Sha256.digest(&bytes(30_000));
    world.push_blob(&repository("other"), &bytes(30_000)).await;
    for len in [20_000, 30_000] {
        let (at, content) = (begin(&world).await, bytes(len));
        set_writable(&world, false).await;
        let locked = finish(&world, &at, &sha256(&content), body(&content)).await;
        assert!(matches!(locked, Finished::Refused(Refusal::Locked(_))), "{locked:?}");
        let has_file = ctx.blobs.has(&ctx.place(), &sha256(&content)).unwrap();
        assert_eq!(has_file, sha256(&content) == others, "another repository has one of them");
        set_writable(&world, true).await;
    }
    assert_eq!(read(&world, "other", &others).await, Some(bytes(30_000)));
    world.tick_until_idle().await;
}

/// Locks the repository `app` or unlocks it.
async fn set_writable(world: &World, is_write_enabled: bool) {
    let request = Request {
        id: world.ctx().ids.uuid(),
        host: "boathook.azurecr.localhost".to_owned(),
        method: "PATCH",
        user_agent: None,
    };
    let change = ChangeAttributes {
        place: world.ctx().place(),
        repository: repository("app"),
        holder: Holder::Repository,
        request,
    };
    let set = move |before: Attributes| Attributes { is_write_enabled, ..before };
    assert!(records::change(world.ctx(), change, set).await.unwrap());
}
