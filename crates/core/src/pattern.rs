//! Patterns with `*`, which stands for any run of characters, `/` included.

/// Says whether `text` is what `pattern` describes. Takes time proportional to both lengths at worst, and no memory.
pub fn matches(pattern: &str, text: &str) -> bool {
    fits(pattern.as_bytes(), text.as_bytes(), |one, other| one == other)
}

/// Says the same without regard to the case of ASCII letters.
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    fits(pattern.as_bytes(), text.as_bytes(), u8::eq_ignore_ascii_case)
}

fn fits(pattern: &[u8], text: &[u8], is_same: fn(&u8, &u8) -> bool) -> bool {
    let (mut pattern_idx, mut text_idx) = (0, 0);
    // Where to go on after the last star, if what follows it turns out not to fit.
    let mut retry = None;
    while text_idx < text.len() {
        match pattern.get(pattern_idx) {
            Some(b'*') => {
                pattern_idx += 1;
                retry = Some((pattern_idx, text_idx));
            }
            Some(byte) if is_same(byte, &text[text_idx]) => {
                pattern_idx += 1;
                text_idx += 1;
            }
            _ => match &mut retry {
                Some((after_star, taken_until)) => {
                    *taken_until += 1;
                    pattern_idx = *after_star;
                    text_idx = *taken_until;
                }
                None => return false,
            },
        }
    }
    pattern[pattern_idx..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(matches(pattern, text), expected, "{pattern:?} on {text:?}");
    }

    #[test]
    fn a_star_stands_for_any_run() {
        check("*", "", true);
        check("team/*", "team/app", true);
        check("team/*", "team/app/web", true);
        check("team/*", "team", false);
        check("*.1", "v1.1.1", true);
        check("v1.*", "v1.", true);
        check("v1.*", "v2.1", false);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-c-b", false);
        check("plain", "plain", true);
        check("plain", "plainer", false);
        check("", "", true);
        check("", "a", false);
    }

    proptest! {
        #[test]
        fn filling_the_stars_in_matches(parts in proptest::collection::vec("[ab]{0,3}", 1..5), fill in "[ab]{0,4}") {
            prop_assert!(matches(&parts.join("*"), &parts.join(&fill)) || parts.len() == 1);
        }

        #[test]
        fn case_is_ignored_where_that_is_asked_for(pattern in "[abAB*]{0,5}", text in "[abAB]{0,5}") {
            let expected = matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase());
            prop_assert_eq!(matches_ignoring_case(&pattern, &text), expected);
        }

        #[test]
        fn without_a_star_only_the_text_itself_matches(pattern in "[ab]{0,4}", text in "[ab]{0,4}") {
            prop_assert_eq!(matches(&pattern, &text), pattern == text);
        }
    }
}
