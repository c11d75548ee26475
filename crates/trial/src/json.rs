//! The JSON that a value in YAML is.

use std::fmt::Write as _;

use trailbell_yaml::{Node, Plain, Reader, Scalar, Value};

/// The JSON text of a node. Numbers stay as they are written where JSON can write them so; `012345678901` is a text, as an
/// account's id must be. `None` where a key is not right, which is noted.
pub(crate) fn text(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let mut out = String::new();
    write(node, &mut out, reader).then_some(out)
}

/// Says whether it went well.
fn write(node: &Node, out: &mut String, reader: &mut Reader<'_>) -> bool {
    match &node.value {
        Value::Scalar(scalar) => {
            write_scalar(scalar, out);
            true
        }
        Value::Sequence(items) => {
            let mut good = true;
            out.push('[');
            for (nth, item) in items.iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { "," });
                good &= write(item, out, reader);
            }
            out.push(']');
            good
        }
        Value::Mapping(pairs) => {
            let before = reader.problems.len();
            let entries = reader.entries(node, "this");
            let mut good = reader.problems.len() == before && entries.len() == pairs.len();
            out.push('{');
            for (nth, (key, _, value)) in entries.into_iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { "," });
                write_string(&key.text, out);
                out.push(':');
                good &= write(value, out, reader);
            }
            out.push('}');
            good
        }
    }
}

fn write_scalar(scalar: &Scalar, out: &mut String) {
    let text = scalar.text.as_str();
    match scalar.kind() {
        Plain::Null => out.push_str("null"),
        Plain::Boolean(value) => out.push_str(if value { "true" } else { "false" }),
        Plain::Number if serde_json::from_str::<serde_json::Number>(text).is_ok() => out.push_str(text),
        Plain::Number => match number(scalar) {
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

/// The number that an unquoted scalar is, where it is finite.
pub(crate) fn number(scalar: &Scalar) -> Option<f64> {
    let is_number = scalar.kind() == Plain::Number;
    scalar.text.parse().ok().filter(|value: &f64| is_number && value.is_finite())
}
