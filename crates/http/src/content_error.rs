//! What the faces of a registry's content say in the same way: each has an error of its own, with variants of these names.

/// Has the error of a face come from what the engine, the caller and the address may be to blame for.
macro_rules! content_error {
    ($face:ident) => {
        impl From<boathook_engine::Error> for $face {
            fn from(error: boathook_engine::Error) -> Self {
                match error {
                    boathook_engine::Error::Full => Self::Full,
                    boathook_engine::Error::NoRegistry => Self::RegistryGone,
                    error if error.is_transient() => Self::Unavailable(error),
                    error => Self::Internal(error),
                }
            }
        }

        impl From<boathook_core::lock::Locked> for $face {
            fn from(_: boathook_core::lock::Locked) -> Self {
                Self::Locked
            }
        }

        impl From<boathook_engine::auth::Unchecked> for $face {
            fn from(unchecked: boathook_engine::auth::Unchecked) -> Self {
                use boathook_engine::auth::Unchecked;
                match unchecked {
                    Unchecked::Failed(error) => error.into(),
                    // Only where a provider's token is exchanged do its keys matter; what is said fits here as well.
                    Unchecked::Busy | Unchecked::Guessed(_) | Unchecked::NoKeys => {
                        Self::TooManySignIns(unchecked)
                    }
                }
            }
        }

        impl From<crate::oci::caller::NotAdmitted> for $face {
            fn from(not_admitted: crate::oci::caller::NotAdmitted) -> Self {
                use crate::oci::caller::NotAdmitted;
                match not_admitted {
                    NotAdmitted::Unauthorized { wanted } => Self::Unauthorized { wanted },
                    NotAdmitted::Unchecked(unchecked) => unchecked.into(),
                }
            }
        }

        impl From<crate::place::Unreachable> for $face {
            fn from(unreachable: crate::place::Unreachable) -> Self {
                match unreachable {
                    crate::place::Unreachable::Failed(error) => error.into(),
                    unreachable => Self::Unreachable(unreachable),
                }
            }
        }
    };
}
pub(crate) use content_error;
