//! Reading a pattern: which kind it is, the grammar of `{ }` and `[ ]`, and the limits.

use trailbell_text::Span;

use crate::choices::{
    TWO_WILDCARDS_IN_A_SELECTOR, is_blank, is_keyword, is_reserved_in_fields, is_reserved_in_json,
};
use crate::error::Error;
use crate::hint;
use crate::regex::Regex;
use crate::syntax::{
    Expression, Field, FieldCondition, JsonCondition, JsonPattern, JsonTest, Literal, Operand, Order,
    Pattern, SpaceDelimited, Step, ValueTest,
};
use crate::terms;
use crate::token::{Mode, Token, TokenKind, is_bare_term, tokens};

/// Characters of a pattern (AWS's limit).
pub const MAX_LENGTH: usize = 1024;

/// Regular expressions of one pattern (AWS's limit).
const MAX_REGEXES: usize = 2;

/// Wildcards of one pattern, and of one selector (AWS's limits).
const MAX_WILDCARDS: usize = 3;
const MAX_WILDCARDS_OF_A_SELECTOR: usize = 1;

impl Pattern {
    /// Reads a pattern as AWS would accept it, with its regular expressions compiled.
    ///
    /// The kind follows from the first character that is no blank: `{`, `[`, or anything else for terms. Nothing
    /// (and, as far as is known, nothing but blanks) matches everything.
    pub fn parse(pattern: &str) -> Result<Self, Error> {
        Self::read(pattern).map_err(|error| error.or_hint(|diagnostic| hint::guess(pattern, diagnostic)))
    }

    fn read(pattern: &str) -> Result<Self, Error> {
        if let Some((end, _)) = pattern.char_indices().nth(MAX_LENGTH) {
            return Err(Error::limit(
                "1 validation error detected: Value at 'filterPattern' failed to satisfy constraint: \
                 Member must have length less than or equal to 1024",
                Span::new(end, pattern.len()),
                "split it into several filters, or use * and %regex% for values that have something in common",
            ));
        }
        match pattern.trim_start_matches(is_blank).chars().next() {
            None => Ok(Self::MatchAll),
            Some('{') => Parser::new(pattern, Mode::Json)?.json().map(Self::Json),
            Some('[') => Parser::new(pattern, Mode::Fields)?.fields().map(Self::SpaceDelimited),
            Some(_) => terms::terms(pattern).map(Self::Terms),
        }
    }
}

impl std::str::FromStr for Pattern {
    type Err = Error;

    fn from_str(pattern: &str) -> Result<Self, Error> {
        Self::parse(pattern)
    }
}

/// Compiles one regex of a pattern; `count` is how many the pattern had before it.
pub(crate) fn compile(source: &str, span: Span, count: &mut usize) -> Result<Regex, Error> {
    *count += 1;
    if *count > MAX_REGEXES {
        return Err(Error::limit(
            "Your input has exceeded the maximum of 2 regular expressions per filter pattern.",
            span,
            "join them with | inside one %...%, or compare with * where an end is open",
        ));
    }
    Regex::compile(source).map_err(|reason| Error::regex(span, reason))
}

struct Parser<'p> {
    pattern: &'p str,
    tokens: Vec<Token<'p>>,
    at: usize,
    regexes: usize,
    wildcards: usize,
    /// `&&` beside `||` without brackets.
    unbracketed: Vec<Span>,
}

impl<'p> Parser<'p> {
    fn new(pattern: &'p str, mode: Mode) -> Result<Self, Error> {
        let tokens = tokens(pattern, mode)?;
        Ok(Self { pattern, tokens, at: 0, regexes: 0, wildcards: 0, unbracketed: Vec::new() })
    }

    fn json(mut self) -> Result<JsonPattern, Error> {
        self.expect("{")?;
        let condition = self.any(&mut Self::json_condition)?;
        self.expect("}")?;
        self.end()?;
        Ok(JsonPattern { condition, unbracketed: self.unbracketed })
    }

    fn fields(mut self) -> Result<SpaceDelimited, Error> {
        self.expect("[")?;
        let mut before = Vec::new();
        let mut after: Option<Vec<Field>> = None;
        if self.eat("]") {
            self.end()?;
            return Ok(SpaceDelimited { before, after: Some(Vec::new()) });
        }
        loop {
            let span = self.span();
            if self.eat_word("...") {
                if after.is_some() {
                    return Err(Error::duplicate("...", span));
                }
                after = Some(Vec::new());
            } else {
                let field = self.field()?;
                let same = |other: &&Field| other.name.is_some() && other.name == field.name;
                if let Some(name) =
                    before.iter().chain(after.iter().flatten()).find(same).and(field.name.as_deref())
                {
                    return Err(Error::duplicate(name, span));
                }
                after.as_mut().unwrap_or(&mut before).push(field);
            }
            if !self.eat(",") {
                break;
            }
        }
        self.expect("]")?;
        self.end()?;
        Ok(SpaceDelimited { before, after })
    }

    fn field(&mut self) -> Result<Field, Error> {
        let start = self.span().start;
        if matches!(self.symbol(), Some("," | "]")) {
            return Ok(Field { name: None, condition: None, span: Span::new(start, start) });
        }
        let plain =
            matches!(self.tokens.get(self.at + 1), Some(Token { kind: TokenKind::Symbol("," | "]"), .. }));
        let mut name = None;
        let condition = if plain {
            name = Some(self.field_name()?);
            None
        } else {
            Some(self.any(&mut |parser: &mut Self| {
                let start = parser.span();
                let this = parser.field_name()?;
                match &name {
                    Some(name) if *name != this => return Err(Error::invalid(start)),
                    _ => name = Some(this),
                }
                let test = parser.value_test(is_reserved_in_fields)?;
                Ok(FieldCondition { test, span: Span::new(start.start, parser.last_end()) })
            })?)
        };
        Ok(Field { name, condition, span: Span::new(start, self.last_end()) })
    }

    fn field_name(&mut self) -> Result<String, Error> {
        match self.kind() {
            Some(TokenKind::Word(word)) if is_bare_term(word) && !is_reserved_in_fields(word) => {
                let name = (*word).to_owned();
                self.at += 1;
                Ok(name)
            }
            _ => self.invalid(),
        }
    }

    /// `a || b || c`
    fn any<C>(&mut self, condition: Condition<'_, 'p, C>) -> Result<Expression<C>, Error> {
        let mut parts = vec![self.all(condition)?];
        while self.eat("||") {
            parts.push(self.all(condition)?);
        }
        if parts.len() > 1 {
            self.unbracketed.extend(parts.iter().filter_map(|(_, bare)| *bare));
        }
        Ok(join(parts.into_iter().map(|(part, _)| part), Expression::Any, |part| match part {
            Expression::Any(inner) => inner,
            other => vec![other],
        }))
    }

    /// `a && b && c`, and its place where it is such a chain.
    fn all<C>(&mut self, condition: Condition<'_, 'p, C>) -> Result<(Expression<C>, Option<Span>), Error> {
        let start = self.span().start;
        let mut parts = vec![self.one(condition)?];
        while self.eat("&&") {
            parts.push(self.one(condition)?);
        }
        let chain = (parts.len() > 1).then(|| Span::new(start, self.last_end()));
        let joined = join(parts, Expression::All, |part| match part {
            Expression::All(inner) => inner,
            other => vec![other],
        });
        Ok((joined, chain))
    }

    fn one<C>(&mut self, condition: Condition<'_, 'p, C>) -> Result<Expression<C>, Error> {
        if !self.eat("(") {
            return condition(self).map(Expression::Condition);
        }
        let inside = self.any(condition)?;
        self.expect(")")?;
        Ok(inside)
    }

    fn json_condition(&mut self) -> Result<JsonCondition, Error> {
        let start = self.span();
        let Some(TokenKind::Selector(selector)) = self.kind() else { return self.invalid() };
        let selector = selector.clone();
        let wildcards = selector.steps.iter().filter(|step| Step::is_wildcard(step)).count();
        if wildcards > MAX_WILDCARDS_OF_A_SELECTOR {
            return Err(Error::limit(
                TWO_WILDCARDS_IN_A_SELECTOR,
                start,
                "name the other levels, or give their index",
            ));
        }
        self.wildcards += wildcards;
        if self.wildcards > MAX_WILDCARDS {
            return Err(Error::limit(
                "Your input has exceeded the maximum of 3 JSON wildcard selectors allowed per filter pattern.",
                start,
                "split it into several filters",
            ));
        }
        self.at += 1;
        let test = if self.eat_word("IS") {
            match self.kind() {
                Some(TokenKind::Word(word)) if is_keyword(word, "NULL") => JsonTest::IsNull,
                Some(TokenKind::Word(word)) if is_keyword(word, "TRUE") => JsonTest::IsTrue,
                Some(TokenKind::Word(word)) if is_keyword(word, "FALSE") => JsonTest::IsFalse,
                _ => return self.wrong_token(),
            }
        } else if self.eat_word("NOT") {
            match self.kind() {
                Some(TokenKind::Word(word)) if is_keyword(word, "EXISTS") => JsonTest::NotExists,
                _ => return self.wrong_token(),
            }
        } else {
            let test = self.value_test(is_reserved_in_json)?;
            return Ok(JsonCondition {
                selector,
                test: JsonTest::Value(test),
                span: Span::new(start.start, self.last_end()),
            });
        };
        self.at += 1;
        Ok(JsonCondition { selector, test, span: Span::new(start.start, self.last_end()) })
    }

    fn value_test(&mut self, is_reserved: fn(&str) -> bool) -> Result<ValueTest, Error> {
        let order = match self.symbol() {
            Some("=") => None,
            Some("!=") => {
                self.at += 1;
                return self.operand(is_reserved).map(ValueTest::NotEqual);
            }
            Some("<") => Some(Order::Less),
            Some("<=") => Some(Order::LessOrEqual),
            Some(">") => Some(Order::Greater),
            Some(">=") => Some(Order::GreaterOrEqual),
            _ => return self.invalid(),
        };
        self.at += 1;
        let Some(order) = order else { return self.operand(is_reserved).map(ValueTest::Equal) };
        // Only a number can stand here, so whatever else does is named.
        match self.kind() {
            Some(TokenKind::Word(word)) => {
                let literal = Literal::new(*word, false);
                if !literal.is_number() {
                    return self.wrong_token();
                }
                self.at += 1;
                Ok(ValueTest::Order(order, literal))
            }
            _ => self.wrong_token(),
        }
    }

    fn operand(&mut self, is_reserved: fn(&str) -> bool) -> Result<Operand, Error> {
        let span = self.span();
        let operand = match self.kind() {
            Some(TokenKind::Word(word)) if !is_reserved(word) => Operand::Literal(Literal::new(*word, false)),
            Some(TokenKind::Quoted(text)) => Operand::Literal(Literal::new(text.as_str(), true)),
            Some(TokenKind::Regex(source)) => {
                let source = *source;
                Operand::Regex(compile(source, span, &mut self.regexes)?)
            }
            _ => return self.invalid(),
        };
        self.at += 1;
        Ok(operand)
    }

    fn kind(&self) -> Option<&TokenKind<'p>> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn symbol(&self) -> Option<&'static str> {
        match self.kind() {
            Some(TokenKind::Symbol(symbol)) => Some(symbol),
            _ => None,
        }
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = self.symbol() == Some(symbol);
        self.at += usize::from(found);
        found
    }

    fn eat_word(&mut self, keyword: &str) -> bool {
        let found = matches!(self.kind(), Some(TokenKind::Word(word)) if is_keyword(word, keyword));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Error> {
        if self.eat(symbol) { Ok(()) } else { self.invalid() }
    }

    fn end(&self) -> Result<(), Error> {
        if self.kind().is_none() { Ok(()) } else { self.invalid() }
    }

    /// The place of the token that comes next; at the end, the place after the last.
    fn span(&self) -> Span {
        let end = self.tokens.last().map_or(0, |token| token.span.end);
        self.tokens.get(self.at).map_or(Span::new(end, end), |token| token.span)
    }

    fn last_end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.span.end)
    }

    fn invalid<T>(&self) -> Result<T, Error> {
        Err(Error::invalid(self.span()))
    }

    /// A token where only one kind could stand: AWS names it.
    fn wrong_token<T>(&self) -> Result<T, Error> {
        if self.kind().is_none() {
            return self.invalid();
        }
        Err(Error::characters(self.pattern, self.span()))
    }
}

type Condition<'c, 'p, C> = &'c mut dyn FnMut(&mut Parser<'p>) -> Result<C, Error>;

/// One part as it is, several as one expression; `lift` takes the parts out of a part of the same kind.
fn join<C>(
    parts: impl IntoIterator<Item = Expression<C>>,
    several: fn(Vec<Expression<C>>) -> Expression<C>,
    lift: fn(Expression<C>) -> Vec<Expression<C>>,
) -> Expression<C> {
    let mut flat: Vec<_> = parts.into_iter().flat_map(lift).collect();
    match flat.pop() {
        Some(only) if flat.is_empty() => only,
        last => {
            flat.extend(last);
            several(flat)
        }
    }
}
