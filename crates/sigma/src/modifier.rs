//! What stands behind a field's name: `|contains|all`. Which modifiers there are and which go together.

use trailbell_text::{Diagnostic, Span};
use trailbell_yaml::suggestion;

use crate::syntax::{Order, Position};

/// Every modifier that is read.
const KNOWN: &[&str] = &[
    "contains",
    "startswith",
    "endswith",
    "all",
    "re",
    "i",
    "m",
    "s",
    "cased",
    "exists",
    "fieldref",
    "cidr",
    "base64",
    "base64offset",
    "wide",
    "utf16le",
    "utf16be",
    "utf16",
    "windash",
    "lt",
    "lte",
    "gt",
    "gte",
    "neq",
];

/// What the modifiers of a field say together.
#[expect(clippy::struct_excessive_bools, reason = "each is a modifier that is there or not")]
#[derive(Debug, Default)]
pub(crate) struct Modifiers {
    pub(crate) position: Option<Position>,
    pub(crate) all: bool,
    pub(crate) negated: bool,
    pub(crate) cased: bool,
    pub(crate) windash: bool,
    /// In their order: each takes what the one before it gave.
    pub(crate) encodings: Vec<Encoding>,
    pub(crate) kind: Kind,
}

/// How a value is taken.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Plain,
    Regex(Flags),
    Exists,
    Field,
    Network,
    Order(Order),
}

/// `re` and what follows it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) ignore_case: bool,
    pub(crate) many_lines: bool,
    pub(crate) dot_is_newline: bool,
}

/// Into what a value is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Base64,
    Base64Offset,
    Utf16LittleEndian,
    Utf16BigEndian,
    /// Little-endian after a byte order mark.
    Utf16,
}

impl Modifiers {
    /// Reads modifiers with the place of each.
    pub(crate) fn read(written: &[(&str, Span)]) -> Result<Self, Diagnostic> {
        let mut read = Self::default();
        for (index, &(name, span)) in written.iter().enumerate() {
            if written.iter().take(index).any(|(other, _)| *other == name) {
                return Err(Diagnostic::new(format!("The modifier `{name}` stands here twice"), span)
                    .with_hint("leave one of them out"));
            }
            read.add(name, span)?;
        }
        if let Some(&(_, span)) = written.last() {
            read.check(span)?;
        }
        Ok(read)
    }

    fn add(&mut self, name: &str, span: Span) -> Result<(), Diagnostic> {
        match name {
            "contains" => return self.place(Position::Anywhere, span),
            "startswith" => return self.place(Position::Start, span),
            "endswith" => return self.place(Position::End, span),
            "all" => self.all = true,
            "neq" => self.negated = true,
            "cased" => self.cased = true,
            "windash" => self.windash = true,
            "base64" => self.encodings.push(Encoding::Base64),
            "base64offset" => self.encodings.push(Encoding::Base64Offset),
            "wide" | "utf16le" => self.encodings.push(Encoding::Utf16LittleEndian),
            "utf16be" => self.encodings.push(Encoding::Utf16BigEndian),
            "utf16" => self.encodings.push(Encoding::Utf16),
            "re" => return self.take_as(Kind::Regex(Flags::default()), span),
            "i" | "m" | "s" => {
                let Kind::Regex(flags) = &mut self.kind else {
                    return Err(Diagnostic::new(format!("The modifier `{name}` follows `re`"), span)
                        .with_hint(format!("write |re|{name}")));
                };
                match name {
                    "i" => flags.ignore_case = true,
                    "m" => flags.many_lines = true,
                    _ => flags.dot_is_newline = true,
                }
            }
            "exists" => return self.take_as(Kind::Exists, span),
            "fieldref" => return self.take_as(Kind::Field, span),
            "cidr" => return self.take_as(Kind::Network, span),
            "lt" => return self.take_as(Kind::Order(Order::Less), span),
            "lte" => return self.take_as(Kind::Order(Order::LessOrEqual), span),
            "gt" => return self.take_as(Kind::Order(Order::Greater), span),
            "gte" => return self.take_as(Kind::Order(Order::GreaterOrEqual), span),
            "expand" => {
                return Err(Diagnostic::new("The modifier `expand` is not understood here", span)
                    .with_hint("its placeholders have no meaning here: write the values out"));
            }
            "minute" | "hour" | "day" | "week" | "month" | "year" => {
                return Err(Diagnostic::new(format!("The modifier `{name}` is not understood here"), span)
                    .with_hint("parts of times are not read; a |re on the time's text can stand for it"));
            }
            "" => return Err(Diagnostic::new("A modifier is missing after `|`", span)),
            unknown => {
                return Err(Diagnostic::new(format!("There is no modifier `{unknown}`"), span)
                    .with_hint(suggestion(unknown, KNOWN)));
            }
        }
        Ok(())
    }

    fn place(&mut self, position: Position, span: Span) -> Result<(), Diagnostic> {
        if self.position.is_some() {
            return Err(Diagnostic::new(
                "A value stands at one place: this is the second modifier that says where",
                span,
            )
            .with_hint("keep one of contains, startswith, endswith"));
        }
        self.position = Some(position);
        Ok(())
    }

    fn take_as(&mut self, kind: Kind, span: Span) -> Result<(), Diagnostic> {
        if self.kind != Kind::Plain {
            return Err(Diagnostic::new("This modifier and the one before it exclude each other", span)
                .with_hint("a value is one thing: an expression, a network, a field or a number"));
        }
        self.kind = kind;
        Ok(())
    }

    /// Whether what is there goes together.
    fn check(&self, span: Span) -> Result<(), Diagnostic> {
        let refuse = |what: &str, hint: &str| Err(Diagnostic::new(what, span).with_hint(hint));
        let has_text_modifier = self.windash || !self.encodings.is_empty();
        match self.kind {
            Kind::Regex(_) if self.cased => {
                return refuse(
                    "`cased` says nothing beside `re`",
                    "an expression minds case unless |i follows it",
                );
            }
            Kind::Regex(_) if self.position.is_some() => {
                return refuse(
                    "An expression says itself where it stands",
                    "use ^ and $ in it, and leave the modifier out",
                );
            }
            Kind::Field if has_text_modifier => {
                return refuse("A field is compared as it is", "leave the encoding out");
            }
            Kind::Plain | Kind::Field => {}
            _ if self.position.is_some() || self.cased => {
                return refuse("These modifiers are of texts, and this is none", "leave one of the two out");
            }
            _ => {}
        }
        if self.kind != Kind::Plain && has_text_modifier {
            return refuse("Only a text can be encoded", "leave the encoding or the other modifier out");
        }
        if self.kind == Kind::Exists && (self.all || self.negated) {
            return refuse("`exists` stands alone", "write `exists: false` for a field that is not there");
        }
        if self.windash && !self.encodings.is_empty() {
            return refuse(
                "`windash` and an encoding do not go together here",
                "write the forms out as a list",
            );
        }
        Ok(())
    }
}
