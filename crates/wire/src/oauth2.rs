//! Signing in to a registry: the challenge, the token request, the token's claims, and the `Authorization` header.
//!
//! How docker's token flow goes, as ACR speaks it (`acr-facts` §5, `az-wire` §6). Signing and checking tokens and
//! passwords is the engine's business.

pub mod authorization;
pub mod challenge;
pub mod claims;
pub mod client;
pub mod error;
pub mod exchange;
pub mod refresh;
pub mod token;
