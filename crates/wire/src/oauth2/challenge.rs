//! How a registry asks a caller to sign in.
//!
//! Clients are particular about the header: `az` splits it at blanks and at commas, so that there are no blanks after
//! the commas, and no scope where it reads the challenge, at `/v2/` (`az-wire` §6).

use boathook_core::grant::Access;
use http::uri::{Authority, Scheme};
use serde::Serialize;

/// The message of every 401, which some clients print and some compare.
const MESSAGE: &str =
    "authentication required, visit https://aka.ms/acr/authorization for more information.";

/// Prints the `WWW-Authenticate` header of a 401.
///
/// `scheme` and `host` are those of the request that is challenged; `wanted` is what the request needs, nothing at
/// `/v2/` itself.
pub fn header(scheme: &Scheme, host: &Authority, wanted: &[Access]) -> String {
    let mut text = format!("Bearer realm=\"{scheme}://{host}/oauth2/token\",service=\"{host}\"");
    if !wanted.is_empty() {
        let scopes: Vec<_> = wanted.iter().map(ToString::to_string).collect();
        text.push_str(",scope=\"");
        text.push_str(&scopes.join(" "));
        text.push('"');
    }
    text
}

/// Prints the body of a 401; its detail names what the request needs, or is null.
pub fn body(wanted: &[Access]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        errors: [Entry<'a>; 1],
    }
    #[derive(Serialize)]
    struct Entry<'a> {
        code: &'static str,
        message: &'static str,
        detail: Option<Vec<Detail<'a>>>,
    }
    let detail: Vec<_> = wanted.iter().flat_map(details).collect();
    let detail = (!detail.is_empty()).then_some(detail);
    let body = Body { errors: [Entry { code: "UNAUTHORIZED", message: MESSAGE, detail }] };
    serde_json::to_vec(&body).expect("because strings are always printable")
}

/// One thing that a request needs; capitals as ACR has them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Detail<'a> {
    r#type: &'static str,
    name: &'a str,
    action: &'static str,
}

fn details(access: &Access) -> impl Iterator<Item = Detail<'_>> {
    let (r#type, name) = (access.kind(), access.name());
    access.actions().into_iter().map(move |action| Detail { r#type, name, action })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(text: &str) -> Access {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(wanted: &[Access], expected: &str) {
        let host = Authority::from_static("myreg.azurecr.io");
        assert_eq!(header(&Scheme::HTTPS, &host, wanted), expected);
    }

    #[test]
    fn the_header_has_no_blanks_after_commas() {
        let base =
            r#"Bearer realm="https://myreg.azurecr.io/oauth2/token",service="myreg.azurecr.io""#;
        check(&[], base);
        check(&[access("registry:catalog:*")], &format!(r#"{base},scope="registry:catalog:*""#));
        let hello = access("repository:hello:push,pull");
        check(&[hello], &format!(r#"{base},scope="repository:hello:pull,push""#));
        let mount = [access("repository:a:push"), access("repository:b:pull")];
        check(&mount, &format!(r#"{base},scope="repository:a:push repository:b:pull""#));
    }

    #[test]
    fn the_realm_repeats_scheme_host_and_port() {
        let host = Authority::from_static("localhost:5000");
        let expected =
            r#"Bearer realm="http://localhost:5000/oauth2/token",service="localhost:5000""#;
        assert_eq!(header(&Scheme::HTTP, &host, &[]), expected);
    }

    #[test]
    fn the_body_says_what_is_needed() {
        let expected = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required, visit https://aka.ms/acr/authorization for more information.","detail":null}]}"#;
        assert_eq!(String::from_utf8(body(&[])).unwrap(), expected);
        let detail = |wanted: Access| {
            let body: serde_json::Value = serde_json::from_slice(&body(&[wanted])).unwrap();
            body["errors"][0]["detail"].clone()
        };
        let expected = serde_json::json!([
            { "Type": "repository", "Name": "hello", "Action": "pull" },
            { "Type": "repository", "Name": "hello", "Action": "push" },
        ]);
        assert_eq!(detail(access("repository:hello:pull,push")), expected);
        let expected =
            serde_json::json!([{ "Type": "registry", "Name": "catalog", "Action": "*" }]);
        assert_eq!(detail(access("registry:catalog:*")), expected);
    }
}
