//! A text with wildcards: `*` is any characters, `?` is one, a backslash takes their meaning away.

use std::borrow::Cow;
use std::fmt;

use crate::lower::{equal_lower, lower, lower_char};

/// Characters between two `*`, one of which is `?` or a dash in any form: these are looked for place by place.
pub(crate) const MAX_LOOSE: usize = 1024;

/// What stands for one another under `windash`.
const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];

/// What a text has to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// What stands between the `*`; one where there is no `*`.
    segments: Vec<Segment>,
    cased: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Plain(String),
    Loose(Vec<Unit>),
}

/// One character of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// This character.
    Char(char),
    /// `?`
    One,
    /// A dash or slash in any form.
    Dash,
    /// `*`
    Many,
}

/// Takes a value of a rule apart: of a backslash before `*`, `?` or a backslash only what follows stays.
pub(crate) fn units(text: &str) -> Vec<Unit> {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        units.push(match c {
            '*' => Unit::Many,
            '?' => Unit::One,
            '\\' => Unit::Char(rest.next_if(|next| matches!(next, '*' | '?' | '\\')).unwrap_or('\\')),
            c => Unit::Char(c),
        });
    }
    units
}

/// Text that is taken as it is.
pub(crate) fn literal(text: &str) -> Vec<Unit> {
    text.chars().map(Unit::Char).collect()
}

/// Every dash and slash in any of its forms.
pub(crate) fn any_dash(units: &mut [Unit]) {
    for unit in units {
        if matches!(unit, Unit::Char(c) if DASHES.contains(c)) {
            *unit = Unit::Dash;
        }
    }
}

/// The text where no unit is a wildcard.
pub(crate) fn plain(units: &[Unit]) -> Option<String> {
    units.iter().map(|unit| if let Unit::Char(c) = unit { Some(*c) } else { None }).collect()
}

impl Pattern {
    /// `None` where a part between two `*` is longer than [`MAX_LOOSE`] and no plain text.
    pub(crate) fn new(units: &[Unit], cased: bool) -> Option<Self> {
        let mut segments = Vec::new();
        for part in units.split(|unit| *unit == Unit::Many) {
            let folded = |c: &char| if cased { *c } else { lower_char(*c) };
            segments.push(if let Some(text) = plain(part) {
                Segment::Plain(text.chars().map(|c| folded(&c)).collect())
            } else if part.len() <= MAX_LOOSE {
                Segment::Loose(
                    part.iter()
                        .map(|unit| if let Unit::Char(c) = unit { Unit::Char(folded(c)) } else { *unit })
                        .collect(),
                )
            } else {
                return None;
            });
        }
        Some(Self { segments, cased })
    }

    /// Whether upper and lower case differ.
    pub const fn is_cased(&self) -> bool {
        self.cased
    }

    /// The one text that it matches, in lower case unless the pattern is cased; `None` where it has wildcards.
    pub fn exact(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [Segment::Plain(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it matches every text.
    pub fn is_any(&self) -> bool {
        self.segments.len() > 1
            && self.segments.iter().all(|s| matches!(s, Segment::Plain(t) if t.is_empty()))
    }

    /// Whether a text matches. The work is the text's length, times at most 1,024 where `?` or dashes are in it.
    pub fn matches(&self, text: &str) -> bool {
        if let Some(exact) = self.exact() {
            return if self.cased { exact == text } else { equal_lower(exact, text) };
        }
        if self.is_any() {
            return true;
        }
        let text = if self.cased { Cow::Borrowed(text) } else { lower(text) };
        let mut rest: &str = &text;
        let [first, middle @ .., last] = self.segments.as_slice() else {
            // One part that is not plain.
            return self.segments.first().is_some_and(|only| only.at_start(rest) == Some(rest.len()));
        };
        let Some(taken) = first.at_start(rest) else { return false };
        rest = rest.get(taken..).unwrap_or_default();
        let Some(left) = last.at_end(rest) else { return false };
        rest = rest.get(..left).unwrap_or_default();
        for segment in middle {
            let Some(end) = segment.find(rest) else { return false };
            rest = rest.get(end..).unwrap_or_default();
        }
        true
    }
}

impl Segment {
    /// How many bytes it takes at the text's start.
    fn at_start(&self, text: &str) -> Option<usize> {
        match self {
            Self::Plain(plain) => text.starts_with(plain.as_str()).then_some(plain.len()),
            Self::Loose(units) => {
                let mut rest = text.chars();
                units
                    .iter()
                    .all(|unit| rest.next().is_some_and(|c| unit.is(c)))
                    .then(|| text.len() - rest.as_str().len())
            }
        }
    }

    /// How many bytes it leaves before it at the text's end.
    fn at_end(&self, text: &str) -> Option<usize> {
        match self {
            Self::Plain(plain) => text.ends_with(plain.as_str()).then(|| text.len() - plain.len()),
            Self::Loose(units) => {
                let mut rest = text.chars();
                let found = units.iter().rev().all(|unit| rest.next_back().is_some_and(|c| unit.is(c)));
                found.then_some(rest.as_str().len())
            }
        }
    }

    /// The end of its first place in the text.
    fn find(&self, text: &str) -> Option<usize> {
        match self {
            Self::Plain(plain) => text.find(plain.as_str()).map(|at| at + plain.len()),
            Self::Loose(_) => text.char_indices().find_map(|(at, _)| {
                self.at_start(text.get(at..).unwrap_or_default()).map(|taken| at + taken)
            }),
        }
    }
}

impl Unit {
    fn is(self, c: char) -> bool {
        match self {
            Self::Char(own) => own == c,
            Self::One => true,
            Self::Dash => DASHES.contains(&c),
            Self::Many => false,
        }
    }
}

/// As a rule writes it; a dash in any form is `-`.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 {
                f.write_str("*")?;
            }
            let units = match segment {
                Segment::Plain(text) => &literal(text),
                Segment::Loose(units) => units,
            };
            for (at, unit) in units.iter().enumerate() {
                match unit {
                    Unit::Char(c @ ('*' | '?')) => write!(f, "\\{c}")?,
                    // A backslash is itself unless something follows that it would take the meaning from.
                    Unit::Char('\\')
                        if units
                            .get(at + 1)
                            .is_none_or(|next| matches!(next, Unit::One | Unit::Char('*' | '?' | '\\'))) =>
                    {
                        f.write_str("\\\\")?;
                    }
                    Unit::Char(c) => write!(f, "{c}")?,
                    Unit::One => f.write_str("?")?,
                    Unit::Dash => f.write_str("-")?,
                    Unit::Many => f.write_str("*")?,
                }
            }
        }
        Ok(())
    }
}
