//! What YAML and JSON templates have in common once they are read: a tree whose nodes know where they stand, scalars as they
//! are written, and intrinsic functions alike in their short and long forms.

use std::sync::Arc;

use trailbell_text::{Quoting, Span};

/// A value and the bytes it is written in. Cheap to clone: an alias shares what it names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Scalar(Arc<Scalar>),
    Sequence(Arc<[Node]>),
    /// In the order of the file; no key twice.
    Mapping(Arc<[Entry]>),
    /// `!Sub x` or `{"Fn::Sub": x}`.
    Call(Arc<Call>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Arc<str>,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// The long form's name: `Ref`, `Condition`, `Fn::Sub`.
    pub(crate) name: String,
    pub(crate) argument: Node,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scalar {
    /// Quotes, escapes and folding undone; a plain scalar is as it is written.
    pub(crate) text: String,
    pub(crate) quoting: Quoting,
}

/// What an unquoted scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    Null,
    Boolean(bool),
    /// A number as JSON writes them; `012345678901` is none.
    Number,
    Text,
}

impl Scalar {
    /// What the scalar is when its quotes are minded: anything quoted is text.
    pub(crate) fn kind(&self) -> Plain {
        if self.quoting != Quoting::Plain {
            return Plain::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
            "true" | "True" | "TRUE" => Plain::Boolean(true),
            "false" | "False" | "FALSE" => Plain::Boolean(false),
            text if text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
                && text.len() < 64
                && serde_json::from_str::<serde_json::Number>(text).is_ok() =>
            {
                Plain::Number
            }
            _ => Plain::Text,
        }
    }
}

impl Node {
    /// The text of a scalar, whatever it could be taken for; booleans as CloudFormation passes them on.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => match scalar.kind() {
                Plain::Null => None,
                Plain::Boolean(true) => Some("true"),
                Plain::Boolean(false) => Some("false"),
                Plain::Number | Plain::Text => Some(&scalar.text),
            },
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.kind() == Plain::Null)
    }

    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key, where this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// What it is, for a message: `a text`, `a list`.
    pub(crate) fn what(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) => match scalar.kind() {
                Plain::Null => "nothing",
                Plain::Boolean(_) => "a boolean",
                Plain::Number => "a number",
                Plain::Text => "a text",
            },
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Call(_) => "a function",
        }
    }
}

/// The functions there are, by their long names, whether trailbell can work them out or not.
pub(crate) const FUNCTIONS: [&str; 22] = [
    "Ref",
    "Condition",
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::ForEach",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
];

/// A mapping, or the function call that it is. `Condition` is left: outside of conditions it is a key like any other.
pub(crate) fn mapping(span: Span, entries: Vec<Entry>) -> Node {
    let value = match entries.as_slice() {
        [one] if &*one.key == "Ref" || FUNCTIONS.contains(&&*one.key) && one.key.starts_with("Fn::") => {
            Value::Call(Arc::new(Call { name: one.key.to_string(), argument: one.value.clone() }))
        }
        _ => Value::Mapping(entries.into()),
    };
    Node { span, value }
}
