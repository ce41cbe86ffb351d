//! The names of images as they are typed: `repository`, `repository:tag`, `repository@digest`.

use crate::cli::acr::registry;
use crate::cli::failure::Failure;

/// One image of a repository.
#[derive(Debug, PartialEq)]
pub(super) struct Image {
    pub(super) repository: String,
    pub(super) reference: Reference,
}

/// How an image is named in its repository.
#[derive(Debug, PartialEq)]
pub(super) enum Reference {
    Tag(String),
    Digest(String),
}

impl Image {
    /// Reads a name; without a tag or a digest it means the tag `latest`.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        match text.split_once('@') {
            Some((repository, digest)) if !digest.contains('@') => Ok(Self {
                repository: checked(repository)?,
                reference: Reference::Digest(checked_step(digest)?),
            }),
            Some(_) => Err(malformed(" or digest in the format 'name@digest'")),
            None => Self::read_tagged(text, " or digest in the format 'name@digest'"),
        }
    }

    /// Reads a name that may have a tag and no digest.
    pub(super) fn read_tag(text: &str) -> Result<(String, String), Failure> {
        match Self::read_tagged(text, "")? {
            Self { repository, reference: Reference::Tag(tag) } if !text.contains('@') => {
                Ok((repository, tag))
            }
            _ => Err(malformed("")),
        }
    }

    fn read_tagged(text: &str, or: &str) -> Result<Self, Failure> {
        let (repository, tag) = text.split_once(':').unwrap_or((text, "latest"));
        if tag.contains(':') {
            return Err(malformed(or));
        }
        Ok(Self { repository: checked(repository)?, reference: Reference::Tag(checked_step(tag)?) })
    }

    /// Returns the path of what the registry knows about the image, and the member that holds it.
    pub(super) fn attributes(&self) -> (String, &'static str) {
        let repository = &self.repository;
        match &self.reference {
            Reference::Tag(tag) => (format!("/acr/v1/{repository}/_tags/{tag}"), "tag"),
            Reference::Digest(digest) => {
                (format!("/acr/v1/{repository}/_manifests/{digest}"), "manifest")
            }
        }
    }

    /// Returns the path of the manifest.
    pub(super) fn manifest(&self) -> String {
        let (Reference::Tag(reference) | Reference::Digest(reference)) = &self.reference;
        format!("/v2/{}/manifests/{reference}", self.repository)
    }
}

/// Makes sure that the name of a repository leads nowhere else.
pub(super) fn checked(repository: &str) -> Result<String, Failure> {
    if repository.split('/').all(registry::is_step) {
        return Ok(repository.to_owned());
    }
    Err(Failure::Argument(format!("'{repository}' is not the name of a repository.")))
}

fn checked_step(reference: &str) -> Result<String, Failure> {
    if registry::is_step(reference) {
        return Ok(reference.to_owned());
    }
    Err(Failure::Argument(format!("'{reference}' is not a tag or a digest.")))
}

fn malformed(or: &str) -> Failure {
    Failure::Argument(format!(
        "The name of the image may include a tag in the format 'name:tag'{or}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_az_reads_it() {
        let tag = |repository: &str, tag: &str| Image {
            repository: repository.to_owned(),
            reference: Reference::Tag(tag.to_owned()),
        };
        for (text, expected) in [
            ("hello", Some(tag("hello", "latest"))),
            ("team/app:v1", Some(tag("team/app", "v1"))),
            (
                "team/app@sha256:aa",
                Some(Image {
                    repository: "team/app".to_owned(),
                    reference: Reference::Digest("sha256:aa".to_owned()),
                }),
            ),
            ("hello:v1:v2", None),
            ("hello@a@b", None),
            ("../other", None),
            ("hello:../x", None),
            ("hello:v1?n=1", None),
            ("hello/", None),
            ("", None),
        ] {
            assert_eq!(Image::read(text).ok(), expected, "{text}");
        }
    }
}
