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
use crate::condition::Condition;
use crate::fields::{Fields, Odd, PATHS, only};

/// Values of a field that are remembered. Names of events repeat; what a stranger can choose at will must not fill memory.
const MOST_REMEMBERED: usize = 2048;
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
    /// The places of the fields that decide whether it holds, where all of them are strings.
    decided_by: Option<Vec<usize>>,
}

/// What one field says of the conditions.
#[derive(Debug)]
pub(crate) struct FieldIndex {
    pub(crate) path: Vec<String>,
    /// Those of which it says nothing.
    open: Bits,
    /// Those it leaves where it is missing or `null`.
    without: Bits,
    /// Those that only some strings leave, whatever else may be there.
    pub(crate) pinned: Bits,
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
    /// What the values of each field left.
    fields: Vec<Remembered<Bits>>,
    left: Bits,
    /// What the conditions that were left look at, all together.
    wanted: FxHashMap<Bits, Wanted>,
}

/// What was found out about values that were met; about a bounded number of them.
#[derive(Debug)]
pub(crate) struct Remembered<T>(FxHashMap<Box<str>, T>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<T> Remembered<T> {
    /// What `find_out` says of a value, now or when it was met before, as `take` takes it.
    pub(crate) fn of<R>(
        &mut self,
        value: &str,
        find_out: impl FnOnce() -> T,
        take: impl FnOnce(&T) -> R,
    ) -> R {
        if let Some(known) = self.0.get(value) {
            return take(known);
        }
        let found = find_out();
        let taken = take(&found);
        if value.len() <= LONGEST_REMEMBERED {
            // What is met often comes back soon.
            if self.0.len() >= MOST_REMEMBERED {
                self.0.clear();
            }
            self.0.insert(value.into(), found);
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
            .map(|(rule, condition)| Entry { rule, wanted: condition.wanted(), condition, decided_by: None })
            .collect();
        let owned = |path: &[&str]| path.iter().map(|name| (*name).to_owned()).collect();
        let mut fields: Vec<FieldIndex> =
            PATHS.iter().map(|path| FieldIndex::new(&entries, owned(path))).collect();
        let mut order: Vec<usize> = (0..fields.len()).filter(|at| fields[*at].rules_out()).collect();
        order.sort_by_key(|at| fields[*at].open.count());
        let paths: BTreeSet<Vec<&str>> = entries.iter().flat_map(|entry| entry.condition.paths()).collect();
        let others = paths
            .into_iter()
            .filter(|path| !PATHS.contains(&path.as_slice()))
            .map(|path| FieldIndex::new(&entries, owned(&path)))
            .filter(FieldIndex::rules_out);
        fields.extend(others);
        for entry in entries.iter_mut().filter(|entry| entry.condition.is_decided_by_strings()) {
            let place = |path: Vec<&str>| fields.iter().position(|field| field.path.iter().eq(&path));
            entry.decided_by = entry.condition.paths().into_iter().map(place).collect();
        }
        let mut strings = StringPaths::default();
        for field in &fields {
            strings.add(field.path.iter().map(String::as_str));
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
                StringAt::Other => true,
                StringAt::Missing => index.keep(&self.entries, None, remembered, left),
                StringAt::Text(text) => index.keep(&self.entries, Some(text), remembered, left),
            };
            if !any {
                return Some(false);
            }
        }
        let places: Vec<usize> = left.places().collect();
        for place in places {
            let Some(entry) = self.entries.get(place) else { continue };
            match self.holds_by_strings(entry, &found) {
                Some(true) => return Some(true),
                Some(false) => left.remove(place),
                None => {}
            }
        }
        left.is_empty().then_some(false)
    }

    /// Whether a condition holds; `None` where strings do not tell.
    fn holds_by_strings(&self, entry: &Entry, found: &[StringAt<'_>]) -> Option<bool> {
        let mut holds = true;
        for place in entry.decided_by.as_ref()? {
            let StringAt::Text(text) = found.get(*place)? else { return None };
            holds = holds && entry.condition.could_match(&self.fields.get(*place)?.names(), Some(text));
        }
        Some(holds)
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
                && let Ok(value) = string_at(part, &index.path)
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
    fn names(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

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
        remembered: &mut Remembered<Bits>,
        left: &mut Bits,
    ) -> bool {
        match value {
            Some(value) => remembered.of(value, || self.of(entries, value), |bits| left.keep(bits)),
            None => left.keep(&self.without),
        }
    }

    /// Those that a value leaves.
    pub(crate) fn of(&self, entries: &[Entry], value: &str) -> Bits {
        let names = self.names();
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
