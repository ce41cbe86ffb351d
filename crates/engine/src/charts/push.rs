//! Charts and their provenance come in.

use super::Origin;
use super::archive::{self, InvalidArchive, Limits};
use crate::ctx::Ctx;
use crate::registry::Body;
use crate::registry::upload::{self, Finished, Received, Refusal, Unreceived};
use crate::traffic::TrafficKind;
use boathook_core::chart::{ChartFile, FileKind};
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::event::Action;
use boathook_core::id::EventId;
use boathook_core::lock::Locked;
use boathook_core::manifest::{self, Platform};
use boathook_core::name::{Place, Repository};
use boathook_core::time::Timestamp;
use boathook_store::{
    ChartOutcome, ChartPart, ChartRow, ChartWrite, CommitChart, CommitPush, Error, NewEvent,
};
use boathook_wire::helm::manifest::{Part, Parts};
use boathook_wire::helm::metadata::ChartMetadata;
use bytes::Bytes;
use futures_util::stream;
use std::io;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// The largest archive, in bytes: as much as one may expand to.
pub const CHART_BYTES_MAX: u64 = archive::EXPANDED_BYTES_MAX;
/// The largest provenance, in bytes.
pub const PROVENANCE_BYTES_MAX: u64 = 1024 * 1024;
/// How many archives are read at a time, each by a thread.
const READERS_MAX: usize = 4;

/// One for the process, as its processors are.
static READERS: Semaphore = Semaphore::const_new(READERS_MAX);

/// A file of a chart on its way in.
pub struct PushFile {
    /// Where to.
    pub place: Place,
    /// Into which repository.
    pub repository: Repository,
    /// Which file.
    pub file: ChartFile,
    /// What it may do to what is there.
    pub mode: Mode,
    /// Who pushes it: the name that they signed in with, if they did.
    pub pushed_by: Option<String>,
    /// The file.
    pub body: Body,
}

/// What a push may do to what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: there must not be such a file.
    Create,
    /// Take its place: there has to be one.
    Replace,
}

/// What came of a push.
#[derive(Debug)]
pub enum Pushed {
    /// It is stored; a chart will be announced.
    Stored,
    /// There is such a file.
    Exists,
    /// An image has the chart's tag, or a chart of another name and version, whose file is called the same.
    Taken,
    /// There is no such file to be replaced.
    Unknown,
    /// A provenance came without its chart.
    NoChart,
    /// It is no chart, or not the one that its name says.
    Invalid(InvalidArchive),
    /// It is no provenance, or not that of this chart.
    InvalidProvenance,
    /// It is larger than it may be.
    TooLarge {
        /// How large it may be, in bytes.
        bytes_max: u64,
    },
    /// The repository, the tag or the manifest is locked.
    Locked(Locked),
    /// It could not be taken in.
    Refused(Refusal),
    /// Somebody has deleted its content while it was being stored.
    Interrupted,
}

/// Takes in a chart's archive or its provenance.
pub async fn file(ctx: &Ctx, push: PushFile) -> Result<Pushed, Error> {
    match push.file.kind {
        FileKind::Archive => archive(ctx, push).await,
        FileKind::Provenance => provenance(ctx, push).await,
    }
}

/// Takes in an archive, reads what the chart says of itself, and records the event, all or nothing.
async fn archive(ctx: &Ctx, push: PushFile) -> Result<Pushed, Error> {
    let PushFile { place, repository, file, mode, pushed_by, body } = push;
    // Whoever comes in vain need not send all of it; what counts is looked at again in the end.
    let before = ctx.db.chart(&place, &repository, file.tag()).await?;
    match (mode, &before) {
        (Mode::Create, Some(_)) => return Ok(Pushed::Exists),
        (Mode::Replace, None) => return Ok(Pushed::Unknown),
        _ => (),
    }
    let received = match receive(ctx, &place, &repository, body, CHART_BYTES_MAX).await? {
        Ok(received) => received,
        Err(pushed) => return Ok(pushed),
    };
    let size = received.size();
    let (received, digest, metadata) = match read(received, file.archive().to_owned()).await? {
        Ok(read) => read,
        Err(invalid) => return Ok(Pushed::Invalid(invalid)),
    };
    let kept = upload::keep(ctx, &place, &repository, received, digest.clone()).await?;
    if let Err(refusal) = is_kept(kept) {
        return Ok(refusal.into());
    }
    let origin = Origin::now(ctx, &place, &repository);
    let row = ChartRow {
        tag: file.tag().clone(),
        name: metadata.name,
        version: metadata.version,
        manifest: digest.clone(),
        archive: ChartPart { digest, size },
        provenance: None,
        metadata: metadata.json,
        created: origin.at,
    };
    let id = EventId::new(ctx.ids.uuid());
    let events = vec![origin.event(&id, Action::ChartPush, &row)];
    let write = match mode {
        Mode::Create => ChartWrite::New,
        Mode::Replace => ChartWrite::Replace,
    };
    let written = Written { row, write, events, pushed_by, at: origin.at };
    Ok(match commit(ctx, &place, &repository, written).await? {
        Ok(ChartOutcome::Stored) => {
            ctx.traffic.note(&place, TrafficKind::Push, origin.at);
            Pushed::Stored
        }
        Ok(ChartOutcome::Exists) => Pushed::Exists,
        Ok(ChartOutcome::Taken) => Pushed::Taken,
        Ok(ChartOutcome::Unknown | ChartOutcome::Changed) => Pushed::Unknown,
        Ok(ChartOutcome::Locked(locked)) => Pushed::Locked(locked),
        Ok(ChartOutcome::Missing(_)) => Pushed::Interrupted,
        Err(refusal) => refusal.into(),
    })
}

/// Puts a provenance beside its chart, or takes the one away that is there, which nobody is told.
async fn provenance(ctx: &Ctx, push: PushFile) -> Result<Pushed, Error> {
    let PushFile { place, repository, file, mode, body, .. } = push;
    let mut received = match receive(ctx, &place, &repository, body, PROVENANCE_BYTES_MAX).await? {
        Ok(received) => received,
        Err(pushed) => return Ok(pushed),
    };
    let size = received.size();
    let opened = spawn_blocking(move || {
        let (digest, mut reader) = received.open()?;
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(unreadable)?;
        Ok::<_, Error>((received, digest, bytes))
    });
    let (received, digest, bytes) = opened.await.expect("reading a file does not panic")?;
    let mut received = Some(received);
    loop {
        let Some(row) = ctx.db.chart(&place, &repository, file.tag()).await? else {
            return Ok(Pushed::NoChart);
        };
        match (mode, &row.provenance) {
            (Mode::Create, Some(_)) => return Ok(Pushed::Exists),
            (Mode::Replace, None) => return Ok(Pushed::Unknown),
            _ => (),
        }
        if !is_provenance_of(&bytes, &row.archive.digest) {
            return Ok(Pushed::InvalidProvenance);
        }
        if let Some(received) = received.take() {
            let kept = upload::keep(ctx, &place, &repository, received, digest.clone()).await?;
            if let Err(refusal) = is_kept(kept) {
                return Ok(refusal.into());
            }
        }
        let provenance = Some(ChartPart { digest: digest.clone(), size });
        match amend(ctx, &place, &repository, row, provenance).await? {
            Ok(ChartOutcome::Stored) => return Ok(Pushed::Stored),
            // Somebody has replaced or deleted the chart in the meantime.
            Ok(
                ChartOutcome::Changed
                | ChartOutcome::Unknown
                | ChartOutcome::Exists
                | ChartOutcome::Taken,
            ) => (),
            Ok(ChartOutcome::Locked(locked)) => return Ok(Pushed::Locked(locked)),
            Ok(ChartOutcome::Missing(_)) => return Ok(Pushed::Interrupted),
            Err(refusal) => return Ok(refusal.into()),
        }
    }
}

/// Writes a chart again with another provenance, or none, provided that it is still the same. Whoever has pushed it has
/// pushed this as well.
pub(super) async fn amend(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    row: ChartRow,
    provenance: Option<ChartPart>,
) -> Result<Result<ChartOutcome, Refusal>, Error> {
    let before = ctx.db.manifest_record(place, repository, &row.manifest).await?;
    let pushed_by = before.and_then(|before| before.pushed_by);
    let write = ChartWrite::Amend { from: row.manifest.clone() };
    let row = ChartRow { provenance, ..row };
    let written = Written { row, write, events: Vec::new(), pushed_by, at: ctx.clock.now() };
    commit(ctx, place, repository, written).await
}

/// A version of a chart whose manifest is still to be written.
struct Written {
    row: ChartRow,
    write: ChartWrite,
    events: Vec<NewEvent>,
    pushed_by: Option<String>,
    at: Timestamp,
}

/// Stores the chart's configuration, and then its manifest and its row.
async fn commit(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    written: Written,
) -> Result<Result<ChartOutcome, Refusal>, Error> {
    let Written { mut row, write, events, pushed_by, at } = written;
    let config = Bytes::from(row.metadata.clone());
    let config_digest = Algorithm::Sha256.digest(&config);
    let config_size = config.len() as u64;
    let body = Box::pin(stream::iter([Ok(config)]));
    let kept = upload::finish_whole(ctx, place, repository, config_digest.clone(), body).await?;
    if let Err(refusal) = is_kept(kept) {
        return Ok(Err(refusal));
    }
    let part = |part: &ChartPart| Part { digest: part.digest.clone(), size: part.size };
    let bytes = Bytes::from(boathook_wire::helm::manifest::print(&Parts {
        config: Part { digest: config_digest, size: config_size },
        archive: part(&row.archive),
        provenance: row.provenance.as_ref().map(part),
    }));
    row.manifest = Algorithm::Sha256.digest(&bytes);
    let push = CommitPush {
        place: place.clone(),
        repository: repository.clone(),
        digest: row.manifest.clone(),
        tags: vec![row.tag.clone()],
        manifest: manifest::parse(None, &bytes).expect("because it was written here"),
        platform: Platform::default(),
        // Its row is in the table of the classic repository.
        chart: None,
        bytes,
        events,
        announce_moved: None,
        pushed_by,
        now: at,
    };
    let generation = ctx.ids.uuid();
    Ok(Ok(ctx.db.commit_chart(CommitChart { push, row, write, generation }).await?))
}

async fn receive(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    body: Body,
    bytes_max: u64,
) -> Result<Result<Received, Pushed>, Error> {
    let received = upload::receive(ctx, place, repository, body, bytes_max).await?;
    Ok(received.map_err(|refused| match refused {
        Unreceived::Refused(refusal) => Pushed::Refused(refusal),
        Unreceived::TooLarge => Pushed::TooLarge { bytes_max },
    }))
}

type Read = (Received, Digest, ChartMetadata);

/// Reads an archive on a thread of its own.
async fn read(mut received: Received, file: String) -> Result<Result<Read, InvalidArchive>, Error> {
    let reading = by_reader(&READERS, move || {
        let (digest, reader) = received.open()?;
        let read = archive::read(&file, reader, Limits::default());
        let read = read.map_err(unreadable)?;
        Ok(read.map(|metadata| (received, digest, metadata)))
    });
    reading.await
}

/// Has a thread of its own do something that may take long, as one of a few. It counts until it has ended, although nobody
/// waits for it any more.
pub(super) async fn by_reader<T: Send + 'static>(
    readers: &'static Semaphore,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let permit = readers.acquire().await.expect("nobody closes it");
    let reading = spawn_blocking(move || {
        let done = work();
        drop(permit);
        done
    });
    reading.await.expect("reading an archive does not panic")
}

fn unreadable(source: io::Error) -> Error {
    Error::File { action: "read", path: "an upload".to_owned(), source }
}

impl From<Refusal> for Pushed {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Locked(locked) => Self::Locked(locked),
            refusal => Self::Refused(refusal),
        }
    }
}

fn is_kept(finished: Finished) -> Result<(), Refusal> {
    match finished {
        Finished::Stored => Ok(()),
        Finished::Refused(refusal) => Err(refusal),
        Finished::DigestDiffers { .. } => unreachable!("the digest is that of the bytes"),
    }
}

/// Says whether bytes are signed text that names an archive by its digest, as Helm writes and checks it.
fn is_provenance_of(bytes: &[u8], archive: &Digest) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        text.trim_start().starts_with("-----BEGIN PGP SIGNED MESSAGE-----")
            && text.contains("-----BEGIN PGP SIGNATURE-----")
            && text.contains(archive.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_thread_counts_until_it_has_ended() {
        static ONE: Semaphore = Semaphore::const_new(1);
        let (end, ended) = mpsc::channel::<()>();
        let (tell, told) = tokio::sync::oneshot::channel();
        let reading = by_reader(&ONE, move || {
            tell.send(()).unwrap();
            ended.recv().unwrap();
        });
        // The client goes away.
        tokio::select! {
            biased;
            () = reading => unreachable!("it waits"),
            begun = told => begun.unwrap(),
        }
        assert_eq!(ONE.available_permits(), 0);
        end.send(()).unwrap();
        drop(ONE.acquire().await.unwrap());
    }

    #[test]
    fn a_provenance_names_its_archive() {
        let digest = Algorithm::Sha256.digest(b"chart");
        let signed = |files: &str| {
            format!(
                "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{files}\n-----BEGIN PGP SIGNATURE-----\nx\n"
            )
        };
        assert!(is_provenance_of(
            signed(&format!("files:\n  a-1.tgz: {digest}")).as_bytes(),
            &digest
        ));
        assert!(!is_provenance_of(signed("files: {}").as_bytes(), &digest));
        assert!(!is_provenance_of(digest.as_str().as_bytes(), &digest));
        assert!(!is_provenance_of(b"\xff\xfe", &digest));
    }
}
