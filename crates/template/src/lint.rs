//! What is valid in templates and still does not do what its owner wants: alarms nobody hears, functions nobody may call,
//! patterns that match nothing; and what AWS refuses. One file a group of rules; `docs/lint.md` lists them for readers.

mod action;
mod alarm;
mod event_pattern;
mod filter_policy;
mod handler;
mod identity;
mod invocation;
mod metric;
mod missing_data;
mod name;
mod nested;
mod pattern;
mod role;
mod runtime;
mod statistic;
mod subscription;
mod threshold;
mod topic;
mod transformation;

use std::fmt;

use trailbell_text::{Diagnostic, Span};

use crate::model::Origin;
use crate::{Problem, Stacks};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// AWS refuses it.
    Error,
    /// AWS takes it, and it does not work, or not as it seems.
    Warning,
    /// It may be meant; whoever wrote it should know.
    Note,
}

/// `error`, `warning`, `note`.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// One thing a template's owner should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, as in `docs/lint.md`: `retired-runtime`.
    pub rule: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// What it is and why, where it stands, and what to do about it.
    pub problem: Problem,
}

/// Looks for mistakes in what [`read`](crate::read) gave. `always_present` are selectors, as they are written
/// (`$.eventName`), that every log event is known to have.
///
/// The findings are in the order of the files and their lines. What is not known ([`is_placeholder`](crate::is_placeholder))
/// is given the benefit of the doubt. A resource whose condition is false is not looked at, and may be what a rule misses.
pub fn lint(stacks: &Stacks, always_present: &[&str]) -> Vec<Finding> {
    let mut findings = Findings::default();
    pattern::check(stacks, always_present, &mut findings);
    event_pattern::check(stacks, always_present, &mut findings);
    filter_policy::check(stacks, &mut findings);
    transformation::check(stacks, &mut findings);
    alarm::check(stacks, &mut findings);
    subscription::check(stacks, &mut findings);
    missing_data::check(stacks, &mut findings);
    statistic::check(stacks, &mut findings);
    identity::check(stacks, &mut findings);
    threshold::check(stacks, &mut findings);
    action::check(stacks, &mut findings);
    topic::check(stacks, &mut findings);
    invocation::check(stacks, &mut findings);
    handler::check(stacks, &mut findings);
    runtime::check(stacks, &mut findings);
    role::check(stacks, &mut findings);
    nested::check(stacks, &mut findings);
    name::check(stacks, &mut findings);
    findings.into_sorted(stacks)
}

/// Whether a resource of a type would be in the same stack if its condition held: it may be what a rule misses.
fn is_left_out(stacks: &Stacks, beside: &Origin, type_name: &str) -> bool {
    stacks.left_out.iter().any(|origin| origin.template == beside.template && origin.type_name == type_name)
}

/// What is found, while the rules look.
#[derive(Debug, Default)]
struct Findings {
    found: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, rule: &'static str, level: Level, origin: &Origin, diagnostic: Diagnostic) {
        let finding = Finding { rule, level, problem: origin.problem(diagnostic) };
        // A template that is nested twice has its mistakes once.
        if !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    fn error(
        &mut self,
        rule: &'static str,
        origin: &Origin,
        span: Span,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(rule, Level::Error, origin, Diagnostic::new(message, span).with_hint(fix));
    }

    fn warn(
        &mut self,
        rule: &'static str,
        origin: &Origin,
        span: Span,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(rule, Level::Warning, origin, Diagnostic::new(message, span).with_hint(fix));
    }

    fn note(
        &mut self,
        rule: &'static str,
        origin: &Origin,
        span: Span,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(rule, Level::Note, origin, Diagnostic::new(message, span).with_hint(fix));
    }

    fn into_sorted(mut self, stacks: &Stacks) -> Vec<Finding> {
        let place =
            |finding: &Finding| stacks.stacks.iter().position(|stack| stack.file == finding.problem.file);
        self.found
            .sort_by_key(|finding| (place(finding), finding.problem.diagnostic.span.start, finding.level));
        self.found
    }
}
