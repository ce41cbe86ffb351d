//! What came of a collection that somebody asked for, and of the look before it.

use crate::operations::{Counted, Kind, OperationRow, Progress};
use boathook_core::time::Timestamp;
use boathook_store::DueAfter;
use serde::{Deserialize, Serialize};

/// How much there is of something that nobody needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Links of blobs to repositories.
    pub links: u64,
    /// Blobs.
    pub blobs: u64,
    /// How large those are, in bytes.
    pub bytes: u64,
}

/// What is of no use, and not for long enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How much.
    pub amount: Amount,
    /// When the first of it goes, and when the last, if nothing needs it by then.
    pub from_to: Option<(Timestamp, Timestamp)>,
}

/// What came of a collection that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Whether it was only to be looked at.
    pub is_dry_run: bool,
    /// What there was to remove when it was asked for.
    pub due: Amount,
    waiting: Amount,
    /// In milliseconds since 1970.
    waiting_ms: Option<(i64, i64)>,
    /// What is gone.
    pub freed: Amount,
    /// The regions in which something cannot be removed.
    #[serde(default)]
    pub(super) stuck: Vec<String>,
    position: Option<Position>,
}

/// Where a look has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The region, counted among those of the server.
    pub(super) region_idx: usize,
    /// Whether it is the links that are looked at, after all doomed blobs: whoever collects meanwhile makes those of these,
    /// and so no blob is counted twice.
    pub(super) is_past_doomed: bool,
    after: Option<(i64, String, String)>,
}

impl Position {
    pub(super) fn after(&self) -> Option<DueAfter> {
        self.after.clone().map(|(at, repository, digest)| (Timestamp(at), repository, digest))
    }

    /// Where the next page begins: the same list if it has one, or else the next list.
    pub(super) fn followed_by(self, next: Option<DueAfter>) -> Self {
        match next {
            Some((at, repository, digest)) => {
                Self { after: Some((at.0, repository, digest)), ..self }
            }
            None if self.is_past_doomed => {
                Self { region_idx: self.region_idx + 1, is_past_doomed: false, after: None }
            }
            None => Self { is_past_doomed: true, after: None, ..self },
        }
    }
}

impl Report {
    pub(super) fn new(is_dry_run: bool) -> Self {
        Self {
            is_dry_run,
            due: Amount::default(),
            waiting: Amount::default(),
            waiting_ms: None,
            freed: Amount::default(),
            stuck: Vec::new(),
            position: Some(Position::default()),
        }
    }

    /// What an operation says of itself, if it is one that collects and has begun to.
    pub fn of(operation: &OperationRow) -> Option<Self> {
        let is_one = Kind::parse(&operation.kind) == Some(Kind::CollectGarbage);
        serde_json::from_str(operation.progress.as_deref().filter(|_| is_one)?).ok()
    }

    /// What is of no use, and not for long enough.
    pub fn waiting(&self) -> Waiting {
        let from_to = self.waiting_ms.map(|(first, last)| (Timestamp(first), Timestamp(last)));
        Waiting { amount: self.waiting, from_to }
    }

    /// Whether there is more to look at.
    pub(super) fn is_looking(&self) -> bool {
        self.position.is_some()
    }

    /// Where the look goes on, unless all has been looked at.
    pub(super) fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    pub(super) fn look_on_at(&mut self, position: Option<Position>) {
        self.position = position;
    }

    /// Counts links, and a blob if one goes with them: at once, or at `at` and not before.
    pub(super) fn count(&mut self, links: u64, blob_bytes: Option<u64>, at: Option<Timestamp>) {
        let Some(at) = at else { return self.due.add(links, blob_bytes) };
        self.waiting.add(links, blob_bytes);
        let (first, last) = self.waiting_ms.unwrap_or((at.0, at.0));
        self.waiting_ms = Some((first.min(at.0), last.max(at.0)));
    }

    /// How far it has come. While it is looked at, nobody knows how much there is.
    pub(crate) fn progress(&self) -> Progress {
        let counted = |what: &str, done: u64, total: u64| Counted {
            what: what.to_owned(),
            done,
            total: total.max(done),
        };
        if self.is_dry_run {
            return Progress::default();
        }
        Progress(vec![
            counted("bytes", self.freed.bytes, self.due.bytes),
            counted("blobs", self.freed.blobs, self.due.blobs),
            counted("links", self.freed.links, self.due.links),
        ])
    }
}

impl Amount {
    fn add(&mut self, links: u64, blob_bytes: Option<u64>) {
        self.links += links;
        if let Some(bytes) = blob_bytes {
            self.blobs += 1;
            self.bytes += bytes;
        }
    }
}
