//! Which condition holds wherever another one does. Only what is sure is said to be so.

use std::cmp::Ordering;

use trailbell_text::Span;

use crate::contradiction::values_can_all_hold;
use crate::decimal::Decimal;
use crate::syntax::{
    Expression, FieldCondition, JsonCondition, JsonTest, Literal, Operand, Order, Selector, Step, ValueTest,
    Wildcard,
};

/// How many pairs are compared of one pattern before nothing more is said: nested alternatives multiply.
pub(crate) const MAX_COMPARISONS: usize = 20_000;

/// What conditions of both kinds of pattern have in common.
///
/// A field of a line behaves as the JSON number or the JSON string of its text, so what is sure of JSON values is sure
/// of fields too.
pub(crate) trait Condition {
    fn span(&self) -> Span;
    /// The comparison, where it is one.
    fn value_test(&self) -> Option<&ValueTest>;
    /// Whether both look at the same one value.
    fn is_about_the_value_of(&self, other: &Self) -> bool;
    /// Whether this condition never holds where the other does not.
    fn implies(&self, other: &Self) -> bool;
}

impl Condition for JsonCondition {
    fn span(&self) -> Span {
        self.span
    }

    fn value_test(&self) -> Option<&ValueTest> {
        match &self.test {
            JsonTest::Value(test) => Some(test),
            _ => None,
        }
    }

    fn is_about_the_value_of(&self, other: &Self) -> bool {
        !self.selector.has_wildcard() && self.selector == other.selector
    }

    fn implies(&self, other: &Self) -> bool {
        match (&self.test, &other.test) {
            // Of several values a wildcard finds, the one that passes this test passes the other too.
            (JsonTest::Value(this), JsonTest::Value(that)) => {
                self.selector == other.selector && this.implies(that)
            }
            (JsonTest::NotExists, JsonTest::NotExists) => self.selector.leads_to(&other.selector),
            (this, that) => self.selector == other.selector && this == that,
        }
    }
}

impl Condition for FieldCondition {
    fn span(&self) -> Span {
        self.span
    }

    fn value_test(&self) -> Option<&ValueTest> {
        Some(&self.test)
    }

    /// Conditions of a field are about that field.
    fn is_about_the_value_of(&self, _: &Self) -> bool {
        true
    }

    fn implies(&self, other: &Self) -> bool {
        self.test.implies(&other.test)
    }
}

impl Selector {
    /// Whether the other one goes on where this one ends, or ends there too.
    pub(crate) fn leads_to(&self, other: &Self) -> bool {
        other.steps.starts_with(&self.steps)
    }

    /// Whether the other one goes on below one value that this one finds.
    pub(crate) fn leads_below(&self, other: &Self) -> bool {
        self.leads_to(other)
            && self.steps.len() < other.steps.len()
            && !self.steps.iter().any(Step::is_wildcard)
    }
}

/// From the first condition of a tree to the end of the last.
pub(crate) fn span_of<C: Condition>(tree: &Expression<C>) -> Span {
    let spans = || tree.conditions().into_iter().map(Condition::span);
    let start = spans().map(|span| span.start).min().unwrap_or_default();
    Span::new(start, spans().map(|span| span.end).max().unwrap_or_default())
}

/// Whether one tree never holds where the other does not. `left` counts the pairs that may still be compared.
pub(crate) fn implies<C: Condition>(this: &Expression<C>, that: &Expression<C>, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else { return false };
    *left = fewer;
    match (this, that) {
        (Expression::Any(parts), _) => parts.iter().all(|part| implies(part, that, left)),
        (_, Expression::All(parts)) => parts.iter().all(|part| implies(this, part, left)),
        (Expression::Condition(this), Expression::Condition(that)) => this.implies(that),
        (Expression::All(parts), Expression::Condition(_)) => {
            parts.iter().any(|part| implies(part, that, left))
        }
        (Expression::Condition(_), Expression::Any(parts)) => {
            parts.iter().any(|part| implies(this, part, left))
        }
        (Expression::All(these), Expression::Any(those)) => {
            these.iter().any(|part| implies(part, that, left))
                || those.iter().any(|part| implies(this, part, left))
        }
    }
}

impl ValueTest {
    /// Whether every string and number that passes this test passes the other.
    pub(crate) fn implies(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        match (self, other) {
            (_, Self::Equal(operand)) if operand.equals_everything() => true,
            (Self::Equal(Operand::Literal(literal)), _) if literal.exact_text().is_some() => {
                let text = literal.text();
                other.holds_of_string(text) && (Decimal::parse(text).is_none() || other.holds_of_number(text))
            }
            (Self::Equal(Operand::Literal(this)), Self::Equal(Operand::Literal(that))) => {
                !this.is_number() && !that.is_number() && this.wildcard().lies_within(that.wildcard())
            }
            (Self::NotEqual(this), Self::NotEqual(that)) => {
                Self::Equal(that.clone()).implies(&Self::Equal(this.clone()))
            }
            (_, Self::NotEqual(operand)) => !values_can_all_hold(&[self, &Self::Equal(operand.clone())]),
            (Self::Order(this, low), Self::Order(that, high)) => orders_imply(*this, low, *that, high),
            _ => false,
        }
    }
}

/// Whether all numbers on this side of `low` are on that side of `high`.
fn orders_imply(this: Order, low: &Literal, that: Order, high: &Literal) -> bool {
    let Some((low, high)) = low.number().zip(high.number()) else { return false };
    let (outward, strict_to_equal) = match (this, that) {
        (Order::Greater | Order::GreaterOrEqual, Order::Greater | Order::GreaterOrEqual) => {
            (Ordering::Greater, this == Order::Greater || that == Order::GreaterOrEqual)
        }
        (Order::Less | Order::LessOrEqual, Order::Less | Order::LessOrEqual) => {
            (Ordering::Less, this == Order::Less || that == Order::LessOrEqual)
        }
        _ => return false,
    };
    match low.compare(high) {
        Ordering::Equal => strict_to_equal,
        order => order == outward,
    }
}

impl Operand {
    /// Whether `=` holds of every string and every number.
    pub(crate) fn equals_everything(&self) -> bool {
        match self {
            Self::Literal(literal) => literal.wildcard().is_anything(),
            Self::Regex(regex) => regex.is_found_in_everything(),
        }
    }
}

impl Wildcard<'_> {
    /// Whether every text that matches this one matches the other.
    fn lies_within(self, other: Self) -> bool {
        match (other.open_start, other.open_end) {
            (true, true) => self.text.contains(other.text),
            (false, true) => !self.open_start && self.text.starts_with(other.text),
            (true, false) => !self.open_end && self.text.ends_with(other.text),
            (false, false) => !self.open_start && !self.open_end && self.text == other.text,
        }
    }

    /// Whether some text may match both; `true` where it is not sure.
    pub(crate) fn can_agree_with(self, other: Self) -> bool {
        let starts = self.open_start
            || other.open_start
            || self.text.starts_with(other.text)
            || other.text.starts_with(self.text);
        let ends = self.open_end
            || other.open_end
            || self.text.ends_with(other.text)
            || other.text.ends_with(self.text);
        starts && ends
    }
}
