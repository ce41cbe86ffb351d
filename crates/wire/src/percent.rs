//! Percent-encoded paths.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Decodes a path; nothing where a percent sign is not followed by two hexadecimal digits, or the result is not UTF-8.
pub(crate) fn decode(path: &str) -> Option<Cow<'_, str>> {
    let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let mut escapes = path.split('%').skip(1).map(str::as_bytes);
    if escapes.any(|escape| !is_hex(escape.first()) || !is_hex(escape.get(1))) {
        return None;
    }
    percent_decode_str(path).decode_utf8().ok()
}
