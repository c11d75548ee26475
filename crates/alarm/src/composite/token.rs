//! The words of an alarm rule.

use crate::State;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Comma,
    And,
    Or,
    Not,
    AtLeast,
    Constant(bool),
    State(State),
    Number,
    Percentage,
    /// An unquoted word that is nothing of the above.
    Word,
    /// `"..."`, with at least one character in it.
    Quoted,
    /// Quotes that are not closed, or with nothing in them.
    Broken,
    End,
}

/// A token: what it is, and its bytes in the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The tokens of a rule; the last is [`Kind::End`]. Keywords count only in upper case, as AWS has it.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        let single = match character {
            '(' => Some(Kind::Open),
            ')' => Some(Kind::Close),
            ',' => Some(Kind::Comma),
            _ => None,
        };
        if character.is_whitespace() {
            continue;
        }
        let mut end = start + character.len_utf8();
        let kind = if let Some(kind) = single {
            kind
        } else if character == '"' {
            let mut closed = false;
            while let Some((at, next)) = characters.next() {
                end = at + next.len_utf8();
                match next {
                    '\\' => {
                        if let Some((at, escaped)) = characters.next() {
                            end = at + escaped.len_utf8();
                        }
                    }
                    '"' => {
                        closed = true;
                        break;
                    }
                    _ => {}
                }
            }
            if closed && end - start > 2 { Kind::Quoted } else { Kind::Broken }
        } else {
            while let Some((at, next)) = characters.next_if(|(_, next)| is_of_word(*next)) {
                end = at + next.len_utf8();
            }
            word(text.get(start..end).unwrap_or_default())
        };
        tokens.push(Token { kind, start, end });
    }
    tokens.push(Token { kind: Kind::End, start: text.len(), end: text.len() });
    tokens
}

/// Whether an unquoted name may contain the character.
pub(super) fn is_of_word(character: char) -> bool {
    !(character.is_whitespace() || matches!(character, '(' | ')' | ',' | '"'))
}

fn word(text: &str) -> Kind {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        "AND" => Kind::And,
        "OR" => Kind::Or,
        "NOT" => Kind::Not,
        "AT_LEAST" => Kind::AtLeast,
        "TRUE" => Kind::Constant(true),
        "FALSE" => Kind::Constant(false),
        _ if digits(text) => Kind::Number,
        _ if text.strip_suffix('%').is_some_and(digits) => Kind::Percentage,
        _ => State::parse(text).map_or(Kind::Word, Kind::State),
    }
}

/// The name inside quotes: `\"` is a quote and `\\` a backslash; before anything else a backslash is itself.
pub(super) fn unquote(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(quoted);
    let mut name = String::with_capacity(inner.len());
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.next_if(|next| character == '\\' && matches!(next, '"' | '\\')) {
            Some(escaped) => name.push(escaped),
            None => name.push(character),
        }
    }
    name
}
