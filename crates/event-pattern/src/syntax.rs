//! The syntax tree of a pattern: its alternatives, what each wants of which field, and the tests a value is put to.

use std::sync::Arc;

use trailbell_text::Span;

use crate::address::{Cidr, address};
use crate::ignore_case::IgnoreCase;
use crate::number::{Number, comparable};
use crate::wildcard::Wildcard;

/// A checked pattern. `$or` is multiplied out, as AWS does it, so that a pattern is a list of [`Branch`]es.
#[derive(Debug, Clone)]
pub struct EventPattern {
    pub(crate) branches: Vec<Branch>,
    /// Every path that a branch asks for, sorted and without repetition.
    pub(crate) paths: Vec<String>,
    /// Fields that a later one of the same path has replaced, with that path.
    pub(crate) replaced: Vec<(String, Span)>,
    /// Characters of the text.
    pub(crate) length: usize,
}

/// What must hold together; a pattern matches where one of its branches does.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    pub(crate) fields: Vec<Arc<Field>>,
}

/// What is wanted of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The names on the way to it, joined by `.`: a name with a dot in it and two names inside one another are the same
    /// path.
    pub path: String,
    /// At least one, of which one must hold.
    pub tests: Vec<Test>,
    /// The place of its last name in the pattern.
    pub span: Span,
}

/// One element of a field's list.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// What it asks.
    pub value: ValueTest,
    /// Its place in the pattern.
    pub span: Span,
}

/// What a value is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueTest {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number: equal by value, or by its text where it has no exact value.
    Number(Number),
    /// A string, exactly this one.
    Text(String),
    /// A string that is an IP address, in any of its spellings; this is the one in the pattern.
    Address(String),
    /// `{"prefix": "s"}`
    Prefix(String),
    /// `{"prefix": {"equals-ignore-case": "s"}}`
    PrefixIgnoreCase(IgnoreCase),
    /// `{"suffix": "s"}`
    Suffix(String),
    /// `{"suffix": {"equals-ignore-case": "s"}}`
    SuffixIgnoreCase(IgnoreCase),
    /// `{"equals-ignore-case": "s"}`
    EqualsIgnoreCase(IgnoreCase),
    /// `{"wildcard": "a*b"}`
    Wildcard(Wildcard),
    /// `{"numeric": [">", 0, "<=", 5]}`
    Numeric(Range),
    /// `{"cidr": "10.0.0.0/8"}`
    Cidr(Cidr),
    /// `{"exists": true}`: any value but an empty list or an object; or `false`: none that goes
    /// with the elements of lists that other fields chose.
    Exists(bool),
    /// `{"anything-but": ...}`: a value that is none of these.
    AnythingBut(AnythingBut),
}

/// What a value must not be. Values of another type pass.
#[derive(Debug, Clone, PartialEq)]
pub enum AnythingBut {
    /// One of these strings.
    Texts(Vec<String>),
    /// One of these numbers, by value.
    Numbers(Vec<Number>),
    /// A string that begins with one of these.
    Prefix(Vec<String>),
    /// A string that ends with one of these.
    Suffix(Vec<String>),
    /// One of these strings in any case.
    EqualsIgnoreCase(Vec<IgnoreCase>),
    /// A string that one of these matches.
    Wildcard(Vec<Wildcard>),
}

/// A range of numbers, with at least one end; `=` is a range from a number to the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The lower end.
    pub bottom: Option<Bound>,
    /// The upper end.
    pub top: Option<Bound>,
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The number.
    pub value: f64,
    /// Whether the number itself is in the range.
    pub inclusive: bool,
}

/// A value of an event that has no parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'e> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it is written.
    Number(&'e str),
    /// A string.
    Text(&'e str),
}

impl EventPattern {
    /// The alternatives, at least one.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }
}

impl Branch {
    /// At least one field, sorted by path; each path once.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().map(|field| &**field)
    }

    /// What is wanted of the field at a path, its names joined by `.`.
    pub fn field(&self, path: &str) -> Option<&Field> {
        let at = self.fields.binary_search_by(|field| field.path.as_str().cmp(path)).ok()?;
        self.fields.get(at).map(|field| &**field)
    }
}

impl Field {
    /// Whether it may also be absent.
    pub fn may_be_absent(&self) -> bool {
        self.tests.iter().any(|test| test.value == ValueTest::Exists(false))
    }

    /// Whether one value passes one of the tests.
    pub fn matches(&self, value: Scalar<'_>) -> bool {
        self.tests.iter().any(|test| test.value.matches(value))
    }
}

impl ValueTest {
    /// Whether a value that is there passes; [`ValueTest::Exists`] of `false` is passed by none.
    pub fn matches(&self, value: Scalar<'_>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), _) => *wanted,
            (Self::AnythingBut(excluded), value) => !excluded.includes(value),
            (Self::Null, value) => value == Scalar::Null,
            (Self::Bool(wanted), value) => value == Scalar::Bool(*wanted),
            (Self::Number(number), Scalar::Number(text)) => number.equals(text),
            (Self::Numeric(range), Scalar::Number(text)) => range.contains(text),
            (test, Scalar::Text(text)) => test.matches_text(text),
            _ => false,
        }
    }

    fn matches_text(&self, text: &str) -> bool {
        match self {
            Self::Text(wanted) => text == wanted,
            Self::Address(wanted) => {
                text == wanted || address(wanted).is_some_and(|ip| address(text) == Some(ip))
            }
            Self::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Self::PrefixIgnoreCase(prefix) => prefix.starts(text),
            Self::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Self::SuffixIgnoreCase(suffix) => suffix.ends(text),
            Self::EqualsIgnoreCase(wanted) => wanted.equals(text),
            Self::Wildcard(wildcard) => wildcard.matches(text),
            Self::Cidr(network) => network.contains(text),
            _ => false,
        }
    }
}

impl AnythingBut {
    /// Whether the value is one of those that are excluded.
    pub fn includes(&self, value: Scalar<'_>) -> bool {
        match (self, value) {
            (Self::Numbers(numbers), Scalar::Number(text)) => {
                numbers.iter().any(|number| number.equals_by_value(text))
            }
            (Self::Texts(texts), Scalar::Text(text)) => texts.iter().any(|one| one == text),
            (Self::Prefix(texts), Scalar::Text(text)) => {
                texts.iter().any(|one| text.starts_with(one.as_str()))
            }
            (Self::Suffix(texts), Scalar::Text(text)) => texts.iter().any(|one| text.ends_with(one.as_str())),
            (Self::EqualsIgnoreCase(texts), Scalar::Text(text)) => texts.iter().any(|one| one.equals(text)),
            (Self::Wildcard(wildcards), Scalar::Text(text)) => wildcards.iter().any(|one| one.matches(text)),
            _ => false,
        }
    }
}

impl Range {
    /// Whether a number, as it is written, is in the range. One that no double holds exactly is in none.
    pub fn contains(&self, text: &str) -> bool {
        let Some(value) = comparable(text) else { return false };
        let above = |bound: Bound| value > bound.value || bound.inclusive && value >= bound.value;
        let below = |bound: Bound| value < bound.value || bound.inclusive && value <= bound.value;
        self.bottom.is_none_or(above) && self.top.is_none_or(below)
    }
}
