//! The catalog and the lists of tags, in pages.

use crate::served::Served;
use boathook_testkit::Answer;
use http::Method;
use serde_json::{Value, json};

impl Served {
    /// Follows every `Link` from `path` on; says what was on each page.
    pub(crate) async fn pages(&self, path: &str) -> Vec<Value> {
        let mut pages = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.client.get(&path).await.is(200);
            next = link(&page);
            pages.push(page.json());
            assert!(pages.len() < 100, "the pages go round in a circle");
        }
        pages
    }
}

/// Where the next page is.
pub(crate) fn link(page: &Answer) -> Option<String> {
    let link = page.optional_header("link")?;
    let target = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\""));
    Some(target.unwrap_or_else(|| panic!("`{link}` is no link to a next page")).to_owned())
}

fn entries(pages: &[Value], member: &str) -> Vec<String> {
    let entries = pages.iter().flat_map(|page| page[member].as_array().expect("a page is a list"));
    entries.map(|entry| entry.as_str().expect("an entry is text").to_owned()).collect()
}

#[tokio::test]
async fn an_empty_registry_has_an_empty_catalog() {
    let served = Served::open().await;
    let answer = served.client.get("/v2/_catalog").await.is(200);
    assert_eq!(answer.json(), json!({ "repositories": [] }));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.optional_header("link"), None);
}

#[tokio::test]
async fn the_links_of_the_catalog_lead_to_every_repository_once() {
    let served = Served::open().await;
    let mut names: Vec<String> =
        ["b", "a/b", "a", "a-b", "z/y/x/w", "manifests", "a.b", "0"].map(String::from).into();
    for name in &names {
        served.client.push_image(name, "v1", "layer").await;
    }
    names.sort();
    for n in 1..=9 {
        let pages = served.pages(&format!("/v2/_catalog?n={n}")).await;
        assert_eq!(entries(&pages, "repositories"), names, "{n}");
        assert_eq!(pages.len(), names.len().div_ceil(n), "{n}");
    }
    assert_eq!(entries(&served.pages("/v2/_catalog").await, "repositories"), names);
    let after = served.pages("/v2/_catalog?last=a/b").await;
    assert_eq!(entries(&after, "repositories"), ["b", "manifests", "z/y/x/w"]);
    let between = served.pages("/v2/_catalog?last=c").await;
    assert_eq!(entries(&between, "repositories"), ["manifests", "z/y/x/w"]);
    let beyond = served.pages("/v2/_catalog?last=zz").await;
    assert_eq!(beyond, [json!({ "repositories": [] })]);
}

#[tokio::test]
async fn the_links_of_the_tags_lead_to_every_tag_once() {
    let served = Served::open().await;
    let mut names: Vec<String> =
        ["v10", "v1", "V1", "latest", "_x", "1.0", "a-b", "a.b"].map(String::from).into();
    for name in &names {
        served.client.push_image("team/app", name, "layer").await;
    }
    names.sort();
    for n in 1..=9 {
        let pages = served.pages(&format!("/v2/team/app/tags/list?n={n}")).await;
        assert!(pages.iter().all(|page| page["name"] == "team/app"));
        assert_eq!(entries(&pages, "tags"), names, "{n}");
        assert_eq!(pages.len(), names.len().div_ceil(n), "{n}");
    }
    let after = served.pages("/v2/team/app/tags/list?last=latest").await;
    assert_eq!(entries(&after, "tags"), ["v1", "v10"]);
}

#[tokio::test]
async fn n_is_a_number_of_which_too_much_is_the_most_there_is() {
    let served = Served::open().await;
    served.client.push_image("app", "v1", "layer").await;
    served.client.push_image("app", "v2", "layer").await;
    for (path, member) in [("/v2/_catalog", "repositories"), ("/v2/app/tags/list", "tags")] {
        let none = served.client.get(&format!("{path}?n=0")).await.is(200);
        assert_eq!(none.json()[member], json!([]));
        assert_eq!(none.optional_header("link"), None);
        let all = served.client.get(&format!("{path}?n=100000")).await.is(200);
        assert_eq!(all.json(), served.client.get(path).await.is(200).json());
        assert_eq!(all.optional_header("link"), None);
        for n in ["-1", "x", "", "1.5", "%20"] {
            let answer = served.client.get(&format!("{path}?n={n}")).await;
            answer.refused(400, "PAGINATION_NUMBER_INVALID");
        }
    }
}

#[tokio::test]
async fn a_page_has_at_most_a_thousand_tags() {
    let served = Served::open().await;
    let digest = served.client.push_image("app", "t0000", "layer").await;
    let manifest = served.client.get(&format!("/v2/app/manifests/{digest}")).await.is(200);
    for idx in 1..=1_000 {
        let (tag, media_type) = (format!("t{idx:04}"), manifest.header("content-type"));
        let put = served.client.put_manifest("app", &tag, media_type, manifest.body.clone());
        let _ = put.await.is(201);
    }
    let pages = served.pages("/v2/app/tags/list?n=100000").await;
    let sizes: Vec<_> = pages.iter().map(|page| page["tags"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [1_000, 1]);
}

#[tokio::test]
async fn a_repository_that_nobody_pushed_to_has_no_tags() {
    let served = Served::open().await;
    served.client.get("/v2/app/tags/list").await.refused(404, "NAME_UNKNOWN");
    let _ = served.client.ask(Method::HEAD, "/v2/app/tags/list", &[], "").await.is(404);
}
