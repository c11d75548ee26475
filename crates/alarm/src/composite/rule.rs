//! `AlarmRule`: what it is, what it says of the children's states, and what AWS refuses in it.

use std::collections::BTreeSet;
use std::fmt;

use trailbell_text::{Diagnostic, Span};

use super::{parse, token};
use crate::scope::AlarmArn;
use crate::{Scope, State, alarm_name};

/// Characters a rule may have.
pub(super) const MAX_CHARACTERS: usize = 10_240;
/// Alarms a rule may name.
pub(super) const MAX_CHILDREN: usize = 100;
/// Alarms, `TRUE`, `FALSE`, `AT_LEAST` and pairs of parentheses a rule may have.
pub(super) const MAX_ELEMENTS: usize = 500;
/// Parentheses and `NOT`s inside one another that we read; AWS names no limit of its own.
pub(super) const MAX_DEPTH: usize = 128;

/// An alarm rule, as it was written and as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    text: String,
    expression: Expression,
    /// Where each alarm is named, in the rule's order.
    references: Vec<(String, Span)>,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// `TRUE` or `FALSE`.
    Constant(bool),
    /// `ALARM(name)`, `OK(name)`, `INSUFFICIENT_DATA(name)`.
    Is {
        /// The state asked for.
        state: State,
        /// The alarm: its name or its ARN, without quotes.
        alarm: String,
    },
    /// `NOT ...`
    Not(Box<Self>),
    /// `... AND ...`, two or more. It binds tighter than `OR`.
    All(Vec<Self>),
    /// `... OR ...`, two or more.
    Any(Vec<Self>),
    /// `AT_LEAST(threshold, [NOT] state, (alarms))`.
    AtLeast {
        /// How many.
        threshold: Threshold,
        /// Whether `NOT` stands before the state.
        negated: bool,
        /// The state asked for.
        state: State,
        /// Names or ARNs. One that stands there twice counts twice.
        alarms: Vec<String>,
    },
}

/// The first argument of `AT_LEAST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// A number of alarms, from 1 to as many as are listed.
    Count(u32),
    /// A percentage, from 1 to 100; of the listed alarms, rounded up.
    Percent(u32),
}

impl Threshold {
    /// How many of `listed` alarms that is.
    fn of(self, listed: usize) -> usize {
        match self {
            Self::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
            Self::Percent(percent) => {
                usize::try_from(percent).unwrap_or(usize::MAX).saturating_mul(listed).div_ceil(100)
            }
        }
    }
}

impl Expression {
    /// Whether the rule holds, given each alarm's state by its name.
    pub fn holds(&self, state_of: &dyn Fn(&str) -> State) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::Is { state, alarm } => state_of(alarm_name(alarm)) == *state,
            Self::Not(inner) => !inner.holds(state_of),
            Self::All(parts) => parts.iter().all(|part| part.holds(state_of)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(state_of)),
            Self::AtLeast { threshold, negated, state, alarms } => {
                let counted =
                    alarms.iter().filter(|alarm| (state_of(alarm_name(alarm)) == *state) != *negated).count();
                counted >= threshold.of(alarms.len())
            }
        }
    }
}

impl Rule {
    /// Reads a rule. What needs to know the account, the Region and the other alarms is [`Rule::check`]'s.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let (expression, references) = parse::rule(text)?;
        Ok(Self { text: text.to_owned(), expression, references })
    }

    /// The rule as it was written: what messages show.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the rule says.
    #[must_use]
    pub const fn expression(&self) -> &Expression {
        &self.expression
    }

    /// The names of the alarms it watches, each once, in the order in which they first appear.
    #[must_use]
    pub fn children(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        self.references.iter().map(|(text, _)| alarm_name(text)).filter(|name| seen.insert(*name)).collect()
    }

    /// Whether the rule watches an alarm of that name.
    #[must_use]
    pub fn watches(&self, name: &str) -> bool {
        self.references.iter().any(|(text, _)| alarm_name(text) == name)
    }

    /// What `PutCompositeAlarm` checks of the alarms a rule names: they are of this account and Region, none is
    /// the composite alarm itself, and all of them exist. That others lead back to it in a circle is accepted.
    pub fn check(&self, name: &str, scope: &Scope, exists: &dyn Fn(&str) -> bool) -> Result<(), RuleError> {
        for (text, span) in &self.references {
            let Some(arn) = AlarmArn::parse(text) else { continue };
            let foreign = [("region", arn.region, &scope.region), ("account", arn.account, &scope.account)];
            for (what, was, expected) in foreign {
                if was != expected {
                    let message =
                        format!("Wrong ARN {what}, it was {was} but {expected} was expected instead");
                    return Err(RuleError::in_rule(&message, *span)
                        .hint("a composite alarm can watch only alarms of its own account and Region"));
                }
            }
        }
        if let Some((_, span)) = self.references.iter().find(|(text, _)| alarm_name(text) == name) {
            return Err(RuleError::in_rule("An alarm rule cannot refer to its own alarm", *span)
                .hint("name the alarms that it shall watch"));
        }
        let missing: Vec<&str> = self.children().into_iter().filter(|child| !exists(child)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let span = self.references.iter().find(|(text, _)| missing.contains(&alarm_name(text)));
        let arns: Vec<String> = missing.iter().map(|child| scope.alarm_arn(child)).collect();
        let message = format!(
            "Could not save the composite alarm as alarms [{}] in the alarm rule do not exist",
            arns.join(", ")
        );
        let span = span.map_or_else(Span::default, |(_, span)| *span);
        Err(RuleError::new(message, span).hint("create the alarm first, or correct its name"))
    }
}

/// The rule in our spelling: names quoted where they need it, parentheses only where they mean something.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
            Self::Is { state, alarm } => write!(f, "{state}({})", Name(alarm)),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                inner.write_operand(f, matches!(**inner, Self::All(_) | Self::Any(_)))
            }
            Self::All(parts) => {
                Self::write_list(f, parts, " AND ", |part| matches!(part, Self::All(_) | Self::Any(_)))
            }
            Self::Any(parts) => Self::write_list(f, parts, " OR ", |part| matches!(part, Self::Any(_))),
            Self::AtLeast { threshold, negated, state, alarms } => {
                let not = if *negated { "NOT " } else { "" };
                match threshold {
                    Threshold::Count(count) => write!(f, "AT_LEAST({count}, {not}{state}, (")?,
                    Threshold::Percent(percent) => write!(f, "AT_LEAST({percent}%, {not}{state}, (")?,
                }
                for (index, alarm) in alarms.iter().enumerate() {
                    write!(f, "{}{}", if index == 0 { "" } else { ", " }, Name(alarm))?;
                }
                f.write_str("))")
            }
        }
    }
}

impl Expression {
    fn write_operand(&self, f: &mut fmt::Formatter<'_>, parentheses: bool) -> fmt::Result {
        if parentheses { write!(f, "({self})") } else { write!(f, "{self}") }
    }

    fn write_list(
        f: &mut fmt::Formatter<'_>,
        parts: &[Self],
        operator: &str,
        parentheses: impl Fn(&Self) -> bool,
    ) -> fmt::Result {
        for (index, part) in parts.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { operator })?;
            part.write_operand(f, parentheses(part))?;
        }
        Ok(())
    }
}

/// A name as a rule writes it.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() && self.0.chars().all(token::is_of_word) {
            return f.write_str(self.0);
        }
        write!(f, "\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// A rule that AWS refuses. `Display` is AWS's own message, where that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct RuleError(Diagnostic);

impl RuleError {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        Self(Diagnostic::new(message, span))
    }

    /// `Error in AlarmRule [...]`.
    pub(super) fn in_rule(problem: &str, span: Span) -> Self {
        Self::new(format!("Error in AlarmRule [{problem}]"), span)
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self(self.0.with_hint(hint))
    }

    /// The message with its place (bytes of the rule) and the next step, where one can be guessed.
    #[must_use]
    pub const fn diagnostic(&self) -> &Diagnostic {
        &self.0
    }
}
