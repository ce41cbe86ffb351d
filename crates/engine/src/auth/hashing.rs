//! argon2id, in memory that goes back to the system.
//!
//! A hash takes 19 MiB for some twenty milliseconds. Allocators keep what was freed for later; glibc's even takes the
//! first large block that is freed for a sign that more of its kind will come, and from then on keeps all of them. What
//! is larger than 32 MiB it never keeps. So the block is reserved larger than it has to be: the part that is not written
//! to is an address and no memory.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// How many blocks of 1 KiB are reserved: 33 MiB.
const RESERVED_BLOCKS: usize = 33 * 1024;

/// Hashes a secret with argon2id and a salt of its own, in the PHC string format.
pub(super) fn hash(secret: &str) -> String {
    let (algorithm, version, params) =
        (Algorithm::default(), Version::default(), Params::default());
    let salt = Salt::generate();
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params).expect("the default parameters can be written"),
        salt: Some(salt),
        hash: output(
            &Argon2::new(algorithm, version, params),
            secret,
            &salt,
            Params::DEFAULT_OUTPUT_LEN,
        ),
    };
    assert!(hash.hash.is_some(), "a secret of ours can be hashed");
    hash.to_string()
}

/// Says whether a hash in the PHC string format is that of a password.
pub(super) fn matches(hash: &str, password: &str) -> bool {
    let found = || {
        let hash = PasswordHash::new(hash).ok()?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let version = Version::try_from(hash.version?).ok()?;
        let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
        let expected = hash.hash?;
        // Compared in constant time by the type.
        Some(output(&argon2, password, &hash.salt?, expected.len())? == expected)
    };
    found().unwrap_or(false)
}

fn output(argon2: &Argon2<'_>, password: &str, salt: &Salt, len: usize) -> Option<Output> {
    let block_count = argon2.params().block_count();
    let mut memory = Vec::with_capacity(block_count.max(RESERVED_BLOCKS));
    memory.resize(block_count, Block::new());
    let mut bytes = [0; Output::MAX_LENGTH];
    let bytes = bytes.get_mut(..len)?;
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, bytes, &mut memory).ok()?;
    Output::new(bytes).ok()
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

    use super::*;

    #[test]
    fn a_hash_is_what_others_make_and_take() {
        let ours = PasswordHash::new(&hash("secret")).unwrap();
        assert_eq!(Argon2::default().verify_password(b"secret", &ours), Ok(()));
        assert!(Argon2::default().verify_password(b"Secret", &ours).is_err());
        let theirs = Argon2::default().hash_password(b"secret").unwrap().to_string();
        assert!(matches(&theirs, "secret"));
        assert!(!matches(&theirs, "Secret"));
    }

    #[test]
    fn no_two_hashes_are_alike_and_a_broken_one_matches_nothing() {
        let one = hash("secret");
        assert_ne!(one, hash("secret"));
        for broken in ["", "secret", &one[..one.len() - 1], &one.replace("argon2id", "argon2")] {
            assert!(!matches(broken, "secret"), "{broken}");
        }
    }
}
