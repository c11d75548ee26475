//! The two languages a notice is written in.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use trailbell_text::{BothPhrases, Phrase, UnknownWord};

/// The language of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum Lang {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Japanese, です・ます throughout.
    #[serde(rename = "ja")]
    Ja,
}

impl Lang {
    /// Both words, as settings and `--lang` take them.
    pub const WORDS: &'static [&'static str] = &["en", "ja"];

    /// The word for it, which is also its BCP 47 tag.
    pub const fn word(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// Of a phrase kept in both languages, the one in this language.
    pub const fn of(self, both: &BothPhrases) -> &Phrase {
        match self {
            Self::En => &both.en,
            Self::Ja => &both.ja,
        }
    }

    /// Of two wordings, the one in this language.
    pub const fn pick<T: Copy>(self, english: T, japanese: T) -> T {
        match self {
            Self::En => english,
            Self::Ja => japanese,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Lang {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "en" => Ok(Self::En),
            "ja" => Ok(Self::Ja),
            _ => Err(UnknownWord { expected: Self::WORDS }),
        }
    }
}

/// One text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Both {
    pub(crate) en: &'static str,
    pub(crate) ja: &'static str,
}

impl Both {
    pub(crate) const fn new(en: &'static str, ja: &'static str) -> Self {
        Self { en, ja }
    }

    pub(crate) const fn get(self, lang: Lang) -> &'static str {
        lang.pick(self.en, self.ja)
    }
}
