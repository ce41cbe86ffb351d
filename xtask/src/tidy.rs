//! The rules of the house that no compiler keeps, one file a rule or a family of rules.
//!
//! Each check is a function from what was read to what was found. They run by `cargo xtask tidy` and
//! as tests of this crate, so that `cargo test --workspace` is enough to know that the house is tidy.

mod dialect;
mod files;
mod layers;
mod modules;
mod snapshots;
mod unused;
mod words;

use std::fmt;
use std::path::Path;

use crate::tree::{File, Tree};
use crate::workspace::{self, Package};

/// One thing that breaks a rule, and what to do about it.
#[derive(Debug)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    problem: String,
}

impl Finding {
    fn new(file: &File, line: usize, problem: impl Into<String>) -> Self {
        Self::at(&file.path, line, problem)
    }

    fn at(path: &str, line: usize, problem: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, problem: problem.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.problem)
    }
}

/// A rule: what it is called, and how it is checked.
type Check = (&'static str, fn(&Tree, &[Package]) -> Vec<Finding>);

const CHECKS: [Check; 7] = [
    ("layers", layers::check),
    ("unused dependencies", unused::check),
    ("modules", modules::check),
    ("snapshots", snapshots::check),
    ("files", files::check),
    ("words", words::check),
    ("dialect", dialect::check),
];

/// Checks every rule on the workspace at `root`.
pub(crate) fn all(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let (tree, packages) = (Tree::read(root)?, workspace::packages(root)?);
    Ok(CHECKS.iter().flat_map(|(_, check)| check(&tree, &packages)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails with all that one rule finds in this repository.
    fn assert_tidy(rule: &str) {
        let root = crate::root();
        let (tree, packages) = (Tree::read(&root).unwrap(), workspace::packages(&root).unwrap());
        let (_, check) = CHECKS.iter().find(|(name, _)| *name == rule).unwrap();
        let findings: Vec<String> =
            check(&tree, &packages).iter().map(Finding::to_string).collect();
        assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
    }

    #[test]
    fn each_crate_depends_only_on_what_its_layer_allows() {
        assert_tidy("layers");
    }

    #[test]
    fn every_dependency_is_used() {
        assert_tidy("unused dependencies");
    }

    #[test]
    fn every_rust_file_is_compiled() {
        assert_tidy("modules");
    }

    #[test]
    fn every_snapshot_has_its_test() {
        assert_tidy("snapshots");
    }

    #[test]
    fn no_file_is_stray_empty_tabbed_or_too_long() {
        assert_tidy("files");
    }

    #[test]
    fn no_file_holds_words_that_must_not_be_there() {
        assert_tidy("words");
    }

    #[test]
    fn the_sql_of_the_two_engines_forks_in_few_places() {
        assert_tidy("dialect");
    }
}
