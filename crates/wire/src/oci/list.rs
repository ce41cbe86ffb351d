//! The lists of tags and of repositories.

use boathook_core::name::Repository;
use serde::Serialize;

/// Prints a repository's tags, in the order given.
pub fn tags<'a>(repository: &Repository, tags: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        name: &'a str,
        tags: Vec<&'a str>,
    }
    print(&Body { name: repository.as_str(), tags: tags.into_iter().collect() })
}

/// Prints the names of repositories, in the order given.
pub fn catalog<'a>(repositories: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        repositories: Vec<&'a str>,
    }
    print(&Body { repositories: repositories.into_iter().collect() })
}

fn print(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("because strings are always printable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_compact_and_empty_ones_are_lists_too() {
        let name = "team/app".parse().unwrap();
        assert_eq!(tags(&name, ["v1", "v2"]), br#"{"name":"team/app","tags":["v1","v2"]}"#);
        assert_eq!(tags(&name, []), br#"{"name":"team/app","tags":[]}"#);
        assert_eq!(catalog(["a", "b/c"]), br#"{"repositories":["a","b/c"]}"#);
        assert_eq!(catalog([]), br#"{"repositories":[]}"#);
    }
}
