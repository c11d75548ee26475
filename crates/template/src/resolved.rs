//! Values with every function worked out, which still know where they were written.

use std::ops::Range;

use serde_json::{Number, Value};
use trailbell_text::{Quoting, Span, locate};

use crate::physical::is_placeholder;

/// A resolved value and the bytes that write it; of a function's result, the function's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resolved {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// `AWS::NoValue`: what holds it is as if it were not written.
    NoValue,
    Null,
    Boolean(bool),
    /// As written.
    Number(String),
    Text(String, Option<Quoting>),
    List(Vec<Resolved>),
    Mapping(Vec<(String, Span, Resolved)>),
}

impl Resolved {
    pub(crate) fn text_at(span: Span, text: impl Into<String>) -> Self {
        Self { span, kind: Kind::Text(text.into(), None) }
    }

    pub(crate) fn nothing(span: Span) -> Self {
        Self { span, kind: Kind::Null }
    }

    /// Whether it, or a part of it that takes other parts' place, is known in AWS only.
    pub(crate) fn is_unknown(&self) -> bool {
        match &self.kind {
            Kind::Text(text, _) => is_placeholder(text),
            Kind::Mapping(entries) => entries.iter().any(|(key, ..)| key.starts_with("Fn::")),
            _ => false,
        }
    }

    /// A scalar as text.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text, _) | Kind::Number(text) => Some(text),
            Kind::Boolean(true) => Some("true"),
            Kind::Boolean(false) => Some("false"),
            _ => None,
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Mapping(entries) => entries.iter().find(|(name, ..)| name == key).map(|(.., value)| value),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> &[(String, Span, Self)] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn what(&self) -> &'static str {
        match &self.kind {
            Kind::NoValue | Kind::Null => "nothing",
            Kind::Boolean(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::Text(..) => "a text",
            Kind::List(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }

    /// The same value, written by other bytes.
    pub(crate) fn moved_to(mut self, span: Span) -> Self {
        self.span = span;
        match &mut self.kind {
            Kind::List(items) => {
                for item in items {
                    *item = std::mem::replace(item, Self::nothing(span)).moved_to(span);
                }
            }
            Kind::Mapping(entries) => {
                for (_, key, value) in entries {
                    *key = span;
                    *value = std::mem::replace(value, Self::nothing(span)).moved_to(span);
                }
            }
            Kind::Text(_, quoting) => *quoting = None,
            _ => {}
        }
        self
    }

    /// As JSON. A number that JSON's own types cannot hold stays text.
    pub(crate) fn json(&self) -> Value {
        match &self.kind {
            Kind::NoValue | Kind::Null => Value::Null,
            Kind::Boolean(value) => Value::Bool(*value),
            Kind::Number(text) => serde_json::from_str::<Number>(text)
                .map_or_else(|_| Value::String(text.clone()), Value::Number),
            Kind::Text(text, _) => Value::String(text.clone()),
            Kind::List(items) => Value::Array(items.iter().map(Self::json).collect()),
            Kind::Mapping(entries) => {
                Value::Object(entries.iter().map(|(key, _, value)| (key.clone(), value.json())).collect())
            }
        }
    }

    /// Whether two values are equal to `Fn::Equals`, which compares scalars as text.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::List(one), Kind::List(two)) => {
                one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.equals(two))
            }
            (Kind::Mapping(one), Kind::Mapping(two)) => {
                one.len() == two.len()
                    && one
                        .iter()
                        .all(|(key, _, value)| other.get(key).is_some_and(|theirs| value.equals(theirs)))
            }
            (Kind::Null | Kind::NoValue, Kind::Null | Kind::NoValue) => true,
            _ => self.text().is_some() && self.text() == other.text(),
        }
    }
}

/// A text of a template and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, functions worked out.
    pub value: String,
    /// The bytes that write it, quotes included; of a function's result, the function's.
    pub span: Span,
    quoting: Option<Quoting>,
}

impl Text {
    pub(crate) fn of(resolved: &Resolved) -> Option<Self> {
        let quoting = match &resolved.kind {
            Kind::Text(_, quoting) => *quoting,
            Kind::Number(_) => Some(Quoting::Plain),
            _ => None,
        };
        Some(Self { value: resolved.text()?.to_owned(), span: resolved.span, quoting })
    }

    /// Where bytes `range` of the text stand in its file's text `source`: what an error in a filter pattern points to. All of
    /// the function where one made the text.
    pub fn place(&self, source: &str, range: Range<usize>) -> Span {
        match self.quoting {
            Some(quoting) => locate(source, self.span, &self.value, quoting, range),
            None => self.span,
        }
    }
}

/// A resource's `Properties`, resolved: as JSON, and with the place of every value.
#[derive(Debug, Clone, PartialEq)]
pub struct Properties {
    json: Value,
    tree: Resolved,
}

impl Properties {
    pub(crate) fn new(tree: Resolved) -> Self {
        Self { json: tree.json(), tree }
    }

    /// As JSON. What was a number or boolean without quotes is one; what parameters gave is text, as CloudFormation has it.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Where the value at a path of keys and 0-based indices stands; of what is not there, the nearest thing around it.
    pub fn span_of(&self, path: &[&str]) -> Span {
        self.find(path).1.span
    }

    /// The text at a path with its place; `None` where there is none or something else.
    pub fn text(&self, path: &[&str]) -> Option<Text> {
        let (depth, found) = self.find(path);
        if depth == path.len() { Text::of(found) } else { None }
    }

    /// How far the path leads, and what is there.
    fn find(&self, path: &[&str]) -> (usize, &Resolved) {
        let mut here = &self.tree;
        for (depth, segment) in path.iter().enumerate() {
            let next = match &here.kind {
                Kind::List(items) => segment.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => here.get(segment),
            };
            match next {
                Some(next) => here = next,
                None => return (depth, here),
            }
        }
        (path.len(), here)
    }
}
