//! Reads a pattern and refuses what AWS refuses, in AWS's words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trailbell_text::Span;

use crate::address::{Cidr, address};
use crate::complexity::too_complex;
use crate::error::Error;
use crate::hint;
use crate::ignore_case::IgnoreCase;
use crate::number::Number;
use crate::syntax::{AnythingBut, Bound, Branch, EventPattern, Field, Range, Test, ValueTest};
use crate::token::{Reader, Token};
use crate::wildcard::Wildcard;

/// The most bytes of a pattern that are read: the largest that any service takes (an SNS filter policy).
pub const MAX_LENGTH: usize = 256 * 1024;

/// The most branches into which `$or` may multiply a pattern; AWS is reported to refuse more.
pub const MAX_BRANCHES: usize = 1000;

/// The most different fields of one branch, as in AWS's open-source engine.
pub const MAX_FIELDS: usize = 256;

/// The most fields that are written into branches while reading: twice over what the two limits above allow, so only a
/// pattern that names its fields again and again comes there.
const MAX_WRITTEN: usize = 2 * MAX_BRANCHES * MAX_FIELDS;

/// Names of fields that AWS does not allow inside `$or`.
pub(crate) const RESERVED: &[&str] = &[
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

const ONE_KEY: &str = "Only one key allowed in match expression";
const TOO_COMPLEX: &str = "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character";
const TOO_MANY: &str = "Too many elements in numeric expression";

type Fields = BTreeMap<String, Arc<Field>>;

impl EventPattern {
    /// Reads a pattern, as it is given to `PutRule`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_LENGTH {
            let message = format!("The pattern is longer than {MAX_LENGTH} bytes");
            return Err(Error::pattern(message, Span::new(0, 0)));
        }
        let mut parser = Parser { reader: Reader::new(text), replaced: BTreeMap::new(), written: 0 };
        let branches = parser.pattern().map_err(|error| {
            let hint = hint::guess(text, error.diagnostic());
            error.or_hint(hint)
        })?;
        let paths: BTreeSet<&String> = branches.iter().flat_map(Fields::keys).collect();
        Ok(Self {
            paths: paths.into_iter().cloned().collect(),
            branches: branches
                .iter()
                .map(|fields| Branch { fields: fields.values().map(Arc::clone).collect() })
                .collect(),
            replaced: parser
                .replaced
                .into_iter()
                .map(|((start, end), path)| (path, Span::new(start, end)))
                .collect(),
            length: text.chars().count(),
        })
    }
}

/// The path of a member.
pub(crate) fn join(path: Option<&str>, name: &str) -> String {
    path.map_or_else(|| name.to_owned(), |path| format!("{path}.{name}"))
}

struct Parser<'s> {
    reader: Reader<'s>,
    /// Places of fields that a later one replaces, with their paths.
    replaced: BTreeMap<(usize, usize), String>,
    /// Fields written into branches so far.
    written: usize,
}

impl Parser<'_> {
    fn pattern(&mut self) -> Result<Vec<Fields>, Error> {
        if self.reader.next()? != Token::ObjectStart {
            return Err(self.error("Filter is not an object"));
        }
        let mut branches = Vec::new();
        self.object(&mut branches, None, false)?;
        self.reader.next()?;
        // AWS weighs what it has read, so this comes last.
        let mut seen = BTreeSet::new();
        for field in branches.iter().flat_map(Fields::values) {
            if seen.insert((field.span.start, field.span.end))
                && let Some(span) = too_complex(field)
            {
                return Err(Error::pattern(TOO_COMPLEX, span));
            }
        }
        Ok(branches)
    }

    /// An error about the token taken last.
    fn error(&self, message: impl Into<String>) -> Error {
        Error::pattern(message, self.reader.span)
    }

    /// The members of an object after its `{`, up to its `}`. Each is added to every branch there is.
    fn object(&mut self, branches: &mut Vec<Fields>, path: Option<&str>, in_or: bool) -> Result<(), Error> {
        let start = self.reader.span.start;
        let mut is_empty = true;
        loop {
            let name = match self.reader.next()? {
                Token::Name(name) => name,
                _ if is_empty => {
                    let span = Span::new(start, self.reader.span.end);
                    return Err(Error::pattern("Empty objects are not allowed", span));
                }
                _ => return Ok(()),
            };
            is_empty = false;
            let span = self.reader.span;
            if name == "$or" {
                self.alternatives(branches, path, span)?;
                continue;
            }
            if in_or && RESERVED.contains(&name.as_str()) {
                return Err(self
                    .error(format!("{name} is Ruler reserved fieldName which cannot be used inside $or.")));
            }
            let path = join(path, &name);
            match self.reader.next()? {
                Token::ObjectStart => self.object(branches, Some(&path), in_or)?,
                Token::ArrayStart => {
                    let tests = self.tests()?;
                    self.add(branches, Field { path, tests, span })?;
                }
                _ => return Err(self.error(format!("\"{name}\" must be an object or an array"))),
            }
        }
    }

    fn add(&mut self, branches: &mut Vec<Fields>, field: Field) -> Result<(), Error> {
        if branches.is_empty() {
            branches.push(Fields::new());
        }
        let span = field.span;
        self.written += branches.len();
        if self.written > MAX_WRITTEN {
            return Err(Error::pattern("Too many fields for the combinations of $or", span));
        }
        let field = Arc::new(field);
        for branch in branches {
            if let Some(earlier) = branch.insert(field.path.clone(), Arc::clone(&field)) {
                self.replaced.insert((earlier.span.start, earlier.span.end), earlier.path.clone());
            }
            if branch.len() > MAX_FIELDS {
                return Err(Error::pattern(format!("More than {MAX_FIELDS} fields"), span));
            }
        }
        Ok(())
    }

    /// The list after `$or`, whose name is at `span`: every branch there is, once with each of its objects.
    fn alternatives(
        &mut self,
        branches: &mut Vec<Fields>,
        path: Option<&str>,
        span: Span,
    ) -> Result<(), Error> {
        if self.reader.next()? != Token::ArrayStart {
            return Err(self.error("It must be an Array followed with $or."));
        }
        let before = std::mem::take(branches);
        let mut count = 0;
        loop {
            match self.reader.next()? {
                Token::ArrayEnd if count < 2 => {
                    let message = "There must have at least 2 Objects in $or relationship.";
                    return Err(Error::pattern(message, Span::new(span.start, self.reader.span.end)));
                }
                Token::ArrayEnd => return Ok(()),
                Token::ObjectStart => {
                    let mut one = if before.is_empty() { vec![Fields::new()] } else { before.clone() };
                    self.object(&mut one, path, true)?;
                    branches.append(&mut one);
                    if branches.len() > MAX_BRANCHES {
                        let message = format!("$or makes more than {MAX_BRANCHES} combinations");
                        return Err(Error::pattern(message, span));
                    }
                }
                _ => return Err(self.error("Only JSON object is allowed in array of $or relationship.")),
            }
            count += 1;
        }
    }

    /// The list of a field after its `[`, up to its `]`.
    fn tests(&mut self) -> Result<Vec<Test>, Error> {
        let start = self.reader.span.start;
        let mut tests = Vec::new();
        loop {
            let token = self.reader.next()?;
            let first = self.reader.span;
            let value = match token {
                Token::ArrayEnd if tests.is_empty() => {
                    let span = Span::new(start, first.end);
                    return Err(Error::pattern("Empty arrays are not allowed", span));
                }
                Token::ArrayEnd => return Ok(tests),
                Token::ObjectStart => self.expression()?,
                Token::Text(text) if address(&text).is_some() => ValueTest::Address(text),
                Token::Text(text) => ValueTest::Text(text),
                Token::Number(text) => ValueTest::Number(Number::new(&text)),
                Token::Bool(value) => ValueTest::Bool(value),
                Token::Null => ValueTest::Null,
                _ => return Err(self.error("Match value must be String, number, true, false, or null")),
            };
            tests.push(Test { value, span: Span::new(first.start, self.reader.span.end) });
        }
    }

    /// `{"operator": ...}` after its `{`.
    fn expression(&mut self) -> Result<ValueTest, Error> {
        let Token::Name(name) = self.reader.next()? else {
            return Err(self.error("Match expression name not found"));
        };
        let test = match name.as_str() {
            "exactly" => ValueTest::Text(self.text("exact match pattern must be a string")?),
            "prefix" => match self.text_or_ignore_case("prefix")? {
                TextTest::Exact(text) => ValueTest::Prefix(text),
                TextTest::IgnoreCase(text) => ValueTest::PrefixIgnoreCase(text),
            },
            "suffix" => match self.text_or_ignore_case("suffix")? {
                TextTest::Exact(text) => ValueTest::Suffix(text),
                TextTest::IgnoreCase(text) => ValueTest::SuffixIgnoreCase(text),
            },
            "equals-ignore-case" => {
                let text = self.text("equals-ignore-case match pattern must be a string")?;
                ValueTest::EqualsIgnoreCase(IgnoreCase::new(&text))
            }
            "wildcard" => {
                let text = self.text("wildcard match pattern must be a string")?;
                ValueTest::Wildcard(self.wildcard(&text)?)
            }
            "cidr" => {
                // The words are AWS's own.
                let text = self.text("prefix match pattern must be a string")?;
                ValueTest::Cidr(Cidr::parse(&text).map_err(|message| self.error(message))?)
            }
            "exists" => match self.reader.next()? {
                Token::Bool(value) => ValueTest::Exists(value),
                _ => return Err(self.error("exists match pattern must be either true or false.")),
            },
            "numeric" => {
                if self.reader.next()? != Token::ArrayStart {
                    return Err(self.error("Value of numeric must be an array."));
                }
                let range = self.numeric()?;
                self.close(TOO_MANY)?;
                return Ok(ValueTest::Numeric(range));
            }
            "anything-but" => return self.anything_but().map(ValueTest::AnythingBut),
            _ => return Err(self.error(format!("Unrecognized match type {name}"))),
        };
        self.close(ONE_KEY)?;
        Ok(test)
    }

    fn close(&mut self, otherwise: &str) -> Result<(), Error> {
        match self.reader.next()? {
            Token::ObjectEnd => Ok(()),
            _ => Err(self.error(otherwise)),
        }
    }

    fn text(&mut self, otherwise: &str) -> Result<String, Error> {
        match self.reader.next()? {
            Token::Text(text) => Ok(text),
            _ => Err(self.error(otherwise)),
        }
    }

    fn wildcard(&self, text: &str) -> Result<Wildcard, Error> {
        Wildcard::parse(text).map_err(|message| self.error(message))
    }

    fn text_or_ignore_case(&mut self, operator: &str) -> Result<TextTest, Error> {
        match self.reader.next()? {
            Token::Text(text) => Ok(TextTest::Exact(text)),
            Token::ObjectStart => {
                let capital = if operator == "prefix" { "Prefix" } else { "Suffix" };
                let Token::Name(name) = self.reader.next()? else {
                    return Err(self.error(format!("{capital} expression name not found")));
                };
                if name != "equals-ignore-case" {
                    return Err(self.error(format!("Unsupported {operator} pattern: {name}")));
                }
                let text = self.text("equals-ignore-case match pattern must be a string")?;
                self.close(ONE_KEY)?;
                Ok(TextTest::IgnoreCase(IgnoreCase::new(&text)))
            }
            _ => Err(self.error(format!("{operator} match pattern must be a string"))),
        }
    }

    /// The list of `numeric` after its `[`, up to its `]`.
    fn numeric(&mut self) -> Result<Range, Error> {
        let start = self.reader.span.start;
        let operator = match self.reader.next()? {
            Token::Text(operator) => operator,
            other => return Err(self.error(format!("Invalid member in numeric match: {}", other.shown()))),
        };
        let said = if operator == "=" { "equals" } else { operator.as_str() };
        if !matches!(operator.as_str(), "=" | "<" | "<=" | ">" | ">=") {
            return Err(self.error(format!("Unrecognized numeric range operator: {operator}")));
        }
        let value = self.number(said)?;
        let bound = |inclusive| Bound { value, inclusive };
        let (bottom, mut top) = match operator.as_str() {
            "=" => (Some(bound(true)), Some(bound(true))),
            "<" => (None, Some(bound(false))),
            "<=" => (None, Some(bound(true))),
            ">" => (Some(bound(false)), None),
            _ => (Some(bound(true)), None),
        };
        let operator = match self.reader.next()? {
            Token::ArrayEnd => return Ok(Range { bottom, top }),
            _ if top.is_some() => return Err(self.error(TOO_MANY)),
            Token::Text(operator) => operator,
            other => return Err(self.error(format!("Bad value in numeric range: {}", other.shown()))),
        };
        let inclusive = match operator.as_str() {
            "<" => false,
            "<=" => true,
            _ => return Err(self.error(format!("Bad numeric range operator: {operator}"))),
        };
        let upper = self.number(&operator)?;
        if self.reader.next()? != Token::ArrayEnd {
            return Err(self.error("Too many terms in numeric range expression"));
        }
        if value >= upper {
            let span = Span::new(start, self.reader.span.end);
            return Err(Error::pattern("Bottom must be less than top", span));
        }
        top = Some(Bound { value: upper, inclusive });
        Ok(Range { bottom, top })
    }

    fn number(&mut self, operator: &str) -> Result<f64, Error> {
        match self.reader.next()? {
            Token::Number(text) => self.comparable(&text).map(|(_, value)| value),
            _ => Err(self.error(format!("Value of {operator} must be numeric"))),
        }
    }

    fn comparable(&self, text: &str) -> Result<(Number, f64), Error> {
        let number = Number::new(text);
        match number.value() {
            Some(value) => Ok((number, value)),
            None => Err(self.error(format!("Cannot compare number : {text}"))),
        }
    }

    /// What follows `"anything-but":`, up to the `}` of the expression.
    fn anything_but(&mut self) -> Result<AnythingBut, Error> {
        let mut token = self.reader.next()?;
        let mut operator = None;
        if token == Token::ObjectStart {
            let Token::Name(name) = self.reader.next()? else {
                return Err(self.error("Anything-But expression name not found"));
            };
            if !matches!(name.as_str(), "prefix" | "suffix" | "equals-ignore-case" | "wildcard") {
                return Err(self.error(format!("Unsupported anything-but pattern: {name}")));
            }
            operator = Some(name);
            token = self.reader.next()?;
        }
        let is_list = token == Token::ArrayStart;
        if !is_list && !matches!(token, Token::Text(_) | Token::Number(_)) {
            return Err(self.error("Value of anything-but must be an array or single string/number value."));
        }
        let mut excluded = match operator.as_deref() {
            None => AnythingBut::Texts(Vec::new()),
            Some("prefix") => AnythingBut::Prefix(Vec::new()),
            Some("suffix") => AnythingBut::Suffix(Vec::new()),
            Some("wildcard") => AnythingBut::Wildcard(Vec::new()),
            Some(_) => AnythingBut::EqualsIgnoreCase(Vec::new()),
        };
        if is_list {
            let start = self.reader.span.start;
            let mut mixed = false;
            let mut is_empty = true;
            loop {
                let token = self.reader.next()?;
                if token == Token::ArrayEnd {
                    break;
                }
                let is_number = matches!(token, Token::Number(_));
                mixed |= !is_empty
                    && operator.is_none()
                    && is_number != matches!(excluded, AnythingBut::Numbers(_));
                is_empty = false;
                self.exclude(token, &mut excluded)?;
            }
            if mixed || is_empty && operator.is_none() {
                return Err(Error::pattern(
                    "Inside anything but list, either all values are number or string, mixed type is not supported",
                    Span::new(start, self.reader.span.end),
                ));
            }
        } else {
            self.exclude(token, &mut excluded)?;
        }
        self.close(TOO_MANY)?;
        if operator.is_some() {
            self.close(TOO_MANY)?;
        }
        Ok(excluded)
    }

    /// Adds one value to what is excluded.
    fn exclude(&self, token: Token, excluded: &mut AnythingBut) -> Result<(), Error> {
        match (token, excluded) {
            (Token::Number(text), AnythingBut::Numbers(numbers)) => numbers.push(self.comparable(&text)?.0),
            (Token::Number(text), excluded @ AnythingBut::Texts(_)) => {
                *excluded = AnythingBut::Numbers(vec![self.comparable(&text)?.0]);
            }
            (Token::Text(text), excluded @ AnythingBut::Numbers(_)) => {
                *excluded = AnythingBut::Texts(vec![text]);
            }
            (Token::Text(text), AnythingBut::Prefix(_) | AnythingBut::Suffix(_)) if text.is_empty() => {
                return Err(self.error("Null prefix/suffix not allowed"));
            }
            (
                Token::Text(text),
                AnythingBut::Texts(texts) | AnythingBut::Prefix(texts) | AnythingBut::Suffix(texts),
            ) => {
                texts.push(text);
            }
            (Token::Text(text), AnythingBut::EqualsIgnoreCase(texts)) => texts.push(IgnoreCase::new(&text)),
            (Token::Text(text), AnythingBut::Wildcard(wildcards)) => wildcards.push(self.wildcard(&text)?),
            (_, AnythingBut::Texts(_) | AnythingBut::Numbers(_)) => {
                return Err(self.error("Inside anything but list, start|null|boolean is not supported."));
            }
            (_, AnythingBut::EqualsIgnoreCase(_)) => {
                return Err(self.error(
                    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
                ));
            }
            (_, AnythingBut::Wildcard(_)) => {
                return Err(self.error("wildcard match pattern must be a string"));
            }
            (_, AnythingBut::Prefix(_) | AnythingBut::Suffix(_)) => {
                return Err(self.error("prefix/suffix match pattern must be a string"));
            }
        }
        Ok(())
    }
}

/// What `prefix` and `suffix` may be given.
enum TextTest {
    Exact(String),
    IgnoreCase(IgnoreCase),
}
