//! Lower case as texts are compared in: character by character, so that a text keeps its count of characters.

use std::borrow::Cow;

/// The text in lower case by Unicode's simple mapping: each character becomes one character, whatever stands around it.
/// `İ` is `i`, `Σ` is `σ` also at the end of a word, `ß` stays.
pub fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Owned(text.chars().map(lower_char).collect())
}

pub(crate) fn lower_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    // The one character whose full mapping is two characters; the first of them is its simple mapping.
    c.to_lowercase().next().unwrap_or(c)
}

/// Whether two texts are equal in lower case.
pub(crate) fn equal_lower(one: &str, other: &str) -> bool {
    one == other || one.chars().map(lower_char).eq(other.chars().map(lower_char))
}
