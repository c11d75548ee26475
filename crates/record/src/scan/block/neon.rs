//! 16 bytes in a register, four registers a block: NEON, which every arm64 machine has.

use std::arch::aarch64::{
    uint8x16_t, vandq_u8, vceqq_u8, vcltq_u8, vdupq_n_u8, vgetq_lane_u64, vld1q_u8, vmaxvq_u8, vminq_u8,
    vminvq_u8, vorrq_u8, vpaddq_u8, vqtbl1q_u8, vreinterpretq_u64_u8, vtstq_u8,
};

use super::{Block, Chunk, OFFSETS, Outline, Prints, View, before, block_of};
use crate::read::glance::{Glance, Needles};
use crate::scan::pass::pass_with;
use crate::scan::{End, Noted, scan_with};

/// Proof that this machine has NEON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HasNeon(());

impl HasNeon {
    pub(crate) fn detect() -> Option<Self> {
        // Bits are counted from the first byte on.
        (cfg!(target_endian = "little") && std::arch::is_aarch64_feature_detected!("neon"))
            .then_some(Self(()))
    }
}

/// The scan, built for NEON.
#[inline]
pub(crate) fn scan_neon(_: HasNeon, bytes: &[u8]) -> (End, Noted) {
    #[target_feature(enable = "neon")]
    fn built_for_neon(bytes: &[u8]) -> (End, Noted) {
        scan_with::<Neon>(bytes)
    }
    // SAFETY: a `HasNeon` is made by `detect` alone, which has seen that the machine has it.
    unsafe { built_for_neon(bytes) }
}

/// The glance, built for NEON.
#[inline]
pub(crate) fn pass_neon(
    _: HasNeon,
    window: &[u8],
    start: usize,
    needles: &Needles,
    glance: &mut dyn Glance,
) -> Option<usize> {
    #[target_feature(enable = "neon")]
    fn built_for_neon(
        window: &[u8],
        start: usize,
        needles: &Needles,
        glance: &mut dyn Glance,
    ) -> Option<usize> {
        pass_with::<Neon>(window, start, needles, glance)
    }
    // SAFETY: a `HasNeon` is made by `detect` alone, which has seen that the machine has it.
    unsafe { built_for_neon(window, start, needles, glance) }
}

/// Used by `scan_neon` and `pass_neon` only.
struct Neon;

impl View for Neon {
    #[inline(always)]
    fn block(bytes: &[u8; 64]) -> Block {
        // SAFETY: this runs inside `built_for_neon` only.
        unsafe { block(bytes) }
    }

    #[inline(always)]
    fn blanks_and_controls(bytes: &[u8; 64]) -> (u64, u64) {
        // SAFETY: this runs inside `built_for_neon` only.
        unsafe { blanks_and_controls(bytes) }
    }

    #[inline(always)]
    fn prefix_xor(mut bits: u64) -> u64 {
        // Multiplying without carries (PMULL) is no part of NEON that every machine has.
        for shift in [1, 2, 4, 8, 16, 32] {
            bits ^= bits << shift;
        }
        bits
    }

    #[inline(always)]
    fn outline(chunk: &Chunk, prints: &Prints) -> Outline {
        // SAFETY: this runs inside `built_for_neon` only.
        unsafe { outline(chunk, prints) }
    }

    #[inline(always)]
    fn controls(chunk: &Chunk) -> u64 {
        // SAFETY: this runs inside `built_for_neon` only.
        unsafe { blanks_and_controls(block_of(chunk)).1 }
    }

    #[inline(always)]
    fn letters_u(chunk: &Chunk) -> u64 {
        // SAFETY: this runs inside `built_for_neon` only.
        unsafe { equal(load(block_of(chunk)), b'u') }
    }

    #[inline(always)]
    fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
        // SAFETY: this runs inside `built_for_neon` only.
        unsafe { quote_or_backslash(bytes) }
    }
}

/// 64 bytes.
type Four = [uint8x16_t; 4];

#[inline]
#[target_feature(enable = "neon")]
fn load(bytes: &[u8; 64]) -> Four {
    // SAFETY: the four loads are inside the 64 bytes and need no alignment.
    [0, 16, 32, 48].map(|at| unsafe { vld1q_u8(bytes.as_ptr().add(at)) })
}

/// A bit for each byte, which is all ones or all zeros.
#[inline]
#[target_feature(enable = "neon")]
fn mask(bytes: Four) -> u64 {
    // A bit of its own for each of eight bytes; then neighbours are added up three times.
    const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    // SAFETY: the load is inside the 16 bytes.
    let bits = unsafe { vld1q_u8(BITS.as_ptr()) };
    let [a, b, c, d] = bytes.map(|bytes| vandq_u8(bytes, bits));
    let sum = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)))
}

#[inline]
#[target_feature(enable = "neon")]
fn equal(bytes: Four, byte: u8) -> u64 {
    let all = vdupq_n_u8(byte);
    mask(bytes.map(|bytes| vceqq_u8(bytes, all)))
}

#[inline]
#[target_feature(enable = "neon")]
fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    if let Some(first) = bytes.first_chunk::<16>() {
        // SAFETY: the load is inside the 16 bytes and needs no alignment.
        let first = unsafe { vld1q_u8(first.as_ptr()) };
        let found = vorrq_u8(vceqq_u8(first, vdupq_n_u8(b'"')), vceqq_u8(first, vdupq_n_u8(b'\\')));
        if vmaxvq_u8(found) != 0 {
            let none = vdupq_n_u8(0);
            return Some(mask([found, none, none, none]).trailing_zeros() as usize);
        }
    }
    memchr::memchr2(b'"', b'\\', bytes)
}

#[inline]
#[target_feature(enable = "neon")]
fn braces(bytes: Four) -> Four {
    // `[` and `]` are `{` and `}` without this bit.
    bytes.map(|bytes| vorrq_u8(bytes, vdupq_n_u8(0x20)))
}

#[inline]
#[target_feature(enable = "neon")]
fn lowest([a, b, c, d]: Four) -> u8 {
    vminvq_u8(vminq_u8(vminq_u8(a, b), vminq_u8(c, d)))
}

#[inline]
#[target_feature(enable = "neon")]
fn block(bytes: &[u8; 64]) -> Block {
    let bytes = load(bytes);
    let braces = braces(bytes);
    let [a, b, c, d] = bytes;
    let highest = vmaxvq_u8(vorrq_u8(vorrq_u8(a, b), vorrq_u8(c, d)));
    Block {
        quotes: equal(bytes, b'"'),
        backslashes: equal(bytes, b'\\'),
        colons: equal(bytes, b':'),
        commas: equal(bytes, b','),
        opens: equal(braces, b'{'),
        closes: equal(braces, b'}'),
        unusual: u64::from(lowest(bytes) < 0x20 || highest >= 0x80),
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn blanks_and_controls(bytes: &[u8; 64]) -> (u64, u64) {
    let bytes = load(bytes);
    let blanks = equal(bytes, b' ') | equal(bytes, b'\t') | equal(bytes, b'\n') | equal(bytes, b'\r');
    (blanks, mask(bytes.map(|bytes| vcltq_u8(bytes, vdupq_n_u8(0x20)))))
}

#[inline]
#[target_feature(enable = "neon")]
fn outline(chunk: &Chunk, prints: &Prints) -> Outline {
    let bytes = load(block_of(chunk));
    let braces = braces(bytes);
    let quotes = bytes.map(|bytes| vceqq_u8(bytes, vdupq_n_u8(b'"')));
    let mut found = quotes;
    for (print, offset) in prints.iter().zip(OFFSETS) {
        // SAFETY: the load is inside the 16 bytes.
        let print = unsafe { vld1q_u8(print.as_ptr()) };
        // A table's index is a byte's lower half.
        let seen =
            load(before(chunk, offset)).map(|bytes| vqtbl1q_u8(print, vandq_u8(bytes, vdupq_n_u8(0xf))));
        for (found, seen) in found.iter_mut().zip(seen) {
            *found = vandq_u8(*found, seen);
        }
    }
    let [a, b, c, d] = found;
    let ends = if vmaxvq_u8(vorrq_u8(vorrq_u8(a, b), vorrq_u8(c, d))) == 0 {
        0
    } else {
        mask(found.map(|found| vtstq_u8(found, found)))
    };
    Outline {
        quotes: mask(quotes),
        backslashes: equal(bytes, b'\\'),
        opens: equal(braces, b'{'),
        closes: equal(braces, b'}'),
        ends,
        has_controls: lowest(bytes) < 0x20,
    }
}
