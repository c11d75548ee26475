//! 64 bytes at once, as bitmaps; and the little that the compiler has to be told to believe.
#![expect(
    unsafe_code,
    reason = "vector instructions, and text that is known to be ASCII; each place says why"
)]

use crate::read::glance::{BEFORE, OFFSETS, Prints};

/// Which of 64 bytes are what: bit i is byte i.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Block {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    pub(super) colons: u64,
    pub(super) commas: u64,
    /// `{` and `[`
    pub(super) opens: u64,
    /// `}` and `]`
    pub(super) closes: u64,
    /// Not zero where any byte is a control character or not ASCII (which bit says nothing).
    pub(super) unusual: u64,
}

/// What is needed of 64 bytes to see where an element ends and whether anything asked for is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    /// `{` and `[`
    pub(super) opens: u64,
    /// `}` and `]`
    pub(super) closes: u64,
    /// Quotes that may end one of the needles, by the bytes before them.
    pub(super) ends: u64,
    /// Whether any byte is a control character.
    pub(super) has_controls: bool,
}

/// 64 bytes with some before them.
pub(super) type Chunk = [u8; BEFORE + 64];

/// A way to look at 64 bytes.
pub(super) trait View {
    fn block(bytes: &[u8; 64]) -> Block;

    /// Spaces, tabs and line breaks; and everything below the space.
    fn blanks_and_controls(bytes: &[u8; 64]) -> (u64, u64);

    /// Bit i of the result is the parity of the bits up to i.
    fn prefix_xor(bits: u64) -> u64;

    /// The outline of the chunk's 64 bytes.
    fn outline(chunk: &Chunk, prints: &Prints) -> Outline;

    /// The control characters of the chunk's 64 bytes.
    fn controls(chunk: &Chunk) -> u64;

    /// The letters `u` of the chunk's 64 bytes.
    fn letters_u(chunk: &Chunk) -> u64;

    /// Where the first quote or backslash is.
    fn quote_or_backslash(bytes: &[u8]) -> Option<usize>;
}

/// The text of `bytes`, if it is UTF-8; where no byte was above ASCII there is nothing to check.
#[inline]
pub(super) fn text(bytes: &[u8], not_ascii: u64) -> Option<&str> {
    if not_ascii != 0 {
        return simdutf8::basic::from_utf8(bytes).ok();
    }
    // SAFETY: every byte of the element went through `View::block`, whose `unusual` is not zero where any byte of the
    // block is 0x80 or above, and those of all blocks are in `not_ascii`. Bytes below 0x80 are UTF-8.
    Some(unsafe { std::str::from_utf8_unchecked(bytes) })
}

/// The chunk without what is before it.
#[inline(always)]
fn block_of(chunk: &Chunk) -> &[u8; 64] {
    const NONE: &[u8; 64] = &[0; 64];
    chunk.last_chunk().unwrap_or(NONE)
}

/// The 64 bytes that are `offset` bytes before the chunk's own.
#[inline(always)]
fn before(chunk: &Chunk, offset: usize) -> &[u8; 64] {
    chunk[BEFORE - offset..].first_chunk().unwrap_or(block_of(chunk))
}

/// Eight bytes at a time in an ordinary register.
pub(super) struct Portable;

impl Portable {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

    /// Calls `wanted` for each eight bytes, whose zero bytes in the result are what is looked for.
    #[inline(always)]
    fn zeros(bytes: &[u8; 64], wanted: impl Fn(u64) -> u64) -> u64 {
        bytes.as_chunks::<8>().0.iter().enumerate().fold(0, |bits, (i, word)| {
            let word = wanted(u64::from_le_bytes(*word));
            // 0x80 where a byte is zero, without a carry between bytes; then those bits side by side.
            let zero = !((word & Self::LOW).wrapping_add(Self::LOW) | word | Self::LOW);
            bits | (zero.wrapping_mul(0x0002_0408_1020_4081) >> 56) << (i * 8)
        })
    }

    #[inline(always)]
    fn equal(bytes: &[u8; 64], byte: u8) -> u64 {
        let all = u64::from_ne_bytes([byte; 8]);
        Self::zeros(bytes, |word| word ^ all)
    }
}

impl View for Portable {
    #[inline(always)]
    fn block(bytes: &[u8; 64]) -> Block {
        const CASE: u64 = 0x2020_2020_2020_2020;
        // `[` and `]` are `{` and `}` without this bit.
        let brace = |byte: u8| Self::zeros(bytes, |word| (word | CASE) ^ u64::from_ne_bytes([byte; 8]));
        Block {
            quotes: Self::equal(bytes, b'"'),
            backslashes: Self::equal(bytes, b'\\'),
            colons: Self::equal(bytes, b':'),
            commas: Self::equal(bytes, b','),
            opens: brace(b'{'),
            closes: brace(b'}'),
            unusual: Self::zeros(bytes, |word| word & 0xe0e0_e0e0_e0e0_e0e0) | u64::from(!bytes.is_ascii()),
        }
    }

    #[inline(always)]
    fn blanks_and_controls(bytes: &[u8; 64]) -> (u64, u64) {
        let blanks =
            [b' ', b'\t', b'\n', b'\r'].iter().fold(0, |bits, byte| bits | Self::equal(bytes, *byte));
        (blanks, Self::zeros(bytes, |word| word & 0xe0e0_e0e0_e0e0_e0e0))
    }

    #[inline(always)]
    fn prefix_xor(mut bits: u64) -> u64 {
        for shift in [1, 2, 4, 8, 16, 32] {
            bits ^= bits << shift;
        }
        bits
    }

    #[inline(always)]
    fn outline(chunk: &Chunk, prints: &Prints) -> Outline {
        let Block { quotes, backslashes, opens, closes, .. } = Self::block(block_of(chunk));
        let mut ends = 0;
        let mut left = quotes;
        while left != 0 {
            let at = left.trailing_zeros();
            let print = |(print, offset): (&[u8; 16], usize)| {
                print[usize::from(chunk[BEFORE + at as usize - offset] & 0xf)]
            };
            let needles = prints.iter().zip(OFFSETS).map(print).fold(0xff, |all, one| all & one);
            ends |= u64::from(needles != 0) << at;
            left &= left - 1;
        }
        Outline { quotes, backslashes, opens, closes, ends, has_controls: Self::controls(chunk) != 0 }
    }

    #[inline(always)]
    fn controls(chunk: &Chunk) -> u64 {
        Self::zeros(block_of(chunk), |word| word & 0xe0e0_e0e0_e0e0_e0e0)
    }

    #[inline(always)]
    fn letters_u(chunk: &Chunk) -> u64 {
        Self::equal(block_of(chunk), b'u')
    }

    #[inline(always)]
    fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
        memchr::memchr2(b'"', b'\\', bytes)
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
pub(super) use self::avx512::{HasAvx512, pass_avx512, scan_avx512};
#[cfg(target_arch = "aarch64")]
pub(super) use self::neon::{HasNeon, pass_neon, scan_neon};
#[cfg(target_arch = "x86_64")]
pub(super) use self::x86::{HasAvx2, pass_avx2, scan_avx2};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_loadu_si128, _mm_set_epi64x, _mm_set1_epi8,
        _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8,
        _mm256_loadu_si256, _mm256_min_epu8, _mm256_or_si256, _mm256_set1_epi8, _mm256_setzero_si256,
        _mm256_shuffle_epi8,
    };

    use super::{Block, Chunk, OFFSETS, Outline, Prints, View, before, block_of};
    use crate::read::glance::{Glance, Needles};
    use crate::scan::pass::pass_with;
    use crate::scan::{End, Noted, scan_with};

    /// Proof that this machine has AVX2 (and the bit instructions that came with it).
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct HasAvx2(());

    impl HasAvx2 {
        pub(crate) fn detect() -> Option<Self> {
            (is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("popcnt")
                && is_x86_feature_detected!("pclmulqdq"))
            .then_some(Self(()))
        }
    }

    /// The scan, built for AVX2.
    #[inline]
    pub(crate) fn scan_avx2(_: HasAvx2, bytes: &[u8]) -> (End, Noted) {
        #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
        fn built_for_avx2(bytes: &[u8]) -> (End, Noted) {
            scan_with::<Avx2>(bytes)
        }
        // SAFETY: a `HasAvx2` is made by `detect` alone, which has seen that the machine has these features.
        unsafe { built_for_avx2(bytes) }
    }

    /// The glance, built for AVX2.
    #[inline]
    pub(crate) fn pass_avx2(
        _: HasAvx2,
        window: &[u8],
        start: usize,
        needles: &Needles,
        glance: &mut dyn Glance,
    ) -> Option<usize> {
        #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
        fn built_for_avx2(
            window: &[u8],
            start: usize,
            needles: &Needles,
            glance: &mut dyn Glance,
        ) -> Option<usize> {
            pass_with::<Avx2>(window, start, needles, glance)
        }
        // SAFETY: a `HasAvx2` is made by `detect` alone, which has seen that the machine has these features.
        unsafe { built_for_avx2(window, start, needles, glance) }
    }

    /// 32 bytes in a register. Used by `scan_avx2` and `pass_avx2` only.
    struct Avx2;

    impl View for Avx2 {
        #[inline(always)]
        fn block(bytes: &[u8; 64]) -> Block {
            // SAFETY: this runs inside `built_for_avx2` only.
            unsafe { block(bytes) }
        }

        #[inline(always)]
        fn blanks_and_controls(bytes: &[u8; 64]) -> (u64, u64) {
            // SAFETY: this runs inside `built_for_avx2` only.
            unsafe { blanks_and_controls(bytes) }
        }

        #[inline(always)]
        fn prefix_xor(bits: u64) -> u64 {
            // SAFETY: this runs inside `built_for_avx2` only.
            unsafe { prefix_xor(bits) }
        }

        #[inline(always)]
        fn outline(chunk: &Chunk, prints: &Prints) -> Outline {
            // SAFETY: this runs inside `built_for_avx2` only.
            unsafe { outline(chunk, prints) }
        }

        #[inline(always)]
        fn controls(chunk: &Chunk) -> u64 {
            // SAFETY: this runs inside `built_for_avx2` only.
            unsafe { blanks_and_controls(block_of(chunk)).1 }
        }

        #[inline(always)]
        fn letters_u(chunk: &Chunk) -> u64 {
            // SAFETY: this runs inside `built_for_avx2` only.
            unsafe { equal(load(block_of(chunk)), b'u') }
        }

        #[inline(always)]
        fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
            // SAFETY: this runs inside `built_for_avx2` only.
            unsafe { quote_or_backslash(bytes) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
        if let Some(first) = bytes.first_chunk::<32>() {
            // SAFETY: the load is inside the 32 bytes and needs no alignment.
            let first = unsafe { _mm256_loadu_si256(first.as_ptr().cast()) };
            let quotes = _mm256_cmpeq_epi8(first, _mm256_set1_epi8(b'"'.cast_signed()));
            let backslashes = _mm256_cmpeq_epi8(first, _mm256_set1_epi8(b'\\'.cast_signed()));
            let found = half_mask(_mm256_or_si256(quotes, backslashes));
            if found != 0 {
                return Some(found.trailing_zeros() as usize);
            }
        }
        memchr::memchr2(b'"', b'\\', bytes)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    #[expect(clippy::cast_ptr_alignment, reason = "these loads need no alignment")]
    fn load(bytes: &[u8; 64]) -> [__m256i; 2] {
        let pointer = bytes.as_ptr().cast::<__m256i>();
        // SAFETY: both loads are inside the 64 bytes and need no alignment.
        unsafe { [_mm256_loadu_si256(pointer), _mm256_loadu_si256(pointer.add(1))] }
    }

    /// The highest bit of each byte of 64.
    ///
    /// This is `_mm256_movemask_epi8` twice, but unknown to the optimiser, which turns a mask that is combined with
    /// others back into a vector of single bits and takes them apart one by one (the scan ran at half its speed).
    #[inline]
    #[target_feature(enable = "avx2")]
    fn mask([low, high]: [__m256i; 2]) -> u64 {
        let mask: u64;
        // SAFETY: reads registers, writes registers, and AVX2 is there.
        unsafe {
            std::arch::asm!(
                "vpmovmskb {mask:e}, {low}",
                "vpmovmskb {upper:e}, {high}",
                "shl {upper}, 32",
                "or {mask}, {upper}",
                low = in(ymm_reg) low,
                high = in(ymm_reg) high,
                mask = out(reg) mask,
                upper = out(reg) _,
                options(pure, nomem, nostack),
            );
        }
        mask
    }

    /// The same of 32 bytes.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half_mask(bytes: __m256i) -> u64 {
        let mask: u32;
        // SAFETY: reads a register, writes a register, and AVX2 is there.
        unsafe {
            std::arch::asm!(
                "vpmovmskb {mask:e}, {bytes}",
                bytes = in(ymm_reg) bytes,
                mask = lateout(reg) mask,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        u64::from(mask)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn equal([low, high]: [__m256i; 2], byte: u8) -> u64 {
        let all = _mm256_set1_epi8(byte.cast_signed());
        mask([_mm256_cmpeq_epi8(low, all), _mm256_cmpeq_epi8(high, all)])
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn block(bytes: &[u8; 64]) -> Block {
        let [low, high] = load(bytes);
        let both = [low, high];
        // `[` and `]` are `{` and `}` without this bit.
        let case = _mm256_set1_epi8(0x20);
        let braces = [_mm256_or_si256(low, case), _mm256_or_si256(high, case)];
        // As signed numbers, bytes above ASCII are below all others.
        let unusual = _mm256_or_si256(_mm256_cmpgt_epi8(case, low), _mm256_cmpgt_epi8(case, high));
        Block {
            quotes: equal(both, b'"'),
            backslashes: equal(both, b'\\'),
            colons: equal(both, b':'),
            commas: equal(both, b','),
            opens: equal(braces, b'{'),
            closes: equal(braces, b'}'),
            unusual: half_mask(unusual),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn blanks_and_controls(bytes: &[u8; 64]) -> (u64, u64) {
        let both = load(bytes);
        let blanks = equal(both, b' ') | equal(both, b'\t') | equal(both, b'\n') | equal(both, b'\r');
        let last = _mm256_set1_epi8(0x1f);
        let controls = both.map(|half| _mm256_cmpeq_epi8(_mm256_min_epu8(half, last), half));
        (blanks, mask(controls))
    }

    #[inline]
    #[target_feature(enable = "avx2,pclmulqdq")]
    fn prefix_xor(bits: u64) -> u64 {
        // Multiplying by all ones without carries adds up all lower bits.
        let product = _mm_clmulepi64_si128(_mm_set_epi64x(0, bits.cast_signed()), _mm_set1_epi8(-1), 0);
        _mm_cvtsi128_si64(product).cast_unsigned()
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn outline(chunk: &Chunk, prints: &Prints) -> Outline {
        let [low, high] = load(block_of(chunk));
        let both = [low, high];
        let quote = _mm256_set1_epi8(b'"'.cast_signed());
        let quotes = [_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote)];
        // `[` and `]` are `{` and `}` without this bit.
        let case = _mm256_set1_epi8(0x20);
        let braces = [_mm256_or_si256(low, case), _mm256_or_si256(high, case)];
        // A table's index is a byte's lower half, if the byte is ASCII; else nothing is found, and no needle has one.
        let mut found = quotes;
        for (print, offset) in prints.iter().zip(OFFSETS) {
            // SAFETY: the load is inside the 16 bytes and needs no alignment.
            let print = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(print.as_ptr().cast()) });
            let [low, high] = load(before(chunk, offset));
            found[0] = _mm256_and_si256(found[0], _mm256_shuffle_epi8(print, low));
            found[1] = _mm256_and_si256(found[1], _mm256_shuffle_epi8(print, high));
        }
        let none = _mm256_setzero_si256();
        let ends = if half_mask(_mm256_cmpeq_epi8(_mm256_or_si256(found[0], found[1]), none)) == 0xffff_ffff {
            0
        } else {
            !mask(found.map(|half| _mm256_cmpeq_epi8(half, none)))
        };
        let lowest = _mm256_min_epu8(low, high);
        let control = _mm256_cmpeq_epi8(_mm256_min_epu8(lowest, _mm256_set1_epi8(0x1f)), lowest);
        Outline {
            quotes: mask(quotes),
            backslashes: equal(both, b'\\'),
            opens: equal(braces, b'{'),
            closes: equal(braces, b'}'),
            ends,
            has_controls: half_mask(control) != 0,
        }
    }
}
