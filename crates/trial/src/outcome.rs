//! What became of one test.

use std::fmt::Write as _;

use serde_json::{Value, json};
use trailbell_text::{Channel, LineColumn, Phrase};

/// What became of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The test's name.
    pub name: String,
    /// Where it stands in its file.
    pub place: LineColumn,
    /// What came that was not expected, one each; none where it passed.
    pub differences: Vec<Difference>,
    /// What was tested, a line each.
    pub input: Vec<String>,
    /// What was looked at on the way, a line each.
    pub trace: Vec<String>,
}

/// One thing that is not as it was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What: `state`, `reason`, `rules`, ...
    pub what: &'static str,
    /// What the test says.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl Outcome {
    /// Whether everything came as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    /// As a terminal shows it, without a final line end: one line, and where it failed (or `whole` is asked for) what was tested,
    /// what was looked at, what was expected and what came, indented below it.
    pub fn text(&self, file: &str, whole: bool) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = match self.differences.first() {
            None => write!(out, "ok {}", shown(&self.name)),
            Some(first) => write!(
                out,
                "FAILED {} ({}:{}): {}",
                shown(&self.name),
                shown(file),
                self.place.line,
                shown(&first.sentence())
            ),
        };
        if self.passed() && !whole {
            return out;
        }
        for (title, lines) in [("input", &self.input), ("trace", &self.trace)] {
            if !lines.is_empty() {
                let _ = write!(out, "\n  {title}");
                for line in lines {
                    let _ = write!(out, "\n    {}", shown(line));
                }
            }
        }
        for difference in &self.differences {
            let _ = write!(
                out,
                "\n  {}\n    expected  {}\n    got       {}",
                difference.what,
                shown(&difference.expected),
                shown(&difference.got)
            );
        }
        out
    }

    /// As programs read it.
    pub fn json(&self, file: &str) -> Value {
        let differences: Vec<Value> = self
            .differences
            .iter()
            .map(|difference| {
                json!({"what": difference.what, "expected": difference.expected, "got": difference.got})
            })
            .collect();
        json!({
            "type": "test", "file": file, "line": self.place.line, "column": self.place.column,
            "name": self.name, "passed": self.passed(), "differences": differences,
            "input": self.input, "trace": self.trace,
        })
    }
}

impl Difference {
    pub(crate) fn new(what: &'static str, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self { what, expected: expected.into(), got: got.into() }
    }

    /// Where the two are short.
    pub(crate) fn sentence(&self) -> String {
        let whole = format!("{}: expected {}, got {}", self.what, self.expected, self.got);
        if whole.chars().count() <= 120 { whole } else { format!("{} is not as expected", self.what) }
    }
}

/// A text as a terminal may show it: a name in a file of tests may have come from anywhere.
fn shown(text: &str) -> String {
    Phrase::ours(text.to_owned()).render(Channel::Terminal)
}
