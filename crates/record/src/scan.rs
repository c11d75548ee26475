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
#![expect(
    clippy::cast_possible_truncation,
    clippy::inline_always,
    reason = "see above; and one loop, built twice"
)]

mod block;
#[cfg(test)]
mod fuzz;
mod pass;
#[cfg(test)]
mod tests;
mod token;

use trailbell_json::MAX_DEPTH;

use self::block::{Block, Portable, View};
use self::token::Noted;
use crate::read::element::{self, Found};
use crate::read::glance::{Glance, Needles};

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
    /// With AVX-512.
    #[cfg(target_arch = "x86_64")]
    Avx512(block::HasAvx512),
    /// With AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2(block::HasAvx2),
    /// With NEON.
    #[cfg(target_arch = "aarch64")]
    Neon(block::HasNeon),
    /// Eight bytes at a time, anywhere.
    Portable,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(has) = block::HasAvx512::detect() {
            return Self::Avx512(has);
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(has) = block::HasAvx2::detect() {
            return Self::Avx2(has);
        }
        #[cfg(target_arch = "aarch64")]
        if let Some(has) = block::HasNeon::detect() {
            return Self::Neon(has);
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
            Self::Avx512(has) => block::scan_avx512(has, bytes),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(has) => block::scan_avx2(has, bytes),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(has) => block::scan_neon(has, bytes),
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

impl Scanner {
    /// The end of the element that starts with the `{` at `start`, if it is an event that can be passed over.
    #[inline]
    pub(crate) fn pass(
        self,
        window: &[u8],
        start: usize,
        needles: &Needles,
        glance: &mut dyn Glance,
    ) -> Option<usize> {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(has) => block::pass_avx512(has, window, start, needles, glance),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(has) => block::pass_avx2(has, window, start, needles, glance),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(has) => block::pass_neon(has, window, start, needles, glance),
            Self::Portable => pass::pass_with::<Portable>(window, start, needles, glance),
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
fn next_token<const BLANKS: bool>(tokens: u64, blanks: u64, carry: &mut u64) -> u64 {
    let moved = tokens << 1 | *carry;
    *carry = tokens >> 63;
    if !BLANKS {
        return moved;
    }
    // Adding to the first bit of a run of blanks carries it to the bit behind the run.
    let (past, over) = (moved & blanks).overflowing_add(blanks);
    *carry |= u64::from(over);
    (moved | past) & !blanks
}

/// The tokens of a block, each a bit at its first byte.
#[derive(Clone, Copy)]
struct Tokens {
    strings: u64,
    string_opens: u64,
    string_closes: u64,
    colons: u64,
    commas: u64,
    opens: u64,
    closes: u64,
    scalar_starts: u64,
    blanks: u64,
}

/// What the grammar does not like: anywhere, in an object, in a list (which of the two is not known here).
struct Wrong {
    anywhere: u64,
    in_object: u64,
    in_list: u64,
}

#[inline(always)]
fn grammar<const BLANKS: bool>(tokens: Tokens, carry: &mut Carry) -> Wrong {
    let Tokens { strings, string_opens, string_closes, colons, commas, opens, closes, scalar_starts, blanks } =
        tokens;
    // Which strings came after a colon: adding its opening quote to a string carries it to its closing quote.
    let after_colon = next_token::<BLANKS>(colons, blanks, &mut carry.colon);
    let (ends, over) = strings.overflowing_add(string_opens & after_colon | carry.value_string);
    carry.value_string = u64::from(over);
    let names = string_closes & !ends;

    let after_comma = next_token::<BLANKS>(commas, blanks, &mut carry.comma);
    let after_open = next_token::<BLANKS>(opens, blanks, &mut carry.open);
    let after_name = next_token::<BLANKS>(names, blanks, &mut carry.name);
    let after_comma_or_open = after_comma | after_open;
    let value_may_start = after_colon | after_comma_or_open;
    let values = scalar_starts | opens;
    Wrong {
        anywhere: (string_opens | values) & !value_may_start
            | colons & !after_name
            | commas & value_may_start
            | closes & (after_colon | after_comma),
        in_object: (commas | closes) & after_name | values & after_comma_or_open,
        in_list: colons,
    }
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

/// The one loop. `bytes` starts with `{`.
#[inline(always)]
fn scan_with<V: View>(bytes: &[u8]) -> (End, Noted) {
    let mut noted = Noted::default();
    // An element may stand where a value may: after a colon.
    let mut carry =
        Carry { in_string: 0, escaped: 0, value_string: 0, scalar: 0, colon: 1, comma: 0, open: 0, name: 0 };
    // The kinds of the open containers, 1 for objects; outside of all is as good as an object.
    let mut kinds = [0_u8; 256];
    let mut kind = 1_u8;
    let mut depth = 0_u8;
    let mut base = 0;
    let mut padded = [b' '; 64];
    while base < bytes.len() {
        let chunk: &[u8; 64] = if let Some(chunk) = bytes[base..].first_chunk() {
            chunk
        } else {
            padded[..bytes.len() - base].copy_from_slice(&bytes[base..]);
            &padded
        };
        let Block { quotes, backslashes, colons, commas, opens, closes, unusual } = V::block(chunk);

        // Strings: from the opening quote to the byte before the closing one.
        let escaped = escaped(backslashes, &mut carry.escaped);
        let plain_escapes = backslashes | quotes;
        let quotes = quotes & !escaped;
        let strings = V::prefix_xor(quotes) ^ carry.in_string;
        carry.in_string = (strings >> 63).wrapping_neg();
        let outside = !(strings | quotes);
        let mut tokens = Tokens {
            strings,
            string_opens: quotes & strings,
            string_closes: quotes & !strings,
            colons: colons & outside,
            commas: commas & outside,
            opens: opens & outside,
            closes: closes & outside,
            scalar_starts: 0,
            blanks: 0,
        };
        let brackets = tokens.opens | tokens.closes;
        let mut wrong_control = 0;
        let mut scalars = outside & !(tokens.colons | tokens.commas | brackets);
        if scalars | unusual != 0 {
            let (blanks, controls) = V::blanks_and_controls(chunk);
            noted.not_ascii |= unusual;
            wrong_control = controls & strings;
            tokens.blanks = blanks & outside;
            scalars &= !blanks;
        }
        tokens.scalar_starts = scalars & !(scalars << 1 | carry.scalar);
        carry.scalar = scalars >> 63;
        let wrong = if tokens.blanks == 0 {
            grammar::<false>(tokens, &mut carry)
        } else {
            grammar::<true>(tokens, &mut carry)
        };
        let mut bad = wrong.anywhere | wrong_control;

        // From bracket to bracket.
        let mut brackets = brackets;
        let mut left = !0_u64;
        // The bytes at depth 1, and those at depth 2.
        let mut first = 0;
        let mut second = 0;
        let mut end = None;
        let mut deepest = depth;
        loop {
            let region = left & (brackets ^ brackets.wrapping_sub(1));
            bad |= region & if kind == 1 { wrong.in_object } else { wrong.in_list };
            first |= if depth == 1 { region } else { 0 };
            second |= if depth == 2 { region } else { 0 };
            if brackets == 0 {
                break;
            }
            left &= !region;
            let at = brackets.trailing_zeros();
            brackets &= brackets - 1;
            // `{` and `}` have the bit that `[` and `]` lack.
            let kind_here = chunk[at as usize & 63] >> 5 & 1;
            let opens_here = (tokens.opens >> at & 1) as u8;
            // What is written when one closes is written over before it is read.
            kinds[depth as usize] = kind;
            depth = depth.wrapping_add(opens_here * 2).wrapping_sub(1);
            bad |= u64::from(!opens_here & (kind ^ kind_here) & 1) << at;
            kind = if opens_here == 1 { kind_here } else { kinds[depth as usize] };
            deepest = deepest.max(depth);
            if depth == 0 {
                end = Some(at);
                break;
            }
        }
        let inside = end.map_or(!0, |at| !0 >> (63 - at));
        if bad & inside != 0 || deepest as usize > MAX_DEPTH {
            return (End::Wrong, noted);
        }
        let mut members = tokens.colons & first;
        while members != 0 {
            noted.member::<V>(bytes, base + members.trailing_zeros() as usize);
            members &= members - 1;
        }
        if noted.identity != 0 {
            noted.identity_members::<V>(bytes, base, tokens.colons & second, first);
        }
        let mut scalar_starts = tokens.scalar_starts & inside;
        while scalar_starts != 0 {
            if !token::is_scalar(&bytes[base + scalar_starts.trailing_zeros() as usize..]) {
                return (End::Wrong, noted);
            }
            scalar_starts &= scalar_starts - 1;
        }
        // Of escapes, quotes and backslashes are fine.
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
