//! What the scan reads byte by byte: literals, numbers, escapes, and the members that rules ask for.

use super::block::View;
use crate::read::element::{Fields, Range32};

/// What one scan has noted.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// The values of [`NAMES`] that are strings, at their names' places.
    strings: [Range32; 8],
    identity_type: Range32,
    read_only: Option<bool>,
    /// Whether any byte was not ASCII.
    pub(super) not_ascii: u64,
    /// Something that only a careful reading gets right.
    inexact: bool,
    /// Which of the members were met: a bit for each of [`NAMES`], and [`TYPE`].
    met: u32,
    /// Where `userIdentity`'s value opens, until it has closed again; else 0.
    pub(super) identity: usize,
}

/// A member's name as the end of sixteen bytes, its opening quote included.
struct Name {
    text: u128,
    mask: u128,
    length: usize,
    /// Whether it begins with its opening quote, which an escaped one is not.
    quoted: bool,
}

impl Name {
    const fn new(name: &[u8]) -> Self {
        let mut text = [0; 16];
        let mut mask = [0; 16];
        let mut i = 0;
        while i < name.len() {
            text[16 - name.len() + i] = name[i];
            mask[16 - name.len() + i] = 0xff;
            i += 1;
        }
        Self {
            text: u128::from_le_bytes(text),
            mask: u128::from_le_bytes(mask),
            length: name.len(),
            quoted: name[0] == b'"',
        }
    }

    /// Whether the name ends before `quote`, which comes after sixteen bytes or more.
    #[inline(always)]
    fn is_at(&self, bytes: &[u8], quote: usize, before: u128) -> bool {
        before & self.mask == self.text && !(self.quoted && bytes[quote - self.length - 1] == b'\\')
    }
}

/// The members that rules ask for, each where [`place`] puts the last eight bytes of its name; and the end of one that
/// nobody writes and some languages take for a path.
const NAMES: [Name; 8] = [
    Name::new(b"\"eventType"),
    Name::new(b"serIdentity.type"),
    Name::new(b"\"eventSource"),
    Name::new(b"\"errorCode"),
    Name::new(b"\"readOnly"),
    Name::new(b"\"userIdentity"),
    Name::new(b"\"eventTime"),
    Name::new(b"\"eventName"),
];
const EVENT_TYPE: usize = 0;
const IDENTITY_PATH: usize = 1;
const EVENT_SOURCE: usize = 2;
const ERROR_CODE: usize = 3;
const READ_ONLY: usize = 4;
const USER_IDENTITY: usize = 5;
const EVENT_TIME: usize = 6;
const EVENT_NAME: usize = 7;
/// The bit in `met` for `userIdentity.type`.
const TYPE: u32 = 8;
const TYPE_NAME: Name = Name::new(b"\"type");

/// Where in [`NAMES`] to look: the top bits of a product whose factor was searched for until no two names met.
#[inline(always)]
const fn place(before: u128) -> usize {
    (((before >> 64) as u64).wrapping_mul(0xee52_bdb6_d102_0a15) >> 61) as usize
}

/// The closing quote of the name whose colon is at `colon`, past blanks, with the sixteen bytes before it. `None`
/// where there are not as many.
#[inline(always)]
fn name_before(bytes: &[u8], colon: usize) -> Option<(usize, u128)> {
    let before = bytes.get(colon.checked_sub(17)?..)?.first_chunk::<17>()?;
    if let [name @ .., b'"'] = before {
        return Some((colon - 1, u128::from_le_bytes(*name)));
    }
    name_before_blanks(bytes, colon)
}

#[cold]
fn name_before_blanks(bytes: &[u8], colon: usize) -> Option<(usize, u128)> {
    let quote = bytes[..colon].trim_ascii_end().len().checked_sub(1)?;
    let before = bytes.get(quote.checked_sub(16)?..)?.first_chunk::<16>()?;
    Some((quote, u128::from_le_bytes(*before)))
}

impl Noted {
    /// The fields of an element that turned out whole and valid.
    pub(super) fn fields(&self) -> Fields {
        if self.inexact {
            return Fields::default();
        }
        Fields {
            event_name: self.strings[EVENT_NAME],
            event_source: self.strings[EVENT_SOURCE],
            event_type: self.strings[EVENT_TYPE],
            event_time: self.strings[EVENT_TIME],
            error_code: self.strings[ERROR_CODE],
            read_only: self.read_only,
            identity_type: self.identity_type,
            exact: true,
        }
    }

    /// The block's members of `userIdentity`: those at depth 2 between its opening bracket and the next byte at
    /// depth 1 (`first`).
    #[inline(always)]
    pub(super) fn identity_members<V: View>(&mut self, bytes: &[u8], base: usize, colons: u64, first: u64) {
        let behind = match self.identity.checked_sub(base) {
            Some(at @ 0..64) => !1 << at,
            // It opens in a later block.
            Some(_) => return,
            None => !0,
        };
        let next = first & behind;
        let mut colons = colons & behind & (next & next.wrapping_neg()).wrapping_sub(1);
        while colons != 0 {
            self.identity_member::<V>(bytes, base + colons.trailing_zeros() as usize);
            colons &= colons - 1;
        }
        if next != 0 {
            self.identity = 0;
        }
    }

    /// A member of the element itself, whose colon is at `colon`.
    #[inline(always)]
    pub(super) fn member<V: View>(&mut self, bytes: &[u8], colon: usize) {
        let Some((quote, before)) = name_before(bytes, colon) else {
            return self.early_member::<V>(bytes, colon);
        };
        let place = place(before);
        if NAMES[place].is_at(bytes, quote, before) {
            self.wanted::<V>(bytes, colon, place);
        }
    }

    /// The first member, too near the element's start for sixteen bytes before its closing quote.
    #[cold]
    fn early_member<V: View>(&mut self, bytes: &[u8], colon: usize) {
        let Some(name) = bytes[..colon].trim_ascii_end().strip_suffix(b"\"") else { return };
        let is = |place: &usize| {
            let Name { text, length, quoted, .. } = NAMES[*place];
            name.strip_suffix(&text.to_le_bytes()[16 - length..])
                .is_some_and(|before| !(quoted && before.last() == Some(&b'\\')))
        };
        if let Some(place) = (0..8).find(is) {
            self.wanted::<V>(bytes, colon, place);
        }
    }

    #[inline(always)]
    fn wanted<V: View>(&mut self, bytes: &[u8], colon: usize, place: usize) {
        self.meet(place as u32);
        if place == IDENTITY_PATH {
            self.inexact = true;
        } else if place == READ_ONLY {
            self.read_only = self.boolean(bytes, colon);
        } else if place == USER_IDENTITY {
            let value = value(bytes, colon);
            if value.first() == Some(&b'{') {
                self.identity = bytes.len() - value.len();
            }
            self.inexact |= !matches!(value, [b'{' | b'n', ..] | []);
        } else {
            self.strings[place] = self.string::<V>(bytes, colon);
        }
    }

    /// A member of `userIdentity`, whose colon is at `colon`.
    #[inline(always)]
    fn identity_member<V: View>(&mut self, bytes: &[u8], colon: usize) {
        // `{"userIdentity":{"type"` is longer than sixteen bytes.
        let Some((quote, before)) = name_before(bytes, colon) else { return };
        if TYPE_NAME.is_at(bytes, quote, before) {
            self.meet(TYPE);
            self.identity_type = self.string::<V>(bytes, colon);
        }
    }

    #[inline(always)]
    fn meet(&mut self, member: u32) {
        self.inexact |= self.met >> member & 1 == 1;
        self.met |= 1 << member;
    }

    /// The inside of the string after `colon`. Anything else but `null`, and any escape, makes the scan inexact.
    #[inline(always)]
    fn string<V: View>(&mut self, bytes: &[u8], colon: usize) -> Range32 {
        match value(bytes, colon) {
            [b'"', inside @ ..] => {
                // Where the bytes end first the element is cut anyway.
                let Some(length) = V::quote_or_backslash(inside) else { return Range32::default() };
                self.inexact |= inside[length] == b'\\';
                let start = bytes.len() - inside.len();
                Range32 { start: start as u32, end: (start + length) as u32 }
            }
            [b'n', ..] | [] => Range32::default(),
            _ => {
                self.inexact = true;
                Range32::default()
            }
        }
    }

    fn boolean(&mut self, bytes: &[u8], colon: usize) -> Option<bool> {
        match value(bytes, colon) {
            [b't', ..] | [b'"', b't', b'r', b'u', b'e', b'"', ..] => Some(true),
            [b'f', ..] | [b'"', b'f', b'a', b'l', b's', b'e', b'"', ..] => Some(false),
            [b'n', ..] | [] => None,
            _ => {
                self.inexact = true;
                None
            }
        }
    }

    /// What follows a backslash; `false` where nothing may be escaped so.
    pub(super) fn escape(&mut self, bytes: &[u8]) -> bool {
        match bytes.first() {
            // None: the backslash is the last byte there is.
            None | Some(b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
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
    if let [b'"', ..] = rest {
        return rest;
    }
    while let [b' ' | b'\t' | b'\n' | b'\r', more @ ..] = rest {
        rest = more;
    }
    rest
}

/// Whether a literal or number starts here, and ends where one may. Where the bytes end before it does, it may still
/// become one.
#[inline(always)]
pub(super) fn is_scalar(bytes: &[u8]) -> bool {
    if let Some(&[a, b, c, d, e, f]) = bytes.first_chunk() {
        let four = u32::from_le_bytes([a, b, c, d]);
        let is_four = four == u32::from_le_bytes(*b"null") || four == u32::from_le_bytes(*b"true");
        if is_four && may_follow(e) || four == u32::from_le_bytes(*b"fals") && e == b'e' && may_follow(f) {
            return true;
        }
    }
    is_rarer_scalar(bytes)
}

fn is_rarer_scalar(bytes: &[u8]) -> bool {
    match bytes[0] {
        b'n' => is_literal(bytes, b"null"),
        b't' => is_literal(bytes, b"true"),
        b'f' => is_literal(bytes, b"false"),
        _ => is_number(bytes),
    }
}

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
