//! What SNS refuses, in its own words.

use trailbell_text::Diagnostic;

/// A refusal of SNS. `Display` is AWS's message where that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    code: &'static str,
    message: String,
    diagnostic: Option<Box<Diagnostic>>,
}

impl Error {
    /// AWS's error code, such as `InvalidParameter`.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The place in a filter policy, with a hint where one can be guessed.
    pub fn diagnostic(&self) -> Option<&Diagnostic> {
        self.diagnostic.as_deref()
    }

    pub(crate) fn parameter(what: &str) -> Self {
        Self { code: "InvalidParameter", message: format!("Invalid parameter: {what}"), diagnostic: None }
    }

    pub(crate) const fn value(message: String) -> Self {
        Self { code: "ParameterValueInvalid", message, diagnostic: None }
    }

    /// What is wrong with a filter policy.
    pub(crate) fn policy(reason: &str, diagnostic: Option<Diagnostic>) -> Self {
        let diagnostic = diagnostic.map(Box::new);
        Self { diagnostic, ..Self::parameter(&format!("Attributes Reason: {reason}")) }
    }
}
