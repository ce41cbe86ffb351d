//! What a file may be: its name, its length, its white space.

use super::Finding;
use crate::tree::{File, Tree};
use crate::workspace::Package;

/// How many lines a file of Rust may have, its unit tests included.
const RUST_LINES_MAX: usize = 800;

/// How the names of files end that editors, merges and tools leave behind.
const STRAY: [&str; 10] =
    [".orig", ".rej", ".bak", ".tmp", ".swp", "~", ".DS_Store", ".log", ".profraw", ".pyc"];

/// Finds files that should not be there, or not in this shape.
pub(super) fn check(tree: &Tree, _: &[Package]) -> Vec<Finding> {
    tree.files().flat_map(|file| any(file).into_iter().chain(rust(file))).collect()
}

fn any(file: &File) -> Option<Finding> {
    if file.bytes == 0 {
        Some(Finding::new(file, 1, "the file is empty: remove it"))
    } else if STRAY.iter().any(|end| file.path.ends_with(end)) {
        Some(Finding::new(file, 1, "the file was left behind: remove it, or add it to .gitignore"))
    } else {
        None
    }
}

fn rust(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !file.is("rs") {
        return findings;
    }
    if file.path.ends_with("/mod.rs") {
        findings.push(Finding::new(file, 1, "mod.rs: put `foo.rs` beside the folder `foo`"));
    }
    let lines = file.lines().count();
    if lines > RUST_LINES_MAX {
        let problem =
            format!("{lines} lines, and {RUST_LINES_MAX} at most: split it by responsibility");
        findings.push(Finding::new(file, RUST_LINES_MAX + 1, problem));
    }
    let tabs = file.lines().filter(|(_, line)| line.contains('\t'));
    findings.extend(
        tabs.map(|(number, _)| {
            Finding::new(file, number, "a tab: indent with spaces, write `\\t`")
        }),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_one(path: &str, text: &str, expected: &[&str]) {
        let findings = check(&Tree::of(&[(path, text)]), &[]);
        let places: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(places.len(), expected.len(), "{places:?}");
        for (place, expected) in places.iter().zip(expected) {
            assert!(place.starts_with(expected), "{place} is not {expected}");
        }
    }

    #[test]
    fn shapes_that_are_wrong_are_found_and_others_are_not() {
        check_one("crates/core/src/name.rs", "//! Names.\n", &[]);
        check_one("Makefile", "all:\n\ttrue\n", &[]);
        check_one("crates/core/src/name.rs", "", &["crates/core/src/name.rs:1: the file is empty"]);
        check_one(
            "crates/core/src/name.rs.orig",
            "x",
            &["crates/core/src/name.rs.orig:1: the file was left"],
        );
        check_one("crates/core/src/name/mod.rs", "x", &["crates/core/src/name/mod.rs:1: mod.rs"]);
        check_one("a.rs", "fn a() {\n\tb();\n}\n", &["a.rs:2: a tab"]);
    }

    #[test]
    fn a_file_of_the_greatest_length_is_allowed_and_one_line_more_is_not() {
        check_one("a.rs", &"//\n".repeat(RUST_LINES_MAX), &[]);
        check_one("a.rs", &"//\n".repeat(RUST_LINES_MAX + 1), &["a.rs:801: 801 lines"]);
    }
}
