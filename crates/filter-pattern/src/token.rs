//! Cutting a pattern in `{ }` or `[ ]` into tokens, and AWS's message where that fails.
//!
//! The rule behind the recorded messages: tokens are as long as they can be. Where a token can neither go on nor
//! end, AWS names the text from its start to the character that does not fit, that one included: `$..x` gives
//! `$..`, `[0:2]` after a selector gives `[0:`, `!(` gives `!(`. And `NOT` or `"Alpha"` in the message of a
//! pattern whose tokens are all good are tokens where only one kind could stand (`parse.rs`).

use trailbell_text::Span;

use crate::choices::{is_blank, is_escaped_in_quotes};
use crate::error::Error;
use crate::regex;
use crate::syntax::{Selector, Step};

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<'p> {
    pub(crate) kind: TokenKind<'p>,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind<'p> {
    /// One of `{ } [ ] ( ) , && || = != < <= > >=`.
    Symbol(&'static str),
    /// `$.a[0]`, only in `{ }`.
    Selector(Selector),
    /// A bare value, a keyword, a field's name or `...`.
    Word(&'p str),
    /// The text between quotes, escapes resolved.
    Quoted(String),
    /// What is between two `%`.
    Regex(&'p str),
}

/// The two kinds of pattern that are cut into tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    Json,
    Fields,
}

/// Longer ones first.
const JSON_SYMBOLS: &[&str] = &["&&", "||", "!=", "<=", ">=", "=", "<", ">", "(", ")", "{", "}"];
const FIELD_SYMBOLS: &[&str] = &["&&", "||", "!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", ","];

/// Characters of a bare value: letters, digits, `_`, and `*` and `.` as in `123.123.*`.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'*' | b'.')
}

/// Whether a key needs no `['...']` in a selector.
pub(crate) fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(is_key_byte)
}

const fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Whether a term, or the name of a field, needs no quotes.
pub(crate) fn is_bare_term(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Cuts the whole pattern.
pub(crate) fn tokens(pattern: &str, mode: Mode) -> Result<Vec<Token<'_>>, Error> {
    let mut cutter = Cutter { pattern, at: 0 };
    let mut tokens = Vec::new();
    loop {
        cutter.skip_blanks();
        let start = cutter.at;
        let Some(kind) = cutter.token(mode)? else { return Ok(tokens) };
        tokens.push(Token { kind, span: Span::new(start, cutter.at) });
    }
}

/// A place in a pattern that is being cut.
pub(crate) struct Cutter<'p> {
    pub(crate) pattern: &'p str,
    pub(crate) at: usize,
}

impl<'p> Cutter<'p> {
    pub(crate) fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    pub(crate) fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches(is_blank).len();
    }

    pub(crate) fn byte(&self, ahead: usize) -> Option<u8> {
        self.pattern.as_bytes().get(self.at + ahead).copied()
    }

    /// AWS's message for a token that began at `start` and cannot go on at the current place.
    pub(crate) fn fail<T>(&self, start: usize) -> Result<T, Error> {
        let end = self.at + self.rest().chars().next().map_or(0, char::len_utf8);
        Err(Error::characters(self.pattern, Span::new(start, end)))
    }

    fn token(&mut self, mode: Mode) -> Result<Option<TokenKind<'p>>, Error> {
        let start = self.at;
        let Some(first) = self.byte(0) else { return Ok(None) };
        let symbols = if mode == Mode::Json { JSON_SYMBOLS } else { FIELD_SYMBOLS };
        if let Some(symbol) = symbols.iter().find(|symbol| self.rest().starts_with(**symbol)) {
            self.at += symbol.len();
            return Ok(Some(TokenKind::Symbol(symbol)));
        }
        match first {
            b'"' => self.quoted().map(TokenKind::Quoted).map(Some),
            b'%' => self.regex().map(TokenKind::Regex).map(Some),
            b'$' if mode == Mode::Json => self.selector().map(TokenKind::Selector).map(Some),
            b'+' | b'-' => {
                self.at += 1;
                let digit = |ahead| self.byte(ahead).is_some_and(|byte| byte.is_ascii_digit());
                let number = digit(0) || (self.byte(0) == Some(b'.') && digit(1));
                if !number {
                    return self.fail(start);
                }
                self.skip_number();
                Ok(Some(TokenKind::Word(&self.pattern[start..self.at])))
            }
            byte if is_word(byte) => {
                self.skip_word();
                Ok(Some(TokenKind::Word(&self.pattern[start..self.at])))
            }
            b'&' | b'|' | b'!' => {
                self.at += 1;
                self.fail(start)
            }
            // A subscript that follows no selector it could belong to, or is none AWS knows: `[0:`, `[-`.
            b'[' => {
                self.skip_subscript();
                self.fail(start)
            }
            _ => self.fail(start),
        }
    }

    fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        while self.byte(0).is_some_and(&test) {
            self.at += 1;
        }
    }

    fn skip_digits(&mut self) {
        self.skip_while(|byte| byte.is_ascii_digit());
    }

    /// As much of `[`, and of what can follow it, as there is.
    fn skip_subscript(&mut self) {
        self.at += 1;
        match self.byte(0) {
            Some(b'*') => self.at += 1,
            Some(b'\'') => {
                self.at += 1;
                self.skip_while(|byte| byte != b'\'');
                self.at += usize::from(self.byte(0) == Some(b'\''));
            }
            _ => self.skip_digits(),
        }
    }

    /// A bare value; `1e+0` is one, though `+` is no character of a word.
    fn skip_word(&mut self) {
        let start = self.at;
        self.skip_while(is_word);
        let word = &self.pattern.as_bytes()[start..self.at];
        if let [mantissa @ .., b'e' | b'E'] = word
            && mantissa.iter().any(u8::is_ascii_digit)
            && mantissa.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
            && matches!(self.byte(0), Some(b'+' | b'-'))
            && self.byte(1).is_some_and(|byte| byte.is_ascii_digit())
        {
            self.at += 1;
            self.skip_digits();
        }
    }

    /// A number after its sign.
    fn skip_number(&mut self) {
        self.skip_digits();
        if self.byte(0) == Some(b'.') {
            self.at += 1;
            self.skip_digits();
        }
        let sign = usize::from(matches!(self.byte(1), Some(b'+' | b'-')));
        if matches!(self.byte(0), Some(b'e' | b'E'))
            && self.byte(1 + sign).is_some_and(|b| b.is_ascii_digit())
        {
            self.at += 1 + sign;
            self.skip_digits();
        }
    }

    /// `"..."`, from its first quote.
    pub(crate) fn quoted(&mut self) -> Result<String, Error> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((offset, c)) = characters.next() {
            match c {
                '"' => {
                    self.at += offset + 1;
                    return Ok(text);
                }
                '\\' if characters.clone().next().is_some_and(|(_, next)| is_escaped_in_quotes(next)) => {
                    text.extend(characters.next().map(|(_, next)| next));
                }
                other => text.push(other),
            }
        }
        self.at = self.pattern.len();
        self.fail(start)
    }

    /// `%...%`, from its first `%`; only the characters are checked here.
    pub(crate) fn regex(&mut self) -> Result<&'p str, Error> {
        let start = self.at;
        self.at += 1;
        let length = self.rest().find(|c| !regex::is_allowed(c)).unwrap_or(self.rest().len());
        let source = &self.rest()[..length];
        self.at += length;
        if source.is_empty() || self.byte(0) != Some(b'%') {
            return self.fail(start);
        }
        self.at += 1;
        Ok(source)
    }

    /// `$.key`, from its `$`. A step that is not complete ends it, and whatever begins there is the next token.
    fn selector(&mut self) -> Result<Selector, Error> {
        let start = self.at;
        self.at += 1;
        if self.byte(0) != Some(b'.') {
            return self.fail(start);
        }
        let mut steps = Vec::new();
        while let Some(step) = self.step(steps.is_empty()) {
            steps.push(step);
        }
        if steps.is_empty() {
            self.at += 1;
            if self.rest().starts_with("['") {
                self.skip_subscript();
            } else if self.rest().starts_with('[') {
                // Right after `$.` only a key can be in brackets.
                self.at += 1;
            }
            return self.fail(start);
        }
        Ok(Selector { steps })
    }

    fn step(&mut self, first: bool) -> Option<Step> {
        let rest = self.rest();
        if let Some(after) = rest.strip_prefix('.') {
            if after.starts_with('*') {
                self.at += 2;
                return Some(Step::AnyMember);
            }
            let length = after.bytes().position(|byte| !is_key_byte(byte)).unwrap_or(after.len());
            if length > 0 {
                self.at += 1 + length;
                return Some(Step::Key(after[..length].to_owned()));
            }
            return self.key_in_brackets(after, 1);
        }
        if first {
            return None;
        }
        if rest.starts_with("[*]") {
            self.at += 3;
            return Some(Step::AnyElement);
        }
        let after = rest.strip_prefix('[')?;
        let digits = after.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(after.len());
        if digits > 0 && after[digits..].starts_with(']') {
            self.at += digits + 2;
            // No array is longer than the largest index, so a larger one finds nothing either way.
            return Some(Step::Index(after[..digits].parse().unwrap_or(usize::MAX)));
        }
        self.key_in_brackets(rest, 0)
    }

    fn key_in_brackets(&mut self, text: &str, before: usize) -> Option<Step> {
        let after = text.strip_prefix("['")?;
        let length = after.find('\'').filter(|length| *length > 0)?;
        after[length..].strip_prefix("']")?;
        self.at += before + 2 + length + 2;
        Some(Step::Key(after[..length].to_owned()))
    }
}
