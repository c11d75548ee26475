//! Which of any number of conditions a record could meet, told field by field.
//!
//! Each field that conditions pin has an index of its own: from a value to the conditions it does not rule out, a bit each. The
//! few fields that the scan finds in passing come first; others are asked of what was read of the
//! record since. What a value said is remembered, so that a condition costs nothing on records it cannot match, but for its bit.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use trailbell_json::{Json, StringAt, StringPaths, Wanted};

use crate::bits::Bits;
use crate::condition::{Condition, FieldPath};
use crate::fields::{Fields, Odd, PATHS, only};

/// Values of a field that are remembered. Names of events repeat; what a stranger can choose at will must not fill memory.
const MOST_REMEMBERED: usize = 2048;
/// Values that are looked up before it is said that they do not repeat.
const TRIED: u64 = 1024;
/// The longest value that is remembered, in bytes.
const LONGEST_REMEMBERED: usize = 256;
/// What no record has: a field at which a condition could match this one does not find the condition.
const PROBE: &str = "\u{1}no such value\u{1}";

/// Conditions, found by what they could match.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<Entry>,
    /// First those that the scan finds, in the order of [`PATHS`]; then others that conditions look at.
    fields: Vec<FieldIndex>,
    /// Those that the scan finds and that rule anything out, those that rule out most first.
    order: Vec<usize>,
    /// The paths of all fields, in their order.
    strings: StringPaths,
}

/// One of the conditions.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The place of its rule in the rule set.
    pub(crate) rule: usize,
    pub(crate) condition: Arc<Condition>,
    /// The members of a record it looks at; `None` where it needs the text.
    pub(crate) wanted: Option<Wanted>,
    /// Whether the strings at its paths decide whether it holds, where all of them are strings.
    is_decided: bool,
    /// The places of those fields; `None` where it is not decided so.
    decided_by: Option<Vec<usize>>,
}

/// What one field says of the conditions.
#[derive(Debug)]
pub(crate) struct FieldIndex {
    pub(crate) path: FieldPath,
    /// Those of which it says nothing.
    open: Bits,
    /// Those it leaves where it is missing or `null`.
    without: Bits,
    /// Those that only some strings leave, whatever else may be there: each of them alone.
    pub(crate) pinned: Bits,
    /// Those that ask for one of some texts, by the text.
    exact: FxHashMap<Box<str>, Vec<usize>>,
    /// The same in any case, by the text in lower case.
    folded: FxHashMap<Box<str>, Vec<usize>>,
    /// Those that have to be asked. Of one that strings decide, no string leaves it open that it does not hold of.
    asked: Vec<usize>,
}

/// What one thread remembers of the values it has met.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// What the values of each field left.
    fields: Vec<Remembered<Bits>>,
    left: Bits,
    /// What the conditions that were left look at, all together.
    wanted: FxHashMap<Bits, Wanted>,
}

/// What was found out about values that were met; about a bounded number of them.
#[derive(Debug)]
pub(crate) struct Remembered<T> {
    known: FxHashMap<Box<[u8]>, T>,
    /// How often it was asked, and how often it knew.
    asked: u64,
    knew: u64,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { known: FxHashMap::default(), asked: 0, knew: 0 }
    }
}

impl<T> Remembered<T> {
    /// Whether values come back here often enough that it pays to remember what they say. Where most of the first were new, nobody
    /// asks any more, and it stays so.
    pub(crate) const fn repeats(&self) -> bool {
        self.asked < TRIED || self.knew >= self.asked / 2
    }

    /// What `find_out` says of a value, now or when it was met before, as `take` takes it.
    pub(crate) fn of<R>(
        &mut self,
        value: &[u8],
        find_out: impl FnOnce() -> T,
        take: impl FnOnce(&T) -> R,
    ) -> R {
        self.asked += 1;
        if let Some(known) = self.known.get(value) {
            self.knew += 1;
            return take(known);
        }
        let found = find_out();
        let taken = take(&found);
        if value.len() <= LONGEST_REMEMBERED {
            // What is met often comes back soon.
            if self.known.len() >= MOST_REMEMBERED {
                self.known.clear();
            }
            self.known.insert(value.into(), found);
        }
        taken
    }
}

impl Memory {
    /// The places of the conditions that are left, ascending.
    pub(crate) fn left(&self) -> impl Iterator<Item = usize> + '_ {
        self.left.places()
    }
}

impl Index {
    pub(crate) fn new(conditions: impl Iterator<Item = (usize, Arc<Condition>)>) -> Self {
        let mut entries: Vec<Entry> = conditions
            .map(|(rule, condition)| Entry {
                rule,
                wanted: condition.wanted(),
                is_decided: condition.is_decided_by_strings(),
                condition,
                decided_by: None,
            })
            .collect();
        let mut fields: Vec<FieldIndex> = PATHS.iter().map(|path| FieldIndex::new(&entries, path)).collect();
        let mut order: Vec<usize> = (0..fields.len()).filter(|at| fields[*at].rules_out()).collect();
        order.sort_by_key(|at| fields[*at].open.count());
        let paths: BTreeSet<Vec<&str>> = entries.iter().flat_map(|entry| entry.condition.paths()).collect();
        let others = paths
            .into_iter()
            .filter(|path| !PATHS.contains(&path.as_slice()))
            .map(|path| FieldIndex::new(&entries, &path))
            .filter(FieldIndex::rules_out);
        fields.extend(others);
        for entry in entries.iter_mut().filter(|entry| entry.is_decided) {
            let place = |path: Vec<&str>| fields.iter().position(|field| field.path.names == path);
            entry.decided_by = entry.condition.paths().into_iter().map(place).collect();
        }
        let mut strings = StringPaths::default();
        for field in &fields {
            strings.add(field.path.names.iter().map(String::as_str));
        }
        Self { entries, fields, order, strings }
    }

    /// Leaves in `memory` the conditions that a record with these fields could meet, all of them where nothing is known of the
    /// fields; says whether there are any.
    pub(crate) fn by_fields(&self, fields: Option<&Fields<'_>>, memory: &mut Memory) -> bool {
        let Memory { fields: remembered, left, .. } = memory;
        left.fill(self.entries.len());
        let Some(values) = fields.map(Fields::values) else { return !self.entries.is_empty() };
        remembered.resize_with(self.fields.len(), Remembered::default);
        let mut any = !self.entries.is_empty();
        for at in &self.order {
            any = any && self.fields[*at].keep(&self.entries, values[*at], &mut remembered[*at], left);
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

    /// Takes from those that are left what the strings of a record rule out, if its text can be gone through for them. `Some` where
    /// they tell whether any of the conditions holds.
    pub(crate) fn by_strings(&self, text: &str, are_fields_known: bool, memory: &mut Memory) -> Option<bool> {
        let found = self.strings.find(text)?;
        let Memory { fields: remembered, left, .. } = memory;
        remembered.resize_with(self.fields.len(), Remembered::default);
        let fields = self.fields.iter().zip(remembered).zip(&found);
        for ((index, remembered), found) in fields.skip(if are_fields_known { PATHS.len() } else { 0 }) {
            let any = match found {
                _ if left.is_within(&index.open) => true,
                StringAt::Other => true,
                StringAt::Missing => index.keep(&self.entries, None, remembered, left),
                StringAt::Text(text) => index.keep(&self.entries, Some(text), remembered, left),
            };
            if !any {
                return Some(false);
            }
        }
        // Of what is left, each field that decides has been asked: where that was a string, it holds.
        let is_string = |place: &usize| matches!(found.get(*place), Some(StringAt::Text(_)));
        let holds = |place: usize| {
            let entry = self.entries.get(place);
            entry
                .and_then(|entry| entry.decided_by.as_ref())
                .is_some_and(|fields| fields.iter().all(is_string))
        };
        left.places().any(holds).then_some(true)
    }

    /// Takes from those that are left what the members rule out that were read of the record. Where its fields have had their say
    /// ([`Index::by_fields`]) they are not asked again.
    pub(crate) fn by_members(&self, part: &Json, are_fields_known: bool, memory: &mut Memory) {
        let Memory { fields: remembered, left, .. } = memory;
        remembered.resize_with(self.fields.len(), Remembered::default);
        for (index, remembered) in
            self.fields.iter().zip(remembered).skip(if are_fields_known { PATHS.len() } else { 0 })
        {
            // Where none that is left pins the field, it need not be looked up, and may not have been read.
            if !left.is_within(&index.open)
                && let Ok(value) = string_at(part, &index.path.names)
            {
                index.keep(&self.entries, value, remembered, left);
            }
        }
    }

    /// What each field says of the conditions: first those of [`PATHS`], in their order.
    pub(crate) fn fields(&self) -> &[FieldIndex] {
        &self.fields
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
    fn new(entries: &[Entry], names: &[&str]) -> Self {
        let count = entries.len();
        let path = FieldPath::new(names);
        let (mut open, mut without, mut pinned) = (Bits::none(count), Bits::none(count), Bits::none(count));
        let mut exact: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        let mut folded: FxHashMap<Box<str>, Vec<usize>> = FxHashMap::default();
        let mut asked = Vec::new();
        for (place, Entry { condition, is_decided, .. }) in entries.iter().enumerate() {
            let leaves_without = condition.could_match(&path, None);
            let leaves_any = condition.could_match(&path, Some(PROBE));
            if leaves_without {
                without.set(place);
            }
            if !leaves_without && !leaves_any && condition.is_met_by_one(&path) {
                pinned.set(place);
            }
            if let Some(texts) = condition.texts(&path) {
                for text in texts {
                    exact.entry(text).or_default().push(place);
                }
            } else if let Some(texts) = condition.texts_in_any_case(&path) {
                for text in texts {
                    folded.entry(text).or_default().push(place);
                }
            } else if leaves_without
                && leaves_any
                && !(*is_decided && condition.paths().iter().any(|path| path == names))
            {
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
        remembered: &mut Remembered<Bits>,
        left: &mut Bits,
    ) -> bool {
        match value {
            Some(value) if remembered.repeats() => {
                remembered.of(value.as_bytes(), || self.of(entries, value), |bits| left.keep(bits))
            }
            Some(value) => left.keep_of(&self.open, |place| self.could_match(entries, place, value)),
            None => left.keep(&self.without),
        }
    }

    /// Whether a condition could hold of a record that has this string here.
    pub(crate) fn could_match(&self, entries: &[Entry], place: usize, value: &str) -> bool {
        entries.get(place).is_some_and(|entry| entry.condition.could_match(&self.path, Some(value)))
    }

    /// Those that a value leaves.
    pub(crate) fn of(&self, entries: &[Entry], value: &str) -> Bits {
        let mut bits = self.open.clone();
        let mut asked: Vec<usize> = self.asked.clone();
        asked.extend(self.exact.get(value).into_iter().flatten());
        if !self.folded.is_empty() {
            asked.extend(self.folded.get(&*trailbell_sigma::lower(value)).into_iter().flatten());
        }
        for place in &asked {
            if self.could_match(entries, *place, value) {
                bits.set(*place);
            }
        }
        bits
    }
}
