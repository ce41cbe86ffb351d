//! The key of a session's forms, another text on each page: answers are compressed, and whoever could have a page made with a
//! text of theirs in it, and see how long it is, must not learn the key from that (the BREACH attack).

use boathook_core::id::Ids;

/// A key as a page shows it: something random, and the key xored with it, both hexadecimal.
pub(crate) fn masked(ids: &dyn Ids, key: &str) -> String {
    let mut pad = vec![0; key.len()];
    ids.fill(&mut pad);
    let hidden = pad.iter().zip(key.bytes()).map(|(pad, byte)| pad ^ byte);
    hex(pad.iter().copied()) + &hex(hidden)
}

/// Says whether a text is a mask of the key.
pub(crate) fn is_of(text: &str, key: &str) -> bool {
    let half = 2 * key.len();
    if text.len() != 2 * half || !text.is_ascii() {
        return false;
    }
    let (pad, hidden) = text.split_at(half);
    let byte = |text: &str, idx: usize| u8::from_str_radix(&text[2 * idx..2 * idx + 2], 16).ok();
    key.bytes().enumerate().all(|(idx, own)| {
        byte(pad, idx).zip(byte(hidden, idx)).is_some_and(|(pad, hidden)| pad ^ hidden == own)
    })
}

fn hex(bytes: impl Iterator<Item = u8>) -> String {
    bytes.fold(String::new(), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).expect("it is a digit"));
        text.push(char::from_digit(u32::from(byte & 15), 16).expect("it is a digit"));
        text
    })
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
        for wrong in ["", key, &one[2..], &one.replace(&one[..2], "zz"), &"é".repeat(32)] {
            assert!(!is_of(wrong, key), "{wrong}");
        }
        assert!(!is_of(&one, "0123456789abcdee"));
    }
}
