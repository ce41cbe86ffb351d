//! What the bench needs to know of a webhook's body.

use anyhow::{Context, Result};
use serde::Deserialize;

/// An event of a push, as Azure Container Registry tells of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// The event's id.
    pub(crate) id: String,
    /// The tag that was pushed.
    pub(crate) tag: String,
}

#[derive(Deserialize)]
struct Document {
    id: String,
    target: Target,
}

#[derive(Deserialize)]
struct Target {
    tag: String,
}

impl Event {
    /// Reads a body as it came.
    pub(crate) fn read(body: &[u8]) -> Result<Self> {
        let document: Document =
            serde_json::from_slice(body).context("a delivery is no push event with a tag")?;
        Ok(Self { id: document.id, tag: document.target.tag })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_tag_are_found_among_the_rest() {
        let body = br#"{"id":"e1","timestamp":"t","action":"push","target":{"size":1,"tag":"v1"},"request":{}}"#;
        assert_eq!(Event::read(body).unwrap(), Event { id: "e1".into(), tag: "v1".into() });
        assert!(Event::read(br#"{"id":"e1","action":"ping"}"#).is_err());
    }
}
