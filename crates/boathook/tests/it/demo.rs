//! `demo`: the first thing that anybody runs.

use crate::process::{complaint, run};

#[test]
fn the_demonstration_shows_every_event_with_its_status_and_leaves_nothing_behind() {
    let output = run(&["demo"]);
    let (code, said) = complaint(&output);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!((code, said.as_str()), (Some(0), ""), "{told}");
    let rows: Vec<Vec<&str>> = told
        .lines()
        .filter(|line| line.contains("200 OK"))
        .map(|line| line.split_whitespace().skip(1).collect())
        .collect();
    let shown: Vec<String> = rows.iter().map(|row| row[..row.len() - 1].join(" ")).collect();
    assert_eq!(
        shown,
        [
            "ping 200 OK",
            "push charts/hello:0.1.0 200 OK",
            "push hello:v1 200 OK",
            "delete hello 200 OK"
        ],
        "{told}"
    );
    assert!(told.contains("HTTP STATUS"), "{told}");
    assert!(told.contains("All 4 events arrived"), "{told}");
    let folder = told.lines().next().and_then(|line| line.rsplit_once(' ')).unwrap().1;
    assert!(!std::path::Path::new(folder).exists(), "{folder} is still there");
}
