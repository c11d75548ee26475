//! Which of any number of conditions a record could meet, told from the few fields that decide for most of them.
//!
//! Each field has an index of its own: from a value to the conditions it does not rule out, a bit each. What a value said is
//! remembered, so that a condition costs nothing on records it cannot match, but for its bit.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use trailbell_json::Wanted;

use crate::condition::Condition;
use crate::fields::{Fields, PATHS};

/// Values of a field that are remembered. Names of events repeat; what a stranger can choose at will must not fill memory.
const MOST_REMEMBERED: usize = 8192;
/// The longest value that is remembered, in bytes.
const LONGEST_REMEMBERED: usize = 256;
/// What no record has: a field at which a condition could match this one does not find the condition.
const PROBE: &str = "\u{1}no such value\u{1}";

/// Conditions, found by what they could match.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<Entry>,
    /// The fields that rule anything out, each with its place in [`PATHS`], those that rule out most first.
    fields: Vec<(usize, FieldIndex)>,
}

/// One of the conditions.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The place of its rule in the rule set.
    pub(crate) rule: usize,
    pub(crate) condition: Arc<Condition>,
    /// The members of a record it looks at; `None` where it needs the text.
    pub(crate) wanted: Option<Wanted>,
}

/// What one field says of the conditions.
#[derive(Debug)]
struct FieldIndex {
    /// Those of which it says nothing.
    open: Bits,
    /// Those it leaves where it is missing or `null`.
    without: Bits,
    /// Those that ask for one of some texts, by the text.
    exact: FxHashMap<Box<str>, Vec<usize>>,
    /// Those that have to be asked.
    asked: Vec<usize>,
}

/// A set of conditions, by their places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bits(Box<[u64]>);

impl Bits {
    fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)].into())
    }

    fn all(count: usize) -> Self {
        let mut bits = Self::none(count);
        (0..count).for_each(|place| bits.set(place));
        bits
    }

    fn set(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Keeps what is in both; says whether anything is left.
    fn keep(&mut self, other: &Self) -> bool {
        let mut any = 0;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
            any |= *word;
        }
        any != 0
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

/// What one thread remembers of the values it has met.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    fields: Vec<FxHashMap<Box<str>, Bits>>,
    left: Bits,
}

impl Memory {
    /// Whether a value is remembered beside so many others.
    pub(crate) const fn has_room(others: usize, value: &str) -> bool {
        value.len() <= LONGEST_REMEMBERED && others < MOST_REMEMBERED
    }
}

impl Index {
    pub(crate) fn new(conditions: impl Iterator<Item = (usize, Arc<Condition>)>) -> Self {
        let entries: Vec<Entry> = conditions
            .map(|(rule, condition)| Entry { rule, wanted: condition.wanted(), condition })
            .collect();
        let mut fields: Vec<(usize, FieldIndex)> = PATHS
            .iter()
            .enumerate()
            .map(|(place, path)| (place, FieldIndex::new(&entries, path)))
            .filter(|(_, index)| !index.exact.is_empty() || !index.asked.is_empty())
            .collect();
        fields.sort_by_key(|(_, index)| index.open.count());
        Self { entries, fields }
    }

    /// The conditions that a record with these fields could meet, `None` where there are none; all of them, where nothing is
    /// known of the fields.
    pub(crate) fn candidates<'m>(
        &self,
        fields: Option<&Fields<'_>>,
        memory: &'m mut Memory,
    ) -> Option<&'m Bits> {
        if self.entries.is_empty() {
            return None;
        }
        let Memory { fields: remembered, left } = memory;
        let Some(values) = fields.map(Fields::values) else {
            *left = Bits::all(self.entries.len());
            return Some(left);
        };
        remembered.resize_with(self.fields.len(), FxHashMap::default);
        let mut is_first = true;
        for ((place, index), remembered) in self.fields.iter().zip(remembered) {
            let leaves = |bits: &Bits, left: &mut Bits| {
                if is_first {
                    left.clone_from(bits);
                    bits.0.iter().any(|word| *word != 0)
                } else {
                    left.keep(bits)
                }
            };
            let any = match values[*place] {
                None => leaves(&index.without, left),
                Some(value) => {
                    if let Some(bits) = remembered.get(value) {
                        leaves(bits, left)
                    } else {
                        let bits = index.of(&self.entries, PATHS[*place], value);
                        let any = leaves(&bits, left);
                        if Memory::has_room(remembered.len(), value) {
                            remembered.insert(value.into(), bits);
                        }
                        any
                    }
                }
            };
            if !any {
                return None;
            }
            is_first = false;
        }
        if is_first {
            *left = Bits::all(self.entries.len());
        }
        Some(left)
    }
}

impl Index {
    /// Whether only some strings at that path of [`PATHS`] let the condition hold, and nothing else that may be there.
    pub(crate) fn is_pinned(&self, path: usize, place: usize) -> bool {
        let index = self.fields.iter().find(|(of, _)| *of == path).map(|(_, index)| index);
        let is_open_to_any = |condition: &Condition| condition.could_match(PATHS[path], Some(PROBE));
        index.is_some_and(|index| !index.open.has(place) && !index.without.has(place))
            && self.entries.get(place).is_some_and(|entry| !is_open_to_any(&entry.condition))
    }

    /// Whether the condition could hold of a record with that string at a path of [`PATHS`].
    pub(crate) fn could_match(&self, path: usize, place: usize, value: &str) -> bool {
        self.entries.get(place).is_some_and(|entry| entry.condition.could_match(PATHS[path], Some(value)))
    }
}

impl FieldIndex {
    fn new(entries: &[Entry], path: &[&str]) -> Self {
        let mut open = Bits::none(entries.len());
        let mut without = Bits::none(entries.len());
        let mut exact: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        let mut asked = Vec::new();
        for (place, Entry { condition, .. }) in entries.iter().enumerate() {
            let leaves_without = condition.could_match(path, None);
            if leaves_without {
                without.set(place);
            }
            if let Some(texts) = condition.texts(path) {
                for text in texts {
                    exact.entry(text).or_default().push(place);
                }
            } else if leaves_without && condition.could_match(path, Some(PROBE)) {
                open.set(place);
            } else {
                asked.push(place);
            }
        }
        Self { open, without, exact, asked }
    }

    /// Those that a value leaves.
    fn of(&self, entries: &[Entry], path: &[&str], value: &str) -> Bits {
        let mut bits = self.open.clone();
        for place in self.exact.get(value).into_iter().flatten() {
            bits.set(*place);
        }
        for place in &self.asked {
            if entries.get(*place).is_some_and(|entry| entry.condition.could_match(path, Some(value))) {
                bits.set(*place);
            }
        }
        bits
    }
}
