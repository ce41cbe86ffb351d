//! `config check` and `config show`.

use crate::process::{boathook, complaint, run};

#[test]
fn a_right_configuration_is_ok_and_a_wrong_one_exits_with_2_and_its_key() {
    let ok = run(&["config", "check", "--registry", "myregistry"]);
    assert_eq!((ok.status.code(), ok.stdout.as_slice()), (Some(0), &b"ok\n"[..]));

    let wrong = run(&["config", "check", "--registry", "no"]);
    let (code, said) = complaint(&wrong);
    assert_eq!(code, Some(2));
    assert_eq!(
        said,
        "boathook: `server.registry`: `no` is not right: a registry's name has 5 to 50 letters and digits, in the \
         command line\n"
    );
}

#[test]
fn what_is_shown_is_what_holds_and_hides_the_password() {
    let shown = boathook()
        .args(["config", "show", "--database", "postgres://me:s3cret@db/x"])
        .env("BOATHOOK__LOG__FORMAT", "json")
        .output()
        .unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(text.contains("format = \"json\""), "{text}");
    assert!(text.contains("database = \"postgres://me:******@db/x\""), "{text}");
}
