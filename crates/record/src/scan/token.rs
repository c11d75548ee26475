//! What the scan reads byte by byte: literals, numbers, escapes, and the members that rules ask for.

use crate::read::element::{Fields, Range32};

/// What one scan has noted.
#[derive(Debug, Default)]
pub(super) struct Noted {
    fields: Fields,
    /// Whether any byte was not ASCII.
    pub(super) not_ascii: u64,
    /// Something that only a careful reading gets right.
    inexact: bool,
    /// Which of the members were met.
    met: u32,
    /// The container that opens next is `userIdentity`'s.
    identity_opens: bool,
    /// The container at depth 2 is `userIdentity`'s.
    pub(super) in_identity: bool,
}

const EVENT_NAME: u32 = 1;
const EVENT_SOURCE: u32 = 2;
const EVENT_TYPE: u32 = 4;
const EVENT_TIME: u32 = 8;
const ERROR_CODE: u32 = 16;
const READ_ONLY: u32 = 32;
const USER_IDENTITY: u32 = 64;
const TYPE: u32 = 128;

/// The last eight bytes of each name, as a number.
const TAIL_EVENT_NAME: u64 = u64::from_le_bytes(*b"ventName");
const TAIL_EVENT_SOURCE: u64 = u64::from_le_bytes(*b"ntSource");
const TAIL_EVENT_TYPE: u64 = u64::from_le_bytes(*b"ventType");
const TAIL_EVENT_TIME: u64 = u64::from_le_bytes(*b"ventTime");
const TAIL_ERROR_CODE: u64 = u64::from_le_bytes(*b"rrorCode");
const TAIL_READ_ONLY: u64 = u64::from_le_bytes(*b"readOnly");
const TAIL_USER_IDENTITY: u64 = u64::from_le_bytes(*b"Identity");

impl Noted {
    /// The fields of an element that turned out whole and valid.
    pub(super) fn fields(&self) -> Fields {
        if self.inexact { Fields::default() } else { Fields { exact: true, ..self.fields } }
    }

    /// A container opened, which is now `depth` deep.
    #[inline(always)]
    pub(super) fn opened(&mut self, depth: usize) {
        if depth == 2 {
            self.in_identity = std::mem::take(&mut self.identity_opens);
        }
    }

    /// A member whose colon is at `colon`: of the element itself (`top`) or of `userIdentity`.
    #[inline(always)]
    pub(super) fn member(&mut self, bytes: &[u8], colon: usize, top: bool) {
        let mut quote = colon - 1;
        while quote > 0 && matches!(bytes[quote], b' ' | b'\t' | b'\n' | b'\r') {
            quote -= 1;
        }
        if let Some(before) = quote.checked_sub(16).and_then(|start| bytes[start..].first_chunk()) {
            self.member_named(bytes, before, colon, top);
        } else {
            self.early_member(bytes, quote, colon, top);
        }
    }

    /// The element's first member, too near its start for [`Noted::member_named`].
    #[cold]
    fn early_member(&mut self, bytes: &[u8], quote: usize, colon: usize, top: bool) {
        let mut before = [b' '; 16];
        before[16 - quote..].copy_from_slice(&bytes[..quote]);
        self.member_named(bytes, &before, colon, top);
    }

    /// `before`: the sixteen bytes before the name's closing quote.
    #[inline(always)]
    fn member_named(&mut self, bytes: &[u8], before: &[u8; 16], colon: usize, top: bool) {
        // A quote that is escaped is not where a name begins.
        let is = |name: &[u8]| before.ends_with(name) && before[15 - name.len()] != b'\\';
        if !top {
            if is(b"\"type") {
                self.meet(TYPE);
                if let Some(range) = self.string(bytes, colon) {
                    self.fields.root = &bytes[range.start as usize..range.end as usize] == b"Root";
                }
            }
            return;
        }
        // The last eight bytes of a name tell the names apart that matter; then all of it is compared.
        let [.., a, b, c, d, e, f, g, h] = *before;
        match u64::from_le_bytes([a, b, c, d, e, f, g, h]) {
            TAIL_EVENT_NAME if is(b"\"eventName") => {
                self.meet(EVENT_NAME);
                self.fields.event_name = self.string(bytes, colon).unwrap_or_default();
            }
            TAIL_EVENT_SOURCE if is(b"\"eventSource") => {
                self.meet(EVENT_SOURCE);
                self.fields.event_source = self.string(bytes, colon).unwrap_or_default();
            }
            TAIL_EVENT_TYPE if is(b"\"eventType") => {
                self.meet(EVENT_TYPE);
                self.fields.event_type = self.string(bytes, colon).unwrap_or_default();
            }
            TAIL_EVENT_TIME if is(b"\"eventTime") => {
                self.meet(EVENT_TIME);
                self.fields.event_time = self.string(bytes, colon).unwrap_or_default();
            }
            TAIL_ERROR_CODE if is(b"\"errorCode") => {
                self.meet(ERROR_CODE);
                self.fields.error_code = self.string(bytes, colon).unwrap_or_default();
            }
            TAIL_READ_ONLY if is(b"\"readOnly") => {
                self.meet(READ_ONLY);
                self.fields.read_only = self.boolean(bytes, colon);
            }
            TAIL_USER_IDENTITY if is(b"\"userIdentity") => self.identity(bytes, colon),
            _ => {}
        }
    }

    fn identity(&mut self, bytes: &[u8], colon: usize) {
        self.meet(USER_IDENTITY);
        match value(bytes, colon) {
            [b'{', ..] => self.identity_opens = true,
            [b'n', ..] | [] => {}
            _ => self.inexact = true,
        }
    }

    #[inline(always)]
    fn meet(&mut self, member: u32) {
        self.inexact |= self.met & member != 0;
        self.met |= member;
    }

    /// The inside of the string after `colon`. Anything else but `null`, and any escape, makes the scan inexact.
    #[inline(always)]
    fn string(&mut self, bytes: &[u8], colon: usize) -> Option<Range32> {
        match value(bytes, colon) {
            [b'"', inside @ ..] => {
                // Where the bytes end first the element is cut anyway.
                let length = memchr::memchr2(b'"', b'\\', inside)?;
                self.inexact |= inside[length] == b'\\';
                let start = bytes.len() - inside.len();
                Some(Range32 { start: start as u32, end: (start + length) as u32 })
            }
            [b'n', ..] | [] => None,
            _ => {
                self.inexact = true;
                None
            }
        }
    }

    fn boolean(&mut self, bytes: &[u8], colon: usize) -> Option<bool> {
        match value(bytes, colon) {
            [b't', ..] => Some(true),
            [b'f', ..] => Some(false),
            [b'n', ..] | [] => None,
            [b'"', b't', b'r', b'u', b'e', b'"', ..] => Some(true),
            [b'"', b'f', b'a', b'l', b's', b'e', b'"', ..] => Some(false),
            _ => {
                self.inexact = true;
                None
            }
        }
    }

    /// What follows a backslash; `false` where nothing may be escaped so.
    pub(super) fn escape(&mut self, bytes: &[u8]) -> bool {
        match bytes.first() {
            // A backslash is the last byte there is.
            None => true,
            Some(b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
            Some(b'u') => {
                self.inexact = true;
                bytes[1..].iter().take(4).all(u8::is_ascii_hexdigit)
            }
            _ => false,
        }
    }
}

/// The bytes from the value on whose colon is at `colon`.
#[inline(always)]
fn value(bytes: &[u8], colon: usize) -> &[u8] {
    let mut rest = &bytes[colon + 1..];
    while let [b' ' | b'\t' | b'\n' | b'\r', more @ ..] = rest {
        rest = more;
    }
    rest
}

/// Whether a literal or number starts here, and ends where one may. Where the bytes end before it does, it may still
/// become one.
#[inline(always)]
pub(super) fn is_scalar(bytes: &[u8]) -> bool {
    match bytes[0] {
        b'n' => is_literal(bytes, b"null"),
        b't' => is_literal(bytes, b"true"),
        b'f' => is_literal(bytes, b"false"),
        _ => is_number(bytes),
    }
}

#[inline(always)]
fn is_literal(bytes: &[u8], literal: &[u8]) -> bool {
    match bytes.get(literal.len()) {
        Some(&next) => bytes.starts_with(literal) && may_follow(next),
        None => literal.starts_with(bytes),
    }
}

/// What may stand behind a literal or number (other tokens may not, and are found out by the grammar).
fn may_follow(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
}

fn is_number(bytes: &[u8]) -> bool {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes[0] == b'-');
    let integer = digits(at);
    // No digit, or a zero before others; unless the bytes end here.
    if integer == 0 {
        return at == bytes.len();
    }
    if integer > 1 && bytes[at] == b'0' {
        return false;
    }
    at += integer;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        at += 1 + fraction;
        if fraction == 0 {
            return at == bytes.len();
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        at += exponent;
        if exponent == 0 {
            return at == bytes.len();
        }
    }
    bytes.get(at).is_none_or(|&next| may_follow(next))
}
