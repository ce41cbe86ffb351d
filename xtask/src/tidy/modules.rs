//! Files of Rust that no `mod` line leads to: they look like code and are never compiled.

use std::collections::BTreeSet;

use super::Finding;
use crate::tree::{File, Tree};
use crate::workspace::Package;

/// Finds the files of each package that cannot be reached from one of its targets.
pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        let mut reached = BTreeSet::new();
        for root in package.roots() {
            let (folder, _) = root.rsplit_once('/').unwrap_or(("", root));
            follow(tree, root, folder, &mut reached);
        }
        let lost =
            tree.rust_under(package.folder()).filter(|file| !reached.contains(file.path.as_str()));
        findings.extend(
            lost.map(|file| {
                Finding::new(file, 1, "no `mod` line leads here: add one, or remove it")
            }),
        );
    }
    findings
}

/// Notes a file and the files of its modules, which are in `folder`.
fn follow<'a>(tree: &'a Tree, path: &str, folder: &str, reached: &mut BTreeSet<&'a str>) {
    let Some(file) = tree.get(path).filter(|file| reached.insert(&file.path)) else { return };
    for module in modules(file) {
        follow(tree, &format!("{folder}/{module}.rs"), &format!("{folder}/{module}"), reached);
    }
}

/// The modules that a file says are in files of their own.
fn modules(file: &File) -> impl Iterator<Item = &str> {
    file.text.lines().filter_map(|line| {
        let (before, name) = line.trim().strip_suffix(';')?.rsplit_once("mod ")?;
        (before.is_empty() || before.starts_with("pub")).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_mod_line_is_found_and_so_is_what_it_alone_leads_to() {
        let tree = Tree::of(&[
            ("crates/core/src/lib.rs", "mod name;\npub(crate) mod digest;\n// mod retry;\n"),
            ("crates/core/src/name.rs", "mod parse;\n"),
            ("crates/core/src/name/parse.rs", "//! Parses."),
            ("crates/core/src/digest.rs", "//! Digests."),
            ("crates/core/src/retry.rs", "mod policy;\n"),
            ("crates/core/src/retry/policy.rs", "//! Policies."),
            ("crates/core/src/parse.rs", "//! Beside the one that is meant."),
        ]);
        let findings = check(&tree, &[Package::of("boathook-core", &[], &[])]);
        let paths: Vec<&str> = findings.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "crates/core/src/retry.rs",
                "crates/core/src/retry/policy.rs",
                "crates/core/src/parse.rs"
            ]
        );
    }
}
