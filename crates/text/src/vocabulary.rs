//! The words that rules, notices and settings share: how grave, of which kind, and how it ended.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word that is none of those expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownWord {
    /// The words that would have been understood.
    pub expected: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected one of {}", self.expected.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_meta])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// Every word, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The word as it stands in settings and JSON.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.word()) }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word { $($word => Ok(Self::$variant),)+ _ => Err(UnknownWord { expected: Self::WORDS }) }
            }
        }
    };
}

words! {
    /// How much a notice matters, least first.
    Severity {
        /// Expected, worth a line.
        Info = "info",
        /// Worth knowing.
        Low = "low",
        /// Worth reading.
        Medium = "medium",
        /// Worth reading now.
        High = "high",
        /// Drop everything.
        Critical = "critical",
    }
}

impl Severity {
    /// One step lower; `info` stays. A denied attempt is one step lower than the same success.
    #[must_use]
    pub const fn lower(self) -> Self {
        match self {
            Self::Info | Self::Low => Self::Info,
            Self::Medium => Self::Low,
            Self::High => Self::Medium,
            Self::Critical => Self::High,
        }
    }
}

words! {
    /// What sort of thing a notice tells. Where several rules met one event, its kind is the first of these:
    /// the order of this list is the fixed order.
    Kind {
        /// Somebody came in through a door of the console.
        ConsoleSignIn = "console-sign-in",
        /// Who can do what was changed, or tried.
        IamChange = "iam-change",
        /// The record keeping itself was touched.
        TrailTampering = "trail-tampering",
        /// The root user did something.
        RootActivity = "root-activity",
        /// A resource's own policy was changed.
        ResourceSharing = "resource-sharing",
        /// A rule of the CIS benchmark's section 4, or one from the configuration, met the event.
        RuleMatch = "rule-match",
    }
}

words! {
    /// How it ended.
    Outcome {
        /// It was done.
        Success = "success",
        /// It was tried and did not work, for a reason other than permission.
        Failure = "failure",
        /// It was tried and refused for want of permission.
        Denied = "denied",
    }
}
