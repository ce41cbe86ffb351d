//! A list, or a page of one.

use serde::Serialize;

/// What list operations answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The entries.
    pub value: Vec<T>,
    /// The absolute URL of the next page, if there is one: see [`next_link`](super::query::next_link).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_link() {
        let page =
            |next_link| serde_json::to_string(&Page { value: vec![1, 2], next_link }).unwrap();
        assert_eq!(page(None), r#"{"value":[1,2]}"#);
        assert_eq!(
            page(Some("https://h/p".to_owned())),
            r#"{"value":[1,2],"nextLink":"https://h/p"}"#
        );
    }
}
