//! `If-None-Match` of `index.yaml` (RFC 9110 §13.1.2).

/// Says whether the values of the header name the entity tag; whether weakly does not matter.
pub fn names<'a>(values: impl Iterator<Item = &'a str>, entity_tag: &str) -> bool {
    // None of our tags has a comma.
    values
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == entity_tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], expected: bool) {
        assert_eq!(names(values.iter().copied(), "\"a.1\""), expected, "{values:?}");
    }

    #[test]
    fn a_tag_is_found_among_others() {
        check(&[], false);
        check(&["\"a.2\""], false);
        check(&["a.1"], false);
        check(&["\"a.1\""], true);
        check(&["W/\"a.1\""], true);
        check(&["\"b\" , \"a.1\""], true);
        check(&["\"b\"", "\"a.1\""], true);
        check(&["*"], true);
    }
}
