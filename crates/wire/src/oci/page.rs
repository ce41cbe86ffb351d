//! Lists in pages: the `n` and `last` of a request, and the `Link` of its answer.
//!
//! Source: OCI distribution-spec 1.1, "Listing Tags" and "Listing Referrers".

use url::form_urlencoded;

/// The most entries that one page has. Who asks for more, or for no number, gets this many and a `Link` to the rest.
pub const PAGE_ENTRIES_MAX: usize = 1_000;

/// Which page of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many entries at most; 0 asks for an empty list.
    pub limit: usize,
    /// The entry after which the page begins.
    pub last: Option<String>,
}

/// `n` is not a number.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("`n` is the number of entries wanted: 0 or more, in decimal digits")]
pub struct InvalidPage;

/// Reads a request's query. Parameters that it does not know are left to others; of repeated ones the first counts.
pub fn parse(query: Option<&str>) -> Result<Page, InvalidPage> {
    let mut limit = None;
    let mut last = None;
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            "n" if limit.is_none() => limit = Some(number(&value)?),
            "last" if last.is_none() && !value.is_empty() => last = Some(value.into_owned()),
            _ => (),
        }
    }
    Ok(Page { limit: limit.unwrap_or(PAGE_ENTRIES_MAX), last })
}

fn number(text: &str) -> Result<usize, InvalidPage> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidPage);
    }
    // Digits alone can only fail to be read by being too many.
    Ok(text.parse().unwrap_or(usize::MAX).min(PAGE_ENTRIES_MAX))
}

/// Prints the `Link` to the page that follows the entry `last`, relative to the server.
///
/// `kept` are further parameters that the next request has to repeat.
pub fn link(path: &str, last: &str, limit: usize, kept: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("last", last)
        .append_pair("n", &limit.to_string())
        .extend_pairs(kept)
        .finish();
    format!("<{path}?{query}>; rel=\"next\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(query: &str, limit: usize, last: Option<&str>) {
        let page = Page { limit, last: last.map(str::to_owned) };
        assert_eq!(parse(Some(query)), Ok(page), "{query:?}");
    }

    #[test]
    fn queries_are_read() {
        check("", PAGE_ENTRIES_MAX, None);
        check("n=100", 100, None);
        check("n=0", 0, None);
        check("last=team%2Fapp&n=2", 2, Some("team/app"));
        check("last=&n=2", 2, None);
        check("orderby=&n=2", 2, None);
        check("n=1&n=2&last=a&last=b", 1, Some("a"));
        assert_eq!(parse(None), parse(Some("")));
    }

    #[test]
    fn pages_have_a_largest_size() {
        check("n=1000", PAGE_ENTRIES_MAX, None);
        check("n=1001", PAGE_ENTRIES_MAX, None);
        check("n=99999999999999999999999999", PAGE_ENTRIES_MAX, None);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for query in ["n=", "n=-1", "n=+1", "n=ten", "n=1.5", "n=0x10", "n=%201"] {
            assert_eq!(parse(Some(query)), Err(InvalidPage), "{query:?}");
        }
    }

    #[test]
    fn the_link_is_relative_and_encoded() {
        let expected = r#"</v2/_catalog?last=team%2Fapp&n=2>; rel="next""#;
        assert_eq!(link("/v2/_catalog", "team/app", 2, &[]), expected);
        let expected = r#"</r?last=sha256%3A0&n=1&artifactType=a%2Fb%2Bc>; rel="next""#;
        assert_eq!(link("/r", "sha256:0", 1, &[("artifactType", "a/b+c")]), expected);
    }

    proptest! {
        #[test]
        fn the_link_leads_to_the_page(last in "\\PC{1,20}", limit in 0..=PAGE_ENTRIES_MAX) {
            let link = link("/v2/_catalog", &last, limit, &[("artifactType", "x")]);
            let target = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
            let (_, query) = target.split_once('?').unwrap();
            prop_assert_eq!(parse(Some(query)), Ok(Page { limit, last: Some(last) }));
        }

        #[test]
        fn parsing_never_panics(query in "\\PC*") {
            let _ = parse(Some(&query));
        }
    }
}
