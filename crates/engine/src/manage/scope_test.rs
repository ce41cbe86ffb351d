//! Which of a registry's present tags a webhook would hear of, if it had a scope.
//!
//! The tags of the place are walked along in their order, from where the scope begins to where it ends, a batch at a time
//! and no more of them for one request than `LOOKED_AT_MAX`. What is passed over as a whole, a repository that the scope
//! does not reach or whose metadata the caller may not read, costs no more than the rest of a batch.

use super::webhooks;
use crate::ctx::Ctx;
use crate::place;
use boathook_core::grant::{Access, Grants, Permission};
use boathook_core::name::Place;
use boathook_core::scope::{InvalidScope, Position, Scope};
use boathook_store::{Error, RegistryRow};

/// How many tags a page has.
const PAGE_ENTRIES: usize = 100;
/// How many tags are read at once.
const BATCH_ENTRIES: usize = 1_000;
/// How many tags are looked at for one page, whether they are on it or not.
const LOOKED_AT_MAX: usize = 10_000;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The scope.
    pub scope: &'a str,
    /// The region whose tags are meant; the registry's home where there is none.
    pub location: Option<&'a str>,
    /// Where to go on, as the page before said.
    pub from: Option<&'a Position>,
}

/// One page of the tags that a webhook would hear of, by repository and tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardPage {
    /// The tags with their repositories. They may be few, or none, although there are more.
    pub heard: Vec<Position>,
    /// Where to go on, if not all has been looked at.
    pub next: Option<Position>,
}

/// Why nothing is looked for.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The scope cannot be read.
    #[error(transparent)]
    Scope(InvalidScope),
    /// A webhook could not be there.
    #[error(transparent)]
    Location(webhooks::Refusal),
}

impl Refusal {
    /// The member of the request that is at fault.
    pub fn target(&self) -> Option<&'static str> {
        match self {
            Self::Scope(_) => Some("scope"),
            Self::Location(refusal) => refusal.target(),
        }
    }
}

/// Looks for a page of the tags that a webhook would hear of, among those that `grants` let the caller know of.
pub async fn page(
    ctx: &Ctx,
    registry: &RegistryRow,
    asked: Asked<'_>,
    grants: &Grants,
) -> Result<Result<HeardPage, Refusal>, Error> {
    let scope: Scope = match asked.scope.parse() {
        Ok(scope) => scope,
        Err(invalid) => return Ok(Err(Refusal::Scope(invalid))),
    };
    let region = match asked.location {
        None => registry.location.clone(),
        Some(location) => {
            let known = place::registry(ctx, &registry.name).await?;
            let regions = known.map_or_else(Vec::new, |known| known.regions.clone());
            match webhooks::region(registry, &regions, location) {
                Ok(region) => region,
                Err(refusal) => return Ok(Err(Refusal::Location(refusal))),
            }
        }
    };
    let place = Place { registry: registry.name.clone(), region };
    Ok(Ok(walk(ctx, &place, Ear { scope: &scope, grants }, asked.from).await?))
}

async fn walk(
    ctx: &Ctx,
    place: &Place,
    ear: Ear<'_>,
    from: Option<&Position>,
) -> Result<HeardPage, Error> {
    let (first, last) = ear.scope.span();
    // Whatever a caller says, nothing outside of the scope's span is read.
    let mut from = from.cloned().map_or(first.clone(), |from| from.max(first));
    let mut heard = Vec::new();
    for _ in 0..LOOKED_AT_MAX / BATCH_ENTRIES {
        let limit = u32::try_from(BATCH_ENTRIES + 1).expect("a batch is small");
        let mut batch = ctx.db.tags_between(place, &from, &last, limit).await?;
        // The last of a batch that is full is only where the next one begins.
        let rest = if BATCH_ENTRIES < batch.len() { batch.pop() } else { None };
        for position in batch {
            if ear.hears(&position) {
                if heard.len() == PAGE_ENTRIES {
                    return Ok(HeardPage { heard, next: Some(position) });
                }
                heard.push(position);
            }
        }
        let Some(rest) = rest else { return Ok(HeardPage { heard, next: None }) };
        from = if ear.may_hear(&rest.repository) {
            rest
        } else {
            Position::after_repository(&rest.repository)
        };
    }
    Ok(HeardPage { heard, next: Some(from) })
}

/// What is listened with.
#[derive(Clone, Copy)]
struct Ear<'a> {
    scope: &'a Scope,
    grants: &'a Grants,
}

impl Ear<'_> {
    /// Says whether anything of a repository can be heard. A name that is none has nothing to be heard.
    fn may_hear(self, repository: &str) -> bool {
        self.scope.reaches(repository)
            && repository.parse().is_ok_and(|name| {
                let permissions = vec![Permission::MetadataRead];
                self.grants.allows(&Access::Repository { name, permissions })
            })
    }

    fn hears(self, position: &Position) -> bool {
        let Position { repository, tag } = position;
        self.scope.matches(repository, std::slice::from_ref(tag)) && self.may_hear(repository)
    }
}
