//! Importing an image, from a registry of this server or from any other: what is asked is checked while the caller waits,
//! and then done as an operation.

pub(crate) mod copy;
mod elsewhere;
mod fetch;
mod order;
mod plan;
mod wait;

use crate::audit::Actor;
use crate::auth::identity::Principal;
use crate::auth::{self, Unchecked};
use crate::ctx::Ctx;
use crate::operations::{self, Begin, Kind, OperationRow, TooMany};
use crate::place::{self, Registry};
use crate::registry::pull::ManifestInfo;
use crate::registry::quarantine;
pub use crate::remote::Fault;
use boathook_core::defaults;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::event::Request;
use boathook_core::grant::{Access, Grants, Permission};
use boathook_core::host::Host;
use boathook_core::lock::Locked;
use boathook_core::manifest::{self, InvalidPlatform, NoSelection, Selected, WANTED_MAX, Wanted};
use boathook_core::name::{Place, Reference, RegistryName, Repository, Tag};
use boathook_core::origin::{InvalidOrigin, Origin};
use boathook_core::policy::Status;
use boathook_core::quarantine::Sight;
use boathook_store::{Error, RegistryRow};
use boathook_wire::arm::import::{Credentials, Import, Source};
use boathook_wire::arm::path::{self, Target};
use boathook_wire::oauth2::authorization::Credentials as Shown;
use order::{Aim, Filter, Order, There, Whence};
use std::sync::Arc;

/// How many tags and repositories one import may fill.
pub const TARGETS_MAX: usize = 50;

/// Why nothing is imported.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// None of the ways of naming a registry, or both.
    #[error("`source` has either `resourceId` or `registryUri`")]
    OneSource,
    /// It is named as one of this server, and is none.
    #[error(
        "`{0}` is no registry of this server: one of another server is named by its host, in `registryUri`"
    )]
    NoRegistry(String),
    /// The address of a registry elsewhere is none that could be asked.
    #[error(transparent)]
    Origin(InvalidOrigin),
    /// The registry elsewhere does not have the image, does not let it be pulled, or cannot be asked.
    #[error("{0}")]
    Source(Fault),
    /// A platform is none.
    #[error("`{0}`: {InvalidPlatform}")]
    Platform(String),
    /// There are too many.
    #[error("an import chooses at most {WANTED_MAX} platforms")]
    TooManyPlatforms,
    /// The image does not have them.
    #[error(transparent)]
    NoSelection(NoSelection),
    /// The image's name.
    #[error("`sourceImage` is `repository:tag` or `repository@digest`")]
    Image,
    /// Where to.
    #[error(
        "a target is `repository:tag`, or in `untaggedTargetRepositories` a repository: `{0}` is neither"
    )]
    Target(String),
    /// There is none.
    #[error("`targetTags` or `untaggedTargetRepositories` has to name at least one target")]
    NoTarget,
    /// There are too many.
    #[error("an import has at most {TARGETS_MAX} targets")]
    TooManyTargets,
    /// The caller may not pull from the source.
    #[error("the caller, or the credentials in `source`, may not pull from the source registry")]
    MayNotPull,
    /// The source lets nothing out.
    #[error(
        "the source registry lets nothing be copied into others: its owner can enable its `policies.exportPolicy`"
    )]
    NoExport,
    /// The source does not have it.
    #[error("the source registry does not have `{0}`")]
    NoImage(String),
    /// The source holds it back from the caller.
    #[error(
        "the image is quarantined in the source registry, and the caller, or the credentials in `source`, may not pull \
         what is"
    )]
    Quarantined,
    /// The source may not be read.
    #[error("the source cannot be read: {0}")]
    Locked(Locked),
    // The words of ACR, which tools look for.
    /// There is something else under that name.
    #[error("Tag {0} already exists in target registry.")]
    Exists(String),
    /// There are operations enough.
    #[error(transparent)]
    TooMany(TooMany),
}

impl Refusal {
    /// The member of the request that is at fault.
    pub fn target(&self) -> Option<&'static str> {
        match self {
            Self::OneSource | Self::NoExport => Some("source"),
            Self::Image
            | Self::NoImage(_)
            | Self::Quarantined
            | Self::Locked(_)
            | Self::Source(Fault::Missing { .. }) => Some("source.sourceImage"),
            Self::Source(Fault::MayNotPull { .. }) | Self::MayNotPull => Some("source.credentials"),
            Self::NoRegistry(_) | Self::Origin(_) | Self::Source(_) => Some("source.registryUri"),
            Self::Platform(_) | Self::TooManyPlatforms | Self::NoSelection(_) => {
                Some("boathook.platforms")
            }
            Self::Target(_) | Self::NoTarget | Self::TooManyTargets | Self::Exists(_) => {
                Some("targetTags")
            }
            Self::TooMany(_) => None,
        }
    }
}

/// Why an import does not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody looked at the credentials.
    #[error(transparent)]
    Unchecked(#[from] Unchecked),
    /// The machine is broken.
    #[error(transparent)]
    Broken(#[from] Error),
}

/// Somebody who asks for an import.
pub struct Asked<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// Who, for the audit log.
    pub actor: &'a Actor,
    /// The host that the request was sent to.
    pub host: &'a str,
    /// The request, for the events' payloads.
    pub request: Request,
}

/// Checks what is asked and begins it.
pub async fn begin(
    ctx: &Ctx,
    registry: &RegistryRow,
    import: Import,
    asked: Asked<'_>,
) -> Result<OperationRow, NotBegun> {
    let Import { source, target_tags, untagged_target_repositories, is_forced, platforms } = import;
    let aims = aims(&target_tags, &untagged_target_repositories)?;
    let wanted = wanted(&platforms)?;
    let Found { from, repository, info } = look(ctx, registry, &source, &asked).await?;
    let (digest, filter) = choose(&info, wanted).map_err(Refusal::NoSelection)?;
    let to = home(registry);
    if !is_forced {
        for Aim { repository, tag } in &aims {
            let Some(tag) = tag else { continue };
            if ctx.db.manifest(&to, repository, &Reference::Tag(tag.clone())).await?.is_some() {
                return Err(Refusal::Exists(format!("{repository}:{tag}")).into());
            }
        }
    }
    let (pushed_by, request) = (Some(asked.actor.name.clone()), asked.request);
    let order = Order { from, repository, digest, filter, to, aims, is_forced, pushed_by, request };
    let new = Begin {
        kind: Kind::ImportImage,
        registry: &registry.name,
        resource: super::scope_maps::id_of(registry).to_string(),
        command: order.print(ctx),
        action: "Microsoft.ContainerRegistry/registries/importImage/action",
    };
    let begun = operations::begin(ctx, new, asked.actor).await?;
    Ok(begun.map_err(Refusal::TooMany)?)
}

/// An image where it comes from.
struct Found {
    from: Whence,
    repository: Repository,
    info: Arc<ManifestInfo>,
}

/// Looks at the image where it comes from, as whoever asks may.
async fn look(
    ctx: &Ctx,
    registry: &RegistryRow,
    source: &Source,
    asked: &Asked<'_>,
) -> Result<Found, NotBegun> {
    let (repository, reference) = image(&source.image).ok_or(Refusal::Image)?;
    let from = match find(ctx, source, asked.host).await? {
        Named::Here(from) => from,
        Named::There(origin) => {
            let credentials = elsewhere::credentials(source.credentials.as_ref());
            let repository = origin.repository(repository);
            let there = There { origin, credentials };
            let looked = elsewhere::look(ctx, &there, &repository, &reference).await;
            let info = Arc::new(looked.map_err(Refusal::Source)?);
            return Ok(Found { from: Whence::There(there), repository, info });
        }
    };
    let sight =
        may_pull(ctx, &from, &repository, source.credentials.as_ref(), asked.principal).await?;
    let is_inside = from.place.registry == registry.name;
    if !is_inside && from.registry.row.settings.policies.export == Status::Disabled {
        return Err(Refusal::NoExport.into());
    }
    let found = ctx.db.manifest(&from.place, &repository, &reference).await?;
    let found = found.ok_or_else(|| Refusal::NoImage(source.image.clone()))?;
    if !sight.shows(found.quarantine) {
        return Err(Refusal::Quarantined.into());
    }
    boathook_core::lock::pull(found.repository, found.manifest, found.tag)
        .map_err(Refusal::Locked)?;
    let from = Whence::Here { place: from.place, sight };
    Ok(Found { from, repository, info: found.info })
}

/// Reads which platforms are wanted; none is all of them.
fn wanted(platforms: &[String]) -> Result<Vec<Wanted>, Refusal> {
    if WANTED_MAX < platforms.len() {
        return Err(Refusal::TooManyPlatforms);
    }
    let wanted = platforms.iter();
    wanted.map(|text| text.parse().map_err(|_| Refusal::Platform(text.clone()))).collect()
}

/// What is taken of an image, and of which index it is a part that is not one of its manifests.
fn choose(
    info: &ManifestInfo,
    wanted: Vec<Wanted>,
) -> Result<(Digest, Option<Filter>), NoSelection> {
    if wanted.is_empty() {
        return Ok((info.digest.clone(), None));
    }
    Ok(match manifest::select(&info.media_type, &info.bytes, &wanted)? {
        Selected::One(digest) => (digest, None),
        Selected::Index(left) => {
            let digest = Algorithm::Sha256.digest(&left);
            (digest, Some(Filter { index: info.digest.clone(), wanted }))
        }
    })
}

/// The place of a registry's home.
fn home(registry: &RegistryRow) -> Place {
    Place { registry: registry.name.clone(), region: registry.location.clone() }
}

/// Reads where to.
fn aims(tags: &[String], repositories: &[String]) -> Result<Vec<Aim>, Refusal> {
    if tags.is_empty() && repositories.is_empty() {
        return Err(Refusal::NoTarget);
    }
    if TARGETS_MAX < tags.len() + repositories.len() {
        return Err(Refusal::TooManyTargets);
    }
    let tagged = tags.iter().map(|text| {
        let tagged = image(text).and_then(|(repository, reference)| match reference {
            Reference::Tag(tag) => Some(Aim { repository, tag: Some(tag) }),
            Reference::Digest(_) => None,
        });
        tagged.ok_or_else(|| Refusal::Target(text.clone()))
    });
    let untagged = repositories.iter().map(|text| {
        let repository = text.parse().map_err(|_| Refusal::Target(text.clone()))?;
        Ok(Aim { repository, tag: None })
    });
    tagged.chain(untagged).collect()
}

/// Reads `repository:tag`, `repository@digest`, or a repository alone, whose tag is `latest`.
fn image(text: &str) -> Option<(Repository, Reference)> {
    if let Some((repository, digest)) = text.split_once('@') {
        let repository = repository.split_once(':').map_or(repository, |(name, _)| name);
        return Some((repository.parse().ok()?, Reference::Digest(digest.parse().ok()?)));
    }
    let (repository, tag) = text.rsplit_once(':').unwrap_or((text, "latest"));
    let tag: Tag = tag.parse().ok()?;
    Some((repository.parse().ok()?, Reference::Tag(tag)))
}

/// A registry that is imported from.
enum Named {
    /// One of this server.
    Here(From),
    /// Any other.
    There(Origin),
}

/// A registry of this server that is imported from.
struct From {
    registry: Arc<Registry>,
    place: Place,
}

/// Finds the registry that a source names; `host` is the one that the request was sent to.
async fn find(ctx: &Ctx, source: &Source, host: &str) -> Result<Named, NotBegun> {
    let (text, name, region) = match (&source.resource_id, &source.registry_uri) {
        (Some(id), None) => {
            let Ok(Target::Registry(named)) = path::parse(id) else {
                return Err(Refusal::NoRegistry(id.clone()).into());
            };
            let is_ours = named.subscription.eq_ignore_ascii_case(defaults::SUBSCRIPTION_ID);
            let name = named.registry.parse::<RegistryName>().ok().filter(|_| is_ours);
            let row = match &name {
                Some(name) => place::registry(ctx, name).await?,
                None => None,
            };
            let is_there = row.is_some_and(|found| {
                named.resource_group.eq_ignore_ascii_case(found.row.resource_group.as_str())
            });
            (id, name.filter(|_| is_there), None)
        }
        (None, Some(uri)) => match by_host(ctx, uri, host) {
            Host::Named { registry, region } => (uri, Some(registry), region),
            Host::UnderDomainButNoRegistry => (uri, None, None),
            Host::Other => {
                let origin = Origin::parse(uri, &ctx.sources.plain);
                return Ok(Named::There(origin.map_err(Refusal::Origin)?));
            }
        },
        (None, None) | (Some(_), Some(_)) => return Err(Refusal::OneSource.into()),
    };
    let elsewhere = || Refusal::NoRegistry(text.clone());
    let name = name.ok_or_else(elsewhere)?;
    let registry = place::registry(ctx, &name).await?.ok_or_else(elsewhere)?;
    let region = region.unwrap_or_else(|| registry.row.location.clone());
    if !registry.regions.contains(&region) {
        return Err(elsewhere().into());
    }
    Ok(Named::Here(From { registry, place: Place { registry: name, region } }))
}

/// The registry of this server that a host names, and the region if it is that of one.
fn by_host(ctx: &Ctx, uri: &str, asked: &str) -> Host {
    let host = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://")).unwrap_or(uri);
    let host = host.strip_suffix('/').unwrap_or(host);
    let port = |host: &str| host.rsplit_once(':').map(|(_, port)| port.to_owned());
    let named = Host::parse(host, &ctx.site.domain);
    // The default registry has the host that was asked, and `localhost` at its port.
    let (name, _) = host.split_once(':').unwrap_or((host, ""));
    let is_local = name.eq_ignore_ascii_case("localhost") && port(host) == port(asked);
    let is_own = host.eq_ignore_ascii_case(asked) || is_local;
    match named {
        Host::Other if is_own => Host::Named { registry: ctx.site.registry.clone(), region: None },
        named => named,
    }
}

/// Makes sure that whoever asks may pull from the source: by the credentials that are given, or else by their own roles;
/// and says what they see there.
async fn may_pull(
    ctx: &Ctx,
    from: &From,
    repository: &Repository,
    credentials: Option<&Credentials>,
    principal: &Principal,
) -> Result<Sight, NotBegun> {
    let grants = match credentials {
        None => principal.grants_on(&auth::scope_of(&from.registry.row)),
        Some(Credentials { username, password }) => {
            let shown = match username.as_deref() {
                Some(user) if !user.is_empty() => {
                    Shown::Basic { user: user.to_owned(), password: password.clone() }
                }
                _ => Shown::Bearer(password.clone()),
            };
            let caller = auth::registry_caller(ctx, &from.registry, Some(&shown)).await?;
            caller.map_or(Grants::none(), |caller| caller.grants)
        }
    };
    let wanted =
        Access::Repository { name: repository.clone(), permissions: vec![Permission::Pull] };
    if grants.allows(&wanted) {
        Ok(quarantine::sight(&from.registry, &grants, repository))
    } else {
        Err(Refusal::MayNotPull.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        let read = image(text).map(|(name, reference)| (name.to_string(), reference.to_string()));
        let expected = expected.map(|(name, reference)| (name.to_owned(), reference.to_owned()));
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn an_image_has_a_tag_or_a_digest() {
        let digest = format!("sha256:{}", "0".repeat(64));
        check("team/app:v1", Some(("team/app", "v1")));
        check("team/app", Some(("team/app", "latest")));
        check(&format!("app@{digest}"), Some(("app", &digest)));
        check(&format!("app:v1@{digest}"), Some(("app", &digest)));
        for wrong in ["", ":v1", "app:", "app@", "app@v1", "App:v1", "app:v1:v2"] {
            check(wrong, None);
        }
    }

    #[test]
    fn there_are_as_many_targets_as_may_be_and_no_more() {
        let tags = vec!["app:v1".to_owned(); TARGETS_MAX - 1];
        let one = ["app".to_owned()];
        assert_eq!(aims(&tags, &one).unwrap().len(), TARGETS_MAX);
        let two = ["app".to_owned(), "app".to_owned()];
        assert!(matches!(aims(&tags, &two), Err(Refusal::TooManyTargets)));
        assert!(matches!(aims(&[], &[]), Err(Refusal::NoTarget)));
        assert!(matches!(aims(&["app@sha256:0".to_owned()], &[]), Err(Refusal::Target(_))));
        assert!(matches!(aims(&[], &["app:v1".to_owned()]), Err(Refusal::Target(_))));
    }
}
