//! The JSON that a value in YAML is, and where in the YAML each part of it stands.

use std::fmt::Write as _;
use std::ops::Range;

use trailbell_json::Json;
use trailbell_text::Span;

use crate::parse::{Node, Plain, Scalar, Value};
use crate::reader::Reader;

/// The JSON text of a node.
#[derive(Debug, Clone)]
pub struct JsonText {
    text: String,
    /// The bytes of the text that each key and each scalar is written in, in order, and the node they come from.
    places: Vec<(Range<usize>, Span)>,
    whole: Span,
}

impl JsonText {
    /// Numbers stay as they are written where JSON can write them so; `012345678901` is a text, as an account's id must be.
    /// `None` where a key is not right, which is noted.
    pub fn of(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mut json = Self { text: String::new(), places: Vec::new(), whole: node.span };
        json.write(node, reader).then_some(json)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.text
    }

    /// Where bytes of the text stand in the YAML: the node they come from, from the first to the last of several; the whole value
    /// where they are brackets only.
    pub fn locate(&self, span: Span) -> Span {
        let end = span.end.max(span.start + 1);
        let mut within = self
            .places
            .iter()
            .filter(|(range, _)| range.start < end && span.start < range.end)
            .map(|(_, node)| *node);
        let Some(first) = within.next() else { return self.whole };
        Span::new(first.start, within.next_back().map_or(first.end, |last| last.end.max(first.end)))
    }

    /// Says whether it went well.
    fn write(&mut self, node: &Node, reader: &mut Reader<'_>) -> bool {
        match &node.value {
            Value::Scalar(scalar) => {
                self.piece(node.span, |out| write_scalar(scalar, out));
                true
            }
            Value::Sequence(items) => {
                let mut good = true;
                self.text.push('[');
                for (nth, item) in items.iter().enumerate() {
                    self.text.push_str(if nth == 0 { "" } else { "," });
                    good &= self.write(item, reader);
                }
                self.text.push(']');
                good
            }
            Value::Mapping(pairs) => {
                let before = reader.problems.len();
                let entries = reader.entries(node, "this");
                let mut good = reader.problems.len() == before && entries.len() == pairs.len();
                self.text.push('{');
                for (nth, (key, span, value)) in entries.into_iter().enumerate() {
                    self.text.push_str(if nth == 0 { "" } else { "," });
                    self.piece(span, |out| write_string(&key.text, out));
                    self.text.push(':');
                    good &= self.write(value, reader);
                }
                self.text.push('}');
                good
            }
        }
    }

    fn piece(&mut self, span: Span, write: impl FnOnce(&mut String)) {
        let start = self.text.len();
        write(&mut self.text);
        self.places.push((start..self.text.len(), span));
    }
}

fn write_scalar(scalar: &Scalar, out: &mut String) {
    let text = scalar.text.as_str();
    match scalar.kind() {
        Plain::Null => out.push_str("null"),
        Plain::Boolean(value) => out.push_str(if value { "true" } else { "false" }),
        Plain::Number if matches!(Json::parse(text), Ok(Json::Number(_))) => out.push_str(text),
        Plain::Number => match scalar.number() {
            // `.5`, `+1`, `1.`: YAML's spellings of what JSON has, too. Not one that begins with a zero.
            Some(value) if !text.trim_start_matches(['+', '-']).starts_with('0') => {
                let _ = write!(out, "{value}");
            }
            _ => write_string(text, out),
        },
        Plain::Text => write_string(text, out),
    }
}

fn write_string(text: &str, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = trailbell_json::write_string(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn json(source: &str) -> JsonText {
        let root = parse(source).unwrap().unwrap();
        let mut reader = Reader::new(source);
        JsonText::of(&root, &mut reader).unwrap()
    }

    #[test]
    fn yaml_is_the_json_it_says() {
        let source = "a: [x, 1, 0.5, .5, 012, '1', true, ~]\nb: {c: \"\\u3042\"}\n";
        assert_eq!(json(source).as_str(), r#"{"a":["x",1,0.5,0.5,"012","1",true,null],"b":{"c":"あ"}}"#);
    }

    #[test]
    fn a_part_of_the_json_is_found_in_the_yaml() {
        let source = "a:\n  - x\n  - {b: 1}\n";
        let json = json(source);
        let under = |needle: &str| {
            let at = json.as_str().find(needle).unwrap();
            let span = json.locate(Span::new(at, at + needle.len()));
            &source[span.start..span.end]
        };
        assert_eq!(under("\"x\""), "x");
        assert_eq!(under("\"b\":1"), "b: 1");
        assert_eq!(under("b"), "b");
        assert_eq!(json.locate(Span::new(0, 1)), json.whole);
    }

    #[test]
    fn a_key_that_stands_twice_makes_no_json() {
        let source = "a: 1\na: 2\n";
        let root = parse(source).unwrap().unwrap();
        let mut reader = Reader::new(source);
        assert!(JsonText::of(&root, &mut reader).is_none());
        assert_eq!(reader.problems.len(), 1);
    }
}
