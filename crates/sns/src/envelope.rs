//! The envelope SNS puts a message into: JSON for people to read, letter for letter as SNS writes it.

use std::fmt::Write as _;

/// What a caller that signs puts into an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature<'s> {
    /// `SignatureVersion`: `1` or `2`.
    pub version: &'s str,
    /// `Signature`: base64.
    pub signature: &'s str,
    /// `SigningCertURL`
    pub signing_cert_url: &'s str,
}

/// An envelope in the making.
#[derive(Debug, Default)]
pub(crate) struct Envelope(String);

impl Envelope {
    /// Adds a string.
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.value(key, &quoted(value));
    }

    /// Adds a value that is JSON already.
    pub(crate) fn value(&mut self, key: &str, json: &str) {
        let separator = if self.0.is_empty() { "{\n" } else { ",\n" };
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{separator}  {} : {json}", quoted(key));
    }

    /// Adds what a signing caller has; nothing for one that does not sign.
    pub(crate) fn signature(&mut self, signature: Option<Signature<'_>>) {
        if let Some(signature) = signature {
            self.text("SignatureVersion", signature.version);
            self.text("Signature", signature.signature);
            self.text("SigningCertURL", signature.signing_cert_url);
        }
    }

    pub(crate) fn finish(self) -> String {
        self.0 + "\n}"
    }
}

/// A JSON string as SNS writes it: what is outside the basic plane as two escapes in capitals, other characters as
/// they are.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{10000}'.. => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
