//! Patterns that let every event through, and conditions that keep none back.

use trailbell_text::{Diagnostic, Span};

use crate::implication::{Condition, span_of};
use crate::syntax::{Expression, FieldCondition, JsonCondition, Role, Term, TermText, ValueTest};

/// Why something always holds, in words that go on after "every event matches: ".
type Why = &'static str;

const ANYTHING: Why = "every text is equal to this";
const EITHER: Why = "of these alternatives one always holds";

/// Says where the conditions of a JSON pattern hold of every event. `always_present` are selectors of fields that every
/// event has, with a text in them.
pub(crate) fn of_json(
    tree: &Expression<JsonCondition>,
    always_present: &[&str],
    found: &mut Vec<Diagnostic>,
) {
    report(tree, true, &|condition| always_present.contains(&condition.selector.to_string().as_str()), found);
}

/// Whether a tree of a JSON pattern holds of every event.
pub(crate) fn json_always_holds(tree: &Expression<JsonCondition>, always_present: &[&str]) -> bool {
    always(tree, &|condition| always_present.contains(&condition.selector.to_string().as_str())).is_some()
}

/// Says where the conditions of a field hold of every text.
pub(crate) fn of_field(tree: &Expression<FieldCondition>, found: &mut Vec<Diagnostic>) {
    report(tree, false, &|_| true, found);
}

/// Whether a tree of a field's conditions holds of every text.
pub(crate) fn field_always_holds(tree: &Expression<FieldCondition>) -> bool {
    always(tree, &|_| true).is_some()
}

fn report<C: Condition>(
    tree: &Expression<C>,
    is_whole: bool,
    is_present: &dyn Fn(&C) -> bool,
    found: &mut Vec<Diagnostic>,
) {
    if let Some((span, why)) = always(tree, is_present) {
        let (message, hint) = if is_whole {
            (
                format!("every event matches: {why}"),
                "if that is meant, leave the pattern empty, which says so",
            )
        } else {
            (
                format!("this always holds and adds nothing: {why}"),
                "take it out, or ask for what is really wanted",
            )
        };
        let joined = "exceptions are joined by &&: nothing is equal to both";
        let hint = if why == EITHER && all_exclude(tree) { joined } else { hint };
        found.push(Diagnostic::new(message, span).with_hint(hint));
        return;
    }
    if let Expression::All(parts) | Expression::Any(parts) = tree {
        for part in parts {
            report(part, false, is_present, found);
        }
    }
}

/// Where and why a tree always holds; `None` where that is not sure.
fn always<C: Condition>(tree: &Expression<C>, is_present: &dyn Fn(&C) -> bool) -> Option<(Span, Why)> {
    match tree {
        Expression::Condition(condition) => match condition.value_test() {
            Some(ValueTest::Equal(operand)) if operand.equals_everything() && is_present(condition) => {
                Some((condition.span(), ANYTHING))
            }
            _ => None,
        },
        Expression::All(parts) => {
            let every = parts.iter().map(|part| always(part, is_present)).collect::<Option<Vec<_>>>()?;
            every.first().map(|(_, why)| (span_of(tree), *why))
        }
        Expression::Any(parts) => {
            if let Some(one) = parts.iter().find_map(|part| always(part, is_present)) {
                return Some(one);
            }
            let conditions: Vec<&C> = parts
                .iter()
                .filter_map(|part| match part {
                    Expression::Condition(condition) if is_present(condition) => Some(condition),
                    _ => None,
                })
                .collect();
            let one_holds = conditions.iter().any(|left| {
                conditions
                    .iter()
                    .any(|right| left.is_about_the_value_of(right) && leave_nothing_out(*left, *right))
            });
            one_holds.then(|| (span_of(tree), EITHER))
        }
    }
}

/// Whether each string and number passes the one or the other: what `!=` leaves out, the other takes.
fn leave_nothing_out<C: Condition>(left: &C, right: &C) -> bool {
    match (left.value_test(), right.value_test()) {
        (Some(ValueTest::NotEqual(operand)), Some(other)) => ValueTest::Equal(operand.clone()).implies(other),
        _ => false,
    }
}

fn all_exclude<C: Condition>(tree: &Expression<C>) -> bool {
    tree.conditions().iter().all(|condition| matches!(condition.value_test(), Some(ValueTest::NotEqual(_))))
}

/// Says which regular expressions among terms are found in every event, and what follows.
pub(crate) fn of_terms(terms: &[Term], found: &mut Vec<Diagnostic>) {
    let everywhere =
        |term: &Term| matches!(&term.text, TermText::Regex(regex) if regex.is_found_in_everything());
    let only_optional = terms.iter().all(|term| term.role == Role::Optional);
    let counted = || terms.iter().filter(|term| only_optional || term.role != Role::Optional);
    let every_event = only_optional || counted().all(|term| term.role == Role::Required && everywhere(term));
    for term in counted().filter(|term| everywhere(term)) {
        let (message, hint) = match term.role {
            Role::Excluded => (
                "nothing can match: this regular expression is found in every event, and it is excluded",
                "write at least one character that must be there, as in %ab*%",
            ),
            Role::Required | Role::Optional if every_event => (
                "every event matches: this regular expression is found in every event",
                "write at least one character that must be there, or leave the pattern empty",
            ),
            Role::Required | Role::Optional => (
                "this always holds and adds nothing: this regular expression is found in every event",
                "write at least one character that must be there, as in %ab*%",
            ),
        };
        found.push(Diagnostic::new(message, term.span).with_hint(hint));
    }
}
