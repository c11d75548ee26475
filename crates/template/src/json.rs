//! JSON text -> the tree. Written here because `serde_json` keeps no places, and a YAML parser reads JSON's escapes otherwise.

use std::collections::HashMap;
use std::sync::Arc;

use trailbell_text::{Diagnostic, LineColumn, Quoting, Span};

use crate::limits::MAX_DEPTH;
use crate::tree::{Entry, Node, Scalar, Value, mapping};

/// Reads one JSON value.
pub(crate) fn parse(source: &str) -> Result<Node, Diagnostic> {
    let mut reader = Reader { source, at: if source.starts_with('\u{feff}') { 3 } else { 0 } };
    let node = reader.value(0)?;
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.wrong("Something stands behind the JSON", "one file holds one JSON value")),
    }
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no blank, stood on.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.source.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn wrong(&self, message: impl Into<String>, hint: &str) -> Diagnostic {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        Diagnostic::new(message, Span::new(self.at, self.at + width)).with_hint(hint)
    }

    fn value(&mut self, depth: usize) -> Result<Node, Diagnostic> {
        let first = self.peek();
        let start = self.at;
        if matches!(first, Some(b'{' | b'[')) && depth == MAX_DEPTH {
            return Err(too_deep(Span::new(start, start + 1)));
        }
        match first {
            Some(b'{') => self.object(start, depth),
            Some(b'[') => {
                self.at += 1;
                let mut items = Vec::new();
                while self.more(items.is_empty(), b']')? {
                    items.push(self.value(depth + 1)?);
                }
                Ok(Node { span: Span::new(start, self.at), value: Value::Sequence(items.into()) })
            }
            Some(b'"') => {
                let text = self.string()?;
                Ok(Node { span: Span::new(start, self.at), value: scalar(text, Quoting::Double) })
            }
            None => Err(self.wrong("The JSON ends too early", "a value is missing here")),
            Some(_) => {
                let word = self
                    .rest()
                    .split([',', ']', '}', ' ', '\t', '\n', '\r', ':', '"'])
                    .next()
                    .unwrap_or_default();
                let is_number = word.len() < 64 && serde_json::from_str::<serde_json::Number>(word).is_ok();
                if !is_number && !matches!(word, "true" | "false" | "null") {
                    return Err(self.wrong("This is not JSON", "texts stand in double quotes"));
                }
                let text = word.to_owned();
                self.at += text.len();
                Ok(Node { span: Span::new(start, self.at), value: scalar(text, Quoting::Plain) })
            }
        }
    }

    fn object(&mut self, start: usize, depth: usize) -> Result<Node, Diagnostic> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines: HashMap<Arc<str>, usize> = HashMap::new();
        while self.more(entries.is_empty(), b'}')? {
            if self.peek() != Some(b'"') {
                return Err(self.wrong(
                    "A key is missing here",
                    "keys stand in double quotes; none follows a last comma",
                ));
            }
            let key_start = self.at;
            let key: Arc<str> = self.string()?.into();
            let key_span = Span::new(key_start, self.at);
            if self.peek() != Some(b':') {
                return Err(self.wrong("A colon is missing here", "write `\"key\": value`"));
            }
            self.at += 1;
            if let Some(first) = lines.insert(key.clone(), key_start) {
                return Err(twice(self.source, &key, key_span, first));
            }
            let value = self.value(depth + 1)?;
            entries.push(Entry { key, key_span, value });
        }
        Ok(mapping(Span::new(start, self.at), entries))
    }

    /// Whether another element follows; steps over the comma before it, or over the end.
    fn more(&mut self, first: bool, end: u8) -> Result<bool, Diagnostic> {
        match self.peek() {
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.at += 1;
                if self.peek() == Some(end) {
                    return Err(self.wrong("A comma stands before the end", "leave the last comma out"));
                }
                Ok(true)
            }
            Some(_) if first => Ok(true),
            Some(_) => Err(self.wrong("A comma is missing here", "elements are separated by commas")),
            None => Err(self.wrong("The JSON ends too early", "close every bracket and brace")),
        }
    }

    fn string(&mut self) -> Result<String, Diagnostic> {
        let bytes = self.source.as_bytes();
        let start = self.at;
        let mut end = start + 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(b'\n') | None => {
                    return Err(Diagnostic::new("A text is not closed", Span::new(start, start + 1))
                        .with_hint("close the quotes; a line end within is written \\n"));
                }
                Some(_) => end += 1,
            }
        }
        let literal = self.source.get(start..=end).unwrap_or_default();
        let text = serde_json::from_str(literal).map_err(|_| {
            Diagnostic::new("This text is no JSON string", Span::new(start, end + 1))
                .with_hint("a backslash is written \\\\, a control character \\u00XX")
        })?;
        self.at = end + 1;
        Ok(text)
    }
}

fn scalar(text: String, quoting: Quoting) -> Value {
    Value::Scalar(Arc::new(Scalar { text, quoting }))
}

pub(crate) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(format!("Values are nested deeper than {MAX_DEPTH} levels"), span)
        .with_hint("no resource needs that; is a bracket left open?")
}

pub(crate) fn twice(source: &str, key: &str, span: Span, first: usize) -> Diagnostic {
    let line = LineColumn::of(source, first).line;
    Diagnostic::new(format!("`{key}` stands here a second time"), span)
        .with_hint(format!("it is already on line {line}; keep one of them"))
}
