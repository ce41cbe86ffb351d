//! What an import is to do, as the operation remembers it.

use crate::ctx::Ctx;
use crate::remote::Credentials;
use crate::seal::Broken;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use boathook_core::digest::Digest;
use boathook_core::event::Request;
use boathook_core::manifest::Wanted;
use boathook_core::name::{Place, Repository, Tag};
use boathook_core::origin::Origin;
use boathook_core::quarantine::Sight;
use serde::{Deserialize, Serialize};

/// A repository that shall have the image, and the tag that shall be on it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aim {
    pub(super) repository: Repository,
    pub(super) tag: Option<Tag>,
}

/// The registry that an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whence {
    /// One of this server.
    Here {
        /// Where.
        place: Place,
        /// What whoever asked saw of it when they asked.
        sight: Sight,
    },
    /// Any other.
    There(There),
}

/// A registry elsewhere, and what to sign in with there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct There {
    pub(super) origin: Origin,
    pub(super) credentials: Option<Credentials>,
}

/// The index that what is imported is a part of, and which part that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) index: Digest,
    pub(super) wanted: Vec<Wanted>,
}

/// What is to be imported, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) from: Whence,
    /// What it is in there.
    pub(super) repository: Repository,
    /// What it is here.
    pub(super) digest: Digest,
    /// What it is there, where that is something else.
    pub(super) filter: Option<Filter>,
    pub(super) to: Place,
    pub(super) aims: Vec<Aim>,
    /// Whether tags are moved that are there.
    pub(super) is_forced: bool,
    /// Who asked for it, and is noted to have pushed it.
    pub(super) pushed_by: Option<String>,
    /// The request, for the events' payloads.
    pub(super) request: Request,
}

/// An order as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    from: StoredWhence,
    repository: String,
    digest: String,
    filter: Option<(String, Vec<String>)>,
    to_registry: String,
    to_region: String,
    aims: Vec<(String, Option<String>)>,
    is_forced: bool,
    /// Orders of earlier versions say nothing of it.
    #[serde(default)]
    pushed_by: Option<String>,
    request: String,
    host: String,
    user_agent: Option<String>,
}

#[derive(Serialize, Deserialize)]
enum StoredWhence {
    Here {
        registry: String,
        region: String,
        sees_passed_only: bool,
    },
    There {
        origin: String,
        username: Option<String>,
        /// In base 64.
        sealed_password: Option<String>,
    },
}

/// Why what was stored cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("this version cannot read what was to be done")]
    Unknown,
    #[error(transparent)]
    Sealed(#[from] Broken),
}

/// Whom a password is sealed for: it opens for no other registry than the one that it was given for.
fn owner(origin: &str) -> String {
    format!("import from {origin}")
}

impl Order {
    pub(super) fn print(&self, ctx: &Ctx) -> String {
        let Self { from, repository, digest, filter, to, aims, is_forced, pushed_by, request } =
            self;
        let aim = |aim: &Aim| (aim.repository.to_string(), aim.tag.as_ref().map(Tag::to_string));
        let from = match from {
            Whence::Here { place, sight } => StoredWhence::Here {
                registry: place.registry.to_string(),
                region: place.region.to_string(),
                sees_passed_only: *sight == Sight::Passed,
            },
            Whence::There(There { origin, credentials }) => {
                let origin = origin.to_string();
                let sealed = credentials.as_ref().map(|credentials| {
                    let password = credentials.password.as_bytes();
                    STANDARD.encode(ctx.seal.close(&owner(&origin), password))
                });
                let username = credentials.as_ref().map(|it| it.username.clone());
                StoredWhence::There { origin, username, sealed_password: sealed }
            }
        };
        let stored = Stored {
            from,
            repository: repository.to_string(),
            digest: digest.to_string(),
            filter: filter.as_ref().map(|Filter { index, wanted }| {
                (index.to_string(), wanted.iter().map(Wanted::to_string).collect())
            }),
            to_registry: to.registry.to_string(),
            to_region: to.region.to_string(),
            aims: aims.iter().map(aim).collect(),
            is_forced: *is_forced,
            pushed_by: pushed_by.clone(),
            request: request.id.clone(),
            host: request.host.clone(),
            user_agent: request.user_agent.clone(),
        };
        serde_json::to_string(&stored).expect("strings can be written")
    }

    pub(super) fn parse(ctx: &Ctx, text: &str) -> Result<Self, Unreadable> {
        let stored: Stored = serde_json::from_str(text).map_err(|_| Unreadable::Unknown)?;
        let from = whence(ctx, &stored.from)?;
        Self::of(stored, from).ok_or(Unreadable::Unknown)
    }

    fn of(stored: Stored, from: Whence) -> Option<Self> {
        let aim = |(repository, tag): (String, Option<String>)| {
            let tag = tag.map(|tag| tag.parse()).transpose().ok()?;
            Some(Aim { repository: repository.parse().ok()?, tag })
        };
        let filter = |(index, wanted): (String, Vec<String>)| {
            let wanted = wanted.iter().map(|text| text.parse().ok()).collect::<Option<_>>()?;
            Some(Filter { index: index.parse().ok()?, wanted })
        };
        Some(Self {
            from,
            repository: stored.repository.parse().ok()?,
            digest: stored.digest.parse().ok()?,
            filter: match stored.filter {
                Some(stored) => Some(filter(stored)?),
                None => None,
            },
            to: Place {
                registry: stored.to_registry.parse().ok()?,
                region: stored.to_region.parse().ok()?,
            },
            aims: stored.aims.into_iter().map(aim).collect::<Option<_>>()?,
            is_forced: stored.is_forced,
            pushed_by: stored.pushed_by,
            request: Request {
                id: stored.request,
                host: stored.host,
                method: "PUT",
                user_agent: stored.user_agent,
            },
        })
    }
}

fn whence(ctx: &Ctx, stored: &StoredWhence) -> Result<Whence, Unreadable> {
    match stored {
        StoredWhence::Here { registry, region, sees_passed_only } => {
            let sight = if *sees_passed_only { Sight::Passed } else { Sight::Everything };
            let place = registry.parse().ok().zip(region.parse().ok());
            let (registry, region) = place.ok_or(Unreadable::Unknown)?;
            Ok(Whence::Here { place: Place { registry, region }, sight })
        }
        StoredWhence::There { origin, username, sealed_password } => {
            // Whether it may be asked without TLS is asked again at each request.
            let root = Origin::printed(origin).ok_or(Unreadable::Unknown)?;
            let credentials = match username.clone().zip(sealed_password.as_ref()) {
                None => None,
                Some((username, sealed)) => {
                    let sealed = STANDARD.decode(sealed).map_err(|_| Unreadable::Unknown)?;
                    let password = ctx.seal.open(&owner(origin), &sealed)?;
                    let password = String::from_utf8(password).map_err(|_| Unreadable::Unknown)?;
                    Some(Credentials { username, password })
                }
            };
            Ok(Whence::There(There { origin: root, credentials }))
        }
    }
}
