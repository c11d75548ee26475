//! Where in a text something is wrong, and how that is shown: place, line, caret, hint.

use std::fmt::Write as _;
use std::ops::Range;

use crate::untrusted::{Channel, escape};

/// A range of bytes in a source text. `start == end` marks a place between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` to `end`, in bytes.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A place for people: both numbers start at 1, the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in characters (not bytes).
    pub column: usize,
}

impl LineColumn {
    /// The place of byte `offset` in `source`; an offset past the end is the end.
    pub fn of(source: &str, offset: usize) -> Self {
        let mut at = offset.min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        let before = &source[..at];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Self {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// One thing wrong in something a user wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong: one sentence without a final full stop; where AWS has words for it, AWS's own.
    pub message: String,
    /// The offending bytes of the source.
    pub span: Span,
    /// The next step, where we can guess it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without a hint.
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span, hint: None }
    }

    /// The same with a next step.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The message with its place and a caret under the offending text, ready for a terminal:
    ///
    /// ```text
    /// trailbell.yaml:3:14: Invalid metric filter pattern
    ///   |
    /// 3 |   filter: { $.a == 1 }
    ///   |                 ^^
    ///   = hint: write one =
    /// ```
    /// The source is escaped as terminal text, so a hostile file cannot speak to the terminal.
    pub fn render(&self, source_name: &str, source: &str) -> String {
        let place = LineColumn::of(source, self.span.start);
        let mut start = self.span.start.min(source.len());
        while !source.is_char_boundary(start) {
            start -= 1;
        }
        let line_start = source[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |i| start + i);
        // A window of the line, so that a megabyte on one line does not fill the screen.
        let (before, shown_from) = tail_chars(&source[line_start..start], 80);
        let after = head_chars(&source[start..line_end], 80);
        let mut end = self.span.end.clamp(start, line_end);
        while !source.is_char_boundary(end) {
            end += 1;
        }
        let marked = source[start..end].chars().count().clamp(1, after.chars().count().max(1));
        let number = place.line.to_string();
        let gutter = " ".repeat(number.len());
        let lead = if shown_from > 0 { "…" } else { "" };
        let indent: String =
            lead.chars().chain(before.chars()).map(|c| if wide(c) { '\u{3000}' } else { ' ' }).collect();
        let carets: String = after.chars().take(marked).map(|c| if wide(c) { "^^" } else { "^" }).collect();
        let carets = if carets.is_empty() { "^".to_owned() } else { carets };
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{}:{}:{}: {}",
            escape(source_name, Channel::Terminal),
            place.line,
            place.column,
            escape(&self.message, Channel::Terminal)
        );
        let _ = writeln!(out, "{gutter} |");
        let _ = writeln!(
            out,
            "{number} | {lead}{}{}",
            escape(before, Channel::Terminal),
            escape(after, Channel::Terminal)
        );
        let _ = write!(out, "{gutter} | {indent}{carets}");
        if let Some(hint) = &self.hint {
            let _ = write!(out, "\n{gutter} = hint: {}", escape(hint, Channel::Terminal));
        }
        out
    }
}

/// Whether a character takes two columns in a terminal: the East Asian blocks people really type.
fn wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}

fn head_chars(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(i, _)| &text[..i])
}

/// The last `count` characters and the offset they start at.
fn tail_chars(text: &str, count: usize) -> (&str, usize) {
    let from = text.char_indices().rev().nth(count.saturating_sub(1)).map_or(0, |(i, _)| i);
    (&text[from..], from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_place_line_caret_and_hint() {
        let source = "rules:\n  - filter: { $.a == 1 }\n";
        let at = source.find("==").unwrap();
        let shown = Diagnostic::new("Invalid metric filter pattern", Span::new(at, at + 2))
            .with_hint("write one =")
            .render("t.yaml", source);
        assert_eq!(
            shown,
            "t.yaml:2:19: Invalid metric filter pattern\n  |\n2 |   - filter: { $.a == 1 }\n  |                   ^^\n  = hint: write one ="
        );
    }

    #[test]
    fn an_offset_outside_or_inside_a_character_is_still_shown() {
        for at in 0..10 {
            let shown = Diagnostic::new("x", Span::new(at, at + 1)).render("f", "“あ”");
            assert!(shown.contains('^'), "{shown}");
        }
    }
}
