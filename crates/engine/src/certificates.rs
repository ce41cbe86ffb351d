//! What HTTPS is answered with: a certificate from files, or certificates of an authority of this server's own.
//!
//! [`Authority`] issues, [`LocalCertificates`] picks what a client asks for by name, and [`GivenCertificate`] is one that
//! somebody else has issued; [`read_certificates`] reads those that are to be trusted. Not here: where the authority's files are, who listens, and how hands are shaken.

mod authority;
mod given;
mod local;
mod pem;

pub use authority::{Authority, AuthorityFiles, Distrust, certify, new_key};
pub use given::{GivenCertificate, Ungiven};
pub use local::LocalCertificates;
pub use pem::{Certificates, read_certificates};
