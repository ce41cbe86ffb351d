//! What a path under `/helm/v1/` asks for.
//!
//! A repository's name may have any number of slashes. It ends before the first segment that begins with an underscore,
//! or before `index.yaml` at the very end.

use crate::percent;
use boathook_core::chart::{
    ChartFile, ChartName, ChartVersion, InvalidChartFile, InvalidChartName, InvalidChartVersion,
};
use boathook_core::name::{InvalidRepository, Repository};
use std::fmt;

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// What Helm reads to know of all charts.
    Index(Repository),
    /// A chart's archive or its provenance.
    File(Repository, ChartFile),
    /// All charts with all their versions.
    Charts(Repository),
    /// All versions of a chart.
    Chart(Repository, ChartName),
    /// One version of a chart.
    Version(Repository, ChartName, ChartVersion),
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
    /// A file's name breaks the grammar.
    #[error(transparent)]
    File(#[from] InvalidChartFile),
    /// A chart's name breaks the grammar. There is none such.
    #[error(transparent)]
    Name(#[from] InvalidChartName),
    /// A version breaks the grammar. There is none such.
    #[error(transparent)]
    Version(#[from] InvalidChartVersion),
}

/// Reads a request's path, still percent-encoded, without its query.
pub fn parse(path: &str) -> Result<Target, RouteError> {
    let path = percent::decode(path).ok_or(RouteError::Encoding)?;
    let rest = path.strip_prefix("/helm/v1/").ok_or(RouteError::NoRoute)?;
    if let Some((name, word)) = rest.split_once("/_") {
        return match word.split_once('/') {
            None if word == "charts" => Ok(Target::Charts(name.parse()?)),
            Some(("blobs", file)) => Ok(Target::File(name.parse()?, file.parse()?)),
            Some(("charts", chart)) => match chart.split_once('/') {
                None => Ok(Target::Chart(name.parse()?, chart.parse()?)),
                Some((chart, version)) => {
                    Ok(Target::Version(name.parse()?, chart.parse()?, version.parse()?))
                }
            },
            _ => Err(RouteError::NoRoute),
        };
    }
    let name = rest.strip_suffix("/index.yaml").ok_or(RouteError::NoRoute)?;
    Ok(Target::Index(name.parse()?))
}

impl Target {
    /// The methods that it takes, as the `Allow` header of a 405 lists them.
    pub fn methods(&self) -> &'static str {
        match self {
            Self::Index(_) => "GET, HEAD",
            Self::File(..) => "GET, HEAD, PUT, PATCH, DELETE",
            Self::Charts(_) | Self::Version(..) => "GET",
            Self::Chart(..) => "GET, DELETE",
        }
    }

    /// The repository that it is part of.
    pub fn repository(&self) -> &Repository {
        match self {
            Self::Index(name)
            | Self::File(name, _)
            | Self::Charts(name)
            | Self::Chart(name, _)
            | Self::Version(name, ..) => name,
        }
    }
}

/// The path; a `+` in it means a plus.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(name) => write!(f, "/helm/v1/{name}/index.yaml"),
            Self::File(name, file) => write!(f, "/helm/v1/{name}/_blobs/{file}"),
            Self::Charts(name) => write!(f, "/helm/v1/{name}/_charts"),
            Self::Chart(name, chart) => write!(f, "/helm/v1/{name}/_charts/{chart}"),
            Self::Version(name, chart, version) => {
                write!(f, "/helm/v1/{name}/_charts/{chart}/{version}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        check("/helm/v1/repo/index.yaml", &Target::Index(name("repo")));
        check("/helm/v1/index.yaml/index.yaml", &Target::Index(name("index.yaml")));
        check("/helm/v1/team/charts/_charts", &Target::Charts(name("team/charts")));
        let chart = || "word-press".parse().unwrap();
        check("/helm/v1/repo/_charts/word-press", &Target::Chart(name("repo"), chart()));
        let version = Target::Version(name("repo"), chart(), "1.0.0+b".parse().unwrap());
        for path in ["1.0.0+b", "1.0.0%2Bb"] {
            check(&format!("/helm/v1/repo/_charts/word-press/{path}"), &version);
        }
        for file in ["a-1.0.0.tgz", "a-1.0.0.tgz.prov", "a-1.0.0+b.tgz"] {
            let target = Target::File(name("a/b"), file.parse().unwrap());
            check(&format!("/helm/v1/a/b/_blobs/{file}"), &target);
        }
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        for path in [
            "",
            "/helm/v1",
            "/helm/v1/",
            "/helm/v1/repo",
            "/helm/v2/a/_charts",
            "/helm/v1/index.yaml",
            "/helm/v1/a/_tags",
        ] {
            refused(path, |error| *error == RouteError::NoRoute);
        }
        refused("/helm/v1/a/_blobs/%zz", |error| *error == RouteError::Encoding);
        for path in ["/helm/v1/A/index.yaml", "/helm/v1/a//index.yaml", "/helm/v1/../_charts"] {
            refused(path, |error| matches!(error, RouteError::Repository(_)));
        }
        for file in ["", "a-1.0.0.zip", "../a-1.0.0.tgz", "a/b.tgz", ".tgz"] {
            refused(&format!("/helm/v1/a/_blobs/{file}"), |error| {
                matches!(error, RouteError::File(_))
            });
        }
        refused("/helm/v1/a/_charts/.b", |error| matches!(error, RouteError::Name(_)));
        for path in
            ["/helm/v1/a/_charts/b/", "/helm/v1/a/_charts/b/one", "/helm/v1/a/_charts/b/1.0.0/2"]
        {
            refused(path, |error| matches!(error, RouteError::Version(_)));
        }
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverses(
            repository in "[a-z0-9]{1,4}(/(charts|blobs|index\\.yaml|[a-z]{1,4})){0,3}",
            chart in "[a-zA-Z0-9][a-z._-]{0,6}",
            version in "v?[1-9]{1,2}\\.0(\\.[1-9])?(-rc\\.1)?(\\+b)?",
        ) {
            let (repository, chart) = (name(&repository), chart.parse::<ChartName>().unwrap());
            let version: ChartVersion = version.parse().unwrap();
            let file = boathook_core::chart::file_name(&chart, &version);
            for target in [
                Target::Index(repository.clone()),
                Target::Charts(repository.clone()),
                Target::File(repository.clone(), file.parse().unwrap()),
                Target::File(repository.clone(), format!("{file}.prov").parse().unwrap()),
                Target::Chart(repository.clone(), chart.clone()),
                Target::Version(repository, chart, version),
            ] {
                prop_assert_eq!(parse(&target.to_string()), Ok(target));
            }
        }

        #[test]
        fn parsing_never_panics(path in "/helm/v1(/_blobs|/_charts|/index.yaml|/%|/\\PC{0,4}|/){0,6}") {
            let _ = parse(&path);
        }
    }
}
