//! `boathook acr purge` against a server of its own.

use std::collections::BTreeSet;

use base64::Engine as _;
use boathook_core::digest::Algorithm;
use boathook_core::media_type::{OCI_EMPTY, OCI_INDEX, OCI_MANIFEST};
use serde_json::{Value as Json, json};

use crate::process::{Serving, complaint};
use crate::repository::Customer;

/// How often somebody asks for what was told; each time takes as long as a program's start.
const LOOKS_MAX: usize = 500;

impl Customer<'_> {
    /// Runs a purge that has to succeed; returns its lines.
    #[track_caller]
    fn purge(&self, words: &[&str]) -> Vec<String> {
        let words = [&["purge", "-r", "boathook"][..], words].concat();
        let output = self.ask(&words);
        assert!(output.status.success(), "{words:?}: {}", complaint(&output).1);
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    /// Pushes a manifest without a tag.
    async fn put_untagged(&self, manifest: &str) -> String {
        self.put(&digest_of(manifest), OCI_MANIFEST, manifest).await
    }

    /// Pushes an index of a manifest.
    async fn put_index(&self, tag: &str, of: &str) -> String {
        let index =
            json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [descriptor(of)]});
        self.put(tag, OCI_INDEX, &index.to_string()).await
    }

    /// Pushes a manifest about another, without a tag.
    async fn put_referrer(&self, subject: &str) -> String {
        let mut manifest: Json = serde_json::from_str(&self.image("signature").await).unwrap();
        manifest["artifactType"] = OCI_EMPTY.into();
        manifest["subject"] = descriptor(subject);
        self.put_untagged(&manifest.to_string()).await
    }

    /// What a webhook was told went, tags and manifests, as a purge names them; there are to be as many.
    fn told(&self, count: usize) -> BTreeSet<String> {
        let host = host(self.server);
        let name = |event: &Json| {
            let content = &event["eventRequestMessage"]["content"];
            let target = |member: &str| content["target"][member].as_str().unwrap().to_owned();
            match content["action"].as_str().unwrap() {
                "untag" => format!("{host}/{}:{}", target("repository"), target("tag")),
                "delete" => format!("{host}/{}@{}", target("repository"), target("digest")),
                other => panic!("{other}"),
            }
        };
        for _ in 0..LOOKS_MAX {
            let output =
                self.by_owner(&["webhook", "list-events", "-r", "boathook", "-n", "deletes"]);
            let events: Json = serde_json::from_slice(&output.stdout).unwrap();
            let events = events.as_array().unwrap();
            if events.len() == count {
                return events.iter().map(name).collect();
            }
        }
        panic!("nobody was told of {count}");
    }
}

fn digest_of(text: &str) -> String {
    Algorithm::Sha256.digest(text.as_bytes()).to_string()
}

fn descriptor(manifest: &str) -> Json {
    json!({"mediaType": OCI_MANIFEST, "digest": digest_of(manifest), "size": manifest.len()})
}

/// The server's name as it shows it.
fn host(server: &Serving) -> String {
    server.address.replace("127.0.0.1", "localhost")
}

/// What follows the words in the lines that begin with them.
fn after(words: &str, lines: &[String]) -> BTreeSet<String> {
    let rest: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix(words)).collect();
    let each: BTreeSet<_> = rest.iter().copied().map(str::to_owned).collect();
    assert_eq!(rest.len(), each.len(), "nothing is named twice: {rest:?}");
    each
}

#[tokio::test]
async fn a_run_deletes_and_announces_what_a_dry_run_lists() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let customer = Customer::new(&server, folder.path());
    let hook = "webhook create -r boathook -n deletes --actions delete --extra-actions untag --uri https://hook.invalid/";
    let made = customer.by_owner(&hook.split(' ').collect::<Vec<_>>());
    assert!(made.status.success(), "{}", complaint(&made).1);
    for number in 0..9 {
        let tag = format!("v{number}");
        customer.put(&tag, OCI_MANIFEST, &customer.image(&tag).await).await;
    }
    // One index stays, with what it needs and what is about that; another one stays as long as it has a tag.
    let (child, lost) = (customer.image("child").await, customer.image("lost").await);
    let stays = [customer.put_untagged(&child).await, customer.put_referrer(&child).await];
    let goes = [customer.put_untagged(&lost).await, customer.put_referrer(&lost).await];
    customer.put_index("index", &child).await;
    // These are the newest two; `other` and `v5` are one manifest. `v3` is locked.
    let image = customer.image("v5").await;
    customer.put("other", OCI_MANIFEST, &image).await;
    let shared = customer.put("v5", OCI_MANIFEST, &image).await;
    let dropped = customer.put_index("dropped", &lost).await;
    let lock =
        ["repository", "update", "-n", "boathook", "-t", "app:v3", "--delete-enabled", "false"];
    customer.json(&lock);

    let words = ["-f", "app:^v", "-f", "app:^dropped$", "--ago", "0s", "--keep", "2", "--untagged"];
    let dry = customer.purge(&[&words[..], &["--dry-run"]].concat());
    let listed = after("Would delete: ", &dry);
    assert_eq!(customer.told(0), BTreeSet::new(), "nothing was deleted");
    let run = customer.purge(&words);
    assert_eq!(after("Deleted ", &run), listed);
    assert_eq!(customer.told(14), listed);
    let host = host(&server);
    let tags: Vec<_> = listed.iter().filter(|name| !name.contains('@')).cloned().collect();
    assert_eq!(tags, [0, 1, 2, 4, 6, 7, 8].map(|number| format!("{host}/app:v{number}")));
    let names = |listed: &BTreeSet<String>, digest: &String| {
        listed.contains(&format!("{host}/app@{digest}"))
    };
    for kept in stays.iter().chain(&goes).chain([&shared, &dropped]) {
        assert!(!names(&listed, kept), "{kept}: {listed:?}");
    }
    let sums = |what: &str, tags: usize, manifests: usize| {
        let word = |sum: &str, count| format!("Number of {sum}: {count}");
        match what {
            "dry" => [word("tags to be deleted", tags), word("manifests to be deleted", manifests)],
            _ => [word("deleted tags", tags), word("deleted manifests", manifests)],
        }
    };
    assert_eq!(dry[dry.len() - 2..], sums("dry", 7, 7));
    assert_eq!(run[run.len() - 2..], sums("run", 7, 7));

    // What is left goes, with all that depends on it and on nothing else.
    let words = ["-f", "a.*:^(?!other|index)", "--ago", "0s", "--untagged", "--include-locked"];
    let listed = after("Would delete: ", &customer.purge(&[&words[..], &["--dry-run"]].concat()));
    assert_eq!(after("Deleted ", &customer.purge(&words)), listed);
    for gone in goes.iter().chain([&dropped]) {
        assert!(names(&listed, gone), "{gone}: {listed:?}");
    }
    for kept in stays.iter().chain([&shared]) {
        assert!(!names(&listed, kept), "{kept}: {listed:?}");
    }
    let tags = customer.json(&["repository", "show-tags", "-n", "boathook", "--repository", "app"]);
    assert_eq!(tags, json!(["index", "other"]));
    let again = customer.purge(&words);
    assert_eq!(again[again.len() - 2..], sums("run", 0, 0));
    server.stop();
}

#[tokio::test]
async fn many_tags_are_looked_at_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let customer = Customer::new(&server, folder.path());
    let image = customer.image("v").await;
    for number in 0..251 {
        customer.put(&format!("v{number}"), OCI_MANIFEST, &image).await;
    }
    let words = ["-f", ".*:^v", "--ago", "0d", "--keep", "101", "--untagged", "--concurrency", "3"];
    let dry = customer.purge(&[&words[..], &["--dry-run"]].concat());
    let run = customer.purge(&words);
    assert_eq!(after("Deleted ", &run), after("Would delete: ", &dry));
    assert_eq!(
        after("Number of ", &run),
        ["deleted manifests: 0", "deleted tags: 150"].map(str::to_owned).into()
    );
    server.stop();
}

/// `hello-1.0.0.tgz`, in which there is no more than `Chart.yaml`.
const CHART: &str = "H4sIAAAAAAACA8tIzcnJ13fOSCwq0atMzM1hoAEwAAIzExMwDQTotIGBqRGCDRI3NDA3N2JQMGCgAygtLkksAlrPMDJBYkFmWGpRcWZ\
    +npVCmRFXXmJuqpVCBihRcJXBxA31DPQMuBhGwSgYBaNgFAwjAAArRSsSAAgAAA==";

#[tokio::test]
async fn a_chart_is_locked_with_its_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let customer = Customer::new(&server, folder.path());
    let file = folder.path().join("hello-1.0.0.tgz");
    std::fs::write(&file, base64::prelude::BASE64_STANDARD.decode(CHART).unwrap()).unwrap();
    let push = ["helm", "push", "-n", "boathook", "--repository", "charts"];
    customer.json(&[&push[..], &[file.to_str().unwrap()]].concat());
    let shown = customer.json(&["manifest", "list-metadata", "-r", "boathook", "-n", "charts"]);
    let image = format!("charts@{}", shown[0]["digest"].as_str().unwrap());
    let lock = ["repository", "update", "-n", "boathook", "--delete-enabled", "false", "-t"];
    customer.json(&[&lock[..], &[&image]].concat());
    let words = ["-f", "charts:.*", "--ago", "0s"];
    let dry = customer.purge(&[&words[..], &["--dry-run"]].concat());
    assert_eq!(after("Would delete: ", &dry), BTreeSet::new());
    assert_eq!(after("Deleted ", &customer.purge(&words)), BTreeSet::new());
    let gone = customer.purge(&[&words[..], &["--include-locked"]].concat());
    let chart = format!("{}/charts:hello-1.0.0.tgz", host(&server));
    assert_eq!(after("Deleted ", &gone), [chart].into());
    server.stop();
}

#[tokio::test]
async fn what_cannot_be_seen_through_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let customer = Customer::new(&server, folder.path());
    let child = customer.image("child").await;
    customer.put_untagged(&child).await;
    let image = format!("app@{}", customer.put_index("index", &child).await);
    let purge = [
        "purge",
        "-r",
        "boathook",
        "-f",
        "app:none",
        "-f",
        "absent:none",
        "--ago",
        "0s",
        "--untagged",
    ];
    let check = |said: &str| {
        let output = customer.ask(&purge);
        assert_eq!(output.status.code(), Some(0));
        assert!(complaint(&output).1.contains(said), "{}", complaint(&output).1);
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("absent repository not found\n"), "{shown}");
        assert!(shown.ends_with("Number of deleted manifests: 0\n"), "{shown}");
    };
    // Lists do not show the index, and it needs what they do show.
    let update = ["repository", "update", "-n", "boathook"];
    customer.json(&[&update[..], &["-t", &image, "--list-enabled", "false"]].concat());
    check(
        "app has manifests that lists do not show, which may need others: none is deleted. Whoever hid them shows them \
         again with `boathook acr repository update --list-enabled true`",
    );
    customer.json(&[&update[..], &["-t", &image, "--list-enabled", "true"]].concat());
    customer.json(&[&update[..], &["--repository", "app", "--write-enabled", "false"]].concat());
    check("the repository app is locked");
    server.stop();
}
