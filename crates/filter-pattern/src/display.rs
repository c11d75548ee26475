//! Printing a pattern so that reading it again gives the same meaning.

use std::fmt::{self, Display, Formatter};

use crate::parse::MAX_LENGTH;
use crate::syntax::{
    Expression, Field, FieldCondition, JsonCondition, JsonTest, Literal, Operand, Order, Pattern, Role,
    Selector, SpaceDelimited, Step, Term, TermText, ValueTest,
};
use crate::token::{is_bare_term, is_key};

/// With blanks and with brackets around `&&` beside `||`; without them where that is longer than AWS accepts, so
/// that what is printed is never refused for its length. `{:#}` asks for the short form.
impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let readable = Printer { pattern: self, style: Style::Readable }.to_string();
        if f.alternate() || readable.chars().count() > MAX_LENGTH {
            write!(f, "{}", Printer { pattern: self, style: Style::Short })
        } else {
            f.write_str(&readable)
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Readable,
    Short,
}

impl Style {
    const fn blank(self) -> &'static str {
        match self {
            Self::Readable => " ",
            Self::Short => "",
        }
    }
}

struct Printer<'p> {
    pattern: &'p Pattern,
    style: Style,
}

impl Display for Printer<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let style = self.style;
        match self.pattern {
            Pattern::MatchAll => Ok(()),
            Pattern::Terms(terms) => separated(f, terms, " ", |f, term| write!(f, "{term}")),
            Pattern::Json(json) => {
                write!(f, "{{{}", style.blank())?;
                expression(f, &json.condition, style, &|f, condition| json_condition(f, condition, style))?;
                write!(f, "{}}}", style.blank())
            }
            Pattern::SpaceDelimited(fields) => space_delimited(f, fields, style),
        }
    }
}

fn separated<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    separator: &str,
    mut each: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(separator)?;
        }
        each(f, item)?;
    }
    Ok(())
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.role {
            Role::Required => "",
            Role::Optional => "?",
            Role::Excluded => "-",
        })?;
        match &self.text {
            TermText::Phrase(word) if is_bare_term(word) => f.write_str(word),
            TermText::Phrase(phrase) => quoted(f, phrase),
            TermText::Regex(regex) => write!(f, "{regex}"),
        }
    }
}

/// A backslash is doubled only where it would change what follows, so that no text grows by being printed.
fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '"' || (c == '\\' && matches!(characters.peek(), None | Some('"' | '\\'))) {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}

type PrintCondition<'a, C> = &'a dyn Fn(&mut Formatter<'_>, &C) -> fmt::Result;

fn expression<C>(
    f: &mut Formatter<'_>,
    tree: &Expression<C>,
    style: Style,
    condition: PrintCondition<'_, C>,
) -> fmt::Result {
    let joined = |f: &mut Formatter<'_>, parts: &[Expression<C>], operator: &str| {
        let blank = style.blank();
        separated(f, parts, &format!("{blank}{operator}{blank}"), |f, part| {
            let brackets = match part {
                Expression::Condition(_) => false,
                Expression::Any(_) => true,
                Expression::All(_) => style == Style::Readable,
            };
            if brackets {
                f.write_str("(")?;
            }
            expression(f, part, style, condition)?;
            if brackets {
                f.write_str(")")?;
            }
            Ok(())
        })
    };
    match tree {
        Expression::Condition(one) => condition(f, one),
        Expression::All(parts) => joined(f, parts, "&&"),
        Expression::Any(parts) => joined(f, parts, "||"),
    }
}

fn json_condition(f: &mut Formatter<'_>, condition: &JsonCondition, style: Style) -> fmt::Result {
    write!(f, "{}", condition.selector)?;
    match &condition.test {
        JsonTest::Value(test) => value_test(f, test, style),
        JsonTest::IsNull => f.write_str(" IS NULL"),
        JsonTest::IsTrue => f.write_str(" IS TRUE"),
        JsonTest::IsFalse => f.write_str(" IS FALSE"),
        JsonTest::NotExists => f.write_str(" NOT EXISTS"),
    }
}

/// `$.a = 1`, as in a pattern.
impl Display for JsonCondition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        json_condition(f, self, Style::Readable)
    }
}

fn value_test(f: &mut Formatter<'_>, test: &ValueTest, style: Style) -> fmt::Result {
    let blank = style.blank();
    match test {
        ValueTest::Equal(operand) => write!(f, "{blank}={blank}{operand}"),
        ValueTest::NotEqual(operand) => write!(f, "{blank}!={blank}{operand}"),
        ValueTest::Order(order, number) => write!(f, "{blank}{order}{blank}{number}"),
    }
}

impl Display for Order {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Regex(regex) => write!(f, "{regex}"),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_quoted() { quoted(f, self.text()) } else { f.write_str(self.text()) }
    }
}

impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::Key(key) if is_key(key) => write!(f, ".{key}")?,
                Step::Key(key) if at == 0 => write!(f, ".['{key}']")?,
                Step::Key(key) => write!(f, "['{key}']")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::AnyElement => f.write_str("[*]")?,
                Step::AnyMember => f.write_str(".*")?,
            }
        }
        Ok(())
    }
}

fn space_delimited(f: &mut Formatter<'_>, fields: &SpaceDelimited, style: Style) -> fmt::Result {
    let separator = if style == Style::Readable { ", " } else { "," };
    f.write_str("[")?;
    separated(f, &fields.before, separator, |f, one| field(f, one, style))?;
    if let Some(after) = &fields.after {
        let everything = fields.before.is_empty() && after.is_empty();
        f.write_str(if fields.before.is_empty() { "" } else { separator })?;
        f.write_str(if everything { "" } else { "..." })?;
        f.write_str(if after.is_empty() { "" } else { separator })?;
        separated(f, after, separator, |f, one| field(f, one, style))?;
    }
    f.write_str("]")
}

fn field(f: &mut Formatter<'_>, field: &Field, style: Style) -> fmt::Result {
    let name = field.name.as_deref().unwrap_or_default();
    match &field.condition {
        None => f.write_str(name),
        Some(condition) => expression(f, condition, style, &|f, condition: &FieldCondition| {
            f.write_str(name)?;
            value_test(f, &condition.test, style)
        }),
    }
}
