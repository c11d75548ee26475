//! The quick no: whether a record's top-level fields alone show that no rule can meet it.

use rustc_hash::FxHashSet;
use trailbell_filter_pattern::{Expression, JsonCondition, JsonTest, Operand, Pattern, ValueTest};
use trailbell_record::{Operation, SignIn};

use crate::condition::Condition;
use crate::rule::{Check, Rule};
use crate::sharing::Sharing;
use crate::tampering::Tampering;

/// The top-level fields of a record that a reader finds in passing. They must be *exact*: a record with an
/// escape or an equal key in any of them skips the prescreen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fields<'a> {
    /// `eventName`
    pub event_name: Option<&'a str>,
    /// `eventSource`
    pub event_source: Option<&'a str>,
    /// `errorCode`
    pub error_code: Option<&'a str>,
    /// `readOnly`, where it is a boolean.
    pub read_only: Option<bool>,
    /// Whether `userIdentity.type` is `Root`.
    pub is_root: bool,
}

/// What any of the rules that are on could meet.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own about a record")]
pub(crate) struct Prescreen {
    names: FxHashSet<Box<str>>,
    sources: FxHashSet<Box<str>>,
    writes_in_iam: bool,
    root: bool,
    errors: bool,
    everything: bool,
}

impl Prescreen {
    pub(crate) fn of(rules: &[Rule]) -> Self {
        let mut screen = Self::default();
        for rule in rules.iter().filter(|rule| rule.enabled) {
            match &rule.check {
                Check::SignIn => screen.names.extend(SignIn::event_names().map(Into::into)),
                Check::Change => {
                    screen.names.extend(Operation::events().map(|(_, name)| name.into()));
                    screen.writes_in_iam = true;
                }
                Check::Tampering => screen.names.extend(Tampering::event_names().map(Into::into)),
                Check::Root => screen.root = true,
                Check::Sharing => screen.names.extend(Sharing::event_names().map(Into::into)),
                Check::Condition(condition) => screen.pin(condition),
            }
        }
        screen
    }

    /// Lets through what the pattern could match: by the names, the sources, the user type or the error it
    /// insists on.
    fn pin(&mut self, condition: &Condition) {
        if let Some(names) = condition.texts(&["eventName"]) {
            self.names.extend(names);
        } else if let Some(sources) = condition.texts(&["eventSource"]) {
            self.sources.extend(sources);
        } else if condition
            .texts(&["userIdentity", "type"])
            .is_some_and(|types| types.iter().all(|t| &**t == "Root"))
        {
            self.root = true;
        } else if matches!(condition.filter(), Some(Pattern::Json(json)) if insists_on_an_error(&json.condition))
        {
            self.errors = true;
        } else {
            self.everything = true;
        }
    }

    /// `false` only where no rule can meet a record with these fields.
    pub(crate) fn passes(&self, fields: &Fields<'_>) -> bool {
        self.everything
            || (self.root && fields.is_root)
            || (self.errors && fields.error_code.is_some())
            || fields.event_name.is_some_and(|name| self.names.contains(name))
            || fields.event_source.is_some_and(|source| {
                (self.writes_in_iam && fields.read_only != Some(true) && source.starts_with("iam"))
                    || (!self.sources.is_empty() && self.sources.contains(source))
            })
    }
}

/// Whether nothing without an error code can match, as with CIS 4.1. The literal has a letter that no number
/// has, so that the code must be a string, as the prescreen's fields are.
fn insists_on_an_error(condition: &Expression<JsonCondition>) -> bool {
    match condition {
        Expression::Condition(one) => {
            let JsonTest::Value(ValueTest::Equal(Operand::Literal(literal))) = &one.test else {
                return false;
            };
            let letters = literal.text().bytes().any(|b| b.is_ascii_alphabetic() && !b"eE".contains(&b));
            one.selector.is_path(&["errorCode"]) && letters
        }
        Expression::All(parts) => parts.iter().any(insists_on_an_error),
        Expression::Any(parts) => parts.iter().all(insists_on_an_error),
    }
}
