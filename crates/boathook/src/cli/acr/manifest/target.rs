//! What a command about manifests is about: `-r registry -n name`, or `registry.azurecr.io/name` in one word.

use crate::cli::acr::attributes;
use crate::cli::acr::image::{self, Image, Reference};
use crate::cli::acr::login_server::{AccountArgs, Entry, LoginServer, enter};
use crate::cli::acr::registry;
use crate::cli::arm::Arm;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;
use crate::cli::progress;

pub(super) const NO_REPOSITORY: &str = "You must provide either a fully qualified repository specifier such as \
    'myregistry.azurecr.io/hello-world' as a positional parameter or provide '-r MyRegistry -n hello-world' argument \
    values.";
pub(super) const NO_MANIFEST: &str = "You must provide either a fully qualified manifest specifier such as \
    'myregistry.azurecr.io/hello-world:latest' as a positional parameter or provide '-r MyRegistry -n \
    hello-world:latest' argument values.";
const BAD_REPOSITORY: &str = "The positional parameter 'repo_id' must be a fully qualified repository specifier such \
    as 'myregistry.azurecr.io/hello-world'.";
const BAD_MANIFEST: &str = "The positional parameter 'manifest_id' must be a fully qualified manifest specifier such \
    as 'myregistry.azurecr.io/hello-world:latest' or 'myregistry.azurecr.io/hello-world@sha256:abc123'.";

/// The flags that name a repository.
#[derive(clap::Args)]
pub(super) struct RepositoryArgs {
    /// A fully qualified repository specifier such as 'myregistry.azurecr.io/hello-world'.
    #[arg(value_name = "REPO_ID")]
    id: Option<String>,
    /// The name of the container registry.
    #[arg(long, short, value_name = "NAME")]
    registry: Option<String>,
    /// The name of the repository.
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
}

/// The flags that name an artifact.
#[derive(clap::Args)]
pub(super) struct ManifestArgs {
    /// A fully qualified manifest specifier such as 'myregistry.azurecr.io/hello-world:latest'.
    #[arg(value_name = "MANIFEST_ID")]
    id: Option<String>,
    /// The name of the container registry.
    #[arg(long, short, value_name = "NAME")]
    registry: Option<String>,
    /// The name of the artifact. May include a tag in the format 'name:tag' or digest in the format 'name@digest'.
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
}

/// The flags that name a repository, perhaps with a tag.
#[derive(clap::Args)]
pub(super) struct TaggedArgs {
    /// A fully qualified repository or artifact specifier such as 'myregistry.azurecr.io/hello-world:latest'.
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// The name of the container registry.
    #[arg(long, short, value_name = "NAME")]
    registry: Option<String>,
    /// The name of the repository. May include a tag in the format 'name:tag'.
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
}

/// A registry as it was named, on its own or by its login server.
#[derive(Clone)]
struct Host {
    registry: String,
    /// What follows the name in the login server that was typed.
    suffix: Option<String>,
}

/// A repository of a registry.
pub(super) struct RepositoryTarget {
    host: Host,
    pub(super) repository: String,
}

/// An artifact of a registry.
pub(super) struct ManifestTarget {
    host: Host,
    pub(super) image: Image,
}

impl RepositoryArgs {
    /// Reads which repository is meant.
    pub(super) fn read(&self, console: &mut Console<'_>) -> Result<RepositoryTarget, Failure> {
        let (host, name) = match (&self.id, &self.registry, &self.name) {
            (Some(id), _, None) => split(id, BAD_REPOSITORY)?,
            (None, Some(registry), Some(name)) => (named(registry, console)?, name.as_str()),
            _ => return Err(Failure::Argument(NO_REPOSITORY.to_owned())),
        };
        if name.contains(':') {
            return Err(Failure::Argument(match &self.id {
                Some(_) => "The positional parameter 'repo_id' should not include a tag or digest.".to_owned(),
                None => "Parameter 'name' refers to a repository and should not include a tag or digest.".to_owned(),
            }));
        }
        Ok(RepositoryTarget { host, repository: image::checked(name)? })
    }
}

impl TaggedArgs {
    /// Reads which repository is meant, and the tag if one is named; `missing` says what would be right.
    pub(super) fn read(
        &self,
        missing: &str,
        console: &mut Console<'_>,
    ) -> Result<(RepositoryTarget, Option<String>), Failure> {
        let (host, name) = match (&self.id, &self.registry, &self.name) {
            (Some(id), _, None) => split(id, BAD_REPOSITORY)?,
            (None, Some(registry), Some(name)) => (named(registry, console)?, name.as_str()),
            _ => return Err(Failure::Argument(missing.to_owned())),
        };
        if !name.contains(':') {
            return Ok((RepositoryTarget { host, repository: image::checked(name)? }, None));
        }
        let (repository, tag) = Image::read_tag(name)?;
        Ok((RepositoryTarget { host, repository }, Some(tag)))
    }
}

impl ManifestArgs {
    /// Reads which artifact is meant.
    pub(super) fn read(&self, console: &mut Console<'_>) -> Result<ManifestTarget, Failure> {
        let (host, name) = match (&self.id, &self.registry, &self.name) {
            (Some(id), _, None) => split(id, BAD_MANIFEST)?,
            (None, Some(registry), Some(name)) => (named(registry, console)?, name.as_str()),
            _ => return Err(Failure::Argument(NO_MANIFEST.to_owned())),
        };
        Ok(ManifestTarget { host, image: Image::read(name)? })
    }
}

impl RepositoryTarget {
    /// Returns the name of the registry.
    pub(super) fn registry(&self) -> &str {
        &self.host.registry
    }

    /// Signs in to the registry for these permissions on the repository.
    pub(super) async fn enter(
        &self,
        permissions: &str,
        account: &AccountArgs,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<LoginServer, Failure> {
        let registry = registry::look_for(arm, &self.host.registry, None).await?;
        let scope = format!("repository:{}:{permissions}", self.repository);
        let entry = Entry { registry: &registry, account, scope: &scope };
        let server = enter(&entry, arm, console).await?;
        let suffix = server.name.find('.').map_or("", |dot| &server.name[dot..]);
        match &self.host.suffix {
            Some(given) if given != suffix => Err(Failure::Argument(format!(
                "Provided registry suffix '{given}' does not match the configured az cli acr login server suffix \
                 '{suffix}'. Check the 'acrLoginServerEndpoint' value when running 'az cloud show'."
            ))),
            _ => Ok(server),
        }
    }
}

impl ManifestTarget {
    /// Returns the repository of the artifact.
    pub(super) fn repository(&self) -> RepositoryTarget {
        RepositoryTarget { host: self.host.clone(), repository: self.image.repository.clone() }
    }

    /// Returns the digest of the artifact; for a tag it is looked up, with a sign-in of its own.
    pub(super) async fn digest(
        &self,
        account: &AccountArgs,
        arm: &Arm,
        console: &mut Console<'_>,
    ) -> Result<String, Failure> {
        if let Reference::Digest(digest) = &self.image.reference {
            return Ok(digest.clone());
        }
        let server = self.repository().enter("metadata_read", account, arm, console).await?;
        progress::during(console, attributes::digest(&server, &self.image)).await
    }
}

fn named(registry: &str, console: &mut Console<'_>) -> Result<Host, Failure> {
    Ok(Host { registry: registry::name(registry, console)?, suffix: None })
}

/// Splits `registry.suffix/name`.
fn split<'a>(id: &'a str, otherwise: &str) -> Result<(Host, &'a str), Failure> {
    let id = id.strip_prefix("https://").unwrap_or(id);
    let parts = id.split_once('/').and_then(|(host, name)| Some((host, host.find('.')?, name)));
    let (host, dot, name) = parts.ok_or_else(|| Failure::Argument(otherwise.to_owned()))?;
    let (registry, suffix) = host.split_at(dot);
    if !registry::is_step(registry) {
        return Err(Failure::Argument(otherwise.to_owned()));
    }
    Ok((Host { registry: registry.to_owned(), suffix: Some(suffix.to_owned()) }, name))
}
