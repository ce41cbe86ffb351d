//! What a path under `/acr/v1/` asks for.
//!
//! A repository's name may have any number of slashes. What follows it begins with an underscore, as a tag may and no
//! component of a name: the name ends before the first segment that does.

use crate::percent;
use boathook_core::digest::{Digest, InvalidDigest};
use boathook_core::name::{InvalidRepository, InvalidTag, Repository, Tag};
use std::fmt;

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The list of repositories.
    Catalog,
    /// A repository.
    Repository(Repository),
    /// A repository's tags.
    Tags(Repository),
    /// A tag.
    Tag(Repository, Tag),
    /// A repository's manifests.
    Manifests(Repository),
    /// A manifest.
    Manifest(Repository, Digest),
    /// The list of repositories in which something was deleted.
    DeletedCatalog,
    /// A repository's deleted manifests.
    DeletedManifests(Repository),
    /// A manifest that is to be restored.
    DeletedManifest(Repository, Digest),
    /// A repository's deleted tags.
    DeletedTags(Repository),
}

/// Why a path asks for nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RouteError {
    /// The path has none of the API's forms (404).
    #[error("there is nothing at this path of the registry")]
    NoRoute,
    /// A percent sign is not followed by two hexadecimal digits, or the decoded path is not UTF-8 (400).
    #[error("the path is not percent-encoded UTF-8")]
    Encoding,
    /// The repository's name breaks the grammar: `NAME_INVALID`.
    #[error(transparent)]
    Repository(#[from] InvalidRepository),
    /// A digest breaks the grammar: `DIGEST_INVALID`.
    #[error(transparent)]
    Digest(#[from] InvalidDigest),
    /// A tag breaks the grammar. No manifest can have it: `TAG_UNKNOWN`.
    #[error(transparent)]
    Tag(#[from] InvalidTag),
}

/// Reads a request's path, still percent-encoded, without its query.
pub fn parse(path: &str) -> Result<Target, RouteError> {
    let path = percent::decode(path).ok_or(RouteError::Encoding)?;
    let rest = path.strip_prefix("/acr/v1/").ok_or(RouteError::NoRoute)?;
    if rest == "_catalog" {
        return Ok(Target::Catalog);
    }
    if let Some(rest) = rest.strip_prefix("_deleted/") {
        return deleted(rest);
    }
    let Some((name, word)) = rest.split_once("/_") else {
        // A word at the very beginning is one that is not known.
        let is_name = !rest.is_empty() && !rest.starts_with('_');
        return if is_name {
            Ok(Target::Repository(rest.parse()?))
        } else {
            Err(RouteError::NoRoute)
        };
    };
    match word.split_once('/') {
        None if word == "tags" => Ok(Target::Tags(name.parse()?)),
        None if word == "manifests" => Ok(Target::Manifests(name.parse()?)),
        Some(("tags", tag)) => Ok(Target::Tag(name.parse()?, tag.parse()?)),
        Some(("manifests", digest)) => Ok(Target::Manifest(name.parse()?, digest.parse()?)),
        _ => Err(RouteError::NoRoute),
    }
}

/// Reads what follows `_deleted/`.
fn deleted(rest: &str) -> Result<Target, RouteError> {
    if rest == "_catalog" {
        return Ok(Target::DeletedCatalog);
    }
    let (name, word) = rest.split_once("/_").ok_or(RouteError::NoRoute)?;
    match word.split_once('/') {
        None if word == "tags" => Ok(Target::DeletedTags(name.parse()?)),
        None if word == "manifests" => Ok(Target::DeletedManifests(name.parse()?)),
        Some(("manifests", digest)) => Ok(Target::DeletedManifest(name.parse()?, digest.parse()?)),
        _ => Err(RouteError::NoRoute),
    }
}

impl Target {
    /// The methods that it takes, as the `Allow` header of a 405 lists them.
    pub fn methods(&self) -> &'static str {
        match self {
            Self::Catalog
            | Self::Tags(_)
            | Self::Manifests(_)
            | Self::DeletedCatalog
            | Self::DeletedTags(_)
            | Self::DeletedManifests(_) => "GET",
            Self::DeletedManifest(..) => "POST",
            Self::Manifest(..) => "GET, PATCH",
            Self::Repository(_) | Self::Tag(..) => "GET, PATCH, DELETE",
        }
    }

    /// The repository that it is, or is part of.
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Catalog | Self::DeletedCatalog => None,
            Self::Repository(name)
            | Self::Tags(name)
            | Self::Tag(name, _)
            | Self::Manifests(name)
            | Self::Manifest(name, _)
            | Self::DeletedTags(name)
            | Self::DeletedManifests(name)
            | Self::DeletedManifest(name, _) => Some(name),
        }
    }
}

/// The path, as it stands in `Link` headers. No part of it needs encoding.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalog => f.write_str("/acr/v1/_catalog"),
            Self::Repository(name) => write!(f, "/acr/v1/{name}"),
            Self::Tags(name) => write!(f, "/acr/v1/{name}/_tags"),
            Self::Tag(name, tag) => write!(f, "/acr/v1/{name}/_tags/{tag}"),
            Self::Manifests(name) => write!(f, "/acr/v1/{name}/_manifests"),
            Self::Manifest(name, digest) => write!(f, "/acr/v1/{name}/_manifests/{digest}"),
            Self::DeletedCatalog => f.write_str("/acr/v1/_deleted/_catalog"),
            Self::DeletedTags(name) => write!(f, "/acr/v1/_deleted/{name}/_tags"),
            Self::DeletedManifests(name) => write!(f, "/acr/v1/_deleted/{name}/_manifests"),
            Self::DeletedManifest(name, digest) => {
                write!(f, "/acr/v1/_deleted/{name}/_manifests/{digest}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn name(text: &str) -> Repository {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(path: &str, expected: &Target) {
        assert_eq!(parse(path).as_ref(), Ok(expected), "{path}");
    }

    #[track_caller]
    fn refused(path: &str, expected: fn(&RouteError) -> bool) {
        let error = parse(path).expect_err(path);
        assert!(expected(&error), "{path}: {error:?}");
    }

    #[test]
    fn every_form_is_known() {
        check("/acr/v1/_catalog", &Target::Catalog);
        check("/acr/v1/hello", &Target::Repository(name("hello")));
        check("/acr/v1/team/app", &Target::Repository(name("team/app")));
        check("/acr/v1/team/app/_tags", &Target::Tags(name("team/app")));
        check("/acr/v1/a/_tags/v1", &Target::Tag(name("a"), "v1".parse().unwrap()));
        check("/acr/v1/a/_manifests", &Target::Manifests(name("a")));
        let manifest = Target::Manifest(name("a"), DIGEST.parse().unwrap());
        check(&format!("/acr/v1/a/_manifests/{DIGEST}"), &manifest);
        check("/acr/v1/_deleted/_catalog", &Target::DeletedCatalog);
        check("/acr/v1/_deleted/team/app/_tags", &Target::DeletedTags(name("team/app")));
        check("/acr/v1/_deleted/a/_manifests", &Target::DeletedManifests(name("a")));
        let manifest = Target::DeletedManifest(name("a"), DIGEST.parse().unwrap());
        check(&format!("/acr/v1/_deleted/a/_manifests/{DIGEST}"), &manifest);
    }

    #[test]
    fn words_may_be_names_where_the_grammar_lets_them() {
        check("/acr/v1/tags/manifests", &Target::Repository(name("tags/manifests")));
        check("/acr/v1/a/_tags/_tags", &Target::Tag(name("a"), "_tags".parse().unwrap()));
        check("/acr/v1/a/_tags/_manifests", &Target::Tag(name("a"), "_manifests".parse().unwrap()));
        check("/acr/v1/catalog/_tags", &Target::Tags(name("catalog")));
    }

    #[test]
    fn paths_are_decoded_before_they_are_split() {
        check("/acr/v1/team%2Fapp/_tags/v1", &Target::Tag(name("team/app"), "v1".parse().unwrap()));
        let manifest = Target::Manifest(name("a"), DIGEST.parse().unwrap());
        check(&format!("/acr/v1/a/_manifests/{}", DIGEST.replace(':', "%3A")), &manifest);
        refused("/acr/v1/a%2", |error| *error == RouteError::Encoding);
        refused("/acr/v1/%ff", |error| *error == RouteError::Encoding);
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let is_no_route = |error: &RouteError| *error == RouteError::NoRoute;
        for path in ["", "/", "/acr/v1", "/acr/v1/", "/acr/v2/a", "/acr/v1/_deleted/"] {
            refused(path, is_no_route);
        }
        refused("/acr/v1/a/_blobs/b", is_no_route);
        for path in ["_deleted", "_deleted/a", "_deleted/a/_tags/v1", "_deleted/a/_blobs"] {
            refused(&format!("/acr/v1/{path}"), is_no_route);
        }
        let manifest = "/acr/v1/_deleted/a/_manifests/v1";
        refused(manifest, |error| matches!(error, RouteError::Digest(_)));
        let name = "/acr/v1/_deleted/A/_manifests";
        refused(name, |error| matches!(error, RouteError::Repository(_)));
        for path in ["/acr/v1/A", "/acr/v1/a/", "/acr/v1/a//b", "/acr/v1/../a", "/acr/v1/A/_tags"] {
            refused(path, |error| matches!(error, RouteError::Repository(_)));
        }
        refused("/acr/v1/a/_tags/.b", |error| matches!(error, RouteError::Tag(_)));
        refused("/acr/v1/a/_tags/", |error| matches!(error, RouteError::Tag(_)));
        refused("/acr/v1/a/_manifests/v1", |error| matches!(error, RouteError::Digest(_)));
        refused("/acr/v1//_tags/a", |error| matches!(error, RouteError::Repository(_)));
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverses(repository in "[a-z0-9]{1,8}(/(tags|manifests|[a-z0-9]{1,4}(__|-)[a-z])){0,3}", tag in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,8}") {
            let (repository, tag) = (name(&repository), tag.parse().unwrap());
            let digest: Digest = DIGEST.parse().unwrap();
            for target in [
                Target::DeletedCatalog,
                Target::DeletedTags(repository.clone()),
                Target::DeletedManifests(repository.clone()),
                Target::DeletedManifest(repository.clone(), digest.clone()),
                Target::Catalog,
                Target::Repository(repository.clone()),
                Target::Tags(repository.clone()),
                Target::Tag(repository.clone(), tag),
                Target::Manifests(repository.clone()),
                Target::Manifest(repository, digest),
            ] {
                prop_assert_eq!(parse(&target.to_string()), Ok(target));
            }
        }

        #[test]
        fn parsing_never_panics(path in "/acr/v1(/_tags|/_manifests|/_catalog|/%|/\\PC{0,4}|/){0,6}") {
            let _ = parse(&path);
        }
    }
}
