//! The manifests that go because they have no tag.
//!
//! A manifest that stays keeps those that it needs as an index, and those that are about it, and so on. What is about a
//! manifest that goes or is not there goes as well: nobody finds it any more. `acr-cli` leaves that to ACR.

use std::collections::{HashMap, HashSet};
use std::pin::pin;

use boathook_core::media_type::{HELM_CHART, OCI_ARTIFACT, OCI_INDEX, OCI_MANIFEST};
use futures_util::{StreamExt as _, stream};

use super::deletion::Doomed;
use super::{Repository, Run, print};
use crate::cli::acr::forecast::{attributes_of, is_locked, items};
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

/// How often a repository is looked through that changes in the meantime.
const LOOKS_MAX: usize = 5;

/// What is known of a repository's manifests.
#[derive(Default)]
struct Known {
    /// Those that stay, whatever else does.
    staying: HashSet<String>,
    /// Those that may go, in the order of the list.
    candidates: Vec<Candidate>,
    /// Which manifests stay as long as the one with this digest does.
    kept_by: HashMap<String, Vec<String>>,
}

/// A manifest without a tag.
struct Candidate {
    digest: String,
    is_locked: bool,
    /// Whether it may be about another.
    may_refer: bool,
}

impl Run<'_> {
    /// Deletes the old manifests of a repository that have no tags but those in `gone`, which are counted by manifest.
    pub(super) async fn manifests(
        &mut self,
        repository: &Repository<'_>,
        gone: &HashMap<String, usize>,
        console: &mut Console<'_>,
    ) -> Result<(), Failure> {
        let what = if self.args.dry_run { "Would delete" } else { "Deleting" };
        print(console, &format!("{what} manifests for repository: {}", repository.name))?;
        let Some(mut known) = self.look_through(repository, gone, console).await? else {
            return Ok(());
        };
        let asking = read_subjects(repository, &mut known, self.concurrency);
        progress::during(console, asking).await?;
        let mut stays = if self.args.include_locked { Vec::new() } else { known.locked() };
        self.tally.locked += stays.len();
        let mut left: Vec<&Candidate> = known.candidates.iter().collect();
        loop {
            let some = known.next_of(&mut left, &stays);
            if some.is_empty() {
                return Ok(());
            }
            let doomed =
                some.iter().map(|one| Doomed::manifest(repository, &one.digest, one.is_locked));
            let gone = self.delete(repository, &doomed.collect::<Vec<_>>(), console).await?;
            let failed = some.iter().zip(gone).filter(|(_, is_gone)| !is_gone);
            stays.extend(failed.map(|(one, _)| one.digest.as_str()));
        }
    }

    /// Looks through all manifests; nothing where lists do not show all of them, since what they do not show may need
    /// others. Somebody who pushes or deletes in the meantime hides that, and so it is looked again then.
    async fn look_through(
        &mut self,
        repository: &Repository<'_>,
        gone: &HashMap<String, usize>,
        console: &mut Console<'_>,
    ) -> Result<Option<Known>, Failure> {
        for _ in 0..LOOKS_MAX {
            let before = count(repository).await?;
            let (mut known, mut seen) = (Known::default(), 0);
            let path = format!("/acr/v1/{}/_manifests", repository.name);
            let mut pages = repository.server.pages(&path, &[("n", "100")]);
            loop {
                let page = match progress::during(console, pages.next()).await {
                    Ok(None) | Err(Failure::Content { status: 404, .. }) => break,
                    Ok(Some(page)) => page,
                    Err(failure) => return Err(failure),
                };
                for manifest in items(page.member("manifests")) {
                    self.sort(manifest, gone, &mut known);
                    seen += 1;
                }
            }
            let after = count(repository).await?;
            if before == seen && seen == after {
                return Ok(Some(known));
            }
            if before == after && seen < after {
                console.warn(&format!(
                    "{} has manifests that lists do not show, which may need others: none is deleted. Whoever hid them \
                     shows them again with `boathook acr repository update --list-enabled true`",
                    repository.name
                ));
                return Ok(None);
            }
        }
        self.tally.failed += 1;
        console.warn(&format!(
            "{} changed each time that it was looked through: none of its manifests is deleted, purge again",
            repository.name
        ));
        Ok(None)
    }

    /// Notes whether a manifest stays, and what it keeps.
    fn sort(&self, manifest: &Value, gone: &HashMap<String, usize>, known: &mut Known) {
        let text = |member: &str| manifest.member(member).as_str().unwrap_or_default();
        let (digest, media_type) = (text("digest").to_owned(), text("mediaType"));
        let needed = items(manifest.member("references")).iter();
        let needed = needed.filter_map(|one| one.member("digest").as_str().map(str::to_owned));
        let needed: Vec<_> = needed.collect();
        if !needed.is_empty() {
            known.kept_by.entry(digest.clone()).or_default().extend(needed);
        }
        let tags = items(manifest.member("tags")).len();
        let has_tags = gone.get(&digest).copied().unwrap_or_default() < tags;
        // A chart goes with its tag.
        let stays = has_tags || media_type == HELM_CHART || !self.is_old(manifest);
        if stays {
            known.staying.insert(digest);
            return;
        }
        known.candidates.push(Candidate {
            digest,
            is_locked: is_locked(attributes_of(manifest)),
            may_refer: [OCI_MANIFEST, OCI_INDEX, OCI_ARTIFACT].contains(&media_type),
        });
    }
}

impl Known {
    /// Those that nothing keeps but that they are locked.
    fn locked(&self) -> Vec<&str> {
        let kept = self.kept(&[]);
        let digests = self.candidates.iter().filter(|one| one.is_locked);
        digests.map(|one| one.digest.as_str()).filter(|digest| !kept.contains(digest)).collect()
    }

    /// Takes those out of `left` that go next, and those that stay because others do, `stays` among them. What keeps others
    /// goes before them, so that none is left without what it needs if it cannot be deleted.
    fn next_of<'a>(
        &'a self,
        left: &mut Vec<&'a Candidate>,
        stays: &[&'a str],
    ) -> Vec<&'a Candidate> {
        let kept = self.kept(stays);
        left.retain(|one| !kept.contains(one.digest.as_str()));
        let waiting: HashSet<_> = left.iter().flat_map(|one| self.kept_by(&one.digest)).collect();
        let (some, later): (Vec<&Candidate>, Vec<&Candidate>) =
            left.iter().copied().partition(|one| !waiting.contains(one.digest.as_str()));
        // Those that keep each other go together.
        let (some, later) = if some.is_empty() { (later, some) } else { (some, later) };
        *left = later;
        some
    }

    /// Those that stay as long as this one does.
    fn kept_by(&self, digest: &str) -> impl Iterator<Item = &str> {
        self.kept_by.get(digest).into_iter().flatten().map(String::as_str)
    }

    /// The manifests that stay, for their own sake, because they are among `others`, or for the sake of another that stays.
    fn kept<'a>(&'a self, others: &[&'a str]) -> HashSet<&'a str> {
        let others = others.iter().copied();
        let mut kept: HashSet<_> = self.staying.iter().map(String::as_str).chain(others).collect();
        let mut waiting: Vec<_> = kept.iter().copied().collect();
        while let Some(digest) = waiting.pop() {
            for other in self.kept_by(digest) {
                if kept.insert(other) {
                    waiting.push(other);
                }
            }
        }
        kept
    }
}

/// How many manifests a repository has, those included that lists do not show.
async fn count(repository: &Repository<'_>) -> Result<u64, Failure> {
    match repository.server.get(&format!("/acr/v1/{}", repository.name)).await {
        Ok(found) => Ok(found.member("manifestCount").as_u64().unwrap_or_default()),
        Err(Failure::Content { status: 404, .. }) => Ok(0),
        Err(failure) => Err(failure),
    }
}

/// What a manifest is about.
enum Subject {
    Nothing,
    Manifest(String),
    /// It may not be read, so that it stays.
    Unknown,
}

/// Reads which manifests the candidates are about; lists do not say so.
async fn read_subjects(
    repository: &Repository<'_>,
    known: &mut Known,
    concurrency: usize,
) -> Result<(), Failure> {
    let asked = known.candidates.iter().filter(|candidate| candidate.may_refer);
    let reading = asked.map(async |candidate| {
        let path = format!("/v2/{}/manifests/{}", repository.name, candidate.digest);
        let subject = match repository.server.manifest(&path).await {
            Ok(manifest) => match manifest.at(&["subject", "digest"]).as_str() {
                Some(digest) => Subject::Manifest(digest.to_owned()),
                None => Subject::Nothing,
            },
            Err(Failure::Content { status: 404, .. }) => Subject::Nothing,
            Err(Failure::Content { status: 405, .. }) => Subject::Unknown,
            Err(failure) => return Err(failure),
        };
        Ok((candidate.digest.clone(), subject))
    });
    let mut found = Vec::new();
    {
        let mut read = pin!(stream::iter(reading).buffered(concurrency));
        while let Some(one) = read.next().await {
            found.push(one?);
        }
    }
    for (digest, subject) in found {
        match subject {
            Subject::Nothing => {}
            Subject::Manifest(subject) => known.kept_by.entry(subject).or_default().push(digest),
            Subject::Unknown => _ = known.staying.insert(digest),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What goes when, one batch after the other, where those that fail do.
    #[track_caller]
    fn check(kept_by: &[(&str, &[&str])], failing: &[&str], expected: &[&[&str]]) {
        let mut known = Known::default();
        for (digest, others) in kept_by {
            let others = others.iter().map(|other| (*other).to_owned()).collect();
            known.kept_by.insert((*digest).to_owned(), others);
            known.candidates.push(Candidate {
                digest: (*digest).to_owned(),
                is_locked: false,
                may_refer: true,
            });
        }
        let (mut left, mut stays) = (known.candidates.iter().collect(), Vec::new());
        let mut batches = Vec::new();
        loop {
            let some = known.next_of(&mut left, &stays);
            if some.is_empty() {
                break;
            }
            let digests: Vec<_> = some.iter().map(|one| one.digest.as_str()).collect();
            stays.extend(digests.iter().filter(|one| failing.contains(one)));
            batches.push(digests);
        }
        assert_eq!(batches, expected);
    }

    #[test]
    fn what_keeps_others_goes_before_them_and_they_stay_if_it_does() {
        let all: &[(&str, &[&str])] = &[
            ("signature", &[]),
            ("image", &["signature"]),
            ("index", &["image"]),
            ("nested", &["index"]),
            ("other", &[]),
        ];
        check(all, &[], &[&["nested", "other"], &["index"], &["image"], &["signature"]]);
        check(all, &["index"], &[&["nested", "other"], &["index"]]);
        check(all, &["other"], &[&["nested", "other"], &["index"], &["image"], &["signature"]]);
        check(&[], &[], &[]);
    }

    #[test]
    fn those_that_keep_each_other_go_together() {
        check(&[("subject", &["about"]), ("about", &["subject"])], &[], &[&["subject", "about"]]);
    }
}
