//! What is wrong or odd in what was handed in, and in which file.

use trailbell_text::{Diagnostic, Span};

use crate::File;
use crate::limits::MAX_PROBLEMS;

/// One thing wrong, or only odd, with the file it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands. What was said on a command line is a file of its own, called as the flag.
    pub file: File,
    /// What it is. The span is of the file's text.
    pub diagnostic: Diagnostic,
}

impl Problem {
    pub(crate) fn new(file: &File, diagnostic: Diagnostic) -> Self {
        Self { file: file.clone(), diagnostic }
    }

    /// With file, line, column, caret and hint, ready for a terminal.
    pub fn render(&self) -> String {
        self.diagnostic.render(self.file.name(), self.file.text())
    }
}

/// Why what was handed in cannot be run: everything that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.problems))]
pub struct Invalid {
    /// Never empty; by file, in the order of the text.
    pub problems: Vec<Problem>,
}

impl Invalid {
    /// All problems, ready for a terminal.
    pub fn render(&self) -> String {
        self.problems.iter().map(Problem::render).collect::<Vec<_>>().join("\n")
    }
}

impl From<Problem> for Invalid {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

fn summary(problems: &[Problem]) -> String {
    match problems {
        [one] => one.diagnostic.message.clone(),
        [first, rest @ ..] => format!("{} (and {} more)", first.diagnostic.message, rest.len()),
        [] => String::new(),
    }
}

/// The problems of one file as they are met, not more than anybody reads.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<Diagnostic>,
    unsaid: usize,
}

impl Problems {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        // One place is told of once: a value that is read twice is wrong once.
        if self.found.contains(&diagnostic) {
            return;
        }
        if self.is_full() {
            self.unsaid += 1;
        } else {
            self.found.push(diagnostic);
        }
    }

    pub(crate) fn add(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.push(Diagnostic::new(message, span).with_hint(hint));
    }

    /// Whether no more problems are told: what makes their words need not be worked out.
    pub(crate) fn is_full(&self) -> bool {
        self.found.len() >= MAX_PROBLEMS
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(crate) fn into_problems(mut self, file: &File) -> Vec<Problem> {
        self.found.sort_by_key(|problem| problem.span.start);
        if self.unsaid > 0 {
            let end = file.text().len();
            self.found.push(Diagnostic::new(
                format!("{} more problems are not shown", self.unsaid),
                Span::new(end, end),
            ));
        }
        self.found.into_iter().map(|problem| Problem::new(file, problem)).collect()
    }
}

/// The hint of a name that is not there: the one that was probably meant, else all there are.
pub(crate) fn did_you_mean<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
    // Enough for any real template, and no more than can be compared in no time.
    let known: Vec<&str> = known.into_iter().take(1_000).collect();
    let lower = name.to_lowercase();
    // Comparing is quadratic in the names' length; nobody mistypes a name of hundreds of characters.
    let near = known
        .iter()
        .filter(|candidate| candidate.len() < 256 && name.len() < 256)
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3))
        .min_by_key(|(distance, _)| *distance);
    if let Some((_, near)) = near {
        return Some(format!("did you mean `{near}`?"));
    }
    match known.as_slice() {
        [] => None,
        names if names.len() <= 12 => Some(format!("there are: {}", names.join(", "))),
        names => Some(format!("there are: {}, ...", names.get(..12)?.join(", "))),
    }
}
