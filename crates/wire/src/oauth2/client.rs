//! Signing in at somebody else's registry, to pull from it: reading its challenge and the token that it gives.
//!
//! Sources: RFC 9110 §11.6.1, RFC 6750 §3, docker's token authentication ("Token Authentication Specification").

use serde::Deserialize;
use url::Url;

/// How a registry wants its callers to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// With a name and a password at each request.
    Basic,
    /// With a token that somebody gives.
    Bearer {
        /// Who.
        realm: String,
        /// For whom it shall be.
        service: Option<String>,
        /// What it has to be good for.
        scope: Option<String>,
    },
}

/// Reads a `WWW-Authenticate` header, which may hold several challenges, and leaves out those of other kinds.
pub fn challenges(header: &str) -> Vec<Challenge> {
    let mut read: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            break;
        }
        if let Some(value) = after.trim_start_matches([' ', '\t']).strip_prefix('=') {
            let (value, after) = parameter(value.trim_start_matches([' ', '\t']));
            if let Some((_, parameters)) = read.last_mut() {
                parameters.push((word.to_ascii_lowercase(), value));
            }
            rest = after;
        } else {
            read.push((word.to_ascii_lowercase(), Vec::new()));
            rest = after;
        }
    }
    read.into_iter().filter_map(|(scheme, parameters)| challenge(&scheme, &parameters)).collect()
}

fn challenge(scheme: &str, parameters: &[(String, String)]) -> Option<Challenge> {
    let named = |name: &str| {
        let found = parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    };
    match scheme {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: named("realm")?,
            service: named("service"),
            scope: named("scope"),
        }),
        _ => None,
    }
}

/// A parameter's value, in quotation marks or without, and what follows it.
fn parameter(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(character),
        }
    }
    (value, "")
}

/// Where a token is asked for; `None` where the realm is no URL.
pub fn token_url(realm: &str, service: Option<&str>, scope: &str) -> Option<String> {
    let mut url = Url::parse(realm).ok()?;
    let mut query = url.query_pairs_mut();
    if let Some(service) = service {
        query.append_pair("service", service);
    }
    query.append_pair("scope", scope);
    drop(query);
    Some(url.into())
}

/// Where a redirect leads that `from` was answered with; `None` where that is no URL.
pub fn redirect_url(from: &str, location: &str) -> Option<String> {
    Url::parse(from).ok()?.join(location).ok().map(String::from)
}

/// The token in an answer, under either of its two names; `None` where there is none.
pub fn token(answer: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        token: Option<String>,
        access_token: Option<String>,
    }
    let Answer { token, access_token } = serde_json::from_slice(answer).ok()?;
    let given = [token, access_token].into_iter().flatten();
    given.into_iter().find(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        let (service, scope) = (service.map(str::to_owned), scope.map(str::to_owned));
        Challenge::Bearer { realm: realm.to_owned(), service, scope }
    }

    #[track_caller]
    fn check(header: &str, expected: &[Challenge]) {
        assert_eq!(challenges(header), expected, "{header}");
    }

    #[test]
    fn challenges_are_read_as_registries_write_them() {
        check(
            r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/a:pull""#,
            &[bearer(
                "https://auth.docker.io/token",
                Some("registry.docker.io"),
                Some("repository:library/a:pull"),
            )],
        );
        check(r#"Basic realm="Registry Realm""#, &[Challenge::Basic]);
        check("basic", &[Challenge::Basic]);
        check(
            r#"Negotiate, BEARER  realm = "https://a/t, b" , Service=x, Basic realm=y"#,
            &[bearer("https://a/t, b", Some("x"), None), Challenge::Basic],
        );
        check(r#"Bearer realm="a\"b\\c""#, &[bearer(r#"a"b\c"#, None, None)]);
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        for header in [
            "",
            ",",
            "=",
            "=x",
            "Bearer",
            "Bearer realm=",
            r#"Bearer realm=""#,
            "Digest realm=x",
            "a=b",
        ] {
            check(header, &[]);
        }
        check(r#"Bearer realm="unclosed"#, &[bearer("unclosed", None, None)]);
    }

    #[test]
    fn the_url_of_a_token_keeps_what_the_realm_asks() {
        let url = token_url("https://a/t?x=1", Some("s s"), "repository:a/b:pull");
        let expected = "https://a/t?x=1&service=s+s&scope=repository%3Aa%2Fb%3Apull";
        assert_eq!(url.as_deref(), Some(expected));
        assert_eq!(token_url("nowhere", None, "x"), None);
    }

    #[test]
    fn a_redirect_may_be_relative() {
        let at = |location| redirect_url("https://a/v2/x/blobs/y?z", location);
        assert_eq!(at("/other").as_deref(), Some("https://a/other"));
        assert_eq!(at("https://b/c?d=e").as_deref(), Some("https://b/c?d=e"));
        assert_eq!(at("//b:99/c").as_deref(), Some("https://b:99/c"));
        assert_eq!(at("http://["), None);
    }

    #[test]
    fn a_token_has_either_name() {
        assert_eq!(token(br#"{"token":"a","access_token":"b"}"#).as_deref(), Some("a"));
        assert_eq!(
            token(br#"{"token":"","access_token":"b","expires_in":300}"#).as_deref(),
            Some("b")
        );
        for none in ["", "{}", "[]", r#"{"token":1}"#, r#"{"token":""}"#] {
            assert_eq!(token(none.as_bytes()), None, "{none}");
        }
    }
}
