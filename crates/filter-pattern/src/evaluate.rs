//! Whether an event matches.

use std::borrow::Cow;
use std::cmp::Ordering;

use trailbell_json::Json;

use crate::choices::number_equals_field;
use crate::decimal::Decimal;
use crate::fields::{Laid, lay};
use crate::syntax::{
    Expression, Field, JsonCondition, JsonPattern, JsonTest, Literal, Operand, Order, Pattern, Role,
    SpaceDelimited, Step, Term, TermText, ValueTest,
};
use crate::value::{Shape, Value};

impl Pattern {
    /// Whether a raw log event matches. A JSON pattern needs the whole text to be one JSON object.
    pub fn matches_message(&self, message: &str) -> bool {
        match self {
            Self::Json(json) => Json::parse(message).is_ok_and(|event| json.matches(&event)),
            _ => self.matches::<&Json>(|| Cow::Borrowed(message), || None),
        }
    }

    /// Whether an event matches that may have been read already: a JSON pattern asks only for the value (`None` =
    /// not JSON), every other kind only for the text of the whole event.
    pub fn matches<'t, V: Value>(
        &self,
        text: impl FnOnce() -> Cow<'t, str>,
        json: impl FnOnce() -> Option<V>,
    ) -> bool {
        match self {
            Self::MatchAll => true,
            Self::Terms(terms) => matches_terms(terms, &text()),
            Self::Json(pattern) => json().is_some_and(|event| pattern.matches(event)),
            Self::SpaceDelimited(pattern) => pattern.matches(&text()).is_some(),
        }
    }

    /// The fields of an event that matches, as AWS returns them: `$name` or `$position` with the text, in the
    /// order of the line. Patterns of other kinds extract nothing. `None` where the event does not match.
    pub fn extract<'t>(&self, message: &'t str) -> Option<Vec<(String, &'t str)>> {
        match self {
            Self::SpaceDelimited(pattern) => Some(
                pattern
                    .matches(message)?
                    .into_iter()
                    .map(|laid| {
                        let name = laid.field.and_then(|field| field.name.as_deref());
                        (
                            name.map_or_else(|| format!("${}", laid.position), |name| format!("${name}")),
                            laid.text,
                        )
                    })
                    .collect(),
            ),
            _ => self.matches_message(message).then(Vec::new),
        }
    }
}

fn matches_terms(terms: &[Term], text: &str) -> bool {
    let found = |term: &Term| match &term.text {
        TermText::Phrase(phrase) => text.contains(phrase.as_str()),
        TermText::Regex(regex) => regex.is_match(text),
    };
    if terms.iter().all(|term| term.role == Role::Optional) {
        return terms.iter().any(found);
    }
    terms.iter().all(|term| match term.role {
        Role::Required => found(term),
        Role::Excluded => !found(term),
        Role::Optional => true,
    })
}

impl JsonPattern {
    /// Whether a JSON value is an object that matches.
    pub fn matches(&self, event: impl Value) -> bool {
        event.shape() == Shape::Object && self.condition.holds(&mut |condition| condition.matches(event))
    }
}

impl JsonCondition {
    /// Whether it holds of an event. With a wildcard in the selector, one value that passes is enough.
    pub fn matches(&self, event: impl Value) -> bool {
        let steps = &self.selector.steps;
        match &self.test {
            JsonTest::Value(test) => any_value(event, steps, &mut |value| match value.shape() {
                Shape::String(text) => test.holds_of_string(&text),
                Shape::Number(text) => test.holds_of_number(text),
                _ => false,
            }),
            JsonTest::IsNull => any_value(event, steps, &mut |value| match value.shape() {
                Shape::Null => true,
                Shape::Array => value.any_child(&mut |element| element.shape() == Shape::Null),
                _ => false,
            }),
            JsonTest::IsTrue => any_value(event, steps, &mut |value| value.shape() == Shape::Bool(true)),
            JsonTest::IsFalse => any_value(event, steps, &mut |value| value.shape() == Shape::Bool(false)),
            JsonTest::NotExists => !any_value(event, steps, &mut |_| true),
        }
    }
}

/// Whether the test holds of a value the steps lead to.
fn any_value<V: Value>(value: V, steps: &[Step], test: &mut dyn FnMut(V) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else { return test(value) };
    let next = match step {
        Step::Key(key) => value.member(key),
        Step::Index(index) => value.element(*index),
        Step::AnyElement | Step::AnyMember => {
            return value.any_child(&mut |child| any_value(child, rest, test));
        }
    };
    next.is_some_and(|next| any_value(next, rest, test))
}

impl ValueTest {
    /// A JSON string: text against the literal's text, also where that is a number; it has no order.
    pub fn holds_of_string(&self, text: &str) -> bool {
        match self {
            Self::Equal(operand) => operand.equals_text(text),
            Self::NotEqual(operand) => !operand.equals_text(text),
            Self::Order(..) => false,
        }
    }

    /// A JSON number, by its source text: compared as a number with a bare number, as text with anything else.
    pub fn holds_of_number(&self, source: &str) -> bool {
        let equals = |operand: &Operand| match operand {
            Operand::Literal(literal) => match literal.number().zip(Decimal::parse(source)) {
                Some((number, value)) => value.compare(number) == Ordering::Equal,
                None => operand.equals_text(source),
            },
            Operand::Regex(_) => operand.equals_text(source),
        };
        match self {
            Self::Equal(operand) => equals(operand),
            Self::NotEqual(operand) => !equals(operand),
            Self::Order(order, literal) => order.holds(source, literal),
        }
    }

    /// A field of a line, which is neither string nor number for sure.
    pub fn holds_of_field(&self, field: &str) -> bool {
        let equals = |operand: &Operand| match operand {
            Operand::Literal(literal) if literal.is_number() => {
                literal.number().is_some_and(|number| number_equals_field(literal, number, field))
            }
            _ => operand.equals_text(field),
        };
        match self {
            Self::Equal(operand) => equals(operand),
            Self::NotEqual(operand) => !equals(operand),
            Self::Order(order, literal) => order.holds(field, literal),
        }
    }
}

impl Order {
    /// Whether a text is a number that stands so to the literal.
    fn holds(self, text: &str, literal: &Literal) -> bool {
        let Some((value, number)) = Decimal::parse(text).zip(literal.number()) else { return false };
        let order = value.compare(number);
        match self {
            Self::Less => order == Ordering::Less,
            Self::LessOrEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterOrEqual => order != Ordering::Less,
        }
    }
}

impl Operand {
    fn equals_text(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal.wildcard().matches(text),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

impl SpaceDelimited {
    /// The pattern laid over a line that matches.
    fn matches<'p, 't>(&'p self, line: &'t str) -> Option<Vec<Laid<'p, 't>>> {
        let holds = |laid: &Laid<'p, 't>| {
            let condition = laid.field.and_then(|field: &Field| field.condition.as_ref());
            condition.is_none_or(|condition: &Expression<_>| {
                condition.holds(&mut |one| one.test.holds_of_field(laid.text))
            })
        };
        lay(self, line).filter(|laid| laid.iter().all(holds))
    }
}
