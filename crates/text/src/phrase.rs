//! A sentence of ours with values of theirs in it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::untrusted::{Channel, Untrusted, escape};

/// A part of a [`Phrase`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Piece {
    /// Our own words.
    Ours(Cow<'static, str>),
    /// A value from a record.
    Theirs(Untrusted),
}

impl From<Untrusted> for Piece {
    fn from(value: Untrusted) -> Self {
        Self::Theirs(value)
    }
}

impl From<&'static str> for Piece {
    fn from(text: &'static str) -> Self {
        Self::Ours(Cow::Borrowed(text))
    }
}

/// Words of ours and values of theirs in order; rendered as a whole for one [`Channel`], each value escaped.
///
/// Kept as JSON it is a list of `{"ours": "..."}` and `{"theirs": "..."}`: what was hostile stays so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phrase(Vec<Piece>);

impl Phrase {
    /// An empty phrase.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A phrase of our own words only.
    pub fn ours(text: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![Piece::Ours(text.into())])
    }

    /// Fills `{name}` places of a template of ours. A name `value` does not know stays as it is written,
    /// braces included, so that a missing value is seen in review and in tests rather than silently blank.
    pub fn fill(template: &'static str, mut value: impl FnMut(&str) -> Option<Piece>) -> Self {
        let mut phrase = Self::new();
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}').map(|i| open + i) else { break };
            if let Some(piece) = value(&rest[open + 1..close]) {
                phrase.push(&rest[..open]);
                phrase.push(piece);
            } else {
                phrase.push(&rest[..=close]);
            }
            rest = &rest[close + 1..];
        }
        phrase.push(rest);
        phrase
    }

    /// Adds a piece at the end.
    pub fn push(&mut self, piece: impl Into<Piece>) -> &mut Self {
        let piece = piece.into();
        if !matches!(&piece, Piece::Ours(text) if text.is_empty()) {
            self.0.push(piece);
        }
        self
    }

    /// Adds words of ours that were put together at run time (numbers, dates).
    pub fn push_ours(&mut self, text: impl Into<Cow<'static, str>>) -> &mut Self {
        self.push(Piece::Ours(text.into()))
    }

    /// Adds another phrase at the end.
    pub fn append(&mut self, other: Self) -> &mut Self {
        self.0.extend(other.0);
        self
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The text for one channel, every value escaped for it.
    pub fn render(&self, channel: Channel) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Ours(text) => escape(text, channel),
                Piece::Theirs(value) => value.render(channel),
            })
            .collect()
    }
}

/// The same phrase in English and in Japanese: for what is kept now and read later, nobody knows yet by whom.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BothPhrases {
    /// In English.
    pub en: Phrase,
    /// In Japanese.
    pub ja: Phrase,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_words_are_not_mistaken_for_places() {
        let phrase = Phrase::fill("{who} did {what} {unknown}", |key| match key {
            "who" => Some(Untrusted::new("{what}").into()),
            "what" => Some("this".into()),
            _ => None,
        });
        assert_eq!(phrase.render(Channel::Plain), "{what} did this {unknown}");
    }

    #[test]
    fn a_kept_phrase_still_knows_what_was_theirs() {
        let mut phrase = Phrase::ours("by ");
        phrase.push(Untrusted::new("<b>https://x.org"));
        let kept = serde_json::to_string(&phrase).unwrap();
        assert_eq!(kept, r#"[{"ours":"by "},{"theirs":"<b>https://x.org"}]"#);
        assert_eq!(serde_json::from_str::<Phrase>(&kept).unwrap(), phrase);
    }
}
