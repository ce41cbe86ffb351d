//! How often the SQL of the two engines differs: one text over two engines is the promise of the store.

use super::Finding;
use crate::tree::Tree;
use crate::workspace::Package;

/// In how many places the store may ask which engine it is on.
const FORKS_MAX: usize = 9;

/// How many lines apart two marks may be and still be arms of one `match`.
const ARM_LINES: usize = 3;

const MARKS: [&str; 2] = ["Dialect::", "SKIP LOCKED"];

/// Counts the places where the store's SQL forks, and names them all if they are too many.
pub(super) fn check(tree: &Tree, _: &[Package]) -> Vec<Finding> {
    let mut forks: Vec<Finding> = Vec::new();
    for file in tree.rust_under("crates/store/src") {
        let mut last = None;
        for (number, line) in
            file.lines().filter(|(_, line)| MARKS.iter().any(|mark| line.contains(mark)))
        {
            if last.is_none_or(|last| number > last + ARM_LINES)
                && !line.trim_start().starts_with("//")
            {
                forks.push(Finding::new(file, number, line.trim()));
            }
            last = Some(number);
        }
    }
    let count = forks.len();
    if count <= FORKS_MAX {
        return Vec::new();
    }
    for fork in &mut forks {
        fork.problem = format!(
            "one of {count} forks by engine, and {FORKS_MAX} at most: write one text for both: {}",
            fork.problem
        );
    }
    forks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        check(&Tree::of(&[("crates/store/src/outbox.rs", text)]), &[]).len()
    }

    #[test]
    fn forks_are_named_when_there_are_more_than_the_limit() {
        let fork = "match dialect {\n    Dialect::Sqlite => \"\",\n    Dialect::Postgres => \"FOR UPDATE SKIP LOCKED\",\n}\n\n\n";
        assert_eq!(count(&fork.repeat(FORKS_MAX)), 0);
        assert_eq!(count(&fork.repeat(FORKS_MAX + 1)), FORKS_MAX + 1);
    }

    #[test]
    fn what_is_said_of_engines_elsewhere_is_not_counted() {
        let text = "Dialect::Sqlite\n\n\n\n\n".repeat(FORKS_MAX + 1);
        assert!(check(&Tree::of(&[("crates/core/src/lib.rs", &text)]), &[]).is_empty());
    }
}
