//! What happened, once, in our own words; every announcement is made from it.

use crate::chart::{ChartName, ChartVersion};
use crate::digest::Digest;
use crate::id::EventId;
use crate::lock::Attributes;
use crate::name::{Place, Repository, Tag};
use crate::quarantine::State;
use crate::time::Timestamp;
use std::fmt;
use std::str::FromStr;

/// How many of the tags that went with a deleted manifest are told of; its payload says that there were more.
pub const TAGS_TOLD_MAX: usize = 100;

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
    /// Something happened that ACR announces to nobody.
    Extra(ExtraAction),
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
            Self::Extra(action) => action.as_str(),
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
            .chain(ExtraAction::ALL.map(Self::Extra))
            .find(|action| action.as_str() == text)
            .ok_or(UnknownAction)
    }
}

/// What ACR announces to nobody, and Boathook to those webhooks that ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExtraAction {
    /// A tag left a manifest: it was removed, or moved to another.
    Untag,
    /// A manifest went without anybody's asking: a policy of its registry had it removed.
    Purge,
    /// What may be done with a repository, a manifest or a tag was changed.
    Lock,
    /// A client was given a manifest.
    Pull,
    /// What the quarantine's verdict on a manifest rests on was changed.
    Scan,
}

impl ExtraAction {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 5] = [Self::Untag, Self::Purge, Self::Lock, Self::Pull, Self::Scan];

    /// The word in payloads and lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Untag => "untag",
            Self::Purge => "purge",
            Self::Lock => "lock",
            Self::Pull => "pull",
            Self::Scan => "scan",
        }
    }
}

/// A text names no extra action.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("an extra action is `untag`, `purge`, `lock`, `pull` or `scan`")]
pub struct UnknownExtraAction;

impl FromStr for ExtraAction {
    type Err = UnknownExtraAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|action| action.as_str() == text).ok_or(UnknownExtraAction)
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
    /// The manifest's media type; absent where the event is about no single manifest.
    pub media_type: Option<String>,
    /// Its size in bytes; deletions do not tell it. A chart's is that of its archive.
    pub size: Option<u64>,
    /// Its digest, a chart's being that of its archive; absent where the event is about no single manifest.
    pub digest: Option<Digest>,
    /// Its repository.
    pub repository: Repository,
    /// The tag by which it was pushed or pulled, or that the event is about.
    pub tag: Option<Tag>,
    /// The chart of the classic Helm repository that it is.
    pub chart: Option<Chart>,
    /// What ACR does not tell.
    pub detail: Option<Detail>,
}

/// A chart that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Its name.
    pub name: ChartName,
    /// Its version.
    pub version: ChartVersion,
}

/// What Boathook tells of a target beyond what ACR does, to those who ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The tags that went with a deleted manifest, [`TAGS_TOLD_MAX`] of them at most.
    TagsGone {
        /// The first of them, by name.
        tags: Vec<Tag>,
        /// Whether there were more.
        is_truncated: bool,
    },
    /// The manifest that the tag is on now.
    MovedTo(Digest),
    /// The policy by which the manifest went.
    PurgedBy(Policy),
    /// What may be done with the target from now on.
    Attributes(Attributes),
    /// The verdict on a manifest.
    Quarantine {
        /// How the manifest stands, if anybody has said.
        state: Option<State>,
        /// What that rests on: JSON, as it came.
        details: String,
    },
}

/// A policy of a registry that removes manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// That of the retention of untagged manifests.
    Retention,
    /// That of soft delete: the days were over in which what was deleted could be restored.
    SoftDelete,
}

impl Policy {
    /// The member of a registry's `policies`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retention => "retentionPolicy",
            Self::SoftDelete => "softDeletePolicy",
        }
    }
}

impl Detail {
    /// Tells of as many of the tags that went with a manifest as may be told of.
    pub fn tags_gone(tags: &[Tag]) -> Self {
        let told = tags.len().min(TAGS_TOLD_MAX);
        Self::TagsGone { tags: tags[..told].to_vec(), is_truncated: told < tags.len() }
    }
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
    /// The tag that it is about, or the tags that the manifest carried.
    pub tags: &'a [String],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_read_as_it_is_written() {
        let actions = [
            Action::Push,
            Action::Delete,
            Action::Quarantine,
            Action::ChartPush,
            Action::ChartDelete,
            Action::Ping,
        ];
        for action in actions.into_iter().chain(ExtraAction::ALL.map(Action::Extra)) {
            assert_eq!(action.as_str().parse(), Ok(action));
        }
        assert_eq!("Push".parse::<Action>(), Err(UnknownAction));
    }

    #[test]
    fn an_extra_action_is_none_of_acrs() {
        for action in ExtraAction::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
            let sentence = UnknownExtraAction.to_string();
            assert!(sentence.contains(&format!("`{}`", action.as_str())), "{sentence}");
        }
        for word in ["push", "delete", "ping", "untagged", ""] {
            assert_eq!(word.parse::<ExtraAction>(), Err(UnknownExtraAction), "{word}");
        }
    }

    #[test]
    fn as_many_tags_are_told_of_as_may_be_and_no_more() {
        let tags: Vec<Tag> =
            (0..=TAGS_TOLD_MAX).map(|idx| format!("v{idx}").parse().unwrap()).collect();
        let all = Detail::tags_gone(&tags[..TAGS_TOLD_MAX]);
        let expected = tags[..TAGS_TOLD_MAX].to_vec();
        assert_eq!(all, Detail::TagsGone { tags: expected.clone(), is_truncated: false });
        let some = Detail::tags_gone(&tags);
        assert_eq!(some, Detail::TagsGone { tags: expected, is_truncated: true });
    }
}
