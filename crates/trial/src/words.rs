//! Reading the words that several kinds of test have in common.

use jiff::Timestamp;
use trailbell_alarm::State;
use trailbell_text::Span;
use trailbell_yaml::{Fields, Node, Reader, Value};

const STATES: &[&str] = &[State::Ok.as_str(), State::Alarm.as_str(), State::InsufficientData.as_str()];

pub(crate) fn state(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<State> {
    reader.word(node, STATES, what).and_then(State::parse)
}

/// `state`, the state before; without it, that of every new alarm.
pub(crate) fn state_before(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Option<State> {
    fields.get("state").map_or(Some(State::InsufficientData), |node| state(node, "`state`", reader))
}

/// The value of a key that must be there.
pub(crate) fn required<'n>(
    fields: &Fields<'n>,
    key: &str,
    span: Span,
    hint: &str,
    reader: &mut Reader<'_>,
) -> Option<&'n Node> {
    let node = fields.get(key);
    if node.is_none() {
        reader.problem_with_hint(span, format!("There is no `{key}`"), hint);
    }
    node
}

/// A text however it is written: a pattern may be a number.
pub(crate) fn any_text<'n>(
    node: &'n Node,
    what: &str,
    hint: &str,
    reader: &mut Reader<'_>,
) -> Option<&'n str> {
    if let Value::Scalar(scalar) = &node.value {
        return Some(&scalar.text);
    }
    reader.problem_with_hint(node.span, format!("{what} must be a text"), hint);
    None
}

/// A moment: RFC 3339, or without an offset, which is UTC then.
pub(crate) fn time(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<Timestamp> {
    let text = &reader.scalar(node, what)?.text;
    let utc = || text.parse::<jiff::civil::DateTime>().ok()?.in_tz("UTC").ok().map(|zoned| zoned.timestamp());
    let time = text.parse().ok().or_else(utc);
    if time.is_none() {
        reader.problem_with_hint(
            node.span,
            format!("{what} is not a time"),
            "write it as 2026-11-26T09:30:00Z",
        );
    }
    time
}
