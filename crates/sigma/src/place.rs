//! Where a dotted name leads in an event, and the text that a value there is compared as.

use std::borrow::Cow;
use std::fmt::Write as _;

use trailbell_json::Json;

/// Calls `visit` with each value that a field has, until it says `true`; says whether it did.
///
/// At each object the longest name that is a key there is taken, so a key with dots wins. Every element of a list on the
/// way is followed. A list at the end is one value.
pub(crate) fn any_value<'e>(event: &'e Json, path: &str, visit: &mut impl FnMut(&'e Json) -> bool) -> bool {
    match event {
        Json::Object(members) => {
            let mut longest: Option<(usize, &Json)> = None;
            for (key, value) in members {
                // A later one of two equal keys counts.
                if is_leading(key, path) && longest.is_none_or(|(length, _)| key.len() >= length) {
                    longest = Some((key.len(), value));
                }
            }
            let Some((length, value)) = longest else { return false };
            match path.get(length + 1..) {
                Some(rest) => any_value(value, rest, visit),
                None => visit(value),
            }
        }
        Json::Array(elements) => elements.iter().any(|element| any_value(element, path, visit)),
        _ => false,
    }
}

fn is_leading(key: &str, path: &str) -> bool {
    path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Calls `visit` with the value, or where it is a list with each element, at any depth, until it says `true`.
pub(crate) fn any_element<'e>(value: &'e Json, visit: &mut impl FnMut(&'e Json) -> bool) -> bool {
    match value {
        Json::Array(elements) => elements.iter().any(|element| any_element(element, visit)),
        value => visit(value),
    }
}

/// Calls `visit` with the texts of a value until it says `true`.
///
/// A string is its text, a number is as it is written, booleans are `true` and `false`, null has none. An object and a
/// list that is not empty are compact JSON, and where that has escapes in it, also the same with every string as it is.
pub(crate) fn any_text(value: &Json, visit: &mut impl FnMut(&str) -> bool) -> bool {
    if let Some(text) = scalar_text(value) {
        return visit(&text);
    }
    match value {
        Json::Array(elements) if elements.is_empty() => false,
        Json::Array(_) | Json::Object(_) => {
            let json = value.to_string();
            if visit(&json) {
                return true;
            }
            json.contains('\\') && {
                let mut raw = String::with_capacity(json.len());
                write_raw(value, &mut raw);
                visit(&raw)
            }
        }
        _ => false,
    }
}

/// The text of a value that has no parts; null has none.
pub(crate) fn scalar_text(value: &Json) -> Option<Cow<'_, str>> {
    match value {
        Json::String(text) | Json::Number(text) => Some(Cow::Borrowed(text)),
        Json::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Compact JSON, with every string as it is between its quotes: a policy inside a string reads as it was sent.
fn write_raw(value: &Json, out: &mut String) {
    match value {
        Json::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_raw(element, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                // Writing to a String cannot fail.
                let _ = write!(out, "{}\"{key}\":", if index > 0 { "," } else { "" });
                write_raw(value, out);
            }
            out.push('}');
        }
        Json::String(text) => {
            let _ = write!(out, "\"{text}\"");
        }
        value => {
            let _ = write!(out, "{value}");
        }
    }
}

/// Calls `visit` with each value in the event that has no parts, until it says `true`.
pub(crate) fn any_scalar<'e>(value: &'e Json, visit: &mut impl FnMut(&'e Json) -> bool) -> bool {
    match value {
        Json::Array(elements) => elements.iter().any(|element| any_scalar(element, visit)),
        Json::Object(members) => members.iter().any(|(_, member)| any_scalar(member, visit)),
        value => visit(value),
    }
}
