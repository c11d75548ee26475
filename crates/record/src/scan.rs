//! The fast scan: validates, splits and finds the few fields that rules ask for first, in one pass.
//!
//! It agrees with the obvious reading (`read::element`, which is `serde_json`'s) on every input, and tests hold it to
//! that; whatever it does not like is left to the obvious reading, which says what is wrong and where.
//!
//! **How.** Bytes are taken 64 at a time and turned into bitmaps, one bit a byte: quotes, colons, commas, brackets,
//! ... ([`Block`]). From the quotes follows what is inside strings. JSON's grammar is then checked on whole bitmaps:
//! nearly all of it says which token may follow which, so each token's bit is moved on to the next token and compared
//! with what stands there. Only what depends on the container (a comma in an object needs a name and a colon after
//! it, in a list there is no colon) needs to know the container, which changes at brackets only; so brackets are the
//! one thing that is gone through one by one, with a bit for each open container. Literals and numbers are read as
//! they come. Names are looked at where they may be of use: in the element itself, and in `userIdentity`.

// The bitmaps are u64 and offsets fit u32: `Reader::new` keeps elements under 1 GiB.
#![expect(clippy::cast_possible_truncation, clippy::inline_always, reason = "see above; and one loop, built twice")]

mod block;
#[cfg(test)]
mod tests;
mod token;

use trailbell_json::MAX_DEPTH;

use self::block::{Block, Portable, View};
use self::token::Noted;
use crate::read::element::{self, Found};

/// What a scan of one element came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan<'a> {
    /// The element is whole and valid.
    Whole(Found<'a>),
    /// The bytes end before the element does.
    Cut,
    /// Something is wrong: the careful reading says what and where.
    Broken,
}

/// How elements are scanned on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scanner {
    /// With AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2(block::HasAvx2),
    /// Eight bytes at a time, anywhere.
    Portable,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(has) = block::HasAvx2::detect() {
            return Self::Avx2(has);
        }
        Self::Portable
    }

    /// Scans the element that starts at the first byte. Whether it agrees with UTF-8 is said by its end.
    #[inline]
    pub(crate) fn scan(self, bytes: &[u8]) -> Scan<'_> {
        if bytes.first() != Some(&b'{') {
            return match element::read(bytes) {
                Ok(found) => Scan::Whole(found),
                Err(damage) if damage.cut => Scan::Cut,
                Err(_) => Scan::Broken,
            };
        }
        let (end, noted) = match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(has) => block::scan_avx2(has, bytes),
            Self::Portable => scan_with::<Portable>(bytes),
        };
        match end {
            End::At(end) => match block::text(&bytes[..end], noted.not_ascii) {
                Some(text) => Scan::Whole(Found { text, fields: noted.fields() }),
                None => Scan::Broken,
            },
            End::NotYet => Scan::Cut,
            End::Wrong => Scan::Broken,
        }
    }
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The element ends before this byte.
    At(usize),
    NotYet,
    Wrong,
}

/// What one block hands on to the next: 0 or 1 each, unless said otherwise.
struct Carry {
    /// All ones inside a string.
    in_string: u64,
    /// The next byte is escaped.
    escaped: u64,
    /// The open string is a value in an object (it came after a colon).
    value_string: u64,
    /// The last byte was part of a literal or number.
    scalar: u64,
    /// What the last token was.
    colon: u64,
    comma: u64,
    open: u64,
    /// A string that did not come after a colon: a name, or an element of a list.
    name: u64,
}

/// Moves each bit of `tokens` to where the next token is: one byte on, past any blanks.
#[inline(always)]
fn next_token(tokens: u64, blanks: u64, carry: &mut u64) -> u64 {
    let moved = tokens << 1 | *carry;
    if blanks == 0 {
        *carry = tokens >> 63;
        return moved;
    }
    // Adding to the first bit of a run of blanks carries it to the bit behind the run.
    let (past, over) = (moved & blanks).overflowing_add(blanks);
    *carry = tokens >> 63 | u64::from(over);
    (moved | past) & !blanks
}

/// Which bytes are escaped by a backslash before them: every second one of a run of backslashes escapes.
#[inline(always)]
fn escaped(backslashes: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    if backslashes == 0 {
        return std::mem::take(carry);
    }
    let starts = backslashes & !*carry;
    let maybe = starts << 1;
    let codes = (maybe | ODD).wrapping_sub(starts) ^ ODD;
    let escaped = codes ^ (backslashes | *carry);
    *carry = (codes & backslashes) >> 63;
    escaped
}

/// Bit i of the result is the parity of the bits up to i.
#[inline(always)]
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// The one loop. `bytes` starts with `{`.
#[inline(always)]
fn scan_with<V: View>(bytes: &[u8]) -> (End, Noted) {
    let mut noted = Noted::default();
    // An element may stand where a value may: after a colon.
    let mut carry =
        Carry { in_string: 0, escaped: 0, value_string: 0, scalar: 0, colon: 1, comma: 0, open: 0, name: 0 };
    // One bit a container, the innermost lowest: 1 for objects. Outside of all is as good as an object.
    let mut containers: u128 = 1;
    let mut depth = 0;
    let mut base = 0;
    let mut padded = [b' '; 64];
    while base < bytes.len() {
        let chunk: &[u8; 64] = match bytes[base..].first_chunk() {
            Some(chunk) => chunk,
            None => {
                padded[..bytes.len() - base].copy_from_slice(&bytes[base..]);
                &padded
            }
        };
        let Block { quotes, backslashes, colons, commas, opens, closes, spaces, controls, not_ascii } = V::block(chunk);
        noted.not_ascii |= not_ascii;

        // Strings: from the opening quote to the byte before the closing one.
        let escaped = escaped(backslashes, &mut carry.escaped);
        let plain_escapes = backslashes | quotes;
        let quotes = quotes & !escaped;
        let strings = prefix_xor(quotes) ^ carry.in_string;
        carry.in_string = ((strings as i64) >> 63) as u64;
        let outside = !(strings | quotes);
        let (colons, commas) = (colons & outside, commas & outside);
        let (opens, closes) = (opens & outside, closes & outside);
        let string_opens = quotes & strings;
        let string_closes = quotes & !strings;
        let mut blanks = spaces & outside;
        if controls & outside != 0 {
            blanks |= V::blank_controls(chunk) & outside;
        }
        let scalars = outside & !(colons | commas | opens | closes | blanks);
        let scalar_starts = scalars & !(scalars << 1 | carry.scalar);
        carry.scalar = scalars >> 63;

        // Which strings came after a colon: adding its opening quote to a string carries it to its closing quote.
        let after_colon = next_token(colons, blanks, &mut carry.colon);
        let (ends, over) = strings.overflowing_add(string_opens & after_colon | carry.value_string);
        carry.value_string = u64::from(over);
        let names = string_closes & !(ends & !strings);

        let after_comma = next_token(commas, blanks, &mut carry.comma);
        let after_open = next_token(opens, blanks, &mut carry.open);
        let after_name = next_token(names, blanks, &mut carry.name);
        let value_may_start = after_colon | after_comma | after_open;
        let mut wrong = (string_opens | scalar_starts | opens) & !value_may_start
            | colons & !after_name
            | commas & value_may_start
            | closes & (after_colon | after_comma)
            | controls & strings;
        let wrong_in_object = (commas | closes) & after_name | (scalar_starts | opens) & (after_comma | after_open);
        let wrong_in_list = colons;

        // From bracket to bracket.
        let mut brackets = opens | closes;
        let mut left = !0_u64;
        let mut end = None;
        loop {
            let region = left & (brackets ^ brackets.wrapping_sub(1));
            wrong |= region & if containers & 1 == 1 { wrong_in_object } else { wrong_in_list };
            if depth == 1 || depth == 2 && noted.in_identity {
                let mut colons = colons & region;
                while colons != 0 {
                    noted.member(bytes, base + colons.trailing_zeros() as usize, depth == 1);
                    colons &= colons - 1;
                }
            }
            if brackets == 0 {
                break;
            }
            left &= !region;
            let at = brackets.trailing_zeros();
            brackets &= brackets - 1;
            // `{` and `}` have the bit that `[` and `]` lack.
            let is_object = u128::from(chunk[at as usize] >> 5 & 1);
            if opens >> at & 1 == 1 {
                if depth == MAX_DEPTH {
                    wrong |= 1 << at;
                    break;
                }
                depth += 1;
                // 128 containers fill all bits; the one that falls out is the outside's.
                containers = containers << 1 | is_object;
                noted.opened(depth);
            } else {
                if containers & 1 != is_object {
                    wrong |= 1 << at;
                    break;
                }
                containers >>= 1;
                depth -= 1;
                if depth == 0 {
                    end = Some(at);
                    break;
                }
            }
        }
        let inside = end.map_or(!0, |at| !0 >> (63 - at));
        if wrong & inside != 0 {
            return (End::Wrong, noted);
        }
        let mut scalar_starts = scalar_starts & inside;
        while scalar_starts != 0 {
            if !token::is_scalar(&bytes[base + scalar_starts.trailing_zeros() as usize..]) {
                return (End::Wrong, noted);
            }
            scalar_starts &= scalar_starts - 1;
        }
        let mut escapes = escaped & inside & strings & !plain_escapes;
        while escapes != 0 {
            if !noted.escape(&bytes[base + escapes.trailing_zeros() as usize..]) {
                return (End::Wrong, noted);
            }
            escapes &= escapes - 1;
        }
        if let Some(at) = end {
            return (End::At(base + at as usize + 1), noted);
        }
        base += 64;
    }
    (End::NotYet, noted)
}
