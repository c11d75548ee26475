//! Lines cut into fields, and the fields of a pattern laid over them.

use crate::choices::is_blank;
use crate::syntax::{Field, SpaceDelimited};

/// One field of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece<'t> {
    /// Without the quotes or brackets around it.
    text: &'t str,
    /// Where it begins in the line, its quote or bracket included.
    start: usize,
}

/// Cuts a line at runs of blanks; `"..."` and `[...]` are one field each where a blank or the end of the line
/// follows them. A quote or bracket that does not close like that is ordinary text.
fn split(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    loop {
        let rest = &line[start..];
        start += rest.len() - rest.trim_start_matches(is_blank).len();
        let rest = &line[start..];
        if rest.is_empty() {
            return pieces;
        }
        if let Some(inside) = enclosed(rest) {
            pieces.push(Piece { text: inside, start });
            start += inside.len() + 2;
        } else {
            let end = rest.find(is_blank).unwrap_or(rest.len());
            pieces.push(Piece { text: &rest[..end], start });
            start += end;
        }
    }
}

/// What is inside the quotes or brackets that `rest` begins with.
fn enclosed(rest: &str) -> Option<&str> {
    let inside = rest.get(1..)?;
    let end = match rest.as_bytes().first()? {
        b'[' => inside.find(']')?,
        b'"' => {
            let mut escaped = false;
            inside.bytes().position(|byte| {
                let closes = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                closes
            })?
        }
        _ => return None,
    };
    inside[end + 1..].chars().next().is_none_or(is_blank).then_some(&inside[..end])
}

/// A field of a line that a pattern names or counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Laid<'p, 't> {
    /// The pattern's field; `None` for one that `...` takes.
    pub(crate) field: Option<&'p Field>,
    /// Its 1-based position in the line.
    pub(crate) position: usize,
    /// Its text.
    pub(crate) text: &'t str,
}

/// Lays the pattern over a line; `None` where the line has too few fields.
///
/// Without `...` the last field takes the rest of the line as it stands. With it, fields before it count from the
/// left, fields after it from the right, and it takes what is between, perhaps nothing.
pub(crate) fn lay<'p, 't>(pattern: &'p SpaceDelimited, line: &'t str) -> Option<Vec<Laid<'p, 't>>> {
    let mut pieces = split(line);
    let after = pattern.after.as_deref().unwrap_or_default();
    let taken = pieces.len().checked_sub(pattern.before.len() + after.len())?;
    let between = if pattern.after.is_some() {
        taken
    } else {
        if taken > 0 {
            pieces.truncate(pattern.before.len());
            if let Some(last) = pieces.last_mut() {
                last.text = line[last.start..].trim_end_matches(is_blank);
            }
        }
        0
    };
    let fields = pattern
        .before
        .iter()
        .map(Some)
        .chain(std::iter::repeat_n(None, between))
        .chain(after.iter().map(Some));
    Some(
        fields
            .zip(pieces)
            .enumerate()
            .map(|(at, (field, piece))| Laid { field, position: at + 1, text: piece.text })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(line: &str) -> Vec<&str> {
        split(line).into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn blanks_separate_and_quotes_and_brackets_keep_together() {
        assert_eq!(texts(" a \t b\n"), ["a", "b"]);
        assert_eq!(
            texts(r#"1 [10/Oct 13:25] "GET / HTTP" "" []"#),
            ["1", "10/Oct 13:25", "GET / HTTP", "", ""]
        );
        assert_eq!(texts(r#""say \"hi there\"" x"#), [r#"say \"hi there\""#, "x"]);
    }

    #[test]
    fn what_does_not_close_before_a_blank_is_ordinary_text() {
        assert_eq!(texts(r#"ERROR "unterminated words"#), ["ERROR", "\"unterminated", "words"]);
        assert_eq!(texts(r#""a b"c [x y]: z"b c""#), ["\"a", "b\"c", "[x", "y]:", "z\"b", "c\""]);
        assert_eq!(texts("[ERROR]: [[x]]"), ["[ERROR]:", "[[x]]"]);
    }

    proptest! {
        #[test]
        fn any_line_is_cut(line in any::<String>()) {
            let _ = split(&line);
        }
    }
}
