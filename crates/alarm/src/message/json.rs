//! JSON text with its members in AWS's order, and numbers as AWS writes them.

use std::fmt::{Display, Write as _};

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

/// A double as Java writes it, and so the messages: `50.0`, `0.001`, `1.0E10`, `1.0E-4`.
pub(super) fn java_double(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() || magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return if value.is_infinite() {
            format!("{}Infinity", if value < 0.0 { "-" } else { "" })
        } else {
            format!("{value:?}")
        };
    }
    let scientific = format!("{value:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => scientific,
    }
}

/// A double as the events write it: a whole number without a point (`10`).
pub(super) fn event_number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { java_double(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_javas() {
        let written: Vec<String> =
            [50.0, 0.5, 1e10, 12_345_678.9, 9_999_999.0, 1e-4, 1.5e-7, -1e7, 0.001, 0.0, f64::INFINITY]
                .map(java_double)
                .into();
        assert_eq!(
            written,
            [
                "50.0",
                "0.5",
                "1.0E10",
                "1.23456789E7",
                "9999999.0",
                "1.0E-4",
                "1.5E-7",
                "-1.0E7",
                "0.001",
                "0.0",
                "Infinity"
            ]
        );
    }

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
