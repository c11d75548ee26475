//! (soon)
use crate::syntax::Pattern;
use trailbell_text::Diagnostic;
impl Pattern {
    /// soon
    pub fn warnings(&self, _present: &[&str]) -> Vec<Diagnostic> {
        vec![Diagnostic::new("!=", trailbell_text::Span::new(0, 0))]
    }
}
