//! Whether an event is what an expression asks for.

use std::collections::HashSet;
use std::net::IpAddr;

use ipnet::IpNet;
use trailbell_json::Json;

use crate::lower::{equal_lower, lower};
use crate::number::Number;
use crate::place::{any_element, any_scalar, any_text, any_value, scalar_text};
use crate::syntax::{Expression, FieldReference, Item, Position, Test, Value};

impl Expression {
    /// Whether it holds for the event.
    pub fn matches(&self, event: &Json) -> bool {
        match self {
            Self::Item(item) => item.matches(event),
            Self::All(parts) => parts.iter().all(|part| part.matches(event)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(event)),
            Self::Not(inner) => !inner.matches(event),
        }
    }
}

impl Item {
    /// Whether it holds for the event.
    pub fn matches(&self, event: &Json) -> bool {
        let mut holds = |value: &Value| value.tests.iter().any(|test| self.holds(test, event));
        let held =
            if self.all { self.values.iter().all(&mut holds) } else { self.values.iter().any(&mut holds) };
        held != self.negated
    }

    fn holds(&self, test: &Test, event: &Json) -> bool {
        let Some(field) = &self.field else { return any_scalar(event, &mut |value| test.matches(value)) };
        match test {
            Test::Null => {
                is_missing(event, field) || any_value(event, field, &mut |value| test.matches(value))
            }
            Test::Exists(wanted) => is_missing(event, field) != *wanted,
            Test::Field(reference) => reference.holds(field, event),
            test => any_value(event, field, &mut |value| test.matches(value)),
        }
    }
}

fn is_missing(event: &Json, field: &str) -> bool {
    !any_value(event, field, &mut |_| true)
}

impl Test {
    /// Whether a value that is there is what is asked. What cannot be said from one value alone ([`Test::Field`]) is not.
    pub fn matches(&self, value: &Json) -> bool {
        match self {
            Self::Exists(wanted) => *wanted,
            Self::Field(_) => false,
            Self::Text(pattern) if pattern.exact().is_some_and(|text| !text.starts_with(['[', '{'])) => {
                any_element(value, &mut |one| scalar_text(one).is_some_and(|text| pattern.matches(&text)))
            }
            Self::Text(pattern) => in_texts(value, &|text| pattern.matches(text)),
            Self::Regex(regex) => in_texts(value, &|text| regex.is_match(text)),
            test => any_element(value, &mut |one| test.matches_scalar(one)),
        }
    }

    fn matches_scalar(&self, value: &Json) -> bool {
        match self {
            Self::Null => *value == Json::Null,
            Self::Boolean(wanted) => match value {
                Json::Bool(value) => value == wanted,
                Json::String(text) => equal_lower(text, if *wanted { "true" } else { "false" }),
                _ => false,
            },
            Self::Number(wanted) => number(value).is_some_and(|number| number == *wanted),
            Self::Order(order, bound) => number(value).is_some_and(|number| order.holds(number.cmp(bound))),
            Self::Network(network) => value.as_str().is_some_and(|text| contains(network, text)),
            _ => false,
        }
    }
}

/// Whether a text of the value, or of one of its elements where it is a list, is as wanted.
fn in_texts(value: &Json, wanted: &impl Fn(&str) -> bool) -> bool {
    any_element(value, &mut |one| any_text(one, &mut |text| wanted(text)))
        || matches!(value, Json::Array(_)) && any_text(value, &mut |text| wanted(text))
}

/// A number, or a text that is one.
fn number(value: &Json) -> Option<Number> {
    match value {
        Json::Number(text) | Json::String(text) => Number::parse(text),
        _ => None,
    }
}

fn contains(network: &IpNet, text: &str) -> bool {
    text.parse::<IpAddr>()
        .is_ok_and(|address| network.contains(&address) || network.contains(&address.to_canonical()))
}

impl FieldReference {
    fn holds(&self, field: &str, event: &Json) -> bool {
        let fold = |text: &str| if self.cased { text.to_owned() } else { lower(text).into_owned() };
        let mut texts = HashSet::new();
        let mut numbers = Vec::new();
        any_value(event, &self.field, &mut |value| {
            any_element(value, &mut |one| {
                texts.extend(scalar_text(one).map(|text| fold(&text)));
                if let Json::Number(text) = one {
                    numbers.extend(Number::parse(text));
                }
                false
            })
        });
        any_value(event, field, &mut |value| {
            any_element(value, &mut |one| {
                let Some(text) = scalar_text(one).map(|text| fold(&text)) else { return false };
                match self.position {
                    Position::Whole => {
                        texts.contains(&text)
                            || matches!(one, Json::Number(_))
                                && Number::parse(&text).is_some_and(|number| numbers.contains(&number))
                    }
                    Position::Anywhere => texts.iter().any(|wanted| text.contains(wanted.as_str())),
                    Position::Start => texts.iter().any(|wanted| text.starts_with(wanted.as_str())),
                    Position::End => texts.iter().any(|wanted| text.ends_with(wanted.as_str())),
                }
            })
        })
    }
}
