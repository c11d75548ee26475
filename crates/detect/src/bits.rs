//! A set of small numbers, a bit each.

/// Places of conditions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// Room for so many, with none of them.
    pub(crate) fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// Becomes the set of so many.
    pub(crate) fn fill(&mut self, count: usize) {
        self.0.clear();
        self.0.resize(count.div_ceil(64), !0);
        if let (Some(last), rest @ 1..) = (self.0.last_mut(), count % 64) {
            *last = (1 << rest) - 1;
        }
    }

    /// Those of so many that are not in it.
    pub(crate) fn others(&self, count: usize) -> Self {
        let mut others = Self::default();
        others.fill(count);
        for (word, own) in others.0.iter_mut().zip(&self.0) {
            *word &= !own;
        }
        others
    }

    pub(crate) fn set(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    pub(crate) fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Keeps what is in both; says whether anything is left.
    pub(crate) fn keep(&mut self, other: &Self) -> bool {
        let mut any = 0;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
            any |= *word;
        }
        any != 0
    }

    /// Keeps what is in the other, and of the rest what `is_kept` says; says whether anything is left.
    pub(crate) fn keep_of(&mut self, other: &Self, mut is_kept: impl FnMut(usize) -> bool) -> bool {
        let mut any = 0;
        for (nth, (word, other)) in self.0.iter_mut().zip(&other.0).enumerate() {
            let mut rest = *word & !other;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if !is_kept(nth * 64 + bit) {
                    *word &= !(1 << bit);
                }
            }
            any |= *word;
        }
        any != 0
    }

    /// Whether all of it is in the other as well.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(word, other)| word & !other == 0)
    }

    /// The places, ascending.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(nth, word)| {
            let mut word = *word;
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros() as usize;
                (word != 0).then(|| {
                    word &= word - 1;
                    nth * 64 + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        for count in [0, 1, 63, 64, 65, 130] {
            let mut all = Bits::default();
            all.fill(count);
            assert!(all.places().eq(0..count), "{count}");
            let mut some = Bits::none(count);
            (0..count).step_by(3).for_each(|place| some.set(place));
            assert!(some.is_within(&all));
            assert_eq!(all.keep(&some), count > 0);
            assert_eq!(all, some);
            let others = some.others(count);
            assert!(others.places().eq((0..count).filter(|place| place % 3 != 0)));
            assert_eq!(some.count() as usize, some.places().count());
            assert!((0..count).all(|place| some.has(place) != others.has(place)));
            assert_eq!(all.keep_of(&others, |place| place % 2 == 0), count > 0);
            assert!(all.places().eq((0..count).step_by(6)));
        }
    }
}
