//! Where a character of a value stands in the YAML or JSON text that writes it: what lets an error point into a filter
//! pattern that is quoted, escaped or folded.

use std::ops::Range;

use crate::Span;

/// How a scalar is written. A JSON string is in double quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quoting {
    /// Without quotes.
    Plain,
    /// `'it''s'`
    Single,
    /// `"a\tb"`
    Double,
    /// A block behind `|`.
    Literal,
    /// A block behind `>`.
    Folded,
}

/// Where bytes `range` of a scalar's `text` stand in the source whose bytes `span` write it.
///
/// Exact for every style that keeps its characters (plain, quoted with doubled quotes or escapes, literal and
/// folded blocks): both texts are walked together, quoting, indentation and folds being what only the source has.
pub fn locate(source: &str, span: Span, text: &str, quoting: Quoting, range: Range<usize>) -> Span {
    let written = source.get(span.start..span.end).unwrap_or_default();
    let mut walk = Walk { rest: written, at: span.start, quoting };
    walk.open();
    let mut start = None;
    let mut end = walk.at;
    for (offset, character) in text.char_indices() {
        if offset >= range.end && start.is_some() {
            break;
        }
        let place = walk.take(character);
        if offset >= range.start && start.is_none() {
            start = Some(place.start);
        }
        end = place.end;
    }
    let start = start.unwrap_or(end);
    Span::new(start, if range.is_empty() { start } else { end.max(start) })
}

/// The source's side of the walk of [`locate`].
struct Walk<'a> {
    rest: &'a str,
    at: usize,
    quoting: Quoting,
}

impl Walk<'_> {
    /// Steps over an opening quote. (The span of a block starts behind its header line.)
    fn open(&mut self) {
        if matches!(self.quoting, Quoting::Single | Quoting::Double) {
            self.skip(1);
        }
    }

    /// Where the next character of the text is written.
    fn take(&mut self, character: char) -> Span {
        loop {
            let run = self.rest.find(|c| !matches!(c, ' ' | '\t' | '\n' | '\r')).unwrap_or(self.rest.len());
            match (character, self.rest[..run].find('\n')) {
                // A fold: the line's end and the next line's indentation together write one blank.
                (' ', Some(_)) if self.quoting != Quoting::Literal => return self.step(run),
                ('\n', Some(line_end)) => return self.step(line_end + 1),
                (' ' | '\n', _) => {}
                _ if self.rest.starts_with(character) => {}
                _ => {
                    self.skip(run);
                    // An escaped line end in double quotes writes nothing.
                    if self.quoting == Quoting::Double && self.rest.starts_with("\\\n") {
                        self.skip(2);
                        continue;
                    }
                }
            }
            break;
        }
        let width = match self.quoting {
            Quoting::Single if self.rest.starts_with("''") => 2,
            Quoting::Double if self.rest.starts_with('\\') => match self.rest.as_bytes().get(1) {
                Some(b'x') => 4,
                // JSON writes a character outside the basic plane as two escapes.
                Some(b'u') if character > '\u{ffff}' => 12,
                Some(b'u') => 6,
                Some(b'U') => 10,
                _ => 1 + self.rest[1..].chars().next().map_or(0, char::len_utf8),
            },
            _ => self.rest.chars().next().map_or(0, char::len_utf8),
        };
        self.step(width)
    }

    fn step(&mut self, width: usize) -> Span {
        let start = self.at;
        self.skip(width);
        Span::new(start, self.at)
    }

    fn skip(&mut self, width: usize) {
        let width = width.min(self.rest.len());
        self.at += width;
        self.rest = self.rest.get(width..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The source under the last `needle` of `text`, which all of `source` writes.
    fn under<'s>(source: &'s str, text: &str, quoting: Quoting, needle: &str) -> &'s str {
        let at = text.rfind(needle).unwrap();
        let span = locate(source, Span::new(0, source.len()), text, quoting, at..at + needle.len());
        &source[span.start..span.end]
    }

    #[test]
    fn a_place_is_found_behind_quotes_and_escapes() {
        assert_eq!(under("a==b", "a==b", Quoting::Plain, "=="), "==");
        assert_eq!(under("'it''s =='", "it's ==", Quoting::Single, "=="), "==");
        assert_eq!(under("\"\\u3042 ==\"", "あ ==", Quoting::Double, "=="), "==");
    }

    #[test]
    fn a_character_that_json_writes_as_two_escapes_is_one() {
        assert_eq!(under("\"\\ud83d\\ude00==\"", "😀==", Quoting::Double, "=="), "==");
    }
}
