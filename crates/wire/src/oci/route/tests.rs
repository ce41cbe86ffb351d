use super::*;
use proptest::prelude::*;

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const UPLOAD: &str = "0190a6f0-0000-7000-8000-00000000000a";

/// A short form of a target: its kind, its repository, and what else it names.
fn brief(target: &Target) -> (&'static str, String, String) {
    let (kind, name, rest) = match target {
        Target::Base => ("base", "", String::new()),
        Target::Catalog => ("catalog", "", String::new()),
        Target::Tags(name) => ("tags", name.as_str(), String::new()),
        Target::Manifest(name, reference) => ("manifest", name.as_str(), reference.to_string()),
        Target::Blob(name, digest) => ("blob", name.as_str(), digest.to_string()),
        Target::Uploads(name) => ("uploads", name.as_str(), String::new()),
        Target::Upload(name, id) => ("upload", name.as_str(), id.to_string()),
        Target::Referrers(name, digest) => ("referrers", name.as_str(), digest.to_string()),
    };
    (kind, name.to_owned(), rest)
}

#[track_caller]
fn check(path: &str, kind: &str, name: &str, rest: &str) {
    let target = parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(brief(&target), (brief(&target).0, name.to_owned(), rest.to_owned()), "{path}");
    assert_eq!(brief(&target).0, kind, "{path}");
}

#[track_caller]
fn refused(path: &str, expected: fn(&RouteError) -> bool) {
    let error = parse(path).expect_err(path);
    assert!(expected(&error), "{path}: {error:?}");
}

#[test]
fn every_form_is_known() {
    check("/v2/", "base", "", "");
    check("/v2", "base", "", "");
    check("/v2/_catalog", "catalog", "", "");
    check("/v2/app/tags/list", "tags", "app", "");
    check("/v2/app/manifests/v1", "manifest", "app", "v1");
    check(&format!("/v2/app/manifests/{DIGEST}"), "manifest", "app", DIGEST);
    check(&format!("/v2/app/blobs/{DIGEST}"), "blob", "app", DIGEST);
    check("/v2/app/blobs/uploads/", "uploads", "app", "");
    check("/v2/app/blobs/uploads", "uploads", "app", "");
    check(&format!("/v2/app/blobs/uploads/{UPLOAD}"), "upload", "app", UPLOAD);
    check(&format!("/v2/app/referrers/{DIGEST}"), "referrers", "app", DIGEST);
    check("/v2/a/b/c/d/e/f/g/manifests/v1", "manifest", "a/b/c/d/e/f/g", "v1");
}

#[test]
fn names_may_hold_the_words_of_operations() {
    check("/v2/blobs/manifests/blobs/uploads/", "uploads", "blobs/manifests", "");
    check("/v2/blobs/uploads/blobs/uploads", "uploads", "blobs/uploads", "");
    check("/v2/a/blobs/uploads/manifests/latest", "manifest", "a/blobs/uploads", "latest");
    check("/v2/a/blobs/manifests/uploads", "manifest", "a/blobs", "uploads");
    check("/v2/a/tags/manifests/list", "manifest", "a/tags", "list");
    check("/v2/a/manifests/tags/list", "tags", "a/manifests", "");
    check("/v2/a/blobs/uploads/tags/list", "tags", "a/blobs/uploads", "");
    check("/v2/tags/list/tags/list", "tags", "tags/list", "");
    check("/v2/manifests/manifests/manifests", "manifest", "manifests", "manifests");
    check("/v2/v2/manifests/v2", "manifest", "v2", "v2");
    check(&format!("/v2/manifests/blobs/{DIGEST}"), "blob", "manifests", DIGEST);
    check(&format!("/v2/uploads/blobs/{DIGEST}"), "blob", "uploads", DIGEST);
    check(&format!("/v2/blobs/referrers/{DIGEST}"), "referrers", "blobs", DIGEST);
    check(&format!("/v2/referrers/manifests/{DIGEST}"), "manifest", "referrers", DIGEST);
    check(&format!("/v2/blobs/uploads/blobs/uploads/{UPLOAD}"), "upload", "blobs/uploads", UPLOAD);
    check(&format!("/v2/a/blobs/uploads/blobs/{DIGEST}"), "blob", "a/blobs/uploads", DIGEST);
}

#[test]
fn paths_are_decoded_before_they_are_split() {
    check("/v2/team%2Fapp/blobs/uploads/", "uploads", "team/app", "");
    check(&format!("/v2/app/blobs/{}", DIGEST.replace(':', "%3A")), "blob", "app", DIGEST);
    check("/v2/app%2Fmanifests%2fv1", "manifest", "app", "v1");
    refused("/v2/app%/manifests/v1", |error| *error == RouteError::Encoding);
    refused("/v2/app%2/manifests/v1", |error| *error == RouteError::Encoding);
    refused("/v2/app/manifests/v1%", |error| *error == RouteError::Encoding);
    refused("/v2/app%ff/manifests/v1", |error| *error == RouteError::Encoding);
    // Decoded once and no more.
    refused("/v2/team%252Fapp/manifests/v1", |error| matches!(error, RouteError::Repository(_)));
}

#[test]
fn what_is_no_route_is_told_apart_from_bad_names() {
    for path in ["", "/", "/v1/", "/v2x", "/v2/app", "/v2/app/manifests", "/v2//", "/v2/_catalog/"]
    {
        refused(path, |error| *error == RouteError::NoRoute);
    }
    for path in ["/v2/app/tags/", "/v2/app/tags/list/", "/v2/app/uploads/x", "/v2/app/tags/other"] {
        refused(path, |error| *error == RouteError::NoRoute);
    }
    for path in [
        "/v2/App/manifests/v1",
        "/v2/manifests/v1",
        "/v2//manifests/v1",
        "/v2//app/manifests/v1",
        "/v2/app//manifests/v1",
        "/v2/blobs/uploads/",
        "/v2/tags/list",
        "/v2/a/../b/tags/list",
        "/v2/_catalog/tags/list",
    ] {
        refused(path, |error| matches!(error, RouteError::Repository(_)));
    }
    refused("/v2/app/blobs/sha256:short", |error| *error == InvalidDigest::Hex.into());
    refused("/v2/app/blobs/", |error| *error == InvalidDigest::Form.into());
    refused("/v2/app/referrers/v1", |error| *error == InvalidDigest::Form.into());
    refused("/v2/app/manifests/md5:00", |error| *error == InvalidDigest::Algorithm.into());
    refused("/v2/app/manifests/.INVALID", |error| *error == InvalidTag.into());
    refused("/v2/app/manifests/", |error| *error == InvalidTag.into());
    refused("/v2/app/blobs/uploads/1234", |error| *error == RouteError::Upload);
    refused("/v2/app/blobs/uploads//", |error| *error == RouteError::NoRoute);
}

#[test]
fn a_405_lists_what_would_be_allowed() {
    assert_eq!(parse("/v2/").unwrap().methods(), "GET, HEAD");
    assert_eq!(parse("/v2/app/blobs/uploads/").unwrap().methods(), "POST");
    assert_eq!(parse("/v2/app/manifests/v1").unwrap().methods(), "GET, HEAD, PUT, DELETE");
}

/// Repository names made of the words that operations are made of, most of them.
fn names() -> impl Strategy<Value = String> {
    proptest::collection::vec("blobs|uploads|manifests|tags|list|referrers|v2|[a-z0-9]{1,4}", 1..6)
        .prop_map(|words| words.join("/"))
}

proptest! {
    #[test]
    fn printing_and_parsing_are_inverses(name in names(), tag in "list|uploads|blobs|[a-zA-Z0-9_]{1,9}") {
        let name: Repository = name.parse().unwrap();
        let digest: Digest = DIGEST.parse().unwrap();
        let id = UploadId::parse(UPLOAD).unwrap();
        for target in [
            Target::Base,
            Target::Catalog,
            Target::Tags(name.clone()),
            Target::Manifest(name.clone(), Reference::Tag(tag.parse().unwrap())),
            Target::Manifest(name.clone(), Reference::Digest(digest.clone())),
            Target::Blob(name.clone(), digest.clone()),
            Target::Uploads(name.clone()),
            Target::Upload(name.clone(), id.clone()),
            Target::Referrers(name.clone(), digest.clone()),
        ] {
            prop_assert_eq!(parse(&target.to_string()), Ok(target));
        }
    }

    #[test]
    fn parsing_never_panics(path in "(/v2)?(/(blobs|uploads|manifests|tags|list|%2F|%|\\PC{0,4})){0,6}/?") {
        let _ = parse(&path);
    }
}
