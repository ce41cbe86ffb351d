//! Entity tags: what a resource is in a few letters, so that a change is made only to what its maker last saw
//! (RFC 9110 §8.8.3, §13.1). The condition is looked at in the transaction that makes the change.

use boathook_core::digest::Algorithm;
use boathook_store::{Guard, Removal};
use boathook_wire::arm::condition::Condition;
use std::hash::{Hash, Hasher};

/// How many digits of the hash a tag has. Nobody gains anything by two resources that share a tag.
const DIGITS: usize = 16;

/// The entity tag of a resource: another one for whatever is not the same in its row.
pub fn of(row: &impl Hash) -> String {
    let mut bytes = Bytes(Vec::new());
    row.hash(&mut bytes);
    let digest = Algorithm::Sha256.digest(&bytes.0);
    digest.hex()[..DIGITS].to_owned()
}

/// A resource is not as the caller last saw it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the resource is not as `If-Match` or `If-None-Match` would have it: read it again")]
pub struct Stale;

/// Says whether a change may be made to what is there.
pub(super) fn check(condition: &Condition, row: Option<&impl Hash>) -> Result<(), Stale> {
    let holds = !condition.is_set() || condition.holds(row.map(of).as_deref());
    if holds { Ok(()) } else { Err(Stale) }
}

/// The same for what is removed.
pub(super) fn guard<R: Hash + 'static>(condition: &Condition) -> Guard<R> {
    let condition = condition.clone();
    Guard::new(move |row: Option<&R>| check(&condition, row).is_ok())
}

/// Says whether there was something that was removed.
pub(super) fn removed(removal: Removal) -> Result<bool, Stale> {
    match removal {
        Removal::Removed => Ok(true),
        Removal::Unknown => Ok(false),
        Removal::Refused => Err(Stale),
    }
}

/// All that is hashed, one after the other.
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("the bytes are read, and not this")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_same_for_the_same_and_another_for_anything_else() {
        let tag = of(&("a", 1_i64, Some("b")));
        assert_eq!(tag, of(&("a", 1_i64, Some("b"))));
        assert_eq!(tag.len(), DIGITS);
        for other in [("a", 2, Some("b")), ("a", 1, None), ("ab", 1, Some(""))] {
            assert_ne!(tag, of(&other), "{other:?}");
        }
    }
}
