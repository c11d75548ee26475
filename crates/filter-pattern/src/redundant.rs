//! Conditions and terms that could be taken out and nothing would change: written twice, or covered by another.

use trailbell_text::{Diagnostic, Span};

use crate::implication::{Condition, MAX_COMPARISONS, implies, span_of};
use crate::syntax::{Expression, Role, Term, TermText};

/// Says which parts of a tree add nothing. Parts of which `is_idle` says that they always hold are told of elsewhere.
pub(crate) fn of_tree<C: Condition>(
    tree: &Expression<C>,
    is_idle: &dyn Fn(&Expression<C>) -> bool,
    found: &mut Vec<Diagnostic>,
) {
    let mut left = MAX_COMPARISONS;
    walk(tree, is_idle, &mut left, found);
}

fn walk<C: Condition>(
    tree: &Expression<C>,
    is_idle: &dyn Fn(&Expression<C>) -> bool,
    left: &mut usize,
    found: &mut Vec<Diagnostic>,
) {
    let (parts, are_alternatives) = match tree {
        Expression::Condition(_) => return,
        _ if is_idle(tree) => return,
        Expression::All(parts) => (parts, false),
        Expression::Any(parts) => (parts, true),
    };
    for (at, part) in parts.iter().enumerate() {
        if is_idle(part) {
            continue;
        }
        // An alternative adds nothing where a wider one stands beside it; a condition, where a narrower one does.
        let mut covers = |narrow: &Expression<C>, wide: &Expression<C>| {
            if are_alternatives { implies(narrow, wide, left) } else { implies(wide, narrow, left) }
        };
        let other = parts.iter().enumerate().find(|(other_at, other)| {
            // Of two that say the same the first is kept.
            *other_at != at && covers(part, other) && (*other_at < at || !covers(other, part))
        });
        match other {
            Some((other_at, other)) => {
                let is_twice = covers(other, part);
                found.push(finding(span_of(part), other_at, are_alternatives, is_twice));
            }
            None => walk(part, is_idle, left, found),
        }
    }
}

fn finding(span: Span, other_at: usize, are_alternatives: bool, is_twice: bool) -> Diagnostic {
    let what = if are_alternatives { "alternative" } else { "condition" };
    let number = other_at + 1;
    if is_twice {
        Diagnostic::new(format!("this {what} is written twice: it is {what} {number} already"), span)
            .with_hint("take it out; was another name meant?")
    } else if are_alternatives {
        Diagnostic::new(format!("this alternative adds nothing: alternative {number} covers it"), span)
            .with_hint("take out the one or the other")
    } else {
        Diagnostic::new(format!("this condition adds nothing: condition {number} asks for more"), span)
            .with_hint("take out the one or the other")
    }
}

/// Says which terms add nothing.
pub(crate) fn of_terms(terms: &[Term], found: &mut Vec<Diagnostic>) {
    let only_optional = terms.iter().all(|term| term.role == Role::Optional);
    let counts = |term: &Term| only_optional || term.role != Role::Optional;
    for (at, term) in terms.iter().enumerate().filter(|(_, term)| counts(term)) {
        let other = terms.iter().enumerate().find(|(other_at, other)| {
            *other_at != at
                && other.role == term.role
                && covers(other, term)
                && (*other_at < at || !covers(term, other))
        });
        if let Some((other_at, other)) = other {
            let number = other_at + 1;
            found.push(if other.text == term.text {
                Diagnostic::new(format!("this term is written twice: it is term {number} already"), term.span)
                    .with_hint("take it out; was another word meant?")
            } else {
                Diagnostic::new(format!("this term adds nothing: term {number} covers it"), term.span)
                    .with_hint("terms are looked for inside words too; take out the one or the other")
            });
        }
    }
}

/// Whether a term of the same role changes nothing beside this one.
fn covers(kept: &Term, idle: &Term) -> bool {
    match (&kept.text, &idle.text) {
        (TermText::Phrase(kept_text), TermText::Phrase(idle_text)) => match kept.role {
            // Where the longer is found, so is the shorter.
            Role::Required => kept_text.contains(idle_text.as_str()),
            Role::Optional | Role::Excluded => idle_text.contains(kept_text.as_str()),
        },
        (kept_text, idle_text) => kept_text == idle_text,
    }
}
