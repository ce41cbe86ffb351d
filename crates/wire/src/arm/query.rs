//! The parameters that every management request may have in its query.

use url::form_urlencoded;

/// What a query says. Names are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The version of the API that the client was written for. It has to be there; any will do.
    pub api_version: Option<String>,
    /// Where the page that is asked for begins; what an earlier answer's `nextLink` said.
    pub skip_token: Option<String>,
    /// Which entries of a list are asked for: see [`resource::Filter`](super::resource::Filter).
    pub filter: Option<String>,
}

/// The parameter that carries [`Query::skip_token`].
const SKIP_TOKEN: &str = "$skipToken";
/// The parameter that carries [`Query::filter`].
const FILTER: &str = "$filter";

impl Query {
    /// Reads a query. Parameters that it does not know are passed over, and so are empty ones.
    pub fn parse(query: Option<&str>) -> Self {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let member = if name.eq_ignore_ascii_case("api-version") {
                &mut read.api_version
            } else if name.eq_ignore_ascii_case(SKIP_TOKEN) {
                &mut read.skip_token
            } else if name.eq_ignore_ascii_case(FILTER) {
                &mut read.filter
            } else {
                continue;
            };
            if !value.is_empty() {
                *member = Some(value.into_owned());
            }
        }
        read
    }
}

/// Prints the absolute URL of something else at this server; `base` is the scheme and host of this request.
pub fn link(base: &str, path: &str, api_version: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("api-version", api_version)
        .finish();
    format!("{base}{path}?{query}")
}

/// Prints the absolute URL of the page that `skip_token` begins; `base` is the scheme and host of this request.
pub fn next_link(base: &str, path: &str, api_version: &str, skip_token: &str) -> String {
    filtered_link(base, path, api_version, None, skip_token)
}

/// The same of a list that is filtered.
pub fn filtered_link(
    base: &str,
    path: &str,
    api_version: &str,
    filter: Option<&str>,
    skip_token: &str,
) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("api-version", api_version)
        .extend_pairs(filter.map(|filter| (FILTER, filter)))
        .append_pair(SKIP_TOKEN, skip_token)
        .finish();
    format!("{base}{path}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(api_version: Option<&str>, skip_token: Option<&str>) -> Query {
        Query {
            api_version: api_version.map(str::to_owned),
            skip_token: skip_token.map(str::to_owned),
            filter: None,
        }
    }

    #[test]
    fn parameters_are_known_in_any_case() {
        assert_eq!(Query::parse(None), query(None, None));
        assert_eq!(Query::parse(Some("api-version=")), query(None, None));
        assert_eq!(
            Query::parse(Some("$top=1&API-Version=2025-11-01")),
            query(Some("2025-11-01"), None)
        );
        assert_eq!(Query::parse(Some("%24skiptoken=a%20b")), query(None, Some("a b")));
        let filter = Query::parse(Some("$Filter=resourceType+eq+%27x%27")).filter;
        assert_eq!(filter.as_deref(), Some("resourceType eq 'x'"));
    }

    #[test]
    fn a_link_repeats_the_version() {
        let link = link("https://h:5443", "/r/operationStatuses/registries-1", "2025-11-01");
        assert_eq!(link, "https://h:5443/r/operationStatuses/registries-1?api-version=2025-11-01");
    }

    proptest! {
        #[test]
        fn the_link_leads_to_the_page(version in "\\PC{1,12}", token in "\\PC{1,12}") {
            let link = next_link("https://localhost:5443", "/a/listEvents", &version, &token);
            let (path, printed) = link.split_once('?').unwrap();
            prop_assert_eq!(path, "https://localhost:5443/a/listEvents");
            prop_assert_eq!(Query::parse(Some(printed)), query(Some(&version), Some(&token)));
            let link = filtered_link("https://h", "/a", &version, Some("name eq 'a&b'"), &token);
            let (_, printed) = link.split_once('?').unwrap();
            let filter = Some("name eq 'a&b'".to_owned());
            let expected = Query { filter, ..query(Some(&version), Some(&token)) };
            prop_assert_eq!(Query::parse(Some(printed)), expected);
        }
    }
}
