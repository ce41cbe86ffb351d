//! `boathook identity` against a server of its own.

use std::path::Path;
use std::process::Output;

use serde_json::Value as Json;

use crate::process::{Serving, boathook, complaint};

fn identity(data: &Path, words: &[&str]) -> Output {
    boathook().arg("identity").args(words).arg("--data").arg(data).output().unwrap()
}

/// Runs a command that has to succeed, and reads what it prints.
#[track_caller]
fn json(data: &Path, words: &[&str]) -> Json {
    let text = done(data, words);
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{words:?}: {text}"))
}

#[track_caller]
fn done(data: &Path, words: &[&str]) -> String {
    let output = identity(data, words);
    assert!(output.status.success(), "{words:?}: {}", complaint(&output).1);
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn check_refused(data: &Path, words: &[&str], exit: i32, said: &str) {
    let (code, complaint) = complaint(&identity(data, words));
    assert_eq!(code, Some(exit), "{words:?}: {complaint}");
    assert!(complaint.contains(said), "{words:?}: {complaint}");
}

/// Signs in as an identity and asks for the registry's webhooks.
fn asks(server: &Serving, made: &Json) -> Option<i32> {
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
    let output = boathook()
        .args(["acr", "webhook", "list", "-r", "boathook"])
        .env("BOATHOOK_ENDPOINT", format!("http://{}", server.address))
        .env("BOATHOOK_CLIENT_ID", text("appId"))
        .env("BOATHOOK_CLIENT_SECRET", text("password"))
        .output()
        .unwrap();
    output.status.code()
}

#[test]
fn an_identity_is_made_given_a_role_and_removed_and_all_of_it_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Serving::start(data, &[]);
    let made = json(data, &["create", "-n", "ci", "--role", "reader", "-r", "boathook"]);
    assert_eq!(made["name"], "ci");
    assert_eq!(made["tenant"], "b0a70001-0000-4000-8000-000000000002");
    assert!(made["password"].as_str().unwrap().len() > 40);
    assert_eq!(asks(&server, &made), Some(0));
    check_refused(data, &["create", "-n", "ci"], 1, "already");
    check_refused(data, &["create", "-n", "other", "--role", "Nobody"], 1, "doesn't exist");
    check_refused(data, &["show", "-n", "other"], 3, "was not found");

    let end = "2099-01-31T00:00:00Z";
    let second = json(data, &["add-secret", "-n", "ci", "--end-date", end, "--display-name", "b"]);
    assert_eq!(asks(&server, &second), Some(0));
    check_refused(data, &["add-secret", "-n", "ci"], 1, "at most 2 secrets");
    let key_id = second["keyId"].as_str().unwrap();
    assert_eq!(done(data, &["remove-secret", "-n", "ci", "--key-id", key_id]), "");
    assert_ne!(asks(&server, &second), Some(0));
    assert_eq!(done(data, &["rotate-key"]), "");
    let reset = json(data, &["reset", "-n", "ci"]);
    assert_ne!(asks(&server, &made), Some(0));
    assert_eq!(asks(&server, &reset), Some(0));
    let shown = json(data, &["show", "-n", "CI"]);
    assert_eq!(shown["passwordCredentials"].as_array().unwrap().len(), 1);

    let pull = ["role", "assign", "-n", "ci", "--role", "AcrPull", "-g", "boathook"];
    let given = json(data, &pull);
    assert_eq!(json(data, &pull), given, "giving it once more changes nothing");
    let table = done(data, &["role", "list", "-n", "ci", "-o", "table"]);
    for words in [["ci", "Reader"], ["ci", "AcrPull"]] {
        let is_shown = table.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(is_shown, "{words:?} in\n{table}");
    }
    let unassign = ["role", "unassign", "-n", "ci", "--role", "Reader", "-r", "boathook"];
    assert_eq!(done(data, &unassign), "");
    assert_eq!(done(data, &unassign), "", "it is taken away already");
    assert_ne!(asks(&server, &reset), Some(0));
    let names = done(data, &["list", "--query", "[].name", "-o", "tsv"]);
    assert_eq!(names, "ci\nmanagement\n");

    assert_eq!(done(data, &["delete", "-n", "ci", "-y"]), "");
    check_refused(data, &["delete", "-n", "management", "-y"], 1, "last one that owns");
    let log = json(data, &["log", "--max-events", "3"]);
    let operations: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["operationName"].as_str().unwrap())
        .collect();
    assert_eq!(
        operations,
        [
            "Boathook.Identity/servicePrincipals/delete",
            "Microsoft.Authorization/roleAssignments/delete",
            "Microsoft.Authorization/roleAssignments/write",
        ]
    );
    let none = json(data, &["log", "--start-time", end]);
    assert_eq!(none, serde_json::json!([]));
}
