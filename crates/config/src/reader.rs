//! Typed reading of the tree, collecting every problem instead of stopping at the first.

use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use trailbell_text::{Diagnostic, LineColumn, Span};

use crate::Lookups;
use crate::keys::Key;
use crate::yaml::{Node, Plain, Scalar, Value, locate};

/// Longest text a setting may hold, in characters: it is printed in notices.
const MAX_TEXT_CHARS: usize = 500;

/// What is escaped in one part of a URL: all but what RFC 3986 calls unreserved.
pub(crate) const URL_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(crate) struct Reader<'a> {
    source: &'a str,
    lookups: Lookups<'a>,
    /// Whether sources and channels are left unread, with the secrets in them.
    pub(crate) only_looks: bool,
    /// Whether a secret in plain text is a problem, and not only worth a warning.
    pub(crate) refuses_plain: bool,
    pub(crate) problems: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// How a variable's value is put into a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expansion {
    AsItIs,
    /// As one part of a URL, whatever characters it has: a password with a `/` stays a password.
    PartOfUrl,
}

/// The known keys of one mapping that are there.
#[derive(Default)]
pub(crate) struct Fields<'n>(Vec<(&'static str, &'n Node)>);

impl<'n> Fields<'n> {
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, node)| *node)
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(source: &'a str, lookups: Lookups<'a>) -> Self {
        Self {
            source,
            lookups,
            only_looks: false,
            refuses_plain: false,
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(crate) const fn lookups(&self) -> Lookups<'a> {
        self.lookups
    }

    pub(crate) fn problem(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push(Diagnostic::new(message, span));
    }

    pub(crate) fn problem_with_hint(
        &mut self,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.problems.push(Diagnostic::new(message, span).with_hint(hint));
    }

    pub(crate) fn warn(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.warnings.push(Diagnostic::new(message, span).with_hint(hint));
    }

    /// A mapping that says nothing is a slip: its lines are commented out or not indented.
    pub(crate) fn nothing_said(&mut self, node: &Node, what: &str, keys: &[Key]) {
        if matches!(&node.value, Value::Mapping(pairs) if pairs.is_empty()) {
            let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
            self.problem_with_hint(
                node.span,
                format!("Nothing is said about {what}"),
                format!("known here: {}", names.join(", ")),
            );
        }
    }

    /// The entries of a mapping by key, the keys of each written once. `what` names the mapping in messages.
    pub(crate) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Scalar, Span, &'n Node)> {
        let Value::Mapping(pairs) = &node.value else {
            self.problem_with_hint(
                node.span,
                format!("{what} must be a mapping"),
                "write `key: value` lines, indented below it",
            );
            return Vec::new();
        };
        let mut entries: Vec<(&Scalar, Span, &Node)> = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let Value::Scalar(scalar) = &key.value else {
                self.problem(key.span, "A key must be a word");
                continue;
            };
            if let Some((_, first, _)) = entries.iter().find(|(other, ..)| other.text == scalar.text) {
                let line = LineColumn::of(self.source, first.start).line;
                self.problem_with_hint(
                    key.span,
                    format!("`{}` stands here a second time", scalar.text),
                    format!("it is already on line {line}; keep one of them"),
                );
                continue;
            }
            entries.push((scalar, key.span, value));
        }
        entries
    }

    /// The fields of a mapping whose keys are all known; an unknown one is a problem with a suggestion.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, keys: &'static [Key], what: &str) -> Fields<'n> {
        self.fields_of(node, &[keys], what)
    }

    /// The same where the keys are those of several tables.
    pub(crate) fn fields_of<'n>(
        &mut self,
        node: &'n Node,
        tables: &[&'static [Key]],
        what: &str,
    ) -> Fields<'n> {
        let mut fields = Vec::new();
        let keys = || tables.iter().flat_map(|keys| keys.iter());
        for (key, span, value) in self.entries(node, what) {
            if let Some(known) = keys().find(|known| known.name == key.text) {
                fields.push((known.name, value));
            } else if key.text == "<<" {
                self.problem_with_hint(span, "YAML merge keys are not understood here", "write the keys out");
            } else {
                let names: Vec<&str> = keys().map(|known| known.name).collect();
                // A key without a value may be a secret whose colon was forgotten: it is not quoted.
                let message = if value.is_null() || !is_plain_key(&key.text) {
                    format!("Something that is no key in {what}")
                } else {
                    format!("Unknown key `{}` in {what}", key.text)
                };
                self.problem_with_hint(span, message, suggestion(&key.text, &names));
            }
        }
        Fields(fields)
    }

    /// The items of a list.
    pub(crate) fn items<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        if let Value::Sequence(items) = &node.value {
            return items;
        }
        self.problem_with_hint(node.span, format!("{what} must be a list"), "start each item with `- `");
        &[]
    }

    /// A text, as it is written. An unquoted number or boolean is refused: what YAML makes of it
    /// (`1e3`, `0123`, `true`) is rarely what was meant.
    pub(crate) fn scalar<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n Scalar> {
        let Value::Scalar(scalar) = &node.value else {
            self.problem(node.span, format!("{what} must be a text"));
            return None;
        };
        match scalar.kind() {
            Plain::Text if scalar.text.trim().is_empty() => {
                self.problem(node.span, format!("{what} is empty"));
            }
            Plain::Text => return Some(scalar),
            Plain::Null => self.problem_with_hint(
                node.span,
                format!("{what} has no value"),
                "write one, or leave the key out",
            ),
            Plain::Number | Plain::Boolean(_) => self.problem_with_hint(
                node.span,
                format!("{what} must be a text, and YAML reads `{}` as something else", scalar.text),
                format!("write it in quotes: '{}'", scalar.text),
            ),
        }
        None
    }

    /// A text that notices show: one line, `${NAME}` replaced from the environment (`$${` is a plain `${`).
    pub(crate) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let scalar = self.scalar(node, what)?;
        let text = self.expand(node, scalar, Expansion::AsItIs)?;
        if text.chars().any(char::is_control) {
            self.problem(node.span, format!("{what} must be one line without control characters"));
            return None;
        }
        if text.chars().count() > MAX_TEXT_CHARS {
            self.problem(node.span, format!("{what} is longer than {MAX_TEXT_CHARS} characters"));
            return None;
        }
        Some(text)
    }

    pub(crate) fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let Value::Scalar(scalar) = &node.value
            && let Plain::Boolean(value) = scalar.kind()
        {
            return Some(value);
        }
        self.problem(node.span, format!("{what} must be true or false"));
        None
    }

    /// One of `words`.
    pub(crate) fn word<'w>(&mut self, node: &Node, words: &[&'w str], what: &str) -> Option<&'w str> {
        let scalar = self.scalar(node, what)?;
        let word = words.iter().find(|word| **word == scalar.text).copied();
        if word.is_none() {
            self.problem_with_hint(
                node.span,
                format!("{what} cannot be `{}`", shown_key(&scalar.text)),
                suggestion(&scalar.text, words),
            );
        }
        word
    }

    /// Where `range` of a scalar's text stands in the file.
    pub(crate) fn locate(&self, node: &Node, scalar: &Scalar, range: Range<usize>) -> Span {
        locate(self.source, node.span, scalar, range)
    }

    pub(crate) fn expand(&mut self, node: &Node, scalar: &Scalar, expansion: Expansion) -> Option<String> {
        let text = &scalar.text;
        let mut out = String::with_capacity(text.len());
        let mut good = true;
        let mut at = 0;
        while let Some(found) = text[at..].find("${") {
            let open = at + found;
            if text[..open].ends_with('$') {
                out.push_str(&text[at..open - 1]);
                out.push_str("${");
                at = open + 2;
                continue;
            }
            out.push_str(&text[at..open]);
            let close = text[open..].find('}').map_or(text.len(), |i| open + i);
            let name = &text[open + 2..close];
            at = (close + 1).min(text.len());
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && close < text.len();
            if !is_name {
                let span = self.locate(node, scalar, open..at);
                self.problem_with_hint(
                    span,
                    "`${` begins the name of an environment variable",
                    "write ${NAME}, or $${ for a plain ${",
                );
                good = false;
            } else if let Some(value) = (self.lookups.environment)(name) {
                match expansion {
                    Expansion::AsItIs => out.push_str(&value),
                    Expansion::PartOfUrl => out.extend(utf8_percent_encode(&value, URL_PART)),
                }
            } else {
                let span = self.locate(node, scalar, open..at);
                self.problem(span, format!("The environment variable {name} is not set"));
                good = false;
            }
        }
        out.push_str(&text[at..]);
        good.then_some(out)
    }
}

/// Whether a key is one word, as all known ones are.
pub(crate) fn is_plain_key(key: &str) -> bool {
    (1..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.<".contains(&b))
}

/// A key or a word as a message may show it: what holds a URL or is several words (on one line or, after a
/// slip, on several) may be a secret that slipped into its place.
pub(crate) fn shown_key(key: &str) -> &str {
    let several = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'');
    if key.contains("://") || key.contains(several) { "…" } else { key }
}

/// "did you mean ...?" where a known word is near, else the words there are.
pub(crate) fn suggestion(written: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|word| (strsim::jaro_winkler(&written.to_lowercase(), &word.to_lowercase()), *word))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        // Below this, suggestions are guesses ("timezone" for "email").
        Some((likeness, word)) if likeness > 0.8 => format!("did you mean `{word}`?"),
        _ => format!("known here: {}", known.join(", ")),
    }
}
