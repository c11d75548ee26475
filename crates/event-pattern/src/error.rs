//! Why a pattern is refused: AWS's own words, the place, and the next step where we can guess it.

use trailbell_text::{Diagnostic, Span};

/// A pattern that AWS would refuse. `Display` is AWS's own reason where that is known: what follows
/// `Event pattern is not valid. Reason: ` in the `InvalidEventPatternException` of `PutRule`, up to the first line's end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .diagnostic.message)]
pub struct Error {
    diagnostic: Diagnostic,
    is_syntax: bool,
}

impl Error {
    /// The message with its place (bytes of the pattern) and, where one can be guessed, a hint.
    pub const fn diagnostic(&self) -> &Diagnostic {
        &self.diagnostic
    }

    /// The same, owned.
    pub fn into_diagnostic(self) -> Diagnostic {
        self.diagnostic
    }

    /// Whether the text is no JSON at all, in contrast to JSON that is no pattern. Services word the two differently.
    pub const fn is_syntax(&self) -> bool {
        self.is_syntax
    }

    /// The text is no JSON.
    pub(crate) fn syntax(message: impl Into<String>, span: Span) -> Self {
        Self { diagnostic: Diagnostic::new(message, span), is_syntax: true }
    }

    /// The JSON is no pattern.
    pub(crate) fn pattern(message: impl Into<String>, span: Span) -> Self {
        Self { diagnostic: Diagnostic::new(message, span), is_syntax: false }
    }

    /// The same error with a next step, unless it has one already.
    #[must_use]
    pub(crate) fn or_hint(mut self, hint: Option<String>) -> Self {
        if self.diagnostic.hint.is_none() {
            self.diagnostic.hint = hint;
        }
        self
    }
}
