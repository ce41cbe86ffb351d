//! Which page of a list is asked for, in which order, and the `Link` to the next one.

use crate::oci::page;
use boathook_core::digest::{Digest, InvalidDigest};
use boathook_core::time::Timestamp;
use url::form_urlencoded;

/// How many entries a page has where the client does not say.
pub const PAGE_ENTRIES_DEFAULT: usize = 100;

/// What a query says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// How many entries at most, up to [`PAGE_ENTRIES_MAX`](page::PAGE_ENTRIES_MAX); 0 asks for an empty list.
    pub limit: usize,
    /// The entry after which the page begins.
    pub last: Option<String>,
    /// In which order.
    pub order: Order,
    /// The manifest whose tags are asked for.
    pub digest: Option<Digest>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By name or digest.
    #[default]
    Name,
    /// By the time of the last change, the oldest first.
    TimeAscending,
    /// By the time of the last change, the newest first.
    TimeDescending,
}

/// Why a query cannot be followed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidQuery {
    /// `n` is not a number: `PAGINATION_NUMBER_INVALID`.
    #[error(transparent)]
    Page(#[from] page::InvalidPage),
    /// There is no such order.
    #[error("`orderby` is `none`, `timeasc` or `timedesc`")]
    Order,
    /// What should be a digest is none: `DIGEST_INVALID`.
    #[error(transparent)]
    Digest(#[from] InvalidDigest),
}

impl Order {
    /// The word that queries use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "none",
            Self::TimeAscending => "timeasc",
            Self::TimeDescending => "timedesc",
        }
    }

    fn parse(word: &str) -> Result<Self, InvalidQuery> {
        if word.is_empty() {
            return Ok(Self::Name);
        }
        [Self::Name, Self::TimeAscending, Self::TimeDescending]
            .into_iter()
            .find(|order| order.as_str().eq_ignore_ascii_case(word))
            .ok_or(InvalidQuery::Order)
    }
}

/// Reads a request's query. Parameters that it does not know are passed over; of repeated ones the first counts.
pub fn parse(query: Option<&str>) -> Result<Query, InvalidQuery> {
    let (mut has_number, mut order, mut digest) = (false, None, None);
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            "n" => has_number = true,
            "orderby" if order.is_none() => order = Some(Order::parse(&value)?),
            "digest" if digest.is_none() && !value.is_empty() => digest = Some(value.parse()?),
            _ => (),
        }
    }
    let page::Page { limit, last } = page::parse(query)?;
    let limit = if has_number { limit } else { PAGE_ENTRIES_DEFAULT };
    Ok(Query { limit, last, order: order.unwrap_or_default(), digest })
}

/// Where a page begins: after an entry.
///
/// In an order of time, a `Link` of ours says when the entry had been changed as well, so that it leads on where the
/// entry is gone or has been changed by then. Clients that put a page's last name there themselves do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position<'a> {
    /// When the entry had last been changed.
    pub changed: Option<Timestamp>,
    /// Its name or digest, neither of which has a slash.
    pub name: &'a str,
}

impl<'a> Position<'a> {
    fn parse(last: &'a str, order: Order) -> Self {
        let timed = last.split_once('/').filter(|_| order != Order::Name);
        let read = timed.and_then(|(changed, name)| Some((changed.parse().ok()?, name)));
        match read {
            Some((changed, name)) => Self { changed: Some(Timestamp(changed)), name },
            None => Self { changed: None, name: last },
        }
    }

    /// Prints it as the `last` of a list in some order.
    #[must_use]
    pub fn print(&self, order: Order) -> String {
        match self.changed.filter(|_| order != Order::Name) {
            Some(Timestamp(changed)) => format!("{changed}/{}", self.name),
            None => self.name.to_owned(),
        }
    }
}

/// Where a page of deleted tags begins: after an entry. A tag may have been deleted from several manifests, so that the entry
/// has a time and a digest beside its name, with slashes between; without them the page begins after all of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeletedTagPosition<'a> {
    /// The tag.
    pub name: &'a str,
    /// When it was deleted, and from which manifest.
    pub deletion: Option<(Timestamp, &'a str)>,
}

impl<'a> DeletedTagPosition<'a> {
    /// Reads the `last` of a query.
    pub fn parse(last: &'a str) -> Self {
        let parts = last.split_once('/').and_then(|(name, rest)| {
            let (at, digest) = rest.split_once('/')?;
            Some((name, Timestamp(at.parse().ok()?), digest))
        });
        match parts {
            Some((name, at, digest)) => Self { name, deletion: Some((at, digest)) },
            None => Self { name: last, deletion: None },
        }
    }

    /// Prints it as the `last` of a list.
    #[must_use]
    pub fn print(&self) -> String {
        match self.deletion {
            Some((Timestamp(at), digest)) => format!("{}/{at}/{digest}", self.name),
            None => self.name.to_owned(),
        }
    }
}

impl Query {
    /// Where the page begins; `None` for the first.
    pub fn position(&self) -> Option<Position<'_>> {
        self.last.as_deref().map(|last| Position::parse(last, self.order))
    }

    /// Prints the `Link` to the page that follows the entry `last` of the list at `path`, relative to the server.
    pub fn link(&self, path: &str, last: &str) -> String {
        let digest = self.digest.as_ref().map(ToString::to_string);
        let mut kept = vec![("orderby", self.order.as_str())];
        kept.extend(digest.iter().map(|digest| ("digest", digest.as_str())));
        page::link(path, last, self.limit, &kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[track_caller]
    fn check(query: &str, limit: usize, last: Option<&str>, order: Order) {
        let expected = Query { limit, last: last.map(str::to_owned), order, digest: None };
        assert_eq!(parse(Some(query)), Ok(expected), "{query:?}");
    }

    #[test]
    fn queries_are_read() {
        check("", PAGE_ENTRIES_DEFAULT, None, Order::Name);
        check("n=100&orderby=timedesc", 100, None, Order::TimeDescending);
        check("last=v1&n=2&orderby=", 2, Some("v1"), Order::Name);
        check("orderby=TimeAsc&digest=", PAGE_ENTRIES_DEFAULT, None, Order::TimeAscending);
        check("orderby=none&orderby=timeasc&api-version=x&n=0", 0, None, Order::Name);
        check("n=9999", page::PAGE_ENTRIES_MAX, None, Order::Name);
        let query = parse(Some(&format!("digest={}", DIGEST.replace(':', "%3A")))).unwrap();
        assert_eq!(query.digest, Some(DIGEST.parse().unwrap()));
        assert_eq!(parse(None), parse(Some("")));
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        assert_eq!(parse(Some("n=ten")), Err(InvalidQuery::Page(page::InvalidPage)));
        assert_eq!(parse(Some("orderby=size")), Err(InvalidQuery::Order));
        assert!(matches!(parse(Some("digest=v1")), Err(InvalidQuery::Digest(_))));
    }

    #[test]
    fn the_link_is_relative() {
        let query = parse(Some("n=2&orderby=timeasc")).unwrap();
        let expected = r#"</acr/v1/a/_tags?last=v1&n=2&orderby=timeasc>; rel="next""#;
        assert_eq!(query.link("/acr/v1/a/_tags", "v1"), expected);
    }

    #[track_caller]
    fn check_position(query: &str, changed: Option<i64>, name: &str) {
        let query = parse(Some(query)).unwrap();
        let position = query.position().unwrap();
        assert_eq!(position, Position { changed: changed.map(Timestamp), name });
        assert_eq!(Some(position.print(query.order)), query.last);
    }

    #[test]
    fn a_page_begins_after_an_entry_and_perhaps_after_a_time() {
        check_position("last=v1", None, "v1");
        check_position("last=v1&orderby=timeasc", None, "v1");
        check_position("last=12/v1&orderby=timeasc", Some(12), "v1");
        check_position("last=-1%2Fv1&orderby=timedesc", Some(-1), "v1");
        check_position("last=team/app", None, "team/app");
        check_position("last=team/app&orderby=timedesc", None, "team/app");
        assert_eq!(parse(None).unwrap().position(), None);
        let position = Position { changed: Some(Timestamp(12)), name: "v1" };
        assert_eq!(position.print(Order::Name), "v1");
    }

    #[test]
    fn a_page_of_deleted_tags_begins_after_a_name_or_one_deletion_of_it() {
        for (last, name, deletion) in [
            ("v1", "v1", None),
            ("v1/12/sha256:0", "v1", Some((Timestamp(12), "sha256:0"))),
            ("v1/x/sha256:0", "v1/x/sha256:0", None),
            ("", "", None),
        ] {
            let position = DeletedTagPosition::parse(last);
            assert_eq!(position, DeletedTagPosition { name, deletion });
            assert_eq!(position.print(), last);
        }
    }

    proptest! {
        #[test]
        fn the_link_leads_to_the_page(last in "\\PC{1,20}", limit in 0..=page::PAGE_ENTRIES_MAX, has_digest: bool, order in prop_oneof![Just(Order::Name), Just(Order::TimeAscending), Just(Order::TimeDescending)]) {
            let digest = has_digest.then(|| DIGEST.parse().unwrap());
            let query = Query { limit, last: None, order, digest };
            let link = query.link("/acr/v1/a/_tags", &last);
            let target = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
            let (_, printed) = target.split_once('?').unwrap();
            prop_assert_eq!(parse(Some(printed)), Ok(Query { last: Some(last), ..query }));
        }

        #[test]
        fn parsing_never_panics(query in "((n|last|orderby|digest)=\\PC{0,5}&?){0,4}") {
            let _ = parse(Some(&query));
        }
    }
}
