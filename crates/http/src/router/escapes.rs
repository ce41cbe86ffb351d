//! Escapes that a path need not have.

use std::borrow::Cow;

/// Writes out what need not be escaped, so that equivalent paths look alike (RFC 3986 §6.2.2.2); what means something
/// else when it is escaped, as `%2F` does, stays as it is. So does a path in which any escape is malformed.
pub(crate) fn without_needless_escapes(path: &str) -> Cow<'_, str> {
    let mut pieces = path.split('%');
    let mut plain = String::from(pieces.next().unwrap_or_default());
    let mut is_same = true;
    for piece in pieces {
        let byte = piece.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(byte) = byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return Cow::Borrowed(path);
        };
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            is_same = false;
            plain.push(char::from(byte));
            plain.push_str(&piece[2..]);
        } else {
            plain.push('%');
            plain.push_str(piece);
        }
    }
    if is_same { Cow::Borrowed(path) } else { Cow::Owned(plain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        let plain = without_needless_escapes(path);
        assert_eq!(plain, expected);
        assert_eq!(matches!(plain, Cow::Owned(_)), path != expected, "{path}");
        assert_eq!(without_needless_escapes(&plain), expected, "once is enough");
    }

    #[test]
    fn letters_digits_and_four_marks_need_no_escape() {
        check("/v2/app", "/v2/app");
        check("/%76%32/app", "/v2/app");
        check("/%2D%2e%5f%7E%41%7a%30", "/-._~Az0");
    }

    #[test]
    fn what_is_data_when_escaped_stays_escaped() {
        for path in ["/v2%2Fapp", "/v2%2fapp", "/%25%20%3A%3F%00%FF"] {
            check(path, path);
        }
        check("/%7632%2F%2576", "/v32%2F%2576");
    }

    #[test]
    fn a_path_with_a_malformed_escape_stays_as_it_is() {
        for path in ["/%76%", "/%76%7", "/%76%zz", "/%%34%31", "/%+1%76", "/%7é%76"] {
            check(path, path);
        }
    }
}
