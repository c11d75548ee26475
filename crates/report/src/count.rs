//! Counting by severity, and counting a few things by name.

use std::ops::AddAssign;

use trailbell_text::{Phrase, Piece, Severity, Untrusted};

/// The longest text that is kept of a value, in characters; the page shows fewer.
const KEPT_CHARS: usize = 240;

/// How many of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts([u64; 5]);

impl Counts {
    pub(crate) fn add(&mut self, severity: Severity) {
        self.0[severity as usize] += 1;
    }

    pub(crate) const fn of(&self, severity: Severity) -> u64 {
        self.0[severity as usize]
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// What is worth reading now, or worth dropping everything.
    pub(crate) const fn grave(&self) -> u64 {
        self.of(Severity::Critical) + self.of(Severity::High)
    }

    /// Those alone.
    pub(crate) const fn only_grave(&self) -> Self {
        let mut grave = Self([0; 5]);
        grave.0[Severity::Critical as usize] = self.of(Severity::Critical);
        grave.0[Severity::High as usize] = self.of(Severity::High);
        grave
    }

    /// The gravest there is.
    pub(crate) fn gravest(&self) -> Option<Severity> {
        self.worst_first().map(|(severity, _)| severity).next()
    }

    /// Each severity there is with its number, the gravest first.
    pub(crate) fn worst_first(&self) -> impl Iterator<Item = (Severity, u64)> + '_ {
        Severity::ALL
            .iter()
            .rev()
            .map(|severity| (*severity, self.of(*severity)))
            .filter(|(_, count)| *count > 0)
    }

    /// Without those others, which were part of it.
    pub(crate) fn less(&self, others: &Self) -> Self {
        let mut left = *self;
        for (left, other) in left.0.iter_mut().zip(others.0) {
            *left = left.saturating_sub(other);
        }
        left
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}

/// A few things by name with their numbers; what comes when there are `N` is counted together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Few<const N: usize> {
    things: Vec<(Phrase, u64)>,
    others: u64,
}

impl<const N: usize> Few<N> {
    pub(crate) fn add(&mut self, name: &Phrase) {
        let name = clipped(name);
        let is_room = self.things.len() < N;
        match self.things.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None if is_room => self.things.push((name, 1)),
            None => self.others += 1,
        }
    }

    /// The most frequent first, of equals in the order they came.
    pub(crate) fn most_first(&self) -> Vec<(&Phrase, u64)> {
        let mut sorted: Vec<(&Phrase, u64)> =
            self.things.iter().map(|(name, count)| (name, *count)).collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        sorted
    }

    /// How often something came that is not among them.
    pub(crate) const fn others(&self) -> u64 {
        self.others
    }

    /// How many things there are.
    pub(crate) const fn len(&self) -> usize {
        self.things.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.things.is_empty()
    }
}

/// The phrase with its values no longer than is ever shown: what is kept must not grow with what somebody sends.
pub(crate) fn clipped(phrase: &Phrase) -> Phrase {
    let mut short = Phrase::new();
    for piece in phrase.pieces() {
        match piece {
            Piece::Ours(_) => short.push(piece.clone()),
            Piece::Theirs(value) => short.push(clipped_value(value)),
        };
    }
    short
}

/// The same of one value. What is longer than the page shows stays longer, so that the page can say it was cut.
pub(crate) fn clipped_value(value: &Untrusted) -> Untrusted {
    match value.raw().char_indices().nth(KEPT_CHARS) {
        None => value.clone(),
        Some((cut, _)) => Untrusted::new(&value.raw()[..cut]),
    }
}

#[cfg(test)]
mod tests {
    use trailbell_text::Channel;

    use super::*;

    #[test]
    fn beyond_a_few_names_only_the_number_is_kept() {
        let mut few = Few::<2>::default();
        for name in ["a", "b", "b", "c", "d", "a", "b"] {
            few.add(&Phrase::ours(name));
        }
        let named: Vec<(String, u64)> =
            few.most_first().into_iter().map(|(name, count)| (name.render(Channel::Plain), count)).collect();
        assert_eq!(named, [("b".to_owned(), 3), ("a".to_owned(), 2)]);
        assert_eq!(few.others(), 2);
    }

    #[test]
    fn a_value_that_was_cut_still_says_so() {
        let mut long = Phrase::new();
        long.push(Untrusted::new("あ".repeat(100_000)));
        let kept = clipped(&long);
        assert!(kept.render(Channel::Html).len() < 1000);
        assert_eq!(kept.render(Channel::Html), long.render(Channel::Html));
    }
}
