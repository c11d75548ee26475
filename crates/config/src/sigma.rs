//! Files of Sigma rules that the settings name: their text -> rules of the owner's, and what is to be said of each file.

use trailbell_sigma::{About, Document, Level, LogSource, Rule};
use trailbell_text::{Diagnostic, Severity};

use crate::own_rule::RulePattern;

/// Longest name a file may give its rules, in characters.
pub(crate) const MAX_FILE_RULE_NAME_CHARS: usize = 128;

/// A file of Sigma rules, as whoever calls has read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigmaFile {
    /// Its path, as messages show it; rules are named as its last part without the ending.
    pub name: String,
    /// What it holds: one or several documents.
    pub text: String,
}

/// What is to be said of a file that the settings name; every place is one of its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileFindings {
    /// The file's path, as messages show it.
    pub name: String,
    /// Its text, as it is.
    pub text: String,
    /// Why its rules cannot be used.
    pub problems: Vec<Diagnostic>,
    /// What may surprise.
    pub warnings: Vec<Diagnostic>,
    /// Rules that are left out, because they are for other logs than CloudTrail's, and correlations of such rules alone.
    pub left_out: Vec<Diagnostic>,
}

/// A rule of a file.
pub(crate) struct FileRule {
    pub(crate) name: String,
    /// A rule or a correlation of Sigma.
    pub(crate) pattern: RulePattern,
    /// Its document, as it is written.
    pub(crate) written: String,
}

/// What a file holds.
pub(crate) struct FileRules {
    /// Its rules for CloudTrail and its correlations, in their order.
    pub(crate) rules: Vec<FileRule>,
    /// Its rules for other logs.
    pub(crate) other_logs: Vec<Rule>,
}

impl SigmaFile {
    /// What is wrong or odd in it.
    pub fn check(self) -> FileFindings {
        self.read().1
    }

    pub(crate) fn read(self) -> (FileRules, FileFindings) {
        let Self { name, text } = self;
        let parsed = trailbell_sigma::parse(&text);
        let (mut rules, mut other_logs, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (nth, document) in (1..).zip(parsed.documents) {
            match document {
                Document::Rule(rule) if rule.log_source().is_for_cloudtrail() => {
                    let written = document_at(&text, rule.span().start).to_owned();
                    let pattern = RulePattern::Sigma(Box::new(rule));
                    rules.push(FileRule { name: rule_name(&name, nth), pattern, written });
                }
                Document::Rule(rule) => {
                    left_out.push(Diagnostic::new(
                        format!("This rule is for other logs ({}) and is left out", words(rule.log_source())),
                        rule.span(),
                    ));
                    other_logs.push(rule);
                }
                Document::Correlation(correlation) => {
                    let written = document_at(&text, correlation.span().start).to_owned();
                    let pattern = RulePattern::Correlation(Box::new(correlation));
                    rules.push(FileRule { name: rule_name(&name, nth), pattern, written });
                }
            }
        }
        let findings = FileFindings { name, text, problems: parsed.problems, warnings: Vec::new(), left_out };
        (FileRules { rules, other_logs }, findings)
    }
}

impl FileFindings {
    /// Whether there is anything to say.
    pub(crate) const fn says_something(&self) -> bool {
        !(self.problems.is_empty() && self.warnings.is_empty() && self.left_out.is_empty())
    }
}

/// What a log source says, for people.
pub(crate) fn words(source: &LogSource) -> String {
    let parts = [("product", &source.product), ("service", &source.service), ("category", &source.category)];
    let said: Vec<String> = parts
        .into_iter()
        .filter_map(|(key, value)| value.as_ref().map(|value| format!("{key}: {value}")))
        .collect();
    if said.is_empty() { "it does not say which".to_owned() } else { said.join(", ") }
}

/// How much a match matters by the rule's level; medium where it has none.
pub(crate) const fn severity(about: About<'_>) -> Severity {
    match about.level {
        Some(Level::Critical) => Severity::Critical,
        Some(Level::High) => Severity::High,
        Some(Level::Medium) | None => Severity::Medium,
        Some(Level::Low) => Severity::Low,
        Some(Level::Informational) => Severity::Info,
    }
}

/// The title on one line.
pub(crate) fn title(about: About<'_>) -> String {
    one_line(about.title)
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The file's stem, and for its second document and those after it their number.
fn rule_name(path: &str, nth: usize) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = [".yml", ".yaml"].into_iter().find_map(|ending| last.strip_suffix(ending)).unwrap_or(last);
    if nth == 1 { stem.to_owned() } else { format!("{stem}-{nth}") }
}

/// The document of a YAML text that the byte at `at` is in. `---` at the start of a line stands nowhere else than between
/// documents.
fn document_at(text: &str, at: usize) -> &str {
    let is_mark = |line: &str| {
        line.strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
    };
    let (mut start, mut offset) = (0, 0);
    for line in text.split_inclusive('\n') {
        if is_mark(line) {
            if offset > at {
                return text.get(start..offset).unwrap_or(text);
            }
            start = offset + if line.trim_end() == "---" { line.len() } else { 0 };
        }
        offset += line.len();
    }
    text.get(start..).unwrap_or(text)
}
