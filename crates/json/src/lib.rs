//! JSON as log matching needs it: every number keeps its source text, every object keeps all its members in
//! order (also two of one name), and nesting has one limit.
//!
//! `serde_json::Value` turns `1.0` and `1e0` into the same number and drops the first of two equal keys.
//! CloudWatch Logs compares a quoted literal with the *text* of a number, and takes the **last** of two equal
//! keys, so both must survive reading. The reading itself is `serde_json`'s (a `RawValue` visitor).
//!
//! ```
//! use trailbell_json::Json;
//!
//! let json = Json::parse(r#"{"a": 1.0, "a": 1e0}"#)?;
//! assert_eq!(json.get("a"), Some(&Json::Number("1e0".into())));
//! # Ok::<(), trailbell_json::Error>(())
//! ```

mod project;
mod skim;
mod strings;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

pub use project::Wanted;
pub use strings::{StringAt, StringPaths};

/// Containers inside one another that are read, the outermost counted as 1; one more is an error.
/// The same limit `serde_json` has for its own values. Real CloudTrail records stay under 20.
pub const MAX_DEPTH: usize = 128;

/// A JSON value that owns its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it was written: `1`, `1.0` and `1e0` are three different texts.
    Number(String),
    /// A string, unescaped. A lone surrogate (`\ud800`), which is no character, is U+FFFD.
    String(String),
    /// An array.
    Array(Vec<Self>),
    /// Members in source order, equal keys included; [`Json::get`] takes the last.
    Object(Vec<(String, Self)>),
}

/// Text that is not JSON, or nested too deeply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line} column {column}")]
pub struct Error {
    /// What is wrong, without the place.
    pub message: String,
    /// 1-based line.
    pub line: usize,
    /// Column as `serde_json` counts it: bytes, 1-based; 0 where a line ended too early.
    pub column: usize,
}

impl Error {
    fn of(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let message = text.rfind(" at line ").map_or(text.as_str(), |i| &text[..i]).to_owned();
        Self { message, line: error.line(), column: error.column() }
    }
}

impl Json {
    /// Reads one JSON value; blanks around it are fine, anything else after it is an error.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|e| Error::of(&e))?;
        Self::from_raw(raw, 1).map_err(|e| Error::of(&e))
    }

    fn from_raw(raw: &RawValue, depth: usize) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'{' | b'[') if depth > MAX_DEPTH => {
                return Err(serde::de::Error::custom(format_args!("nested more than {MAX_DEPTH} deep")));
            }
            Some(b'{') => serde_json::Deserializer::from_str(text).deserialize_map(Members { depth })?,
            Some(b'[') => serde_json::Deserializer::from_str(text).deserialize_seq(Elements { depth })?,
            Some(b'"') => Self::String(unescape(text)),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(text.to_owned()),
        })
    }

    /// The member of that name, the last one where there are several; `None` also where this is no object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value at a path of object keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |json, key| json.get(key))
    }

    /// The string, where this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, where this is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements, where this is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The members, where this is an object.
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }
}

/// Compact JSON: numbers as they were written, equal keys kept, every character that could act on a terminal
/// (controls, C1, DEL, bidirectional marks, line separators) as a `\u` escape, so printing it is harmless.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::String(text) => write_string(f, text),
            Self::Array(elements) => {
                f.write_str("[")?;
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{element}")?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (i, (key, value)) in members.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    write_string(f, key)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Writes a JSON string literal that no terminal can be moved by.
pub fn write_string(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            c if c.is_control()
                || matches!(u32::from(c), 0x061c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe0000..=0xe007f) =>
            {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}

struct Members {
    depth: usize,
}

impl<'de> Visitor<'de> for Members {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some((key, raw)) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
            let value = Json::from_raw(raw, self.depth + 1).map_err(serde::de::Error::custom)?;
            members.push((key.into_owned(), value));
        }
        Ok(Json::Object(members))
    }
}

struct Elements {
    depth: usize,
}

impl<'de> Visitor<'de> for Elements {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(raw) = sequence.next_element::<&'de RawValue>()? {
            elements.push(Json::from_raw(raw, self.depth + 1).map_err(serde::de::Error::custom)?);
        }
        Ok(Json::Array(elements))
    }
}

/// The text of a string literal. `serde_json` has checked its form; only a lone surrogate can still be wrong
/// (a record cut at a limit can end in one), and that becomes U+FFFD instead of losing the record.
fn unescape(literal: &str) -> String {
    if let Ok(text) = serde_json::from_str::<String>(literal) {
        return text;
    }
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    let mut out = String::with_capacity(inner.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        let unit = rest
            .strip_prefix("\\u")
            .and_then(|r| r.get(..4))
            .and_then(|hex| u16::from_str_radix(hex, 16).ok());
        if let Some(unit) = unit {
            units.push(unit);
            rest = &rest[6..];
            continue;
        }
        out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or('\u{fffd}')));
        if c == '\\' {
            let escaped = rest[1..].chars().next().unwrap_or('\\');
            out.push(match escaped {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            });
            rest = &rest[1 + escaped.len_utf8().min(rest.len() - 1)..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or('\u{fffd}')));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_keep_their_text_and_objects_keep_equal_keys() {
        let json = Json::parse(r#"{"a":1.0,"b":-0,"a":10e-3,"c":[null,true,"x\ny"]}"#).unwrap();
        assert_eq!(json.to_string(), r#"{"a":1.0,"b":-0,"a":10e-3,"c":[null,true,"x\ny"]}"#);
        assert_eq!(json.get("a"), Some(&Json::Number("10e-3".into())));
    }

    #[test]
    fn depth_has_one_limit() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(&nested(MAX_DEPTH)).is_ok());
        assert!(Json::parse(&nested(MAX_DEPTH + 1)).unwrap_err().message.contains("128 deep"));
        assert!(Json::parse(&nested(1_000_000)).is_err());
    }

    #[test]
    fn a_lone_surrogate_does_not_lose_the_record() {
        assert_eq!(
            Json::parse(r#""a\ud83d\n\ude00b\ud83d\ude00""#).unwrap(),
            Json::String("a\u{fffd}\n\u{fffd}b😀".into())
        );
    }

    #[test]
    fn what_is_printed_cannot_move_a_terminal() {
        let shown = Json::String("\u{1b}[2J\u{9b}\u{202e}\u{7f}".into()).to_string();
        assert_eq!(shown, r#""\u001b[2J\u009b\u202e\u007f""#);
    }

    fn json() -> impl Strategy<Value = Json> {
        json_of_names(".*")
    }

    /// Values whose objects have such names.
    pub(crate) fn json_of_names(names: &'static str) -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            any::<i32>().prop_map(|n| Json::Number(n.to_string())),
            any::<String>().prop_map(Json::String),
        ];
        leaf.prop_recursive(4, 32, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
                prop::collection::vec((names, inner), 0..4).prop_map(Json::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn printing_and_reading_again_gives_the_same(value in json()) {
            prop_assert_eq!(Json::parse(&value.to_string()).unwrap(), value);
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = Json::parse(&text);
        }
    }
}
