//! 64 bytes in one register, whose comparisons are bitmaps already.

use std::arch::x86_64::{
    __m512i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_loadu_si128, _mm_set_epi64x, _mm_set1_epi8,
    _mm512_and_si512, _mm512_broadcast_i32x4, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epi8_mask,
    _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_mask_test_epi8_mask, _mm512_or_si512,
    _mm512_set1_epi8, _mm512_shuffle_epi8,
};

use super::{Block, Chunk, OFFSETS, Outline, Prints, View, before, block_of};
use crate::read::glance::{Glance, Needles};
use crate::scan::pass::pass_with;
use crate::scan::{End, Noted, scan_with};

/// Proof that this machine has AVX-512 as Ice Lake and Zen 4 brought it: those before ran slower for using it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HasAvx512(());

impl HasAvx512 {
    pub(crate) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("pclmulqdq"))
        .then_some(Self(()))
    }
}

/// The scan, built for AVX-512.
#[inline]
pub(crate) fn scan_avx512(_: HasAvx512, bytes: &[u8]) -> (End, Noted) {
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi1,bmi2,popcnt,pclmulqdq")]
    fn built_for_avx512(bytes: &[u8]) -> (End, Noted) {
        scan_with::<Avx512>(bytes)
    }
    // SAFETY: a `HasAvx512` is made by `detect` alone, which has seen that the machine has these features.
    unsafe { built_for_avx512(bytes) }
}

/// The glance, built for AVX-512.
#[inline]
pub(crate) fn pass_avx512(
    _: HasAvx512,
    window: &[u8],
    start: usize,
    needles: &Needles,
    glance: &mut dyn Glance,
) -> Option<usize> {
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi1,bmi2,popcnt,pclmulqdq")]
    fn built_for_avx512(
        window: &[u8],
        start: usize,
        needles: &Needles,
        glance: &mut dyn Glance,
    ) -> Option<usize> {
        pass_with::<Avx512>(window, start, needles, glance)
    }
    // SAFETY: a `HasAvx512` is made by `detect` alone, which has seen that the machine has these features.
    unsafe { built_for_avx512(window, start, needles, glance) }
}

/// Used by `scan_avx512` and `pass_avx512` only.
struct Avx512;

impl View for Avx512 {
    #[inline(always)]
    fn block(bytes: &[u8; 64]) -> Block {
        // SAFETY: this runs inside `built_for_avx512` only.
        unsafe { block(bytes) }
    }

    #[inline(always)]
    fn blanks_and_controls(bytes: &[u8; 64]) -> (u64, u64) {
        // SAFETY: this runs inside `built_for_avx512` only.
        unsafe { blanks_and_controls(bytes) }
    }

    #[inline(always)]
    fn prefix_xor(bits: u64) -> u64 {
        // SAFETY: this runs inside `built_for_avx512` only.
        unsafe { prefix_xor(bits) }
    }

    #[inline(always)]
    fn outline(chunk: &Chunk, prints: &Prints) -> Outline {
        // SAFETY: this runs inside `built_for_avx512` only.
        unsafe { outline(chunk, prints) }
    }

    #[inline(always)]
    fn controls(chunk: &Chunk) -> u64 {
        // SAFETY: this runs inside `built_for_avx512` only.
        unsafe { blanks_and_controls(block_of(chunk)).1 }
    }

    #[inline(always)]
    fn letters_u(chunk: &Chunk) -> u64 {
        // SAFETY: this runs inside `built_for_avx512` only.
        unsafe { equal(load(block_of(chunk)), b'u') }
    }

    #[inline(always)]
    fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
        // SAFETY: this runs inside `built_for_avx512` only.
        unsafe { quote_or_backslash(bytes) }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    if let Some(first) = bytes.first_chunk::<64>() {
        let first = load(first);
        let found = equal(first, b'"') | equal(first, b'\\');
        if found != 0 {
            return Some(found.trailing_zeros() as usize);
        }
    }
    memchr::memchr2(b'"', b'\\', bytes)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: the load is inside the 64 bytes and needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn equal(bytes: __m512i, byte: u8) -> u64 {
    _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn block(bytes: &[u8; 64]) -> Block {
    let bytes = load(bytes);
    // `[` and `]` are `{` and `}` without this bit.
    let case = _mm512_set1_epi8(0x20);
    let braces = _mm512_or_si512(bytes, case);
    Block {
        quotes: equal(bytes, b'"'),
        backslashes: equal(bytes, b'\\'),
        colons: equal(bytes, b':'),
        commas: equal(bytes, b','),
        opens: equal(braces, b'{'),
        closes: equal(braces, b'}'),
        // As signed numbers, bytes above ASCII are below all others.
        unusual: _mm512_cmplt_epi8_mask(bytes, case),
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn blanks_and_controls(bytes: &[u8; 64]) -> (u64, u64) {
    let bytes = load(bytes);
    let blanks = equal(bytes, b' ') | equal(bytes, b'\t') | equal(bytes, b'\n') | equal(bytes, b'\r');
    (blanks, _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)))
}

#[inline]
#[target_feature(enable = "avx2,pclmulqdq")]
fn prefix_xor(bits: u64) -> u64 {
    // Multiplying by all ones without carries adds up all lower bits.
    let product = _mm_clmulepi64_si128(_mm_set_epi64x(0, bits.cast_signed()), _mm_set1_epi8(-1), 0);
    _mm_cvtsi128_si64(product).cast_unsigned()
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn outline(chunk: &Chunk, prints: &Prints) -> Outline {
    let bytes = load(block_of(chunk));
    let quotes = equal(bytes, b'"');
    let braces = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    // A table's index is a byte's lower half, if the byte is ASCII; else nothing is found, and no needle has one.
    let at = |place: usize| {
        // SAFETY: the load is inside the 16 bytes and needs no alignment.
        let print = unsafe { _mm_loadu_si128(prints[place].as_ptr().cast()) };
        _mm512_shuffle_epi8(_mm512_broadcast_i32x4(print), load(before(chunk, OFFSETS[place])))
    };
    let found = _mm512_and_si512(at(0), at(1));
    Outline {
        quotes,
        backslashes: equal(bytes, b'\\'),
        opens: equal(braces, b'{'),
        closes: equal(braces, b'}'),
        ends: _mm512_mask_test_epi8_mask(quotes, found, _mm512_and_si512(at(2), at(3))),
        has_controls: _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)) != 0,
    }
}
