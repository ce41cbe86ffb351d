//! Dependencies that no line of the crate names.

use super::Finding;
use crate::tree::{File, Tree};
use crate::workspace::Package;

/// Finds dependencies that are declared and not used: a normal one must be named under `src`.
pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        for dependency in &package.dependencies {
            let (name, identifier) = (&dependency.name, dependency.identifier());
            let folder = if dependency.is_dev() {
                package.folder().to_owned()
            } else {
                format!("{}/src", package.folder())
            };
            if !tree.rust_under(&folder).any(|file| names(file, &identifier)) {
                let line = tree.line_of(package.manifest(), &format!("{name}."));
                let problem = format!(
                    "{name} is named nowhere in {folder}: remove it, or `use {identifier} as _;`"
                );
                findings.push(Finding::at(package.manifest(), line, problem));
            }
        }
    }
    findings
}

/// Says whether a line of code starts a path with this crate.
fn names(file: &File, identifier: &str) -> bool {
    file.text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")).any(|line| {
        line.match_indices(identifier).any(|(start, _)| {
            let (before, after) = (&line[..start], &line[start + identifier.len()..]);
            let begins = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            let imported = before.trim_end().ends_with("use") && after.starts_with([';', ' ']);
            begins && (after.starts_with("::") || imported)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_one(line: &str, used: bool) {
        let tree = Tree::of(&[("crates/core/src/lib.rs", line)]);
        let findings = check(&tree, &[Package::of("boathook-core", &["tokio-util"], &[])]);
        assert_eq!(findings.is_empty(), used, "{line}");
    }

    #[test]
    fn a_dependency_is_used_where_a_path_starts_with_its_name() {
        check_one("use tokio_util::sync::CancellationToken;", true);
        check_one("    tokio_util::io(x)", true);
        check_one("use tokio_util as _;", true);
        check_one("#[derive(tokio_util::Magic)]", true);
        check_one("", false);
        check_one("// use tokio_util::sync;", false);
        check_one("let tokio_util = 1;", false);
        check_one("use my_tokio_util::x;", false);
        check_one("use crate::tokio_util::x;", false);
    }

    #[test]
    fn what_only_a_test_names_is_not_a_normal_dependency() {
        let tree = Tree::of(&[("crates/core/tests/it.rs", "use url::Url;\nuse insta::x;\n")]);
        let findings = check(&tree, &[Package::of("boathook-core", &["url"], &["insta"])]);
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
}
