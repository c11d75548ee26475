//! Which of any number of conditions a record could meet, told field by field.
//!
//! Each field that conditions pin has an index of its own: from a value to the conditions it does not rule out, a bit each. The
//! few fields that the scan finds in passing come first; others that several conditions pin are asked of what was read of the
//! record since. What a value said is remembered, so that a condition costs nothing on records it cannot match, but for its bit.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use trailbell_json::{Json, Wanted};

use crate::bits::Bits;
use crate::condition::Condition;
use crate::fields::{Fields, Odd, PATHS, only};

/// Values of a field that are remembered. Names of events repeat; what a stranger can choose at will must not fill memory.
const MOST_REMEMBERED: usize = 8192;
/// The longest value that is remembered, in bytes.
const LONGEST_REMEMBERED: usize = 256;
/// What no record has: a field at which a condition could match this one does not find the condition.
const PROBE: &str = "\u{1}no such value\u{1}";
/// A field that fewer conditions pin is not worth an index of its own: they are asked.
const FEWEST: usize = 4;

/// Conditions, found by what they could match.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<Entry>,
    /// Of the fields that the scan finds, in the order of [`PATHS`].
    scanned: Vec<FieldIndex>,
    /// Those of them that rule anything out, those that rule out most first.
    order: Vec<usize>,
    /// Of other fields.
    read: Vec<FieldIndex>,
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
    path: Vec<String>,
    /// Those of which it says nothing.
    open: Bits,
    /// Those it leaves where it is missing or `null`.
    without: Bits,
    /// Those of which only some strings are left, whatever else may be there.
    pinned: Bits,
    /// Those that ask for one of some texts, by the text.
    exact: FxHashMap<Box<str>, Vec<usize>>,
    /// The same in any case, by the text in lower case.
    folded: FxHashMap<Box<str>, Vec<usize>>,
    /// Those that have to be asked.
    asked: Vec<usize>,
}

/// What one thread remembers of the values it has met.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    scanned: Remembered,
    read: Remembered,
    left: Bits,
    /// What the conditions that were left look at, all together.
    wanted: FxHashMap<Bits, Wanted>,
}

/// What the values of each field left.
type Remembered = Vec<FxHashMap<Box<str>, Bits>>;

impl Memory {
    /// Whether a value is remembered beside so many others.
    pub(crate) const fn has_room(others: usize, value: &str) -> bool {
        value.len() <= LONGEST_REMEMBERED && others < MOST_REMEMBERED
    }

    /// The places of the conditions that are left, ascending.
    pub(crate) fn left(&self) -> impl Iterator<Item = usize> + '_ {
        self.left.places()
    }
}

impl Index {
    pub(crate) fn new(conditions: impl Iterator<Item = (usize, Arc<Condition>)>) -> Self {
        let entries: Vec<Entry> = conditions
            .map(|(rule, condition)| Entry { rule, wanted: condition.wanted(), condition })
            .collect();
        let owned = |path: &[&str]| path.iter().map(|name| (*name).to_owned()).collect();
        let scanned: Vec<FieldIndex> =
            PATHS.iter().map(|path| FieldIndex::new(&entries, owned(path))).collect();
        let mut order: Vec<usize> = (0..scanned.len()).filter(|at| scanned[*at].rules_out()).collect();
        order.sort_by_key(|at| scanned[*at].open.count());
        let mut counts: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
        for entry in &entries {
            let mut paths = entry.condition.paths();
            paths.sort_unstable();
            paths.dedup();
            for path in paths {
                *counts.entry(path).or_default() += 1;
            }
        }
        let read = counts
            .into_iter()
            .filter(|(path, count)| *count >= FEWEST && !PATHS.contains(&path.as_slice()))
            .map(|(path, _)| FieldIndex::new(&entries, owned(&path)))
            .filter(|index| index.open.count() as usize + FEWEST <= entries.len())
            .collect();
        Self { entries, scanned, order, read }
    }

    /// Leaves in `memory` the conditions that a record with these fields could meet, all of them where nothing is known of the
    /// fields; says whether there are any.
    pub(crate) fn by_fields(&self, fields: Option<&Fields<'_>>, memory: &mut Memory) -> bool {
        let Memory { scanned, left, .. } = memory;
        left.fill(self.entries.len());
        let Some(values) = fields.map(Fields::values) else { return !self.entries.is_empty() };
        scanned.resize_with(self.scanned.len(), FxHashMap::default);
        let mut any = !self.entries.is_empty();
        for at in &self.order {
            any = any && self.scanned[*at].keep(&self.entries, values[*at], &mut scanned[*at], left);
        }
        any
    }

    /// What those that are left look at; nothing for those that need the text.
    pub(crate) fn wanted<'m>(&'m self, memory: &'m mut Memory) -> Option<&'m Wanted> {
        let Memory { left, wanted, .. } = memory;
        if !wanted.contains_key(left) {
            if wanted.len() >= MOST_REMEMBERED {
                wanted.clear();
            }
            let mut all = Wanted::default();
            for entry in left.places().filter_map(|place| self.entries.get(place)) {
                entry.wanted.iter().for_each(|wanted| all.merge(wanted));
            }
            wanted.insert(left.clone(), all);
        }
        wanted.get(left)
    }

    /// Takes from those that are left what the members rule out that were read of the record.
    pub(crate) fn by_members(&self, part: &Json, memory: &mut Memory) {
        let Memory { read, left, .. } = memory;
        read.resize_with(self.read.len(), FxHashMap::default);
        for (index, remembered) in self.read.iter().zip(read) {
            if left.count() < 2 {
                return;
            }
            // Where none that is left pins the field, it need not be looked up, and may not have been read.
            if !left.is_within(&index.open)
                && let Ok(value) = string_at(part, &index.path)
            {
                index.keep(&self.entries, value, remembered, left);
            }
        }
    }

    /// Whether only some strings at that path of [`PATHS`] let the condition hold, and nothing else that may be there.
    pub(crate) fn is_pinned(&self, path: usize, place: usize) -> bool {
        self.scanned.get(path).is_some_and(|index| index.pinned.has(place))
    }

    /// Whether one of some conditions could hold of a record with that string at a path of [`PATHS`].
    pub(crate) fn any_could_match(&self, path: usize, places: &Bits, value: &str) -> bool {
        self.scanned.get(path).is_some_and(|index| index.of(&self.entries, value).keep(places))
    }
}

/// The string at a path of the one member each; nothing where it is missing or `null`.
fn string_at<'j>(part: &'j Json, path: &[String]) -> Result<Option<&'j str>, Odd> {
    let mut at = part;
    for name in path {
        let members = match at {
            Json::Object(members) => members,
            Json::Null => return Ok(None),
            _ => return Err(Odd),
        };
        // It may be read as a path.
        if members.iter().any(|(name, _)| name.contains('.')) {
            return Err(Odd);
        }
        match only(members, name)? {
            Some(value) => at = value,
            None => return Ok(None),
        }
    }
    match at {
        Json::Null => Ok(None),
        Json::String(text) => Ok(Some(text)),
        _ => Err(Odd),
    }
}

impl FieldIndex {
    fn new(entries: &[Entry], path: Vec<String>) -> Self {
        let count = entries.len();
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let (mut open, mut without, mut pinned) = (Bits::none(count), Bits::none(count), Bits::none(count));
        let mut exact: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        let mut folded: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        let mut asked = Vec::new();
        for (place, Entry { condition, .. }) in entries.iter().enumerate() {
            let leaves_without = condition.could_match(&names, None);
            let leaves_any = condition.could_match(&names, Some(PROBE));
            if leaves_without {
                without.set(place);
            }
            if !leaves_without && !leaves_any {
                pinned.set(place);
            }
            if let Some(texts) = condition.texts(&names) {
                for text in texts {
                    exact.entry(text).or_default().push(place);
                }
            } else if let Some(texts) = condition.texts_in_any_case(&names) {
                for text in texts {
                    folded.entry(text).or_default().push(place);
                }
            } else if leaves_without && leaves_any {
                open.set(place);
            } else {
                asked.push(place);
            }
        }
        Self { path, open, without, pinned, exact, folded, asked }
    }

    /// Whether it ever rules out any.
    fn rules_out(&self) -> bool {
        !self.exact.is_empty() || !self.folded.is_empty() || !self.asked.is_empty()
    }

    /// Keeps of `left` what the value leaves; says whether that is any.
    fn keep(
        &self,
        entries: &[Entry],
        value: Option<&str>,
        remembered: &mut FxHashMap<Box<str>, Bits>,
        left: &mut Bits,
    ) -> bool {
        let Some(value) = value else { return left.keep(&self.without) };
        if let Some(bits) = remembered.get(value) {
            return left.keep(bits);
        }
        let bits = self.of(entries, value);
        let any = left.keep(&bits);
        if Memory::has_room(remembered.len(), value) {
            remembered.insert(value.into(), bits);
        }
        any
    }

    /// Those that a value leaves.
    fn of(&self, entries: &[Entry], value: &str) -> Bits {
        let names: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let mut bits = self.open.clone();
        for place in self.exact.get(value).into_iter().flatten() {
            bits.set(*place);
        }
        if !self.folded.is_empty() {
            for place in self.folded.get(&*trailbell_sigma::lower(value)).into_iter().flatten() {
                bits.set(*place);
            }
        }
        for place in &self.asked {
            if entries.get(*place).is_some_and(|entry| entry.condition.could_match(&names, Some(value))) {
                bits.set(*place);
            }
        }
        bits
    }
}
