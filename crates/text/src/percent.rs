//! Percent-encoding, for what is put into a link.

use std::fmt::Write as _;

/// Everything but RFC 3986's unreserved characters as `%XX`, so that a name cannot leave its place in a link.
pub fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
