//! What must not be written in a file.

use super::Finding;
use crate::tree::{File, Tree};
use crate::workspace::Package;

/// What is said of work that is left to do, in halves, so that this file does not hold it.
const REMINDERS: [(&str, &str); 2] = [("TO", "DO"), ("FIX", "ME")];

/// Hosts of package registries, in halves for the same reason. Where packages come from is for the machine
/// that builds to say: a mirror, a proxy, a vendored folder.
const HOSTS: [(&str, &str); 8] = [
    ("crates", ".io"),
    ("pypi", ".org"),
    ("pythonhosted", ".org"),
    ("npmjs", ".com"),
    ("npmjs", ".org"),
    ("debian", ".org"),
    ("proxy.golang", ".org"),
    ("rubygems", ".org"),
];

/// The kinds of file in which a reminder wants an owner; prose may speak of them.
const CODE: [&str; 8] = ["rs", "sql", "sh", "py", "toml", "html", "css", "js"];

/// Finds reminders without an owner, and hosts of package registries.
pub(super) fn check(tree: &Tree, _: &[Package]) -> Vec<Finding> {
    tree.files().flat_map(|file| reminders(file).into_iter().chain(hosts(file))).collect()
}

fn reminders(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !CODE.iter().any(|extension| file.is(extension)) {
        return findings;
    }
    for word in REMINDERS.map(|(start, end)| format!("{start}{end}")) {
        let orphans = file
            .lines()
            .filter(|(_, line)| line.split(&word).skip(1).any(|rest| !rest.starts_with('(')));
        findings.extend(orphans.map(|(number, _)| {
            Finding::new(
                file,
                number,
                format!("{word} without an owner: write {word}(name), or do it"),
            )
        }));
    }
    findings
}

fn hosts(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Cargo writes where each package comes from into its lock file.
    if file.path == "Cargo.lock" {
        return findings;
    }
    for host in HOSTS.map(|(start, end)| format!("{start}{end}")) {
        let named = file.lines().filter(|(_, line)| line.contains(&host));
        findings.extend(named.map(|(number, _)| {
            Finding::new(
                file,
                number,
                format!("names {host}, a package registry: say the package's name alone"),
            )
        }));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_one(path: &str, text: &str, expected: &[usize]) {
        let lines: Vec<usize> =
            check(&Tree::of(&[(path, text)]), &[]).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, expected, "{path}: {text}");
    }

    #[test]
    fn a_reminder_needs_an_owner_in_code_and_not_in_prose() {
        let (orphan, owned) =
            (format!("a\n// {}DO: later\n", "TO"), format!("a\n// {}DO(ann): later\n", "TO"));
        check_one("a.rs", &orphan, &[2]);
        check_one("a.sql", &format!("-- {}ME later", "FIX"), &[1]);
        check_one("a.rs", &owned, &[]);
        check_one("a.md", &orphan, &[]);
    }

    #[test]
    fn the_host_of_a_package_registry_is_found_anywhere_but_in_the_lock_file() {
        let text = format!("a\nb\nsource = \"https://index.crates{}/\"\n", ".io");
        check_one("README.md", &text, &[3]);
        check_one("ci/install.sh", &text, &[3]);
        check_one("Cargo.lock", &text, &[]);
        check_one("ci/install.sh", "apt-get install docker.io", &[]);
    }
}
