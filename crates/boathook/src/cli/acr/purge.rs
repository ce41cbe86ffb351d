//! `acr purge`: old tags go, and the manifests that have none, as `acr-cli` does it.
//!
//! What goes is decided here, by what the registry's lists show, and deleted as any client deletes it, one request each.
//! A run prints what `acr-cli` prints. Tags are looked at a page at a time; of a repository's manifests, a few hundred bytes
//! each are held while it is at hand.

mod ago;
mod deletion;
mod filter;
mod manifests;
mod tags;

use std::collections::BTreeMap;
use std::num::NonZero;

use jiff::{SignedDuration, Timestamp};

use crate::cli::acr::Answer;
use crate::cli::acr::forecast::{attributes_of, is_locked, items};
use crate::cli::acr::login_server::{AccountArgs, Entry, LoginServer, enter};
use crate::cli::acr::registry::{RegistryArgs, Whereabouts};
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;
use crate::cli::value::Value;
use ago::Ago;
use filter::Filter;

/// How many deletions may be under way at once, as ACR recommends.
const CONCURRENCY_MAX: usize = 32;
const DRY_RUN: &str = "DRY RUN: The following output shows what WOULD be deleted if the purge command was executed. \
    Nothing is deleted.";

/// Delete old tags and untagged manifests from an Azure Container Registry.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  Delete all tags that are older than 1 day in the repository hello-world.
    boathook acr purge -r myregistry --filter 'hello-world:.*' --ago 1d

  Delete all tags that are older than 7 days in all repositories, and the manifests that have none then.
    boathook acr purge -r myregistry --filter '.*:.*' --ago 7d --untagged

  Delete all tags that are older than 7 days and begin with hello, but the latest 2 of them.
    boathook acr purge -r myregistry --filter 'hello-world:^hello.*' --ago 7d --keep 2

  Say what that would delete.
    boathook acr purge -r myregistry --filter 'hello-world:^hello.*' --ago 7d --keep 2 --dry-run")]
pub(super) struct Purge {
    #[command(flatten)]
    registry: RegistryArgs,
    /// The repository and a regular expression for the tag, `repository:regex`. The repository may be an expression as well, which has to match the whole name; the tag's has to match a part. May be given several times.
    #[arg(long, short, required = true, value_name = "REPOSITORY:TAG")]
    filter: Vec<Filter>,
    /// Tags and untagged manifests that were last changed before this time go, such as 30d, 2d3h6m or 10m; longer than 150 years counts as 150 years.
    #[arg(long, value_name = "DURATION")]
    ago: Ago,
    /// How many of the latest tags of each repository that would go are kept.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    keep: u32,
    /// Delete manifests without tags as well, except those that belong to an index that stays, or are about a manifest that stays.
    #[arg(long)]
    untagged: bool,
    /// Say what would be deleted, and delete nothing.
    #[arg(long)]
    dry_run: bool,
    /// Unlock locked tags and manifests, and delete them too.
    #[arg(long)]
    include_locked: bool,
    /// How many deletions are under way at once, from 1 to 32. [default: the number of processors]
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    concurrency: Option<i64>,
    /// How many repositories are asked for at once.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    repository_page_size: u16,
    /// Accepted, because acr-cli has it: an expression may take so many steps here, not so long.
    #[arg(long = "filter-timeout-seconds", value_name = "SECONDS")]
    _filter_timeout: Option<u64>,
    #[command(flatten)]
    account: AccountArgs,
}

/// What has gone, or would go.
#[derive(Default)]
struct Tally {
    tags: usize,
    manifests: usize,
    /// How many tags and manifests would have gone if they had not been locked.
    locked: usize,
    failed: usize,
}

impl Tally {
    fn count(&mut self, is_manifest: bool) {
        *(if is_manifest { &mut self.manifests } else { &mut self.tags }) += 1;
    }
}

/// What is asked for, and what came of it so far.
struct Run<'a> {
    args: &'a Purge,
    /// Whatever was changed last before then is old.
    cutoff: Timestamp,
    concurrency: usize,
    tally: Tally,
}

/// A repository that somebody has looked at, and was let in to.
struct Repository<'a> {
    server: LoginServer,
    name: &'a str,
}

/// Deletes what is old.
pub(super) async fn run(
    args: Purge,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<Answer, Failure> {
    let cutoff = cutoff(args.ago);
    let registry = args.registry.whereabouts(arm, console).await?;
    let filters = by_repository(&args, &registry, arm, console).await?;
    if args.dry_run {
        print(console, DRY_RUN)?;
    }
    let concurrency = concurrency(args.concurrency, console);
    let mut run = Run { args: &args, cutoff, concurrency, tally: Tally::default() };
    let purged = run.all(&registry, &filters, arm, console).await;
    run.summarize(console)?;
    purged?;
    match run.tally.failed {
        0 => Ok(Answer { value: Value::Null, columns: Value::clone }),
        count => Err(Failure::Local(anyhow::anyhow!(
            "{count} could not be deleted, for the reasons above: mend them and purge again"
        ))),
    }
}

impl Run<'_> {
    async fn all(
        &mut self,
        registry: &Whereabouts,
        filters: &BTreeMap<String, Vec<&Filter>>,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<(), Failure> {
        let mut may = "metadata_read,pull".to_owned();
        if !self.args.dry_run {
            may += if self.args.include_locked { ",delete,metadata_write" } else { ",delete" };
        }
        for (name, filters) in filters {
            let scope = format!("repository:{name}:{may}");
            let entry = Entry { registry, account: &self.args.account, scope: &scope };
            let server = enter(&entry, arm, console).await?;
            let found = progress::during(console, server.get(&format!("/acr/v1/{name}"))).await;
            let attributes = match found {
                Ok(found) => attributes_of(&found),
                Err(Failure::Content { status: 404, .. }) => {
                    print(console, &format!("{name} repository not found"))?;
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            if is_locked(attributes) {
                console.warn(&format!("the repository {name} is locked: nothing of it is deleted"));
                continue;
            }
            let repository = Repository { server, name };
            let gone = self.tags(&repository, filters, console).await?;
            if self.args.untagged {
                self.manifests(&repository, &gone, console).await?;
            }
        }
        Ok(())
    }

    fn summarize(&self, console: &mut Console<'_>) -> Result<(), Failure> {
        let Tally { tags, manifests, locked, .. } = self.tally;
        let text = if self.args.dry_run {
            format!(
                "\nNumber of tags to be deleted: {tags}\nNumber of manifests to be deleted: {manifests}"
            )
        } else {
            format!("\nNumber of deleted tags: {tags}\nNumber of deleted manifests: {manifests}")
        };
        print(console, &text)?;
        if 0 < locked {
            console.warn(&format!(
                "{locked} stay because they are locked: unlock them, or add --include-locked"
            ));
        }
        Ok(())
    }

    fn is_old(&self, thing: &Value) -> bool {
        let updated = thing.member("lastUpdateTime").as_str();
        // What does not say when it was changed is not known to be old.
        updated.and_then(|text| text.parse::<Timestamp>().ok()).is_some_and(|at| at < self.cutoff)
    }

    /// Says whether a lock keeps something that would go, and counts it.
    fn is_kept_by_lock(&mut self, is_locked: bool) -> bool {
        let is_kept = is_locked && !self.args.include_locked;
        self.tally.locked += usize::from(is_kept);
        is_kept
    }
}

/// The repositories that the filters mean, each with those that mean it.
async fn by_repository<'a>(
    args: &'a Purge,
    registry: &Whereabouts,
    arm: &Arm,
    console: &mut Console<'_>,
) -> Result<BTreeMap<String, Vec<&'a Filter>>, Failure> {
    let mut found = BTreeMap::<String, Vec<&Filter>>::new();
    for filter in &args.filter {
        if let Some(name) = filter.repository() {
            found.entry(name.to_owned()).or_default().push(filter);
        }
    }
    if args.filter.iter().all(|filter| filter.repository().is_some()) {
        return Ok(found);
    }
    let scope = "registry:catalog:*";
    let server = enter(&Entry { registry, account: &args.account, scope }, arm, console).await?;
    let size = args.repository_page_size.to_string();
    let mut pages = server.pages("/acr/v1/_catalog", &[("n", &size)]);
    while let Some(page) = progress::during(console, pages.next()).await? {
        for name in items(page.member("repositories")).iter().filter_map(Value::as_str) {
            for filter in &args.filter {
                if filter.repository().is_none() && filter.has_repository(name)? {
                    found.entry(name.to_owned()).or_default().push(filter);
                }
            }
        }
    }
    Ok(found)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time is counted back from when the command was typed"
)]
fn cutoff(Ago(ago): Ago) -> Timestamp {
    let span = SignedDuration::try_from(ago).unwrap_or(SignedDuration::MAX);
    Timestamp::now().checked_sub(span).unwrap_or(Timestamp::MIN)
}

/// How many deletions are under way at once, with a word where that is another number than was asked for.
fn concurrency(asked: Option<i64>, console: &mut Console<'_>) -> usize {
    let default = std::thread::available_parallelism().map_or(1, NonZero::get).min(CONCURRENCY_MAX);
    let Some(asked) = asked else { return default };
    match usize::try_from(asked) {
        Ok(asked @ 1..=CONCURRENCY_MAX) => asked,
        Ok(0) | Err(_) => {
            console.warn(&format!(
                "Specified concurrency value invalid. Set to default value: {default}"
            ));
            default
        }
        Ok(_) => {
            console.warn(&format!(
                "Specified concurrency value too large. Set to maximum value: {CONCURRENCY_MAX}"
            ));
            CONCURRENCY_MAX
        }
    }
}

fn print(console: &mut Console<'_>, line: &str) -> Result<(), Failure> {
    let printed = console.answer(&format!("{line}\n"));
    printed.map_err(|error| Failure::Local(anyhow::Error::new(error).context("could not print")))
}
