//! Looking for damage, as somebody does at a terminal.

use std::fs;
use std::path::Path;

use crate::process::{Serving, complaint, run};

fn fsck(data: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let data = data.to_str().unwrap();
    complaint(&run(&[&["fsck", "--data", data], flags].concat()))
}

#[test]
fn a_server_that_is_stopped_is_looked_at_and_one_that_runs_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Serving::start(folder.path(), &[]);
    let (code, said) = fsck(folder.path(), &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("in use by another boathook"), "{said}");
    server.stop();
    let (code, said) = fsck(folder.path(), &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("0 not as they should be"), "{said}");
    fs::write(folder.path().join("blobs/notes.txt"), "mine").unwrap();
    let (code, said) = fsck(folder.path(), &["--repair", "--verify-digests"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(folder.path().join("blobs/notes.txt").exists());
}

#[test]
fn a_database_that_is_new_to_a_folder_takes_nothing_of_it() {
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    Serving::start(one.path(), &[]).stop();
    let (code, said) = fsck(one.path(), &["--repair"]);
    assert_eq!(code, Some(0), "{said}");
    let blobs = one.path().join("blobs");
    let flags = ["--blobs", blobs.to_str().unwrap()];
    Serving::start(other.path(), &flags).stop();
    let (code, said) = fsck(other.path(), &[&flags[..], &["--repair"]].concat());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("names another database"), "{said}");
    let (code, said) = fsck(other.path(), &flags);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_is_not_a_servers_is_not_looked_at() {
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let (code, said) = fsck(one.path(), &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("--data") && fs::read_dir(one.path()).unwrap().count() == 0, "{said}");
    for folder in [&one, &other] {
        Serving::start(folder.path(), &[]).stop();
    }
    let blobs = other.path().join("blobs");
    let (code, said) = fsck(one.path(), &["--repair", "--blobs", blobs.to_str().unwrap()]);
    assert_eq!(code, Some(2));
    assert!(said.contains("is not the folder of this database's blobs"), "{said}");
}
