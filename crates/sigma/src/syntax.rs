//! The syntax tree of a rule's detection: what its condition says, selections already put in their places.

use ipnet::IpNet;
use trailbell_text::Span;

use crate::number::Number;
use crate::pattern::Pattern;

/// What an event is asked.
#[derive(Debug, Clone)]
pub enum Expression {
    /// One line of a selection.
    Item(Item),
    /// All must hold.
    All(Vec<Self>),
    /// One must hold.
    Any(Vec<Self>),
    /// This must not hold.
    Not(Box<Self>),
}

/// One line of a selection: a field and the values it may have, or a keyword.
#[derive(Debug, Clone)]
pub struct Item {
    /// The selection it stands in.
    pub selection: String,
    /// The field as the rule writes it, names joined by `.`; `None` for keywords, which are looked for in the whole event.
    pub field: Option<String>,
    /// The modifiers as they are written, in their order: `contains`, `all`.
    pub modifiers: Vec<String>,
    /// At least one.
    pub values: Vec<Value>,
    /// Whether every value must hold rather than one of them (`all`).
    pub all: bool,
    /// Whether it holds where it otherwise would not (`neq`).
    pub negated: bool,
    /// The place of the field, or of the keyword, in the text.
    pub span: Span,
}

/// One value as a rule writes it.
#[derive(Debug, Clone)]
pub struct Value {
    /// What is written, quotes and YAML's escapes undone.
    pub written: String,
    /// What it asks: one of these must hold. There are several only where an encoding has several forms.
    pub tests: Vec<Test>,
    /// Its place in the text.
    pub span: Span,
}

/// What a field is asked.
#[derive(Debug, Clone)]
pub enum Test {
    /// Missing, or null.
    Null,
    /// `true` or `false`, also as a text.
    Boolean(bool),
    /// A number of this value, also as a text.
    Number(Number),
    /// A text of this form.
    Text(Pattern),
    /// A text in which the regular expression finds something.
    Regex(regex::Regex),
    /// An address in a network.
    Network(IpNet),
    /// A number less or greater than this one.
    Order(Order, Number),
    /// Whether the field is there, with whatever value.
    Exists(bool),
    /// The value of another field.
    Field(FieldReference),
}

/// How a number compares with the rule's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `lt`
    Less,
    /// `lte`
    LessOrEqual,
    /// `gt`
    Greater,
    /// `gte`
    GreaterOrEqual,
}

/// Another field, and where its value must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldReference {
    /// The other field.
    pub field: String,
    /// Where in this field's value.
    pub position: Position,
    /// Whether upper and lower case differ.
    pub cased: bool,
}

/// Where in a value a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// It is the whole value.
    Whole,
    /// Anywhere (`contains`).
    Anywhere,
    /// At its start (`startswith`).
    Start,
    /// At its end (`endswith`).
    End,
}

impl Order {
    pub(crate) fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Expression {
    /// Every item, in the order of the rule; one that the condition names twice is there twice.
    pub fn items(&self) -> Vec<&Item> {
        let mut items = Vec::new();
        self.collect(&mut items);
        items
    }

    fn collect<'e>(&'e self, items: &mut Vec<&'e Item>) {
        match self {
            Self::Item(item) => items.push(item),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.collect(items)),
            Self::Not(inner) => inner.collect(items),
        }
    }
}
