//! Keys of an identity provider that a test plays.

use crate::receiver::Reply;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use boathook_wire::sign_in::jwks::Key;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// A key of an identity provider, which signs with ECDSA on P-256.
pub struct ProviderKey {
    id: &'static str,
    signing: EncodingKey,
    public: Value,
}

impl ProviderKey {
    /// A new key of that name.
    pub fn new(id: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let pair = pair.expect("the operating system has random bytes");
        let public = Key::p256(id, pair.public_key().as_ref()).expect("it is a point of P-256");
        let private = pair.to_pkcs8v1().expect("a key that was just made can be written");
        let public = serde_json::to_value(public).expect("a key can be written");
        Self { id, signing: EncodingKey::from_ec_der(private.as_ref()), public }
    }

    /// The part that everybody may know, as a JWK.
    pub fn public(&self) -> &Value {
        &self.public
    }

    /// A token of these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.to_owned()), ..Header::new(Algorithm::ES256) };
        self.sign_as(&header, claims)
    }

    /// A token of these claims that says something else of how it was signed.
    pub fn sign_as(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.signing).expect("JSON can be written")
    }
}

/// What the provider answers when it is asked for its keys.
pub fn key_set(keys: &[&ProviderKey]) -> Reply {
    let keys: Vec<_> = keys.iter().map(|key| key.public()).collect();
    Reply::new(200, &[], &json!({ "keys": keys }).to_string())
}
