//! The key of a session's forms, another text on each page: answers are compressed, and whoever could have a page made with a
//! text of theirs in it, and see how long it is, must not learn the key from that (the BREACH attack).

use boathook_core::digest::Algorithm;
use boathook_core::id::Ids;
use boathook_engine::auth::new_secret;

/// A key as a page shows it: something random, and a hash of that with the key.
pub(crate) fn masked(ids: &dyn Ids, key: &str) -> String {
    let salt = new_secret(ids);
    format!("{salt}.{}", hash(&salt, key))
}

/// Says whether a text is a mask of the key.
pub(crate) fn is_of(text: &str, key: &str) -> bool {
    text.split_once('.').is_some_and(|(salt, hashed)| hashed == hash(salt, key))
}

fn hash(salt: &str, key: &str) -> String {
    Algorithm::Sha256.digest(format!("{salt}.{key}").as_bytes()).hex().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_engine::system::SystemIds;

    #[test]
    fn a_mask_is_never_the_same_and_always_of_its_key() {
        let key = "0123456789abcdef";
        let (one, other) = (masked(&SystemIds, key), masked(&SystemIds, key));
        assert_ne!(one, other);
        assert!(is_of(&one, key) && is_of(&other, key));
        for wrong in ["", ".", key, &one[1..], &one[..one.len() - 1], &format!("x.{key}")] {
            assert!(!is_of(wrong, key), "{wrong}");
        }
        assert!(!is_of(&one, "0123456789abcdee"));
    }
}
