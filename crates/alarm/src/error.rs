//! What can be wrong with a metric filter or an alarm: AWS's own words where they are known, and the place.

use trailbell_text::{Diagnostic, Span};

/// A metric filter or an alarm that cannot be as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// AWS refuses it: `Display` is AWS's message.
    #[error("{message}")]
    Refused {
        /// AWS's error code: `InvalidParameterException`, `ValidationError`.
        code: &'static str,
        /// AWS's message.
        message: String,
    },
    /// A text in a small language (a statistic, an expression, selection criteria) cannot be read.
    #[error("{what}: {}", .diagnostic.message)]
    Text {
        /// Which text, for people: `statistic`, `expression e1`.
        what: String,
        /// The text itself.
        source_text: String,
        /// What is wrong with it, where, and the next step.
        diagnostic: Diagnostic,
    },
}

impl Error {
    /// CloudWatch Logs says no.
    pub(crate) fn parameter(message: impl Into<String>) -> Self {
        Self::Refused { code: "InvalidParameterException", message: message.into() }
    }

    /// CloudWatch says no.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::Refused { code: "ValidationError", message: message.into() }
    }

    pub(crate) fn text(what: impl Into<String>, source: &str, diagnostic: Diagnostic) -> Self {
        Self::Text { what: what.into(), source_text: source.to_owned(), diagnostic }
    }

    /// The same, where the whole text is meant.
    pub(crate) fn whole_text(what: &str, source: &str, message: impl Into<String>, hint: &str) -> Self {
        Self::text(what, source, Diagnostic::new(message, Span::new(0, source.len())).with_hint(hint))
    }

    /// The place and the next step, where a text is wrong: the text and what to show of it.
    pub const fn diagnostic(&self) -> Option<(&str, &Diagnostic)> {
        match self {
            Self::Text { source_text, diagnostic, .. } => Some((source_text.as_str(), diagnostic)),
            Self::Refused { .. } => None,
        }
    }
}
