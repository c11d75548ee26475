//! What is not right about a property, and where.

use std::fmt;

use trailbell_text::Span;

/// A step from the properties to the value that is not right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An element of an array, from 0.
    Index(usize),
}

/// Whose doing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// AWS would refuse it.
    Wrong,
    /// AWS would run it; this program does not.
    NotRunHere,
}

/// A property that is not right. `Display` is the message with what to do; where AWS has words for it, AWS's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", Shown(self))]
pub struct PropertyError {
    /// Where: from the properties down.
    pub path: Vec<Segment>,
    /// Wrong, or not run here.
    pub problem: Problem,
    /// What is wrong: AWS's words where they are known.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// The bytes of the string at `path` that are wrong, where it has a language of its own (`AlarmRule`).
    pub span: Option<Span>,
}

impl PropertyError {
    pub(super) fn wrong(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), problem: Problem::Wrong, message: message.into(), hint: None, span: None }
    }

    pub(super) fn not_run_here(what: &str, hint: &str) -> Self {
        Self { problem: Problem::NotRunHere, ..Self::wrong(format!("not run here: {what}")) }.hint(hint)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error, of a member or an element.
    pub(super) fn within(mut self, segment: Segment) -> Self {
        self.path.insert(0, segment);
        self
    }

    pub(super) fn at(self, key: &str) -> Self {
        self.within(Segment::Key(key.to_owned()))
    }
}

struct Shown<'a>(&'a PropertyError);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}
