//! Names that people choose: parsed once at the edge, trusted everywhere after.

/// A name that is kept as text; each has its own `FromStr`.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The name as it is stored and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

mod availability;
mod place;
mod reference;
mod repository;
mod resource;

pub use availability::{RegistryLabel, Unavailable};
pub use place::{InvalidName, Place, RESERVED_REGISTRIES, Region, RegistryName, WebhookName};
pub use reference::{InvalidReference, InvalidTag, Reference, TAG_BYTES_MAX, Tag};
pub use repository::{InvalidRepository, REPOSITORY_BYTES_MAX, Repository};
pub use resource::{
    IDENTITY_BYTES_MAX, IdentityName, RESOURCE_GROUP_BYTES_MAX, ReplicationName, ResourceGroupName,
    ScopeMapName, TokenName,
};
