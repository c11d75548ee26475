//! What `send-test --dry-run` shows: exactly what would be sent, the secrets masked.

use std::fmt::Write as _;

use serde_json::Value;
use trailbell_text::acts;

use crate::endpoint::Endpoint;

/// A posted JSON body under the masked address it goes to.
pub(crate) fn post(endpoint: &Endpoint, body: &Value) -> String {
    let text = serde_json::to_string_pretty(body).unwrap_or_default();
    format!("POST {}\n\n{}\n", endpoint.shown(), endpoint.scrub(&harmless(&text)))
}

/// JSON on one line without a line end; characters that could act on a terminal are `\u` escapes.
pub(crate) fn json_line(value: &Value) -> String {
    harmless(&value.to_string())
}

/// JSON text whose string literals hold no character that could act: outside of them it is ASCII, so each such
/// character (line ends and indentation aside) is inside one.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if acts(c) && c != '\n' {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
