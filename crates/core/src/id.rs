//! Identifiers, one type for each thing that has one, and where new ones come from.

use std::fmt;
use std::sync::Arc;

/// Where identifiers and other unpredictable bytes come from.
pub trait Ids: Send + Sync {
    /// A new UUID in its 36-character form; later ones sort after earlier ones of the same source (UUID version 7).
    fn uuid(&self) -> String;

    /// Fills `bytes` from a source fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes an identifier that this server made earlier.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The identifier as it is stored and sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

id! {
    /// An event; also the `id` member of the payload that announces it.
    EventId
}
id! {
    /// One event on its way to one webhook.
    DeliveryId
}
id! {
    /// A webhook, from its creation to its deletion; a later one of the same name is another.
    WebhookId
}
id! {
    /// A store of blobs; a folder has it written in it, and databases remember whose blobs they speak of.
    BlobStoreId
}
id! {
    /// A role: a GUID, Azure's own for those that Azure has.
    RoleId
}
id! {
    /// An upload of a blob in progress.
    UploadId
}
id! {
    /// What an identity signs in as: a GUID.
    ClientId
}
id! {
    /// What roles are given to: an identity's object id, a GUID.
    PrincipalId
}
id! {
    /// One of an identity's secrets: a GUID.
    SecretId
}
id! {
    /// A role that somebody has on a scope: a GUID.
    AssignmentId
}
id! {
    /// A key that the authority signs with; tokens name it.
    SigningKeyId
}
id! {
    /// A session of the portal: a hash of what the browser holds.
    SessionId
}
id! {
    /// An entry of the audit log; later ones sort after earlier ones.
    AuditId
}

macro_rules! timed {
    ($($name:ident),*) => {
        $(impl $name {
            /// The smallest id that one of `time` can have (UUID version 7 begins with the time).
            pub fn earliest(time: crate::time::Timestamp) -> Self {
                let time_ms = format!("{:012x}", time.0.max(0));
                Self::new(format!("{}-{}-0000-0000-000000000000", &time_ms[..8], &time_ms[8..]))
            }
        })*
    };
}

timed!(EventId, AuditId);

impl UploadId {
    /// Reads an upload's id from a URL; anything but a UUID names no upload.
    pub fn parse(text: &str) -> Option<Self> {
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        (is_lower && is_guid(text)).then(|| Self::new(text))
    }
}

macro_rules! guid {
    ($($name:ident),*) => {
        $(impl $name {
            /// Reads what a client sends; case means nothing, and anything but a GUID names nothing.
            pub fn parse(text: &str) -> Option<Self> {
                is_guid(text).then(|| Self::new(text.to_ascii_lowercase()))
            }
        })*
    };
}

guid!(ClientId, PrincipalId, SecretId, AssignmentId, AuditId);

/// Says whether a text is a GUID in its 36-character form.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(idx, byte)| match idx {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_events_sort_by_time() {
        let earliest = |time_ms| EventId::earliest(crate::time::Timestamp(time_ms));
        assert_eq!(earliest(0).as_str(), "00000000-0000-0000-0000-000000000000");
        assert!(earliest(1_700_000_000_000) < EventId::new("018bcfe5-6800-7000-8000-000000000000"));
        assert!(EventId::new("018bcfe5-6800-7fff-bfff-ffffffffffff") < earliest(1_700_000_000_001));
    }

    #[test]
    fn guids_are_read_in_any_case_and_kept_in_one() {
        let id = ClientId::parse("B0A70001-0000-4000-8000-00000000000A");
        assert_eq!(id, Some(ClientId::new("b0a70001-0000-4000-8000-00000000000a")));
        for text in [
            "",
            "boathook",
            "b0a70001-0000-4000-8000-00000000000",
            "b0a70001-0000-4000-8000-0000000000000",
        ] {
            assert_eq!(ClientId::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_upload_id_is_a_uuid_and_nothing_that_could_name_a_file_elsewhere() {
        assert!(UploadId::parse("0193525f-6c4e-7c3a-8d4e-0123456789ab").is_some());
        for text in ["", "../../etc/passwd", "0193525F-6C4E-7C3A-8D4E-0123456789AB", "x"] {
            assert!(UploadId::parse(text).is_none(), "{text:?}");
        }
    }
}
