//! A whole mail (RFC 5322), text first, then HTML, with the headers that keep machines from answering it and
//! keep one group's mails together.
//!
//! Written here rather than by a mail library: every header that carries a value of a record passes
//! `Channel::Header` and RFC 2047, and nothing in it depends on a clock or on chance, so that the same page
//! in the same envelope is the same bytes.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use trailbell_text::{Severity, acts, stable_hash};

use super::{html, one_line, plain};
use crate::page::Page;

/// An address that can stand in a header as it is: `local@domain`, ASCII, without quoting or comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Takes a plain address; `None` for anything else.
    pub fn new(address: &str) -> Option<Self> {
        let atom = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b))
        };
        let (local, domain) = address.split_once('@')?;
        let domain_fits = domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        (address.len() <= 254 && atom(local) && !domain.is_empty() && domain_fits)
            .then(|| Self(address.to_owned()))
    }

    fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

/// From whom, to whom, when, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The sender's address; its name is always `trailbell`.
    pub from: Address,
    /// The recipients.
    pub to: Vec<Address>,
    /// The mail's date.
    pub date: Timestamp,
    /// What names the message, without `<`, `@` and domain: hex digits, the same in every attempt to send it.
    pub message_id: String,
    /// What names the thread it is shown in, likewise.
    pub thread: String,
}

/// The page as a complete message with CRLF line ends, as an `.eml` file or for sending.
pub fn mail(page: &Page, envelope: &Envelope) -> String {
    let domain = envelope.from.domain();
    let id = id_word(&envelope.message_id);
    let thread = id_word(&envelope.thread);
    let to: Vec<&str> = envelope.to.iter().map(|address| address.0.as_str()).collect();
    // Two hex digits more than the id, and no character of base64 in front: no line of a body can be one.
    let boundary = format!("=_trailbell_{id}");
    let mut headers = vec![
        format!("Date: {}", date(envelope.date)),
        format!("From: trailbell <{}>", envelope.from.0),
        format!(
            "To: {}",
            if to.is_empty() { "undisclosed-recipients:;".to_owned() } else { to.join(",\r\n ") }
        ),
        header("Subject", &format!("[trailbell] {}", one_line(page))),
        format!("Message-ID: <{id}@{domain}>"),
    ];
    // The thread's own message is never sent; mail programs still gather what refers to it. A mail that is in no thread but its
    // own refers to nothing.
    if thread != id {
        headers.extend(["In-Reply-To", "References"].map(|name| format!("{name}: <{thread}@{domain}>")));
    }
    headers.extend([
        format!("List-Id: trailbell notices <notices.trailbell.{domain}>"),
        "Auto-Submitted: auto-generated".to_owned(),
        "X-Auto-Response-Suppress: All".to_owned(),
        "Precedence: list".to_owned(),
    ]);
    if page.severity == Severity::Critical {
        headers.push("Importance: high".to_owned());
    }
    headers.extend([
        format!("Content-Language: {}", page.lang),
        "MIME-Version: 1.0".to_owned(),
        format!("Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\""),
    ]);
    let mut out = headers.join("\r\n");
    out.push_str("\r\n\r\n");
    for (subtype, body) in [("plain", plain(page)), ("html", html(page))] {
        let _ = write!(
            out,
            "--{boundary}\r\nContent-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        );
        out.push_str(&base64_lines(&body.replace('\n', "\r\n")));
    }
    let _ = write!(out, "--{boundary}--\r\n");
    out
}

/// RFC 5322's date in UTC.
fn date(at: Timestamp) -> String {
    at.to_zoned_datetime(jiff::tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// An id as one word that can stand in a header and, behind a few letters, as a boundary (at most 70 characters):
/// as it is where it is one, else the hash of it.
fn id_word(id: &str) -> String {
    let is_one = (1..=56).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_one { id.to_owned() } else { format!("{:032x}", stable_hash(&[id])) }
}

/// Bytes of text that make an encoded word of at most 75 characters.
const BYTES_IN_A_WORD: usize = 45;

/// A header of free text: as it is where it is short ASCII, else as encoded words of RFC 2047, each at most 75
/// characters and whole characters only.
fn header(name: &str, value: &str) -> String {
    // The phrase has been through `Channel::Header`; a header must hold even if it had not.
    let value: String = value.chars().map(|c| if acts(c) { ' ' } else { c }).collect();
    if value.is_ascii() && !value.contains("=?") && name.len() + 2 + value.len() <= 78 {
        return format!("{name}: {value}");
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for c in value.chars() {
        // The first line also holds the header's name.
        let limit = if words.is_empty() { BYTES_IN_A_WORD - 9 } else { BYTES_IN_A_WORD };
        if word.len() + c.len_utf8() > limit {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let words: Vec<String> =
        words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    format!("{name}: {}", words.join("\r\n "))
}

fn base64_lines(body: &str) -> String {
    let encoded = STANDARD.encode(body);
    let mut out = String::with_capacity(encoded.len() + encoded.len() / 38);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(76));
        out.push_str(line);
        out.push_str("\r\n");
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_or_nothing() {
        assert!(Address::new("alerts+aws@example.com").is_some());
        for bad in ["", "a@", "@b", "a b@c", "a@b\r\nBcc: x@y", "<a@b>", "\"a\"@b", "あ@b"] {
            assert!(Address::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn an_id_is_one_word_or_the_hash_of_it() {
        assert_eq!(id_word("0123abcd"), "0123abcd");
        for bad in ["", "a b", "a>\r\nBcc: x", "あ", &"a".repeat(57)] {
            assert!(
                id_word(bad).len() == 32 && id_word(bad).bytes().all(|b| b.is_ascii_hexdigit()),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_header_is_folded_into_encoded_words_of_legal_length() {
        let value = "緊急 ルートユーザーが MFA を使わずに AWS コンソールへサインインしました。".repeat(3);
        let folded = header("Subject", &value);
        assert!(folded.split("\r\n").all(|line| line.len() <= 76 && line.is_ascii()), "{folded}");
        let decoded: Vec<u8> = folded
            .split("=?UTF-8?B?")
            .skip(1)
            .flat_map(|word| STANDARD.decode(word.split("?=").next().unwrap()).unwrap())
            .collect();
        assert_eq!(String::from_utf8(decoded).unwrap(), value);
        assert_eq!(header("Subject", "plain"), "Subject: plain");
        assert!(!header("Subject", "a\r\nBcc: b@c").contains("\r\nBcc"));
    }
}
