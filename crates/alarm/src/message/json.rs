//! JSON text with its members in AWS's order, and numbers as AWS writes them.

use std::fmt::{Display, Write as _};

use crate::number::java_double;

/// An object being written.
pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        Self("{".to_owned())
    }

    /// A member whose value is JSON text already.
    pub(super) fn raw(mut self, key: &str, value: impl Display) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{}:{value}", text(key));
        self
    }

    pub(super) fn text(self, key: &str, value: &str) -> Self {
        self.raw(key, text(value))
    }

    /// `null` where there is no value.
    pub(super) fn text_or_null(self, key: &str, value: Option<&str>) -> Self {
        self.raw(key, value.map_or_else(|| "null".to_owned(), text))
    }

    /// No member where there is no value.
    pub(super) fn maybe_text(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self,
        }
    }

    /// No member where there is no value.
    pub(super) fn maybe_raw(self, key: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.raw(key, value),
            None => self,
        }
    }

    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// An array of JSON texts.
pub(super) fn array(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

/// A string.
pub(super) fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for character in value.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04X}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A double as the events write it: a whole number without a point (`10`).
pub(super) fn event_number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { java_double(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_write_a_whole_number_without_a_point() {
        assert_eq!([10.0, 0.5, 1e16].map(event_number), ["10", "0.5", "1.0E16"]);
    }

    #[test]
    fn a_string_is_read_back_as_it_was() {
        let hostile = "\"\\\u{1}\u{1f}\n\u{2028}é😀";
        assert_eq!(serde_json::from_str::<String>(&text(hostile)).unwrap(), hostile);
    }
}
