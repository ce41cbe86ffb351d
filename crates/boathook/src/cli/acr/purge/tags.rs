//! The tags that go.

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
        let query = [("n", "100"), ("orderby", "timedesc")];
        let mut next =
            Some(query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
        let (mut kept, mut gone) = (0, HashMap::new());
        while let Some(query) = next {
            let page = progress::during(console, repository.server.page(&path, &query)).await;
            // Where the last tags went that it had, the repository may have gone too.
            let (page, following) = match page {
                Err(Failure::Content { status: 404, .. }) => break,
                page => page?,
            };
            next = following;
            let mut doomed = Vec::new();
            for tag in items(page.member("tags")) {
                if !self.is_meant(tag, filters)? || self.is_kept_by_lock(attributes_of(tag)) {
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
                doomed.push(Doomed::tag(repository, &text("name"), is_locked(attributes_of(tag))));
            }
            self.tally.tags += self.delete(repository, &doomed, console).await?;
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
