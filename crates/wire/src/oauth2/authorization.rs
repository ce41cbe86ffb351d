//! What an `Authorization` header says.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::fmt;

/// Some clients leave the padding out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Who a caller says it is, and how it means to show it.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// By name and password (RFC 7617).
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// By a token (RFC 6750).
    Bearer(String),
}

/// Why a header cannot be read. None of it is repeated in the message: it may hold a secret.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidAuthorization {
    /// The scheme is neither of the two.
    #[error("the `Authorization` header begins with `Basic` or `Bearer` and a blank")]
    Scheme,
    /// What follows `Basic` is not what it should be.
    #[error("what follows `Basic` is the base64 form of a UTF-8 user name, a colon and a password")]
    Basic,
    /// What follows `Bearer` cannot be a token.
    #[error("what follows `Bearer` is one token, without blanks")]
    Bearer,
}

impl Credentials {
    /// Reads the value of an `Authorization` header.
    pub fn parse(header: &str) -> Result<Self, InvalidAuthorization> {
        let (scheme, rest) = header.split_once(' ').ok_or(InvalidAuthorization::Scheme)?;
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("Basic") {
            basic(rest).ok_or(InvalidAuthorization::Basic)
        } else if scheme.eq_ignore_ascii_case("Bearer") {
            let is_token = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic());
            is_token.then(|| Self::Bearer(rest.to_owned())).ok_or(InvalidAuthorization::Bearer)
        } else {
            Err(InvalidAuthorization::Scheme)
        }
    }
}

/// The name ends at the first colon; the password may have more.
fn basic(encoded: &str) -> Option<Credentials> {
    let decoded = String::from_utf8(LENIENT.decode(encoded).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Credentials::Basic { user: user.to_owned(), password: password.to_owned() })
}

/// Shows who, and never by what.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic { user, .. } => {
                f.debug_struct("Basic").field("user", user).finish_non_exhaustive()
            }
            Self::Bearer(_) => f.write_str("Bearer(..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn pair(user: &str, password: &str) -> Credentials {
        Credentials::Basic { user: user.to_owned(), password: password.to_owned() }
    }

    #[track_caller]
    fn check(header: &str, expected: &Credentials) {
        assert_eq!(Credentials::parse(header).as_ref(), Ok(expected), "{header:?}");
    }

    #[track_caller]
    fn refused(header: &str, expected: InvalidAuthorization) {
        assert_eq!(Credentials::parse(header), Err(expected), "{header:?}");
    }

    #[test]
    fn names_and_passwords_are_read() {
        check("Basic YWxhZGRpbjpvcGVuOnNlc2FtZQ==", &pair("aladdin", "open:sesame"));
        check("basic YWxhZGRpbjpvcGVuOnNlc2FtZQ", &pair("aladdin", "open:sesame"));
        check("BASIC  YTo= ", &pair("a", ""));
        check("Basic Og==", &pair("", ""));
    }

    #[test]
    fn tokens_are_read() {
        check("Bearer a.b-c_d~e+f/g=", &Credentials::Bearer("a.b-c_d~e+f/g=".to_owned()));
        check("bearer  x ", &Credentials::Bearer("x".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        for header in ["", "Basic", "Bearer", "Digest a=b", "YTpi", " Basic YTpi"] {
            refused(header, InvalidAuthorization::Scheme);
        }
        for header in ["Basic ", "Basic !!!", "Basic YWI=", "Basic /zov", "Basic YTpi YTpi"] {
            refused(header, InvalidAuthorization::Basic);
        }
        for header in ["Bearer ", "Bearer a b", "Bearer \u{e9}"] {
            refused(header, InvalidAuthorization::Bearer);
        }
    }

    #[test]
    fn secrets_do_not_reach_logs() {
        let shown =
            format!("{:?} {:?}", pair("me", "hunter2"), Credentials::Bearer("hunter2".to_owned()));
        assert!(shown.contains("me") && !shown.contains("hunter2"), "{shown}");
    }

    proptest! {
        #[test]
        fn whatever_was_encoded_is_read(user in "[^:]{0,12}", password in "\\PC{0,12}") {
            let header = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
            prop_assert_eq!(Credentials::parse(&header), Ok(pair(&user, &password)));
        }

        #[test]
        fn parsing_never_panics(header in "((Basic|Bearer) )?\\PC*") {
            let _ = Credentials::parse(&header);
        }
    }
}
