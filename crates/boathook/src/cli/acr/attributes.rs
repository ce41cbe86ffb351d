//! What a registry knows of a repository, a tag or a manifest, and which of it may be changed.

use serde_json::{Map, Value as Json};

use crate::cli::acr::image::{self, Image, Reference};
use crate::cli::acr::login_server::LoginServer;
use crate::cli::acr::toggle::Toggle;
use crate::cli::failure::Failure;
use crate::cli::value::Value;

/// The flags that name a repository or one image of it.
#[derive(clap::Args)]
pub(super) struct SubjectArgs {
    /// The name of the repository.
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// The name of the image. May include a tag in the format 'name:tag' or digest in the format 'name@digest'.
    #[arg(long, short = 't', value_name = "NAME")]
    image: Option<String>,
}

/// The flags that say what is to change.
#[derive(clap::Args)]
pub(super) struct ChangeArgs {
    /// Indicates whether delete operation is allowed.
    #[arg(long = "delete-enabled", num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    delete: Option<Toggle>,
    /// Indicates whether this item shows in list operation results.
    #[arg(long = "list-enabled", num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    list: Option<Toggle>,
    /// Indicates whether read operation is allowed.
    #[arg(long = "read-enabled", num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    read: Option<Toggle>,
    /// Indicates whether write or delete operation is allowed.
    #[arg(long = "write-enabled", num_args = 0..=1, default_missing_value = "true", ignore_case = true, value_enum)]
    write: Option<Toggle>,
}

/// What has attributes.
pub(super) enum Subject {
    Repository(String),
    Image(Image),
}

impl SubjectArgs {
    /// Reads which of the two is meant.
    pub(super) fn read(&self) -> Result<Subject, Failure> {
        match (&self.repository, &self.image) {
            (Some(repository), None) => Ok(Subject::Repository(image::checked(repository)?)),
            (None, Some(image)) => Ok(Subject::Image(Image::read(image)?)),
            _ => Err(Failure::Argument(
                "Usage error: You need to provide either --image IMAGE | --repository REPOSITORY, but not both"
                    .to_owned(),
            )),
        }
    }
}

impl Subject {
    /// Returns the name of the repository.
    pub(super) fn repository(&self) -> &str {
        match self {
            Self::Repository(name) => name,
            Self::Image(image) => &image.repository,
        }
    }

    /// Returns the path of the attributes, and the member of the answer that holds them.
    fn path(&self) -> (String, Option<&'static str>) {
        match self {
            Self::Repository(name) => (format!("/acr/v1/{name}"), None),
            Self::Image(image) => {
                let (path, member) = image.attributes();
                (path, Some(member))
            }
        }
    }
}

impl ChangeArgs {
    /// Returns the permissions that the change needs.
    pub(super) fn permission(&self) -> &'static str {
        if self.body().is_empty() { "metadata_read" } else { "metadata_write,metadata_read" }
    }

    fn body(&self) -> Map<String, Json> {
        let changes = [
            ("deleteEnabled", self.delete),
            ("listEnabled", self.list),
            ("readEnabled", self.read),
            ("writeEnabled", self.write),
        ];
        let changes = changes.into_iter().filter_map(|(name, toggle)| Some((name, toggle?)));
        changes.map(|(name, toggle)| (name.to_owned(), bool::from(toggle).into())).collect()
    }
}

/// Reads attributes.
pub(super) async fn read(server: &LoginServer, subject: &Subject) -> Result<Value, Failure> {
    let (path, member) = subject.path();
    let answer = server.get(&path).await?;
    Ok(member.map_or_else(|| answer.clone(), |member| answer.member(member).clone()))
}

/// Changes attributes; without a change it reads them.
pub(super) async fn change(
    server: &LoginServer,
    subject: &Subject,
    changes: &ChangeArgs,
) -> Result<Value, Failure> {
    let body = changes.body();
    if body.is_empty() {
        return read(server, subject).await;
    }
    let (path, member) = subject.path();
    let answer = server.patch(&path, &body.into()).await?;
    Ok(member.map_or_else(|| answer.clone(), |member| answer.member(member).clone()))
}

/// Returns the digest of an image; a tag is looked up.
pub(super) async fn digest(server: &LoginServer, image: &Image) -> Result<String, Failure> {
    let tag = match &image.reference {
        Reference::Digest(digest) => return Ok(digest.clone()),
        Reference::Tag(tag) => tag,
    };
    let answer = server.get(&image.attributes().0).await?;
    let digest = answer.at(&["tag", "digest"]).as_str().filter(|digest| !digest.is_empty());
    digest.map(str::to_owned).ok_or_else(|| {
        let name = &image.repository;
        Failure::Argument(format!("Could not get the manifest digest for image '{name}:{tag}'."))
    })
}
