//! The syntax tree of a filter pattern. [`Pattern::parse`](crate::Pattern::parse) builds it; later rooms read it.

use trailbell_text::Span;

use crate::decimal::Decimal;
use crate::regex::Regex;

/// A filter pattern.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// The empty pattern: every event.
    MatchAll,
    /// `ERROR -"timed out"`: words and phrases anywhere in the text.
    Terms(Vec<Term>),
    /// `{ $.eventName = CreateUser }`: conditions on an event that is one JSON object.
    Json(JsonPattern),
    /// `[ip, ..., status = 4*, bytes]`: conditions on the fields of a line.
    SpaceDelimited(SpaceDelimited),
}

/// A word, a phrase or a regular expression, and what it asks for.
#[derive(Debug, Clone)]
pub struct Term {
    /// What it asks for.
    pub role: Role,
    /// What is looked for.
    pub text: TermText,
    /// Its place in the pattern, `-` or `?` included.
    pub span: Span,
}

/// What a term asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `term`: it must be there.
    Required,
    /// `?term`: one of these must be there. Ignored beside any term that is required or excluded.
    Optional,
    /// `-term`: it must not be there.
    Excluded,
}

/// What a term looks for, anywhere in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermText {
    /// These characters.
    Phrase(String),
    /// `%regex%`
    Regex(Regex),
}

/// A pattern in `{ }`.
#[derive(Debug, Clone)]
pub struct JsonPattern {
    /// What must hold.
    pub condition: Expression<JsonCondition>,
    /// Where conditions joined by `&&` stand beside `||` with no brackets around them.
    pub unbracketed: Vec<Span>,
}

/// Conditions joined by `&&` and `||`. `All` and `Any` hold at least two, and never one of their own kind.
#[derive(Debug, Clone)]
pub enum Expression<C> {
    /// One condition.
    Condition(C),
    /// Joined by `&&`.
    All(Vec<Self>),
    /// Joined by `||`.
    Any(Vec<Self>),
}

impl<C> Expression<C> {
    /// Whether it holds, given what each condition says.
    pub fn holds(&self, condition: &mut impl FnMut(&C) -> bool) -> bool {
        match self {
            Self::Condition(one) => condition(one),
            Self::All(all) => all.iter().all(|one| one.holds(condition)),
            Self::Any(any) => any.iter().any(|one| one.holds(condition)),
        }
    }

    /// All conditions in it, from left to right.
    pub fn conditions(&self) -> Vec<&C> {
        match self {
            Self::Condition(one) => vec![one],
            Self::All(several) | Self::Any(several) => several.iter().flat_map(Self::conditions).collect(),
        }
    }
}

/// `$.selector test`.
#[derive(Debug, Clone)]
pub struct JsonCondition {
    /// Where to look.
    pub selector: Selector,
    /// What must hold there.
    pub test: JsonTest,
    /// Its place in the pattern.
    pub span: Span,
}

/// What must hold of what a selector finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonTest {
    /// A comparison; only strings and numbers pass any.
    Value(ValueTest),
    /// `IS NULL`: `null`, or an array with a `null` in it.
    IsNull,
    /// `IS TRUE`: the boolean.
    IsTrue,
    /// `IS FALSE`: the boolean.
    IsFalse,
    /// `NOT EXISTS`: the selector finds nothing. `null` is something.
    NotExists,
}

/// A comparison with a value of the pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueTest {
    /// `= value`
    Equal(Operand),
    /// `!= value`: a string or a number that `= value` would not match.
    NotEqual(Operand),
    /// `< value` and so on, on numbers only. The literal is a number.
    Order(Order, Literal),
}

/// `<`, `<=`, `>` or `>=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// The right side of `=` and `!=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A word, a number or a quoted text, perhaps with `*` at its ends.
    Literal(Literal),
    /// `%regex%`, found anywhere in the value.
    Regex(Regex),
}

/// A value as the pattern writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    text: String,
    quoted: bool,
}

/// What a literal looks for in a text. `*` is special only as its first and its last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wildcard<'l> {
    /// Whether anything may come before.
    pub open_start: bool,
    /// The text without the special `*`.
    pub text: &'l str,
    /// Whether anything may come after.
    pub open_end: bool,
}

impl Literal {
    pub(crate) fn new(text: impl Into<String>, quoted: bool) -> Self {
        Self { text: text.into(), quoted }
    }

    /// The text between the quotes, escapes resolved, or the bare word; `*` are in it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is in quotes, so that `"1"` means the text `1` and not the number.
    pub const fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// Whether it is a number: bare, and written as one.
    pub fn is_number(&self) -> bool {
        self.number().is_some()
    }

    pub(crate) fn number(&self) -> Option<Decimal<'_>> {
        if self.quoted { None } else { Decimal::parse(&self.text) }
    }

    /// The literal as a text with open or closed ends.
    pub fn wildcard(&self) -> Wildcard<'_> {
        let (open_start, rest) =
            self.text.strip_prefix('*').map_or((false, &*self.text), |rest| (true, rest));
        let (open_end, text) = rest.strip_suffix('*').map_or((false, rest), |rest| (true, rest));
        // A single `*` is open at both ends.
        Wildcard { open_start, text, open_end: open_end || (open_start && text.is_empty()) }
    }

    /// The one text it equals; `None` where an end is open, and for a number, which equals many texts.
    pub fn exact_text(&self) -> Option<&str> {
        let wildcard = self.wildcard();
        (!wildcard.open_start && !wildcard.open_end && !self.is_number()).then_some(&*self.text)
    }
}

impl Wildcard<'_> {
    /// Whether `text` is this one, within the open ends.
    pub fn matches(self, text: &str) -> bool {
        match (self.open_start, self.open_end) {
            (false, false) => text == self.text,
            (false, true) => text.starts_with(self.text),
            (true, false) => text.ends_with(self.text),
            (true, true) => text.contains(self.text),
        }
    }

    /// Whether every text matches.
    pub const fn is_anything(self) -> bool {
        self.text.is_empty() && (self.open_start || self.open_end)
    }
}

/// `$.requestParameters.items[*]`: a path from the event's object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Selector {
    /// At least one step; at most one of them is a wildcard.
    pub steps: Vec<Step>,
}

/// One step of a selector.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// `.key` or `['key']`: a member of an object.
    Key(String),
    /// `[n]`: an element of an array, from 0.
    Index(usize),
    /// `[*]`: any child, also of an object.
    AnyElement,
    /// `.*`: any child, also of an array.
    AnyMember,
}

impl Step {
    /// Whether it stands for any child.
    pub const fn is_wildcard(&self) -> bool {
        matches!(self, Self::AnyElement | Self::AnyMember)
    }
}

impl Selector {
    /// Whether it can find more than one value.
    pub fn has_wildcard(&self) -> bool {
        self.steps.iter().any(Step::is_wildcard)
    }

    /// Whether it is just this path of keys.
    pub fn is_path(&self, keys: &[impl AsRef<str>]) -> bool {
        self.steps.len() == keys.len()
            && self
                .steps
                .iter()
                .zip(keys)
                .all(|(step, key)| matches!(step, Step::Key(name) if name == key.as_ref()))
    }
}

/// A pattern in `[ ]`.
#[derive(Debug, Clone)]
pub struct SpaceDelimited {
    /// Fields from the left.
    pub before: Vec<Field>,
    /// Fields from the right, where there is a `...`; `[]` means `[...]`.
    pub after: Option<Vec<Field>>,
}

/// One field of a line.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name; without one it is known by its position, `$7`.
    pub name: Option<String>,
    /// What must hold of it.
    pub condition: Option<Expression<FieldCondition>>,
    /// Its place in the pattern.
    pub span: Span,
}

/// `name test`, where the name is that of the field it stands in.
#[derive(Debug, Clone)]
pub struct FieldCondition {
    /// What must hold of the field's text.
    pub test: ValueTest,
    /// Its place in the pattern.
    pub span: Span,
}
