//! Snapshots that no test compares with any more.

use super::Finding;
use crate::tree::{File, Tree};
use crate::workspace::Package;

/// Finds `.snap` files whose `source` is gone, or no longer names them.
pub(super) fn check(tree: &Tree, _: &[Package]) -> Vec<Finding> {
    let snapshots = tree.files().filter(|file| file.is("snap"));
    let orphans = snapshots.filter(|snapshot| !has_source(tree, snapshot));
    orphans
        .map(|file| Finding::new(file, 1, "no test compares with this snapshot: remove it"))
        .collect()
}

fn has_source(tree: &Tree, snapshot: &File) -> bool {
    let source = snapshot.text.lines().find_map(|line| line.strip_prefix("source: "));
    source
        .and_then(|path| tree.get(path.trim_matches('"')))
        .is_some_and(|file| file.text.contains(name(snapshot)))
}

/// What the test calls the snapshot, or how the test itself is called: `crate__module__NAME@suffix-2.snap`.
fn name(snapshot: &File) -> &str {
    let stem = snapshot.path.trim_end_matches(".snap");
    let name = stem.rsplit_once("__").map_or(stem, |(_, name)| name);
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let numbered = name.rsplit_once('-').filter(|(_, number)| number.parse::<u32>().is_ok());
    numbered.map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_one(snapshot: &str, source: &str, referenced: bool) {
        let header = format!("---\nsource: {source}\nexpression: x\n---\nx\n");
        let path = format!("crates/wire/src/snapshots/{snapshot}");
        let tree = Tree::of(&[
            ("crates/wire/src/acr.rs", "fn push_event() { assert_snapshot!(x) }"),
            (&path, &header),
        ]);
        assert_eq!(check(&tree, &[]).is_empty(), referenced, "{snapshot}");
    }

    #[test]
    fn a_snapshot_is_referenced_while_its_source_names_it() {
        check_one("boathook_wire__acr__push_event.snap", "crates/wire/src/acr.rs", true);
        check_one("boathook_wire__acr__push_event-2.snap", "crates/wire/src/acr.rs", true);
        check_one("boathook_wire__acr__push_event@dev.snap", "crates/wire/src/acr.rs", true);
        check_one("boathook_wire__acr__delete_event.snap", "crates/wire/src/acr.rs", false);
        check_one("boathook_wire__gone__push_event.snap", "crates/wire/src/gone.rs", false);
    }
}
