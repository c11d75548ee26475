//! What AWS does not say and nobody has recorded, decided in one place: each as a user would expect it.
//! `LANGUAGE.md` lists the same points for readers. What is decided by the *shape* of the grammar rather than by
//! a rule that fits here is named at the end.

use std::cmp::Ordering;

use crate::decimal::Decimal;
use crate::syntax::Literal;

/// Blanks between the parts of a pattern, and between the fields of a line: recorded for space and tab. Line
/// ends count too, so that a pattern can be folded in a YAML file and a line's own end is no field.
pub(crate) const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// Keywords in any case. `= null` in small letters was refused by AWS as `NULL` would be, so the reserved word
/// does not depend on case.
pub(crate) fn is_keyword(word: &str, keyword: &str) -> bool {
    word.eq_ignore_ascii_case(keyword)
}

/// Words that are refused as a bare value although they are made of letters: recorded for `null` in a JSON
/// pattern. `true`, `false` (recorded) and everything else are ordinary text.
pub(crate) fn is_reserved_in_json(word: &str) -> bool {
    is_keyword(word, "NULL")
}

/// Recorded for the bare value `SPACE` in a space-delimited pattern; taken to hold for a field of that name too,
/// and only in capitals.
pub(crate) fn is_reserved_in_fields(word: &str) -> bool {
    word == "SPACE"
}

/// In quotes a backslash stands for nothing but the quote or the backslash after it; before any other character
/// it is itself, so that `"C:\dir"` means what it looks like. `next` is the character after the backslash.
pub(crate) const fn is_escaped_in_quotes(next: char) -> bool {
    matches!(next, '"' | '\\')
}

/// How a bare number compares with a field of a line: as a number where the field is one, so that `= 404` and
/// `>= 404 && <= 404` agree; as text otherwise. (In JSON, where strings and numbers differ, strings compare as
/// text: that is recorded.)
pub(crate) fn number_equals_field(literal: &Literal, number: Decimal<'_>, field: &str) -> bool {
    field == literal.text()
        || Decimal::parse(field).is_some_and(|field| field.compare(number) == Ordering::Equal)
}

/// AWS's text for a second wildcard in one selector is not known; this follows its text for a fourth in one pattern.
pub(crate) const TWO_WILDCARDS_IN_A_SELECTOR: &str =
    "Your input has exceeded the maximum of 1 JSON wildcard selector allowed per property selector.";

// Decided by the shape of the code:
// - only blanks: matches everything (`parse.rs`);
// - two terms with no blank between them, and `-` inside a word: refused (`terms.rs`);
// - `-%regex%`, `?%regex%` and regexes beside other terms: accepted, the limit of two counts there too (`terms.rs`);
// - brackets in the conditions of a field: accepted (`parse.rs`);
// - `*` in the middle of a value: itself (`syntax.rs`, `Literal::wildcard`);
// - numbers: exact decimals (`decimal.rs`);
// - `.*` visits the elements of an array as `[*]` visits the members of an object (`value.rs`);
// - `NOT EXISTS` after a wildcard: nothing is found at all (`evaluate.rs`);
// - a regex on a JSON number looks at its source text, as a quoted literal does (`evaluate.rs`);
// - `.` in a regex is one character but a line feed, `$` only the very end (`regex.rs`);
// - quotes and brackets count only where a field begins and when a blank follows their end (`fields.rs`);
// - an empty line has no fields, and `[]` matches it (`fields.rs`).
