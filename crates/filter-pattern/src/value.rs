//! What a pattern needs to know of a JSON value: a small trait, so that any reader of JSON can be asked.

use std::borrow::Cow;
use std::collections::HashSet;

use trailbell_json::Json;

/// What a value is, with the text that patterns compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape<'v> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number's source text: `1`, `1.0` and `1e0` differ for a quoted literal.
    Number(&'v str),
    /// A string, unescaped.
    String(Cow<'v, str>),
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A reference to a JSON value, cheap to copy.
pub trait Value: Copy {
    /// What it is.
    fn shape(&self) -> Shape<'_>;

    /// The member of that name. Of several, the **last**, as AWS takes it; `None` where this is no object.
    fn member(self, key: &str) -> Option<Self>;

    /// The element at a 0-based index; `None` where this is no array or it is too short.
    fn element(self, index: usize) -> Option<Self>;

    /// Calls `visit` with each element of an array, or each member's value of an object (of equal keys only
    /// the last), until it says `true`; says whether it did. Nothing is visited in any other value.
    fn any_child(self, visit: &mut dyn FnMut(Self) -> bool) -> bool;
}

impl Value for &Json {
    fn shape(&self) -> Shape<'_> {
        match self {
            Json::Null => Shape::Null,
            Json::Bool(value) => Shape::Bool(*value),
            Json::Number(text) => Shape::Number(text),
            Json::String(text) => Shape::String(Cow::Borrowed(text)),
            Json::Array(_) => Shape::Array,
            Json::Object(_) => Shape::Object,
        }
    }

    fn member(self, key: &str) -> Option<Self> {
        self.get(key)
    }

    fn element(self, index: usize) -> Option<Self> {
        self.as_array()?.get(index)
    }

    fn any_child(self, visit: &mut dyn FnMut(Self) -> bool) -> bool {
        match self {
            Json::Array(elements) => elements.iter().any(visit),
            Json::Object(members) => {
                let mut seen = HashSet::new();
                members.iter().rev().any(|(key, value)| seen.insert(key.as_str()) && visit(value))
            }
            _ => false,
        }
    }
}
