//! Whether an element can be passed over without being read: nothing in it is worth reading, and it is an event.
//!
//! Only what is sure passes: the element ends where its brackets say (they are counted, not matched by their kind) and
//! what follows is what follows an element, no control character stands in it (so that no
//! line's damage reaches into the next), there is no `\u`, it is not too deep; it has an `eventName` of its own, and
//! nothing says that it is anything else than an event. All else is read as if nobody had asked.

use trailbell_json::MAX_DEPTH;

use super::block::{Outline, View};
use super::escaped;
use crate::read::glance::{BEFORE, Glance, Meaning, Needles, Seen, Sight};

/// Bytes in which an element must end to be passed over: few are longer, and one that lost a quote or a bracket may
/// seem to go on for ever.
const MOST: usize = 64 << 10;
/// An element that is deeper than this at the start of a block is read; as long as it is not, it cannot become too deep
/// within the block.
const SURE: u32 = 63;
const _: () = assert!(MAX_DEPTH >= SURE as usize + 64, "a block has 64 brackets at most");

/// The end of the element that starts with the `{` at `start`, if it can be passed over.
#[inline(always)]
pub(super) fn pass_with<V: View>(
    window: &[u8],
    start: usize,
    needles: &Needles,
    glance: &mut dyn Glance,
) -> Option<usize> {
    let all = window;
    let window = &all[..all.len().min(start + MOST)];
    let mut padded = [b' '; BEFORE + 64];
    // The first bracket is counted here, so that a depth of 0 is the end.
    let mut depth = 1_u32;
    let mut first = !1_u64;
    let mut in_string = 0_u64;
    let mut escape = 0;
    let mut named = false;
    let mut sight = Sight::new();
    let mut base = start;
    while base < window.len() {
        let seen = &window[base.checked_sub(BEFORE)?..];
        let chunk: &[u8; BEFORE + 64] = if let Some(chunk) = seen.first_chunk() {
            chunk
        } else {
            padded[..seen.len()].copy_from_slice(seen);
            &padded
        };
        let Outline { quotes, backslashes, opens, closes, ends, has_controls } =
            V::outline(chunk, &needles.prints);
        let escaped = escaped(backslashes, &mut escape);
        if escaped != 0 && escaped & V::letters_u(chunk) != 0 {
            return None;
        }
        let strings = V::prefix_xor(quotes & !escaped) ^ in_string;
        in_string = (strings >> 63).wrapping_neg();
        let opens = opens & !strings & first;
        let closes = closes & !strings;
        first = !0;

        let mut end = None;
        let mut after = depth.wrapping_add(opens.count_ones()).wrapping_sub(closes.count_ones());
        if depth.wrapping_sub(closes.count_ones()).wrapping_sub(1) >= SURE {
            (after, end) = bracket_by_bracket(depth, opens, closes)?;
        }
        let inside = end.map_or(!0, |at| !0 >> (63 - at));
        if has_controls && V::controls(chunk) & inside != 0 {
            return None;
        }
        let mut ends = ends & inside;
        while ends != 0 {
            let at = ends.trailing_zeros();
            ends &= ends - 1;
            let before = (1 << at) - 1;
            let depth = depth
                .wrapping_add((opens & before).count_ones())
                .wrapping_sub((closes & before).count_ones());
            named |= look::<V>(window, base + at as usize, needles, &mut sight)? && depth == 1;
        }
        if let Some(at) = end {
            let end = base + at as usize + 1;
            return (named
                && chunk[BEFORE + at as usize] == b'}'
                && may_end_here(&all[end..])
                && !glance.is_worth(sight.seen()))
            .then_some(end);
        }
        depth = after;
        base += 64;
    }
    None
}

/// Whether what follows is what follows an element: another one, the list's end, the line's. An element that lacks an
/// opening bracket seems to end where its own next member follows.
fn may_end_here(bytes: &[u8]) -> bool {
    matches!(bytes, [b',', b'{', ..] | [b']' | b'\n' | b'\r', ..])
}

/// The depth after a block's brackets, and where it came back to 0; `None` where they are too deep.
#[inline(always)]
fn bracket_by_bracket(depth: u32, opens: u64, closes: u64) -> Option<(u32, Option<u32>)> {
    // Too deep is no element that could pass: there is no need to know whether it comes back.
    if depth > SURE {
        return None;
    }
    let mut left = closes;
    let mut closed = 0;
    while left != 0 {
        let at = left.trailing_zeros();
        left &= left - 1;
        closed += 1;
        if depth + (opens & ((1 << at) - 1)).count_ones() == closed {
            return Some((0, Some(at)));
        }
    }
    Some((depth + opens.count_ones() - closed, None))
}

/// Looks at what may be a needle that ends with the quote at `quote`. `None`: the element must be read. Whether it is
/// the `eventName` of something.
#[inline(always)]
fn look<'w, V: View>(
    window: &'w [u8],
    quote: usize,
    needles: &Needles,
    sight: &mut Sight<'w>,
) -> Option<bool> {
    let (before, after) = window.split_at(quote);
    let word = u64::from_le_bytes(*before.last_chunk()?);
    let mut named = false;
    for needle in needles.before(word).flatten() {
        if !needle.ends(before, word) {
            continue;
        }
        if needle.meaning == Meaning::OtherType {
            return None;
        }
        let Some(value) = after.strip_prefix(b"\":\"") else {
            // As good as missing; but the last of equal keys counts, and without a name it may be no event.
            if after.starts_with(b"\":null") && needle.meaning != Meaning::EventName {
                continue;
            }
            return None;
        };
        let length = V::quote_or_backslash(value)?;
        let (value, b'"') = (&value[..length], value[length]) else { return None };
        if needle.meaning == Meaning::EventSource && value.starts_with(b"aws:") {
            return None;
        }
        if let Some(key) = needle.key {
            sight.add(Seen { key, value })?;
        }
        named |= needle.meaning == Meaning::EventName && needle.is_whole(before);
    }
    Some(named)
}
