//! What happened, once, in our own words; every announcement is made from it.

use crate::chart::{ChartName, ChartVersion};
use crate::digest::Digest;
use crate::id::EventId;
use crate::name::{Place, Repository, Tag};
use crate::time::Timestamp;
use std::fmt;
use std::str::FromStr;

/// What kind of thing happened, by ACR's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// A manifest was put.
    Push,
    /// A manifest was deleted.
    Delete,
    /// A manifest was put and is held back.
    Quarantine,
    /// A chart was stored in the classic Helm repository.
    ChartPush,
    /// A chart was removed from it.
    ChartDelete,
    /// Somebody asked whether a webhook works.
    Ping,
}

impl Action {
    /// The word in payloads and lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Delete => "delete",
            Self::Quarantine => "quarantine",
            Self::ChartPush => "chart_push",
            Self::ChartDelete => "chart_delete",
            Self::Ping => "ping",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text names no action.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("an action is `push`, `delete`, `quarantine`, `chart_push` or `chart_delete`")]
pub struct UnknownAction;

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Push, Self::Delete, Self::Quarantine, Self::ChartPush, Self::ChartDelete, Self::Ping]
            .into_iter()
            .find(|action| action.as_str() == text)
            .ok_or(UnknownAction)
    }
}

/// Something that happened in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The event's id, also in its payload.
    pub id: EventId,
    /// Where it happened.
    pub place: Place,
    /// What happened.
    pub action: Action,
    /// When.
    pub at: Timestamp,
    /// What it happened to; absent for a ping.
    pub target: Option<Target>,
    /// The request that made it happen, where the payload tells of it.
    pub request: Option<Request>,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The manifest's media type.
    pub media_type: String,
    /// Its size in bytes; deletions do not tell it. A chart's is that of its archive.
    pub size: Option<u64>,
    /// Its digest; a chart's is that of its archive.
    pub digest: Digest,
    /// Its repository.
    pub repository: Repository,
    /// The tag that was pushed, if it was pushed by tag; that of a chart.
    pub tag: Option<Tag>,
    /// The chart of the classic Helm repository that it is.
    pub chart: Option<Chart>,
}

/// A chart that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Its name.
    pub name: ChartName,
    /// Its version.
    pub version: ChartVersion,
}

/// The request behind an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The request's id.
    pub id: String,
    /// The host that the client asked for.
    pub host: String,
    /// The HTTP method.
    pub method: &'static str,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

/// What a webhook's scope is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What happened.
    pub action: Action,
    /// The repository.
    pub repository: &'a str,
    /// The tag of a push; the tags that a manifest carried when it was deleted.
    pub tags: &'a [String],
}
