//! The tags that go.

use boathook_core::chart::may_be_of_chart;
use boathook_core::media_type::HELM_CHART;
use boathook_core::name::Tag;
use std::collections::HashMap;

use super::deletion::Doomed;
use super::filter::Filter;
use super::{Repository, Run, print};
use crate::cli::acr::forecast::{attributes_of, is_locked, items};
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;

impl Run<'_> {
    /// Deletes the tags of a repository that are old and that a filter means; says how many of each manifest would have
    /// gone, in a dry run. The newest come first, so that those are kept which are to be.
    pub(super) async fn tags(
        &mut self,
        repository: &Repository<'_>,
        filters: &[&Filter],
        console: &mut Console<'_>,
    ) -> Result<HashMap<String, usize>, Failure> {
        let name = repository.name;
        let what = if self.args.dry_run { "Would delete" } else { "Deleting" };
        print(console, &format!("{what} tags for repository: {name}"))?;
        let path = format!("/acr/v1/{name}/_tags");
        let mut pages = repository.server.pages(&path, &[("n", "100"), ("orderby", "timedesc")]);
        let (mut kept, mut gone) = (0, HashMap::new());
        loop {
            let page = match progress::during(console, pages.next()).await {
                // Where the last tags went that it had, the repository may have gone too.
                Ok(None) | Err(Failure::Content { status: 404, .. }) => break,
                Ok(Some(page)) => page,
                Err(failure) => return Err(failure),
            };
            let mut doomed = Vec::new();
            for tag in items(page.member("tags")) {
                if !self.is_meant(tag, filters)? {
                    continue;
                }
                let locks = progress::during(console, locks(repository, tag)).await?;
                if self.is_kept_by_lock(!locks.is_empty()) {
                    continue;
                }
                if kept < self.args.keep {
                    kept += 1;
                    continue;
                }
                let text =
                    |member: &str| tag.member(member).as_str().unwrap_or_default().to_owned();
                if self.args.dry_run && self.args.untagged {
                    *gone.entry(text("digest")).or_default() += 1;
                }
                doomed.push(Doomed::tag(repository, &text("name"), locks));
            }
            self.delete(repository, &doomed, console).await?;
        }
        Ok(gone)
    }

    fn is_meant(&self, tag: &Value, filters: &[&Filter]) -> Result<bool, Failure> {
        let Some(name) = tag.member("name").as_str() else { return Ok(false) };
        for filter in filters {
            if filter.has_tag(name)? {
                return Ok(self.is_old(tag));
            }
        }
        Ok(false)
    }
}

/// Where the locks are that keep a tag: its own, and that of the manifest that goes with it, if it is a chart's of the
/// classic Helm repository.
async fn locks(repository: &Repository<'_>, tag: &Value) -> Result<Vec<String>, Failure> {
    let (Some(name), Some(digest)) = (tag.member("name").as_str(), tag.member("digest").as_str())
    else {
        return Ok(Vec::new());
    };
    let mut locks = Vec::new();
    if is_locked(attributes_of(tag)) {
        locks.push(format!("/acr/v1/{}/_tags/{name}", repository.name));
    }
    if name.parse().is_ok_and(|tag: Tag| may_be_of_chart(&tag)) {
        let path = format!("/acr/v1/{}/_manifests/{digest}", repository.name);
        let found = match repository.server.get(&path).await {
            Err(Failure::Content { status: 404, .. }) => return Ok(locks),
            found => found?,
        };
        let manifest = found.member("manifest");
        let is_chart = manifest.member("mediaType").as_str() == Some(HELM_CHART);
        if is_chart && is_locked(attributes_of(manifest)) {
            locks.push(path);
        }
    }
    Ok(locks)
}
