//! The keys that tokens are checked with (RFC 7517, RFC 7518 §6.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

/// How tokens are signed: with ECDSA on P-256, which costs a fraction of RSA (RFC 7518 §3.4).
pub const ALGORITHM: &str = "ES256";

/// The bytes of a coordinate on P-256.
const COORDINATE_BYTES: usize = 32;

/// A set of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KeySet {
    /// The keys, in whatever order.
    pub keys: Vec<Key>,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Key {
    kty: &'static str,
    r#use: &'static str,
    alg: &'static str,
    crv: &'static str,
    kid: String,
    x: String,
    y: String,
}

/// The bytes are not an uncompressed point of P-256.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a public key of P-256 is 65 bytes, of which the first is 4")]
pub struct InvalidPoint;

impl Key {
    /// A key by the name that tokens call it, and its uncompressed point (SEC 1 §2.3.3).
    pub fn p256(kid: impl Into<String>, point: &[u8]) -> Result<Self, InvalidPoint> {
        let [4, coordinates @ ..] = point else { return Err(InvalidPoint) };
        if coordinates.len() != 2 * COORDINATE_BYTES {
            return Err(InvalidPoint);
        }
        let (x, y) = coordinates.split_at(COORDINATE_BYTES);
        Ok(Self {
            kty: "EC",
            r#use: "sig",
            alg: ALGORITHM,
            crv: "P-256",
            kid: kid.into(),
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_its_coordinates() {
        let mut point = vec![4];
        point.extend([0; COORDINATE_BYTES]);
        point.extend([0xff; COORDINATE_BYTES]);
        let set = KeySet { keys: vec![Key::p256("k1", &point).unwrap()] };
        let expected = concat!(
            r#"{"keys":[{"kty":"EC","use":"sig","alg":"ES256","crv":"P-256","kid":"k1","#,
            r#""x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","#,
            r#""y":"__________________________________________8"}]}"#,
        );
        assert_eq!(serde_json::to_string(&set).unwrap(), expected);
    }

    #[test]
    fn what_is_no_point_is_refused() {
        for point in [vec![], vec![4; 64], vec![4; 66], vec![2; 33], vec![2; 65]] {
            assert_eq!(Key::p256("k", &point), Err(InvalidPoint), "{} bytes", point.len());
        }
    }
}
