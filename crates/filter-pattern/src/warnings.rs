//! Patterns that AWS accepts and that say something else than they seem to.

use trailbell_text::{Diagnostic, Span};

use crate::contradiction::never_holds;
use crate::syntax::{
    Expression, FieldCondition, JsonCondition, JsonPattern, JsonTest, Literal, Operand, Pattern, Role,
    Selector, SpaceDelimited, Term, TermText, ValueTest,
};
use crate::{always, never, redundant};

impl Pattern {
    /// What is likely to surprise whoever wrote the pattern, each with its place, in the order of the pattern.
    ///
    /// `always_present` are selectors, as they are written (`$.eventName`), that every event is known to have:
    /// for them `!=` is no trap.
    pub fn warnings(&self, always_present: &[&str]) -> Vec<Diagnostic> {
        let mut found = match self {
            Self::MatchAll => Vec::new(),
            Self::Terms(terms) => of_terms(terms),
            Self::Json(json) => of_json(json, always_present),
            Self::SpaceDelimited(fields) => of_fields(fields),
        };
        found.sort_by_key(|diagnostic| diagnostic.span.start);
        found
    }
}

fn of_terms(terms: &[Term]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let ignored = terms.iter().any(|term| term.role != Role::Optional);
    for term in terms {
        if ignored && term.role == Role::Optional {
            found.push(
                Diagnostic::new("a ? term is ignored beside a term without ? or with -", term.span).with_hint(
                    "in a JSON pattern || does this; %this|that% is one term, which AWS may not accept beside others",
                ),
            );
        }
        let phrase = match &term.text {
            TermText::Regex(_) => continue,
            TermText::Phrase(phrase) => phrase,
        };
        if phrase.trim().is_empty() {
            found.push(
                Diagnostic::new("a quoted blank matches only events with such a blank in them", term.span)
                    .with_hint("to match every event, leave the pattern empty"),
            );
        }
        if ["and", "or", "not"].iter().any(|word| phrase.eq_ignore_ascii_case(word)) && terms.len() > 1 {
            found.push(
                Diagnostic::new("this is an ordinary word here, looked for in the text", term.span)
                    .with_hint(
                        "terms that stand together must all be found; ?a ?b finds either; -a excludes",
                    ),
            );
        }
    }
    never::of_terms(terms, &mut found);
    always::of_terms(terms, &mut found);
    redundant::of_terms(terms, &mut found);
    found
}

fn of_json(json: &JsonPattern, always_present: &[&str]) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = json
        .unbracketed
        .iter()
        .map(|span| {
            Diagnostic::new("&& binds more tightly than ||: only these conditions are joined by &&", *span)
                .with_hint("put brackets around what belongs together")
        })
        .collect();
    for condition in json.condition.conditions() {
        if let JsonTest::Value(test) = &condition.test {
            of_value_test(test, condition.span, &mut found);
            match test {
                ValueTest::Order(order, number) => found.push(
                    Diagnostic::new("a comparison by size never holds of a string", condition.span).with_hint(format!(
                        "where the field may hold a number in quotes, no event with one matches {order} {number}"
                    )),
                ),
                ValueTest::Equal(Operand::Literal(literal)) if !literal.is_quoted() => {
                    if let Some(keyword) = ["TRUE", "FALSE"].iter().find(|word| literal.text().eq_ignore_ascii_case(word))
                    {
                        found.push(
                            Diagnostic::new("this compares with a string, never with the boolean", condition.span)
                                .with_hint(format!("write {} IS {keyword}", condition.selector)),
                        );
                    }
                }
                _ => {}
            }
        }
    }
    missing_fields(&json.condition, &mut Vec::new(), always_present, &mut found);
    if !always::json_always_holds(&json.condition, always_present) {
        alternatives(&json.condition, &mut found);
    }
    never::of_json(&json.condition, &mut found);
    always::of_json(&json.condition, always_present, &mut found);
    let is_idle = |tree: &Expression<JsonCondition>| always::json_always_holds(tree, always_present);
    redundant::of_tree(&json.condition, &is_idle, &mut found);
    found
}

/// What can be said of one comparison alone.
fn of_value_test(test: &ValueTest, span: Span, found: &mut Vec<Diagnostic>) {
    if let ValueTest::Equal(Operand::Literal(literal)) | ValueTest::NotEqual(Operand::Literal(literal)) = test
        && literal.wildcard().text.contains('*')
    {
        found.push(Diagnostic::new("a * inside a value is an ordinary character", span).with_hint(
            "* is special only as the first and the last character; %a.*b% is a regular expression",
        ));
    }
}

/// `!=` on a field that may not be there. `guarded` are selectors whose absence is dealt with further up: another
/// condition needs them, or an alternative says `NOT EXISTS`.
fn missing_fields<'p>(
    tree: &'p Expression<JsonCondition>,
    guarded: &mut Vec<&'p Selector>,
    always_present: &[&str],
    found: &mut Vec<Diagnostic>,
) {
    let (parts, deals_with_absence): (_, fn(&JsonTest) -> bool) = match tree {
        Expression::Condition(condition) => {
            let selector = &condition.selector;
            if matches!(&condition.test, JsonTest::Value(test @ ValueTest::NotEqual(_)) if !never_holds(test))
                && !guarded.contains(&selector)
                && !always_present.contains(&selector.to_string().as_str())
            {
                found.push(
                    Diagnostic::new("!= never holds of an event without this field", condition.span)
                        .with_hint(format!(
                            "to keep such events, write ({condition} || {selector} NOT EXISTS)"
                        )),
                );
            }
            return;
        }
        Expression::All(parts) => {
            (parts, |test| !matches!(test, JsonTest::NotExists | JsonTest::Value(ValueTest::NotEqual(_))))
        }
        Expression::Any(parts) => (parts, |test| matches!(test, JsonTest::NotExists)),
    };
    let before = guarded.len();
    for part in parts {
        if let Expression::Condition(condition) = part
            && deals_with_absence(&condition.test)
        {
            guarded.push(&condition.selector);
        }
    }
    for part in parts {
        missing_fields(part, guarded, always_present, found);
    }
    guarded.truncate(before);
}

/// `!=` as one of several alternatives: a filter that lets nearly everything through.
fn alternatives(tree: &Expression<JsonCondition>, found: &mut Vec<Diagnostic>) {
    let parts = match tree {
        Expression::Condition(_) => return,
        Expression::All(parts) => return parts.iter().for_each(|part| alternatives(part, found)),
        Expression::Any(parts) => parts,
    };
    for part in parts {
        let Expression::Condition(condition) = part else {
            alternatives(part, found);
            continue;
        };
        let about_absence = |other: &Expression<JsonCondition>| {
            matches!(other, Expression::Condition(JsonCondition { selector, test: JsonTest::NotExists | JsonTest::IsNull, .. })
                if *selector == condition.selector)
        };
        let is_itself = |other: &Expression<JsonCondition>| std::ptr::eq(other, part);
        if matches!(condition.test, JsonTest::Value(ValueTest::NotEqual(_)))
            && !parts.iter().all(|other| is_itself(other) || about_absence(other))
        {
            found.push(
                Diagnostic::new("as an alternative, != lets nearly every event through", condition.span)
                    .with_hint(
                        "exceptions are joined by &&, with brackets around the alternatives before them",
                    ),
            );
        }
    }
}

fn of_fields(fields: &SpaceDelimited) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let after = fields.after.as_deref().unwrap_or_default();
    for field in fields.before.iter().chain(after) {
        if let Some(condition) = &field.condition {
            for one in condition.conditions() {
                of_value_test(&one.test, one.span, &mut found);
            }
            never::of_field(condition, &mut found);
            always::of_field(condition, &mut found);
            redundant::of_tree(condition, &|tree| always::field_always_holds(tree), &mut found);
        }
    }
    if let ([only], None) = (fields.before.as_slice(), &fields.after) {
        let exact = |literal: &Literal| !literal.wildcard().open_end;
        let whole_line = only.condition.iter().flat_map(Expression::conditions).any(|one: &FieldCondition| {
            matches!(&one.test, ValueTest::Equal(Operand::Literal(literal)) if exact(literal))
        });
        if whole_line {
            found.push(
                Diagnostic::new("the only field is the whole line", only.span)
                    .with_hint("write a second field for the rest of the line, as in [level = ERROR, rest]"),
            );
        } else if let (Some(name), None) = (&only.name, &only.condition) {
            found.push(
                Diagnostic::new("this only names a field; every line that is not blank matches", only.span)
                    .with_hint(format!("to look for the text, write \"[{name}]\"")),
            );
        }
    }
    found
}
