//! JSON as a stream of tokens with their places: a pattern is judged while it is read, so the first thing wrong is
//! what is told, as AWS does. `trailbell_json` gives a tree without places; events are read with that.

use trailbell_text::Span;

use crate::error::Error;

/// Containers inside one another that are read, the outermost counted as 1.
const MAX_DEPTH: usize = trailbell_json::MAX_DEPTH;

/// One token of JSON; names of members are told apart from strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    Name(String),
    Text(String),
    Number(String),
    Bool(bool),
    Null,
    /// After the outermost value, and nothing but blanks.
    End,
}

impl Token {
    /// As it is quoted in an error.
    pub(crate) fn shown(&self) -> &str {
        match self {
            Self::ObjectStart => "{",
            Self::ObjectEnd => "}",
            Self::ArrayStart => "[",
            Self::ArrayEnd => "]",
            Self::Name(text) | Self::Text(text) | Self::Number(text) => text,
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Null => "null",
            Self::End => "",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Object,
    Array,
}

/// Takes tokens from a text one after the other.
#[derive(Debug)]
pub(crate) struct Reader<'s> {
    source: &'s str,
    at: usize,
    /// What is open, and whether it has a member already.
    open: Vec<(Container, bool)>,
    /// Whether a member's value comes next.
    after_name: bool,
    started: bool,
    /// The place of the token taken last.
    pub(crate) span: Span,
}

impl<'s> Reader<'s> {
    pub(crate) const fn new(source: &'s str) -> Self {
        Self { source, at: 0, open: Vec::new(), after_name: false, started: false, span: Span::new(0, 0) }
    }

    /// The next token; its place is in `span`.
    pub(crate) fn next(&mut self) -> Result<Token, Error> {
        self.blanks();
        match self.open.last().copied() {
            None if self.started => {
                self.span = Span::new(self.at, self.source.len());
                match self.peek() {
                    None => Ok(Token::End),
                    Some(c) => Err(self.unexpected(c, "the end of the pattern")),
                }
            }
            None => {
                self.started = true;
                self.value()
            }
            Some((Container::Object, _)) if self.after_name => {
                self.after_name = false;
                self.value()
            }
            Some((container, has_members)) => self.in_container(container, has_members),
        }
    }

    fn in_container(&mut self, container: Container, has_members: bool) -> Result<Token, Error> {
        let (close, other, token, noun) = match container {
            Container::Object => ('}', ']', Token::ObjectEnd, "Object"),
            Container::Array => (']', '}', Token::ArrayEnd, "Array"),
        };
        match self.peek() {
            Some(c) if c == close => {
                self.take(c);
                self.open.pop();
                return Ok(token);
            }
            Some(c) if c == other => {
                return Err(Error::syntax(
                    format!("Unexpected close marker '{c}': expected '{close}' (for {noun})"),
                    self.here(c),
                ));
            }
            Some(',') if has_members => {
                self.take(',');
                self.blanks();
            }
            Some(c) if has_members => {
                return Err(self.unexpected(c, &format!("comma to separate {noun} entries")));
            }
            _ => {}
        }
        if let Some((_, has_members)) = self.open.last_mut() {
            *has_members = true;
        }
        if container == Container::Array {
            return self.value();
        }
        match self.peek() {
            Some('"') => {}
            Some(c) => return Err(self.unexpected(c, "double-quote to start field name")),
            None => return Err(self.ended()),
        }
        let name = self.string()?;
        let span = self.span;
        self.blanks();
        match self.peek() {
            Some(':') => self.take(':'),
            Some(c) => return Err(self.unexpected(c, "a colon to separate field name and value")),
            None => return Err(self.ended()),
        }
        self.span = span;
        self.after_name = true;
        Ok(Token::Name(name))
    }

    fn value(&mut self) -> Result<Token, Error> {
        match self.peek() {
            None => Err(self.ended()),
            Some(c @ ('{' | '[')) => {
                self.take(c);
                if self.open.len() >= MAX_DEPTH {
                    return Err(Error::syntax(format!("nested more than {MAX_DEPTH} deep"), self.span));
                }
                self.open.push((if c == '{' { Container::Object } else { Container::Array }, false));
                Ok(if c == '{' { Token::ObjectStart } else { Token::ArrayStart })
            }
            Some('"') => self.string().map(Token::Text),
            Some('-' | '0'..='9') => self.number(),
            Some(c) if c.is_alphabetic() => self.word(),
            Some(c) => Err(self.unexpected(
                c,
                "a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            )),
        }
    }

    fn word(&mut self) -> Result<Token, Error> {
        let word = self.run(|c| c.is_alphanumeric() || c == '_');
        match word {
            "true" => Ok(Token::Bool(true)),
            "false" => Ok(Token::Bool(false)),
            "null" => Ok(Token::Null),
            _ => Err(Error::syntax(
                format!(
                    "Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
                ),
                self.span,
            )),
        }
    }

    fn number(&mut self) -> Result<Token, Error> {
        let text = self.run(|c| matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
        if is_number(text) {
            Ok(Token::Number(text.to_owned()))
        } else {
            let digits = text.trim_start_matches('-');
            let zeroes = digits.starts_with('0') && digits.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
            let reason = if zeroes { "Leading zeroes not allowed" } else { "not a number as JSON has them" };
            Err(Error::syntax(format!("Invalid numeric value: {reason}"), self.span))
        }
    }

    /// The characters from here that are allowed, as the token's place.
    fn run(&mut self, allowed: impl Fn(char) -> bool) -> &'s str {
        let rest = self.rest();
        let length = rest.find(|c| !allowed(c)).unwrap_or(rest.len());
        self.span = Span::new(self.at, self.at + length);
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn string(&mut self) -> Result<String, Error> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        // Surrogates that were escaped one by one; a lone one, which is no character, is U+FFFD.
        let mut units: Vec<u16> = Vec::new();
        loop {
            let Some(c) = self.peek() else {
                self.span = Span::new(start, self.source.len());
                return Err(Error::syntax(
                    "Unexpected end-of-input: was expecting closing quote for a string value",
                    self.span,
                ));
            };
            if let Some(unit) = self.rest().strip_prefix("\\u").and_then(|rest| rest.get(..4)).and_then(hex) {
                self.at += 6;
                units.push(unit);
                continue;
            }
            out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
            self.take(c);
            match c {
                '"' => break,
                '\\' => out.push(self.escape()?),
                '\0'..='\u{1f}' => {
                    return Err(Error::syntax(
                        format!(
                            "Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using backslash to be included in string value",
                            u32::from(c)
                        ),
                        self.span,
                    ));
                }
                c => out.push(c),
            }
        }
        self.span = Span::new(start, self.at);
        Ok(out)
    }

    /// The character an escape stands for; the backslash is taken, and `\u` with four digits is dealt with.
    fn escape(&mut self) -> Result<char, Error> {
        let Some(c) = self.peek() else { return Err(self.ended()) };
        self.take(c);
        self.span.start -= 1;
        Ok(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                return Err(Error::syntax(
                    "Unexpected character: expected a hex-digit for character escape sequence",
                    self.span,
                ));
            }
            c => {
                return Err(Error::syntax(format!("Unrecognized character escape {}", named(c)), self.span));
            }
        })
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, c: char) {
        self.span = self.here(c);
        self.at = self.span.end;
    }

    fn here(&self, c: char) -> Span {
        Span::new(self.at, self.at + c.len_utf8())
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn unexpected(&self, c: char, expected: &str) -> Error {
        Error::syntax(format!("Unexpected character ({}): was expecting {expected}", named(c)), self.here(c))
    }

    fn ended(&self) -> Error {
        let end = self.source.len();
        if self.open.is_empty() {
            return Error::syntax("No content to map due to end-of-input", Span::new(end, end));
        }
        Error::syntax("Unexpected end-of-input: the pattern is not closed", Span::new(end, end))
    }
}

fn named(c: char) -> String {
    format!("'{c}' (code {})", u32::from(c))
}

fn hex(digits: &str) -> Option<u16> {
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

/// Whether that is a number by JSON's grammar.
pub(crate) fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}
