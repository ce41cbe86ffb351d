//! The headers that a webhook's owner adds to each request.
//!
//! Lives here: which names and values are allowed, and which values are hidden. Not here: the headers that Boathook
//! itself sends.

use std::fmt;

/// How many custom headers a webhook may have.
pub const CUSTOM_HEADERS_MAX: usize = 50;
/// How many bytes the name of a custom header may have.
pub const CUSTOM_HEADER_NAME_BYTES_MAX: usize = 256;
/// How many bytes the value of a custom header may have.
pub const CUSTOM_HEADER_VALUE_BYTES_MAX: usize = 4_096;
/// What stands in place of a value that is not shown.
pub const MASK: &str = "******";

const FRAMING_NAMES: [&str; 5] =
    ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect"];
const SIGNATURE_PREFIX: &str = "webhook-";

/// Headers in the order and spelling in which they were given, no name twice.
///
/// `Debug` shows the names alone, because any value may be a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CustomHeaders(Vec<(String, String)>);

/// Says why headers were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCustomHeaders {
    /// There are more than [`CUSTOM_HEADERS_MAX`].
    #[error("a webhook may have at most {CUSTOM_HEADERS_MAX} custom headers")]
    TooMany,
    /// A name is empty, too long, or holds a character that names cannot have. It is not repeated: it may be anything.
    #[error(
        "the name of a custom header has 1 to {CUSTOM_HEADER_NAME_BYTES_MAX} letters, digits or characters of \
         `!#$%&'*+-.^_`|~`"
    )]
    Name,
    /// The name is one that Boathook sets.
    #[error("`{name}` cannot be a custom header, because boathook sets it itself")]
    Refused {
        /// The name as it was given.
        name: String,
    },
    /// Two names differ in nothing but case.
    #[error("the custom header `{name}` is given twice; names are the same in either case")]
    Twice {
        /// The second name as it was given.
        name: String,
    },
    /// A value is longer than [`CUSTOM_HEADER_VALUE_BYTES_MAX`].
    #[error(
        "the value of the custom header `{name}` may have at most {CUSTOM_HEADER_VALUE_BYTES_MAX} bytes"
    )]
    ValueTooLong {
        /// The name as it was given.
        name: String,
    },
    /// A value holds a line break, a NUL or another control character.
    #[error(
        "the value of the custom header `{name}` may hold no line breaks and no control characters but tabs"
    )]
    Value {
        /// The name as it was given.
        name: String,
    },
}

impl CustomHeaders {
    /// Takes headers in their order, if every one of them may be sent.
    pub fn new(headers: Vec<(String, String)>) -> Result<Self, InvalidCustomHeaders> {
        if CUSTOM_HEADERS_MAX < headers.len() {
            return Err(InvalidCustomHeaders::TooMany);
        }
        for (header_idx, (name, value)) in headers.iter().enumerate() {
            check_name(name)?;
            check_value(name, value)?;
            if headers[..header_idx].iter().any(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
                return Err(InvalidCustomHeaders::Twice { name: name.clone() });
            }
        }
        Ok(Self(headers))
    }

    /// Goes through names and values in the order in which they were given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the value of a header, whichever case its name is asked for in.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Gives the headers as the history of events shows them: secrets replaced by [`MASK`].
    pub fn masked(&self) -> Vec<(String, String)> {
        let masked = |(name, value): (&str, &str)| {
            let shown = if is_secret_name(name) { MASK } else { value };
            (name.to_owned(), shown.to_owned())
        };
        self.iter().map(masked).collect()
    }
}

/// Says whether a header of this name carries a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "authorization" | "proxy-authorization" | "cookie")
        || ["token", "secret", "password", "signature"].iter().any(|word| name.contains(word))
        || name.ends_with("-key")
        || name.ends_with("apikey")
}

/// Says whether a header of this name would change how the request itself is framed or routed.
pub fn is_framing_name(name: &str) -> bool {
    FRAMING_NAMES.iter().any(|framing| framing.eq_ignore_ascii_case(name))
}

/// Says whether a header of this name belongs to the signature (Standard Webhooks 1.0.0).
fn is_signature_name(name: &str) -> bool {
    let head = name.get(..SIGNATURE_PREFIX.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(SIGNATURE_PREFIX))
}

fn check_name(name: &str) -> Result<(), InvalidCustomHeaders> {
    // RFC 9110, section 5.6.2.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || CUSTOM_HEADER_NAME_BYTES_MAX < name.len() || !name.bytes().all(is_token) {
        return Err(InvalidCustomHeaders::Name);
    }
    if is_framing_name(name) || is_signature_name(name) {
        return Err(InvalidCustomHeaders::Refused { name: name.to_owned() });
    }
    Ok(())
}

fn check_value(name: &str, value: &str) -> Result<(), InvalidCustomHeaders> {
    if CUSTOM_HEADER_VALUE_BYTES_MAX < value.len() {
        return Err(InvalidCustomHeaders::ValueTooLong { name: name.to_owned() });
    }
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return Err(InvalidCustomHeaders::Value { name: name.to_owned() });
    }
    Ok(())
}

impl fmt::Debug for CustomHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, _)| (name, MASK))).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(given: &[(&str, &str)]) -> Result<CustomHeaders, InvalidCustomHeaders> {
        CustomHeaders::new(
            given.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
        )
    }

    #[track_caller]
    fn check_refused(name: &str, value: &str, expected: &str) {
        assert_eq!(headers(&[(name, value)]).unwrap_err().to_string(), expected);
    }

    #[test]
    fn order_and_case_are_kept() {
        let given =
            [("X-b", "1"), ("x-A", "2"), ("Content-Type", "text/plain"), ("!#$%&'*+-.^_`|~9", "")];
        let kept = headers(&given).unwrap();
        assert_eq!(kept.iter().collect::<Vec<_>>(), given);
        assert_eq!(kept.get("CONTENT-TYPE"), Some("text/plain"));
        assert_eq!(kept.get("absent"), None);
    }

    #[test]
    fn names_that_boathook_sets_are_refused_in_any_case() {
        for name in [
            "Host",
            "HOST",
            "content-length",
            "Transfer-Encoding",
            "Connection",
            "Expect",
            "Webhook-Id",
            "webhook-",
            "WEBHOOK-x",
        ] {
            check_refused(
                name,
                "",
                &format!("`{name}` cannot be a custom header, because boathook sets it itself"),
            );
        }
        assert!(headers(&[("webhook", ""), ("Hosts", ""), ("X-Webhook-Id", "")]).is_ok());
    }

    #[test]
    fn names_are_tokens() {
        let longest = "n".repeat(CUSTOM_HEADER_NAME_BYTES_MAX);
        assert!(headers(&[(&longest, "")]).is_ok());
        for name in ["", " ", "a b", "a:", "é", "a\r\n", "(a)", "a\0", &format!("{longest}n")] {
            assert_eq!(headers(&[(name, "")]), Err(InvalidCustomHeaders::Name));
        }
    }

    #[test]
    fn values_hold_no_line_breaks_and_no_control_characters() {
        for value in ["a\r\nb", "\n", "\r", "a\0", "\u{1b}", "\u{7f}"] {
            assert_eq!(
                headers(&[("a", value)]),
                Err(InvalidCustomHeaders::Value { name: "a".to_owned() })
            );
        }
        assert!(headers(&[("a", "tab\tand é")]).is_ok());
    }

    #[test]
    fn values_may_have_4096_bytes_and_no_more() {
        let longest = "v".repeat(CUSTOM_HEADER_VALUE_BYTES_MAX);
        assert!(headers(&[("a", &longest)]).is_ok());
        check_refused(
            "a",
            &format!("{longest}v"),
            "the value of the custom header `a` may have at most 4096 bytes",
        );
    }

    #[test]
    fn there_may_be_50_headers_and_no_more() {
        let many =
            |count: usize| (0..count).map(|number| (format!("h{number}"), String::new())).collect();
        assert_eq!(
            CustomHeaders::new(many(CUSTOM_HEADERS_MAX)).unwrap().iter().len(),
            CUSTOM_HEADERS_MAX
        );
        assert_eq!(
            CustomHeaders::new(many(CUSTOM_HEADERS_MAX + 1)),
            Err(InvalidCustomHeaders::TooMany)
        );
    }

    #[test]
    fn no_name_comes_twice_in_whichever_case() {
        assert_eq!(
            headers(&[("a", "1"), ("b", "2"), ("A", "3")]),
            Err(InvalidCustomHeaders::Twice { name: "A".to_owned() })
        );
    }

    #[test]
    fn secrets_are_masked_and_the_rest_is_shown() {
        let secret = [
            "Authorization",
            "proxy-authorization",
            "COOKIE",
            "X-Token",
            "x-tokens",
            "Client-Secret",
            "PasswordHash",
            "X-Hub-Signature-256",
            "x-api-key",
            "Ocp-Apim-Subscription-Key",
            "apikey",
            "X-ApiKey",
        ];
        for name in secret {
            assert!(is_secret_name(name), "{name}");
        }
        for name in
            ["Content-Type", "key", "X-Key-Id", "monkey", "Cookies-Wanted", "X-Authorization-Kind"]
        {
            assert!(!is_secret_name(name), "{name}");
        }
        let masked = headers(&[("X-Token", "t"), ("Key", "value")]).unwrap().masked();
        assert_eq!(
            masked,
            [("X-Token".to_owned(), MASK.to_owned()), ("Key".to_owned(), "value".to_owned())]
        );
    }

    #[test]
    fn debug_output_shows_no_value() {
        assert_eq!(
            format!("{:?}", headers(&[("Key", "hunter2")]).unwrap()),
            r#"{"Key": "******"}"#
        );
    }

    proptest! {
        #[test]
        fn what_is_accepted_cannot_break_out_of_its_line(name in "\\PC{0,6}|[a-z]{1,3}[\\r\\n:]?", value in any::<String>()) {
            if let Ok(accepted) = headers(&[(&name, &value)]) {
                let (name, value) = accepted.iter().next().unwrap();
                prop_assert!(!value.contains(['\r', '\n', '\0']));
                prop_assert!(!name.is_empty() && !name.contains([':', ' ', '\r', '\n', '\0']));
            }
        }
    }
}
