//! Patterns that no event can match, and alternatives that never hold.

use trailbell_text::{Diagnostic, Span};

use crate::contradiction::{can_all_hold, never_holds, values_can_all_hold};
use crate::implication::{Condition, span_of};
use crate::syntax::{
    Expression, FieldCondition, JsonCondition, JsonTest, Role, Selector, Term, TermText, ValueTest,
};

/// Says which conditions of a JSON pattern cannot hold.
pub(crate) fn of_json(tree: &Expression<JsonCondition>, found: &mut Vec<Diagnostic>) {
    report(tree, true, &json_clash, found);
}

/// Says which conditions of a field cannot hold.
pub(crate) fn of_field(tree: &Expression<FieldCondition>, found: &mut Vec<Diagnostic>) {
    report(tree, true, &field_clash, found);
}

/// Says which required terms are excluded too.
pub(crate) fn of_terms(terms: &[Term], found: &mut Vec<Diagnostic>) {
    for term in terms.iter().filter(|term| term.role == Role::Required) {
        let is_excluded = terms.iter().filter(|other| other.role == Role::Excluded).any(|other| {
            match (&term.text, &other.text) {
                (TermText::Phrase(phrase), TermText::Phrase(inner)) => phrase.contains(inner.as_str()),
                (TermText::Phrase(phrase), TermText::Regex(regex)) => {
                    regex.is_unanchored() && regex.is_match(phrase)
                }
                (this, that) => this == that,
            }
        });
        if is_excluded {
            found.push(
                Diagnostic::new("nothing can match: a term is required and excluded", term.span)
                    .with_hint("a term that excludes looks inside words too"),
            );
        }
    }
}

/// Where conditions joined by `&&` clash, and why.
type Clash<'c, C> = &'c dyn Fn(&[Expression<C>], &Expression<C>) -> Option<(Span, String)>;

fn report<C: Condition>(
    tree: &Expression<C>,
    is_whole: bool,
    clash: Clash<'_, C>,
    found: &mut Vec<Diagnostic>,
) {
    if let Some((span, why)) = never(tree, clash) {
        let what = if is_whole { "nothing can match" } else { "this alternative never holds" };
        found.push(Diagnostic::new(format!("{what}: {why}"), span));
        return;
    }
    if let Expression::All(parts) | Expression::Any(parts) = tree {
        for part in parts {
            report(part, false, clash, found);
        }
    }
}

fn never<C: Condition>(tree: &Expression<C>, clash: Clash<'_, C>) -> Option<(Span, String)> {
    match tree {
        Expression::Condition(condition) => {
            let test = condition.value_test()?;
            let why = || "every string and every number is equal to this".to_owned();
            never_holds(test).then(|| (condition.span(), why()))
        }
        Expression::All(parts) => {
            parts.iter().find_map(|part| never(part, clash)).or_else(|| clash(parts, tree))
        }
        Expression::Any(parts) => {
            let every = parts.iter().map(|part| never(part, clash)).collect::<Option<Vec<_>>>()?;
            every.first().map(|_| (span_of(tree), "none of these alternatives can hold".to_owned()))
        }
    }
}

fn json_clash(
    parts: &[Expression<JsonCondition>],
    tree: &Expression<JsonCondition>,
) -> Option<(Span, String)> {
    let joined: Vec<&JsonCondition> = parts.iter().filter_map(as_condition).collect();
    let conditions = tree.conditions();
    let mut seen: Vec<&Selector> = Vec::new();
    for condition in &conditions {
        let selector = &condition.selector;
        if selector.has_wildcard() || seen.contains(&selector) {
            continue;
        }
        seen.push(selector);
        let tests: Vec<&JsonTest> =
            joined.iter().filter(|one| one.selector == *selector).map(|one| &one.test).collect();
        let required = tree.required(&|condition: &JsonCondition| condition.text_at(selector));
        if !can_all_hold(&tests) || required.is_some_and(|texts| texts.is_empty()) {
            let on_it = conditions.iter().filter(|one| one.selector == *selector).map(|one| one.span);
            return Some((around(on_it), format!("these conditions on {selector} cannot hold together")));
        }
    }
    // A value that is missing, or is a text, a number or a boolean, has nothing below it.
    for above in &joined {
        let needs_nothing_below = |below: &&&JsonCondition| {
            below.test != JsonTest::NotExists
                && match above.test {
                    JsonTest::NotExists => above.selector.leads_to(&below.selector),
                    JsonTest::IsNull => false,
                    _ => above.selector.leads_below(&below.selector),
                }
        };
        if let Some(below) = joined.iter().find(needs_nothing_below) {
            let why = format!("where {above}, there is nothing at {}", below.selector);
            return Some((around([above.span, below.span].into_iter()), why));
        }
    }
    None
}

fn field_clash(
    parts: &[Expression<FieldCondition>],
    tree: &Expression<FieldCondition>,
) -> Option<(Span, String)> {
    let tests: Vec<&ValueTest> = parts.iter().filter_map(as_condition).map(|one| &one.test).collect();
    let required = tree.required(&FieldCondition::text);
    let clashes = !values_can_all_hold(&tests) || required.is_some_and(|texts| texts.is_empty());
    clashes.then(|| (span_of(tree), "these conditions cannot hold together".to_owned()))
}

const fn as_condition<C>(part: &Expression<C>) -> Option<&C> {
    match part {
        Expression::Condition(condition) => Some(condition),
        _ => None,
    }
}

fn around(spans: impl Iterator<Item = Span> + Clone) -> Span {
    let start = spans.clone().map(|span| span.start).min().unwrap_or_default();
    Span::new(start, spans.map(|span| span.end).max().unwrap_or_default())
}
