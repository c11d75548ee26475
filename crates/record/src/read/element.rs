//! One JSON value read the obvious way: `serde_json` decides what is valid and where it ends.
//!
//! This is what the fast scan is measured against, and what says *where* something is wrong.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use trailbell_json::MAX_DEPTH;

/// The few fields rules ask for first, as byte ranges of the element's text.
///
/// All empty unless `exact`. A field counts where its key is spelled without escapes and its value is a string
/// without escapes (`readOnly`: also a boolean); `null` counts as absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fields {
    pub(crate) event_name: Range32,
    pub(crate) event_source: Range32,
    pub(crate) event_type: Range32,
    pub(crate) event_time: Range32,
    pub(crate) error_code: Range32,
    pub(crate) read_only: Option<bool>,
    /// `userIdentity.type`
    pub(crate) identity_type: Range32,
    /// Whether the fields are what a careful reading finds: no `\u` anywhere, none of them twice, none with an
    /// escape, none of an unexpected type; and nothing called `userIdentity.type`, which languages of paths take for it.
    pub(crate) exact: bool,
}

/// A range of bytes; 0..0 where there is none (no value can start an element).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Range32 {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Range32 {
    /// The text of the range, `None` where there is none.
    pub(crate) fn of(self, text: &str) -> Option<&str> {
        if self.end == 0 { None } else { text.get(self.start as usize..self.end as usize) }
    }
}

/// A whole, valid element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) text: &'a str,
    pub(crate) fields: Fields,
}

/// What is wrong with an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Damage {
    /// In words, without the place.
    pub(crate) message: String,
    /// Offset of the byte that cannot be, from the start of the element.
    pub(crate) offset: usize,
    /// Whether the bytes simply end too early.
    pub(crate) cut: bool,
}

/// Reads the value that starts at the first byte, with whatever follows it left alone.
pub(crate) fn read(bytes: &[u8]) -> Result<Found<'_>, Damage> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    match values.next() {
        Some(Ok(raw)) => {
            let text = raw.get();
            match too_deep(text.as_bytes()) {
                Some(damage) => Err(damage),
                None => Ok(Found { text, fields: fields(text) }),
            }
        }
        Some(Err(error)) => Err(damage(&error, bytes)),
        None => Err(Damage { message: "nothing there".into(), offset: 0, cut: true }),
    }
}

fn damage(error: &serde_json::Error, bytes: &[u8]) -> Damage {
    if error.is_eof() {
        if let Some(damage) = too_deep(bytes) {
            return damage;
        }
        return Damage { message: "the text ends too early".into(), offset: bytes.len(), cut: true };
    }
    let line_start = match error.line() {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', bytes).nth(line - 2).map_or(0, |i| i + 1),
    };
    let text = error.to_string();
    let message = text.rfind(" at line ").map_or(text.as_str(), |i| &text[..i]).to_owned();
    Damage { message, offset: (line_start + error.column()).saturating_sub(1), cut: false }
}

/// Where containers are nested deeper than [`MAX_DEPTH`], counted from the element.
fn too_deep(bytes: &[u8]) -> Option<Damage> {
    let mut brackets = Brackets::default();
    for (offset, &byte) in bytes.iter().enumerate() {
        brackets.step(byte);
        if brackets.depth > MAX_DEPTH {
            return Some(Damage {
                message: format!("nested more than {MAX_DEPTH} deep"),
                offset,
                cut: false,
            });
        }
    }
    None
}

/// Counts brackets outside strings, byte by byte.
#[derive(Debug, Default)]
pub(crate) struct Brackets {
    pub(crate) depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Brackets {
    /// Takes the next byte.
    pub(crate) fn step(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                // No string holds a raw line break: one that seems to has lost its closing quote.
                b'"' | b'\n' => self.in_string = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }
}

/// The fields of an element that is known to be valid JSON.
fn fields(text: &str) -> Fields {
    if !text.starts_with('{') || has_unicode_escape(text.as_bytes()) {
        return Fields::default();
    }
    let mut fields = Fields { exact: true, ..Fields::default() };
    let mut identity = 0;
    let mut read_only = 0;
    let mut twice = [0_u32; 5];
    for_each_member(text, |key, value| {
        let (slot, count) = match key {
            "eventName" => (&mut fields.event_name, &mut twice[0]),
            "eventSource" => (&mut fields.event_source, &mut twice[1]),
            "eventType" => (&mut fields.event_type, &mut twice[2]),
            "eventTime" => (&mut fields.event_time, &mut twice[3]),
            "errorCode" => (&mut fields.error_code, &mut twice[4]),
            "readOnly" => {
                read_only += 1;
                fields.exact &= read_only == 1;
                match value {
                    "true" | "\"true\"" => fields.read_only = Some(true),
                    "false" | "\"false\"" => fields.read_only = Some(false),
                    "null" => {}
                    _ => fields.exact = false,
                }
                return;
            }
            "userIdentity" => {
                identity += 1;
                fields.exact &= identity == 1 && (value.starts_with('{') || value == "null");
                let mut types = 0;
                if value.starts_with('{') {
                    for_each_member(value, |key, value| {
                        if key == "type" {
                            types += 1;
                            fields.exact &= types == 1;
                            match plain(value) {
                                Some(inner) => fields.identity_type = range(text, inner),
                                None => fields.exact &= value == "null",
                            }
                        }
                    });
                }
                return;
            }
            _ => {
                fields.exact &= !key.ends_with("serIdentity.type");
                return;
            }
        };
        *count += 1;
        fields.exact &= *count == 1;
        match plain(value) {
            Some(inner) => *slot = range(text, inner),
            None => fields.exact &= value == "null",
        }
    });
    if fields.exact { fields } else { Fields::default() }
}

/// Whether there is a `\uXXXX`: a `u` behind an odd number of backslashes.
fn has_unicode_escape(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"\\u")
        .any(|at| bytes[..=at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1)
}

/// The inside of a string literal without escapes.
fn plain(literal: &str) -> Option<&str> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('\\')).then_some(inner)
}

fn range(text: &str, inner: &str) -> Range32 {
    let start = inner.as_ptr() as usize - text.as_ptr() as usize;
    Range32 {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(start + inner.len()).unwrap_or(u32::MAX),
    }
}

/// Each member of a valid object whose text holds no `\u`: key as text, value as source text.
fn for_each_member<'a>(text: &'a str, mut each: impl FnMut(&str, &'a str)) {
    if let Ok(members) = members(text) {
        for (key, value) in members {
            each(&key, value);
        }
    }
}

/// The members of a JSON object in source order: key as text, value as its source text.
pub(crate) fn members(text: &str) -> Result<Vec<(String, &str)>, serde_json::Error> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, &'de str)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                members.push((key, value.get()));
            }
            Ok(members)
        }
    }
    serde_json::Deserializer::from_str(text).deserialize_map(Members)
}

/// How long the value at the first byte is, whatever it is.
pub(crate) fn length(bytes: &[u8]) -> Result<usize, Damage> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => Ok(values.byte_offset()),
        Some(Err(error)) => Err(damage(&error, bytes)),
        None => Err(Damage { message: "nothing there".into(), offset: 0, cut: true }),
    }
}
