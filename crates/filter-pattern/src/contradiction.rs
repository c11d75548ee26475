//! Conditions on one value that exclude each other.

use std::cmp::Ordering;

use crate::decimal::Decimal;
use crate::syntax::{JsonTest, Operand, Order, ValueTest};

/// Whether a comparison holds of no value at all: `!= *`.
pub(crate) fn never_holds(test: &ValueTest) -> bool {
    matches!(test, ValueTest::NotEqual(operand) if operand.equals_everything())
}

/// Whether some value could pass all of these. `true` where it is not sure.
pub(crate) fn can_all_hold(tests: &[&JsonTest]) -> bool {
    let kind = |test: &JsonTest| std::mem::discriminant(test);
    if tests.windows(2).any(|pair| kind(pair[0]) != kind(pair[1])) {
        // A string or number, a boolean, null (or an array) and nothing are never the same value.
        return false;
    }
    let comparisons: Vec<&ValueTest> = tests
        .iter()
        .filter_map(|test| match test {
            JsonTest::Value(test) => Some(test),
            _ => None,
        })
        .collect();
    values_can_all_hold(&comparisons)
}

/// Whether some string or number could pass all of these. `true` where it is not sure.
pub(crate) fn values_can_all_hold(tests: &[&ValueTest]) -> bool {
    has_room(tests)
        && tests.iter().all(|test| equal_to_one(test, tests))
        && tests
            .iter()
            .enumerate()
            .all(|(at, left)| tests.iter().skip(at + 1).all(|right| can_both_hold(left, right)))
}

/// What can be said of two comparisons by their forms alone.
fn can_both_hold(left: &ValueTest, right: &ValueTest) -> bool {
    match (left, right) {
        (ValueTest::Equal(Operand::Literal(this)), ValueTest::Equal(Operand::Literal(that))) => {
            // A number is equal to texts that look different.
            this.is_number() || that.is_number() || this.wildcard().can_agree_with(that.wildcard())
        }
        (ValueTest::NotEqual(_), ValueTest::NotEqual(_)) => true,
        (ValueTest::NotEqual(operand), other) | (other, ValueTest::NotEqual(operand)) => {
            !other.implies(&ValueTest::Equal(operand.clone()))
        }
        _ => true,
    }
}

/// For `= literal`: whether the string or the number that equals it passes the others.
fn equal_to_one(test: &ValueTest, others: &[&ValueTest]) -> bool {
    let ValueTest::Equal(Operand::Literal(literal)) = test else { return true };
    let wildcard = literal.wildcard();
    if wildcard.open_start || wildcard.open_end {
        return true;
    }
    let number_by_value = |test: &&ValueTest| match test {
        ValueTest::Order(..) => true,
        ValueTest::Equal(Operand::Literal(other)) | ValueTest::NotEqual(Operand::Literal(other)) => {
            other.is_number()
        }
        ValueTest::Equal(_) | ValueTest::NotEqual(_) => false,
    };
    if literal.is_number() && !others.iter().all(number_by_value) {
        // A number of this value can be written in many ways, and the others look at the writing.
        return true;
    }
    let text = literal.text();
    let as_number = Decimal::parse(text).is_some() && others.iter().all(|other| other.holds_of_number(text));
    as_number || others.iter().all(|other| other.holds_of_string(text))
}

/// Whether the bounds of `<`, `<=`, `>` and `>=` leave any number between them.
fn has_room(tests: &[&ValueTest]) -> bool {
    let bounds: Vec<(Order, Decimal<'_>)> = tests
        .iter()
        .filter_map(|test| match test {
            ValueTest::Order(order, literal) => Some((*order, literal.number()?)),
            _ => None,
        })
        .collect();
    bounds.iter().all(|(lower, low)| {
        bounds.iter().all(|(upper, high)| match (lower, upper) {
            (Order::GreaterOrEqual, Order::LessOrEqual) => low.compare(*high) != Ordering::Greater,
            (Order::Greater | Order::GreaterOrEqual, Order::Less | Order::LessOrEqual) => {
                low.compare(*high) == Ordering::Less
            }
            _ => true,
        })
    })
}
