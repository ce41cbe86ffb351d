//! Charts as somebody looks through them: those of the classic repository and those that are OCI artifacts alike.

use super::archive::{self, InvalidArchive, Limits, Texts};
use super::push::{CHART_BYTES_MAX, by_reader};
use crate::ctx::Ctx;
use crate::registry::pull::{self, Pulled};
use boathook_core::chart::{ChartName, ChartVersion, file_name};
use boathook_core::lock::{self, Locked};
use boathook_core::name::{Place, Reference, Repository, Tag};
use boathook_core::quarantine::Sight;
use boathook_store::Error;
use bytes::Bytes;
use std::cmp::Reverse;
use std::io::{self, Read};
use tokio::sync::Semaphore;

pub use boathook_store::{ChartRow, ListedChart};

/// How many tags of a repository are sorted by the versions that they are of.
pub const TAGS_SORTED_MAX: u32 = 500;
/// How many of them are looked up at once, as the store would have it.
const TAGS_AT_ONCE: u32 = 50;

/// One archive is looked into at a time, for all who look: pushes have threads of their own.
static LOOKER: Semaphore = Semaphore::const_new(1);

/// The repositories with charts after `last`, and where the next page begins, if there may be one.
pub async fn repositories(
    ctx: &Ctx,
    place: &Place,
    last: &str,
    limit: u32,
) -> Result<(Vec<Repository>, Option<String>), Error> {
    ctx.db.chart_repositories(place, last, limit).await
}

/// The versions of a repository's charts after `after`, which an earlier page gave as its next one's beginning, `limit` at
/// most: chart by chart, and of each the newest version first. Where there are more than [`TAGS_SORTED_MAX`] tags, so many
/// are sorted, and then as many again.
pub async fn versions(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    sight: Sight,
    after: &str,
    limit: u32,
) -> Result<Result<(Vec<ListedChart>, Option<String>), Locked>, Error> {
    if let Err(locked) = lock::pull_blob(ctx.db.repository_attributes(place, repository).await?) {
        return Ok(Err(locked));
    }
    let after = After::parse(after);
    let (mut found, mut looked, mut last) = (Vec::new(), 0, Some(after.tags.clone()));
    while let Some(tag) = last.take_if(|_| looked < TAGS_SORTED_MAX) {
        let (some, next) =
            ctx.db.listed_charts(place, repository, sight, &tag, TAGS_AT_ONCE).await?;
        found.extend(some);
        looked += TAGS_AT_ONCE;
        last = next;
    }
    Ok(Ok(page(found, &after, last, limit as usize)))
}

/// Where a page of versions begins.
#[derive(Default)]
struct After {
    /// The last of the tags that were sorted before; none at first.
    tags: String,
    /// The last of the versions that were shown, of those among the tags after that.
    shown: Option<Rank>,
}

/// By what versions are sorted. Two tags may be of one version.
type Rank = (ChartName, Reverse<ChartVersion>, Tag);

fn rank(chart: &ListedChart) -> Rank {
    (chart.name.clone(), Reverse(chart.version.clone()), chart.tag.clone())
}

/// Where the page after `chart` begins, which is on the one that began at `after`.
pub fn behind(after: &str, chart: &ListedChart) -> String {
    After::parse(after).behind(chart)
}

impl After {
    fn behind(&self, chart: &ListedChart) -> String {
        format!("{}/{}/{}/{}", self.tags, chart.name, chart.version, chart.tag)
    }

    /// Reads what [`After::behind`] and [`page`] wrote; whatever else it is begins at the first.
    fn parse(text: &str) -> Self {
        let mut parts = text.split('/');
        let mut next = || parts.next().unwrap_or_default();
        let tags = next().to_owned();
        let (name, version, tag) = (next().parse(), next().parse(), next().parse());
        let shown = match (name, version, tag) {
            (Ok(name), Ok(version), Ok(tag)) => Some((name, Reverse(version), tag)),
            _ => None,
        };
        Self { tags, shown }
    }
}

/// What a page shows of the versions among some tags, and where the next one begins; `last` is the last of those tags,
/// where there are more.
fn page(
    mut found: Vec<ListedChart>,
    after: &After,
    last: Option<String>,
    limit: usize,
) -> (Vec<ListedChart>, Option<String>) {
    found.sort_by_cached_key(rank);
    if let Some(shown) = &after.shown {
        found.retain(|chart| *shown < rank(chart));
    }
    let has_more = limit < found.len();
    found.truncate(limit);
    let next = match found.last().filter(|_| has_more) {
        Some(chart) => Some(after.behind(chart)),
        None => last.map(|tags| format!("{tags}///")),
    };
    (found, next)
}

/// What came of looking for a version of a chart.
#[derive(Debug)]
pub enum Looked {
    /// It may be read.
    Found(Box<ChartRow>),
    /// There is none, or none that the caller may know of.
    Unknown,
    /// It, its tag or its repository is locked.
    Locked(Locked),
}

/// Looks up the version of a chart that has a tag.
pub async fn version(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    tag: &Tag,
    sight: Sight,
) -> Result<Looked, Error> {
    let Some(row) = ctx.db.chart_under(place, repository, tag).await? else {
        return Ok(Looked::Unknown);
    };
    // What may be pulled is asked of the manifest, as it is at every other door.
    let reference = Reference::Tag(tag.clone());
    Ok(match pull::manifest(ctx, place, repository, &reference, sight).await? {
        Pulled::Found(found) if found.digest == row.manifest => Looked::Found(Box::new(row)),
        Pulled::Found(_) | Pulled::Unknown | Pulled::Quarantined => Looked::Unknown,
        Pulled::Locked(locked) => Looked::Locked(locked),
    })
}

/// Why a chart's texts are not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Its archive is not there.
    #[error("the archive is not there any more")]
    Missing,
    /// Its archive is larger than a chart's may be.
    #[error("the archive has more than {CHART_BYTES_MAX} bytes")]
    TooLarge,
    /// Its archive is none that would be taken.
    #[error(transparent)]
    Invalid(#[from] InvalidArchive),
}

/// Reads what a chart says to people, out of its archive, which need not have been looked at before: an artifact's is
/// whatever was pushed.
pub async fn texts(
    ctx: &Ctx,
    place: &Place,
    repository: &Repository,
    chart: &ChartRow,
) -> Result<Result<Texts, Unread>, Error> {
    let digest = chart.archive.digest.clone();
    let Some(found) = pull::known_blob(ctx, place, repository, &digest).await? else {
        return Ok(Err(Unread::Missing));
    };
    if CHART_BYTES_MAX < found.info.size {
        return Ok(Err(Unread::TooLarge));
    }
    let (blobs, place, inline) = (ctx.blobs.clone(), place.clone(), found.info.inline.clone());
    let file = file_name(&chart.name, &chart.version);
    let reading = by_reader(&LOOKER, move || {
        let archive: Box<dyn Read> = match inline {
            Some(bytes) => Box::new(io::Cursor::new(Bytes::clone(&bytes))),
            None => Box::new(blobs.read(&place, &digest)?.file),
        };
        let read = archive::texts(&file, archive, Limits::default());
        let path = || digest.to_string();
        read.map_err(|source| Error::File { action: "read", path: path(), source })
    });
    Ok(reading.await?.map_err(Unread::Invalid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::time::Timestamp;

    fn chart(name: &str, version: &str) -> ListedChart {
        ListedChart {
            tag: format!("{name}-{version}.tgz").parse().unwrap(),
            name: name.parse().unwrap(),
            version: version.parse().unwrap(),
            size: 1,
            created: Timestamp(0),
        }
    }

    /// Says what the pages show of some tags that are followed by others.
    #[track_caller]
    fn check(charts: &[ListedChart], expected: &[&[&str]]) {
        let mut after = "before///".to_owned();
        for expected in expected {
            assert!(after.starts_with("before/"), "{after}");
            let last = Some("later".to_owned());
            let (found, next) = page(charts.to_vec(), &After::parse(&after), last, 2);
            let found: Vec<_> =
                found.iter().map(|chart| format!("{} {}", chart.name, chart.version)).collect();
            assert_eq!(found, *expected);
            after = next.unwrap();
        }
        assert_eq!(after, "later///");
    }

    #[test]
    fn the_newest_version_of_each_chart_comes_first() {
        let charts = [
            chart("b", "1.2.0"),
            chart("a", "1.10.0"),
            chart("a", "1.2.0"),
            chart("a", "1.10.0-rc.1"),
            chart("a", "2.0.0-0"),
        ];
        check(&charts, &[&["a 2.0.0-0", "a 1.10.0"], &["a 1.10.0-rc.1", "a 1.2.0"], &["b 1.2.0"]]);
        check(&[], &[&[]]);
    }

    #[test]
    fn whatever_is_no_beginning_is_the_first() {
        for text in ["", "/", "///", "a/b", "/a/1.0/", "/a/x/t"] {
            assert!(After::parse(text).shown.is_none(), "{text}");
        }
        assert_eq!(After::parse("t/a/1.0.0/b").tags, "t");
    }
}
