//! Signing in to the management API: what a cloud consists of, who issues tokens, and the tokens (`az-wire` §3, §4).
//!
//! How a client-credentials sign-in goes, as `az`, the SDKs and Terraform do it. Signing tokens, and believing them, is
//! the engine's business.

pub mod claims;
pub mod error;
pub mod jwks;
pub mod metadata;
pub mod openid;
pub mod provider;
pub mod route;
pub mod token;
