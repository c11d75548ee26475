//! Typed reading of the tree, collecting every problem instead of stopping at the first.

use std::ops::Range;

use trailbell_text::{Diagnostic, LineColumn, Span};

use crate::parse::{Node, Plain, Scalar, Value, locate};

/// A text being read, and what is wrong with it so far.
#[derive(Debug)]
pub struct Reader<'a> {
    source: &'a str,
    /// What is wrong, in the order in which it was met.
    pub problems: Vec<Diagnostic>,
    /// What looks odd.
    pub warnings: Vec<Diagnostic>,
}

/// The known keys of one mapping that are there.
#[derive(Debug, Default)]
pub struct Fields<'n>(Vec<(&'static str, &'n Node)>);

impl<'n> Fields<'n> {
    /// The value of a key, where the mapping has it.
    pub fn get(&self, name: &str) -> Option<&'n Node> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, node)| *node)
    }
}

impl<'a> Reader<'a> {
    /// A reader of the tree of `source`.
    pub const fn new(source: &'a str) -> Self {
        Self { source, problems: Vec::new(), warnings: Vec::new() }
    }

    /// Notes that something is wrong.
    pub fn problem(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push(Diagnostic::new(message, span));
    }

    /// Notes that something is wrong, and the next step.
    pub fn problem_with_hint(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Diagnostic::new(message, span).with_hint(hint));
    }

    /// Notes that something looks odd, and the next step.
    pub fn warn(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        self.warnings.push(Diagnostic::new(message, span).with_hint(hint));
    }

    /// The entries of a mapping by key, the keys of each written once. `what` names the mapping in messages.
    pub fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Scalar, Span, &'n Node)> {
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
    pub fn fields<'n>(&mut self, node: &'n Node, keys: &[&'static str], what: &str) -> Fields<'n> {
        let mut fields = Vec::new();
        for (key, span, value) in self.entries(node, what) {
            if let Some(known) = keys.iter().find(|known| **known == key.text) {
                fields.push((*known, value));
            } else if key.text == "<<" {
                self.problem_with_hint(span, "YAML merge keys are not understood here", "write the keys out");
            } else {
                // A key without a value may be a secret whose colon was forgotten: it is not quoted.
                let message = if value.is_null() || !is_plain_key(&key.text) {
                    format!("Something that is no key in {what}")
                } else {
                    format!("Unknown key `{}` in {what}", key.text)
                };
                self.problem_with_hint(span, message, suggestion(&key.text, keys));
            }
        }
        Fields(fields)
    }

    /// The items of a list.
    pub fn items<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        if let Value::Sequence(items) = &node.value {
            return items;
        }
        self.problem_with_hint(node.span, format!("{what} must be a list"), "start each item with `- `");
        &[]
    }

    /// A text, as it is written. An unquoted number or boolean is refused: what YAML makes of it
    /// (`1e3`, `0123`, `true`) is rarely what was meant.
    pub fn scalar<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n Scalar> {
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

    /// `true` or `false`.
    pub fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        if let Value::Scalar(scalar) = &node.value
            && let Plain::Boolean(value) = scalar.kind()
        {
            return Some(value);
        }
        self.problem(node.span, format!("{what} must be true or false"));
        None
    }

    /// One of `words`.
    pub fn word<'w>(&mut self, node: &Node, words: &[&'w str], what: &str) -> Option<&'w str> {
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

    /// A value as it is written in the file, the lines below its first one moved to the left as far as it is indented.
    pub fn written(&self, node: &Node) -> String {
        let (start, end) = (node.span.start, node.span.end);
        let before = self.source.get(..start).unwrap_or_default();
        let indent = before.chars().rev().take_while(|c| *c != '\n').count();
        let lines = self.source.get(start..end).unwrap_or_default().trim_end().split('\n').enumerate();
        let lines: Vec<&str> = lines
            .map(|(nth, line)| {
                let most = if nth == 0 { 0 } else { indent };
                let blanks = line.bytes().take(most).take_while(|b| *b == b' ').count();
                line.get(blanks..).unwrap_or(line)
            })
            .collect();
        lines.join("\n")
    }

    /// Where `range` of a scalar's text stands in the file.
    pub fn locate(&self, node: &Node, scalar: &Scalar, range: Range<usize>) -> Span {
        self.locate_within(node.span, scalar, range)
    }

    /// The same of a scalar that stands there, such as a key.
    pub fn locate_within(&self, span: Span, scalar: &Scalar, range: Range<usize>) -> Span {
        locate(self.source, span, scalar, range)
    }
}

/// Whether a key is one word, as all known ones are.
pub fn is_plain_key(key: &str) -> bool {
    (1..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.<".contains(&b))
}

/// A key or a word as a message may show it: what holds a URL or is several words (on one line or, after a
/// slip, on several) may be a secret that slipped into its place.
pub fn shown_key(key: &str) -> &str {
    let several = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'');
    if key.contains("://") || key.contains(several) { "…" } else { key }
}

/// "did you mean ...?" where a known word is near, else the words there are.
pub fn suggestion(written: &str, known: &[&str]) -> String {
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
