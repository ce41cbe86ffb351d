//! Who may depend on whom: each crate's direct dependencies against `xtask/layers.toml`.
//!
//! The two must say the same, both ways, so that the table can be read as the truth.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Finding;
use crate::tree::Tree;
use crate::workspace::Package;

const TABLE: &str = "xtask/layers.toml";

/// The one crate of ours that every crate's tests may use without a line in the table.
const TESTKIT: &str = "boathook-testkit";

/// What one crate may depend on.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    /// Crates of this workspace, without the prefix `boathook-`.
    ours: BTreeSet<String>,
    /// Everybody else's.
    others: BTreeSet<String>,
    /// Everybody else's, in tests only.
    #[serde(default)]
    tests: BTreeSet<String>,
}

/// Finds dependencies that the table does not have, and lines of the table that no crate has.
pub(super) fn check(tree: &Tree, packages: &[Package]) -> Vec<Finding> {
    let table = tree.get(TABLE).map_or("", |file| &file.text);
    let layers: BTreeMap<String, Layer> = match toml::from_str(table) {
        Ok(layers) => layers,
        Err(error) => {
            return vec![Finding::at(TABLE, 1, format!("is not a table of layers: {error}"))];
        }
    };
    let gone = layers.keys().filter(|name| packages.iter().all(|package| package.layer() != *name));
    let mut findings: Vec<Finding> =
        gone.map(|name| stale(tree, name, "there is no such crate: remove the table")).collect();
    for package in packages {
        let empty = Layer::default();
        let layer = layers.get(package.layer()).unwrap_or(&empty);
        findings.extend(compare(tree, package, layer, packages));
    }
    findings
}

fn compare(tree: &Tree, package: &Package, layer: &Layer, packages: &[Package]) -> Vec<Finding> {
    let mut allowed: BTreeSet<(&str, &str)> = BTreeSet::new();
    allowed.extend(layer.ours.iter().map(|name| ("ours", name.as_str())));
    allowed.extend(layer.others.iter().map(|name| ("others", name.as_str())));
    allowed.extend(layer.tests.iter().map(|name| ("tests", name.as_str())));

    let (name, mut findings) = (package.layer(), Vec::new());
    for dependency in &package.dependencies {
        // By the whole name: `http` is somebody else's, `boathook-http` is ours.
        let is_ours = packages.iter().any(|package| package.name == dependency.name);
        let list = match (dependency.is_dev(), is_ours) {
            (true, _) if dependency.name == TESTKIT => continue,
            (true, _) => "tests",
            (false, true) => "ours",
            (false, false) => "others",
        };
        if !allowed.remove(&(list, dependency.layer())) {
            let line = tree.line_of(package.manifest(), &format!("{}.", dependency.name));
            let problem = format!(
                "{name} may not depend on {}: remove it, or add it to `{list}` of [{name}] in {TABLE} and give the \
                 reason in the commit",
                dependency.name
            );
            findings.push(Finding::at(package.manifest(), line, problem));
        }
    }
    for (list, dependency) in allowed {
        let problem = format!("{name} does not depend on {dependency}: remove it from `{list}`");
        findings.push(stale(tree, name, &problem));
    }
    findings
}

fn stale(tree: &Tree, layer: &str, problem: &str) -> Finding {
    Finding::at(TABLE, tree.line_of(TABLE, &format!("[{layer}]")), problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYERS: &str = "[core]\nours = []\nothers = [\"url\"]\ntests = [\"proptest\"]\n\n\
                          [wire]\nours = [\"core\"]\nothers = []\n";

    fn check_both(core: Package, wire: Package) -> Vec<String> {
        let manifest = "[dependencies]\nurl.workspace = true\ntokio.workspace = true\n";
        let tree = Tree::of(&[(TABLE, LAYERS), ("crates/core/Cargo.toml", manifest)]);
        check(&tree, &[core, wire]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_table_says_is_allowed_and_the_test_kit_always() {
        let core = Package::of("boathook-core", &["url"], &["proptest", "boathook-testkit"]);
        assert!(check_both(core, Package::of("boathook-wire", &["boathook-core"], &[])).is_empty());
    }

    #[test]
    fn a_dependency_that_the_table_does_not_have_is_found_where_it_stands() {
        let core = Package::of("boathook-core", &["url", "tokio"], &["proptest"]);
        let found = check_both(core, Package::of("boathook-wire", &["boathook-core"], &[]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("crates/core/Cargo.toml:3: core may not depend on tokio"),
            "{found:?}"
        );
    }

    #[test]
    fn a_crate_of_ours_is_told_from_another_of_the_same_short_name() {
        let core = Package::of("core", &["url"], &["proptest"]);
        let found = check_both(core, Package::of("boathook-wire", &["boathook-core"], &[]));
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_normal_dependency_is_not_allowed_by_the_list_for_tests() {
        let core = Package::of("boathook-core", &["url", "proptest"], &["proptest"]);
        let found = check_both(core, Package::of("boathook-wire", &["boathook-core"], &[]));
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_line_of_the_table_that_no_crate_needs_is_found() {
        let core = Package::of("boathook-core", &["url"], &["proptest"]);
        let found = check_both(core, Package::of("boathook-wire", &[], &[]));
        assert_eq!(
            found,
            ["xtask/layers.toml:6: wire does not depend on core: remove it from `ours`"]
        );
    }
}
