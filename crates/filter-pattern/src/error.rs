//! Why a pattern is refused: AWS's own words, the place, and the next step where we can guess it.

use trailbell_text::{Diagnostic, Span};

/// A pattern that AWS would refuse. `Display` is AWS's own message where that is known
/// (`TestMetricFilter`'s wording; `FilterLogEvents` says "Invalid filter pattern" for the first of them).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Diagnostic);

impl Error {
    /// The message with its place (bytes of the pattern) and, where one can be guessed, a hint.
    pub const fn diagnostic(&self) -> &Diagnostic {
        &self.0
    }

    /// The same, owned.
    pub fn into_diagnostic(self) -> Diagnostic {
        self.0
    }

    /// The grammar does not allow what stands at `span`.
    pub(crate) fn invalid(span: Span) -> Self {
        Self(Diagnostic::new("Invalid metric filter pattern", span))
    }

    /// No token can go on like this: AWS names the text from the start of the token to the first character
    /// that does not fit, that one included.
    pub(crate) fn characters(pattern: &str, span: Span) -> Self {
        let term = pattern.get(span.start..span.end).unwrap_or_default();
        Self(Diagnostic::new(format!("Invalid character(s) in term '{term}'"), span))
    }

    pub(crate) fn regex(span: Span, reason: &str) -> Self {
        Self(Diagnostic::new("Failed to compile regular expression.", span).with_hint(reason))
    }

    pub(crate) fn duplicate(field: &str, span: Span) -> Self {
        Self(Diagnostic::new(format!("Duplicate field '{field}'"), span))
    }

    /// A limit of the service; `message` is AWS's text.
    pub(crate) fn limit(message: &'static str, span: Span, hint: &'static str) -> Self {
        Self(Diagnostic::new(message, span).with_hint(hint))
    }

    /// The same error with a next step, unless it has one already.
    pub(crate) fn or_hint(mut self, hint: impl FnOnce(&Diagnostic) -> Option<String>) -> Self {
        if self.0.hint.is_none() {
            self.0.hint = hint(&self.0);
        }
        self
    }
}
