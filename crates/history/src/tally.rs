//! How often rules are met, for those whose `when` counts.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::when::{Count, LONGEST_COUNT, Times, When};

/// What is counted apart at most; of more, what was met longest ago is forgotten.
const MOST_GROUPS: usize = 10_000;

/// How often rules were met lately. Its size has a bound.
#[derive(Debug, Default)]
pub struct Tally {
    groups: HashMap<String, Group>,
    by_last: BTreeSet<(Timestamp, String)>,
    changed: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Group {
    times: Times,
}

impl Tally {
    /// A rule was met: how often it was, for each of [`When::counts`] in order. `value` is what is counted apart by a count; of
    /// something that has no such value nothing is counted.
    pub fn take(
        &mut self,
        rule: &str,
        when: &When,
        at: Timestamp,
        value: impl Fn(&Count) -> Option<String>,
    ) -> Vec<u64> {
        let counts = when.counts();
        let mut numbers = Vec::with_capacity(counts.len());
        for (nth, count) in counts.into_iter().enumerate() {
            let Some(value) = value(count) else {
                numbers.push(0);
                continue;
            };
            let key = format!("{rule}/{nth}/{value}");
            let group = self.groups.entry(key.clone()).or_default();
            let before = group.times.last();
            numbers.push(group.times.take(at, count));
            self.touched(key, before);
        }
        numbers
    }

    fn touched(&mut self, key: String, before: Option<Timestamp>) {
        let last = self.groups.get(&key).and_then(|group| group.times.last());
        if let Some(before) = before {
            self.by_last.remove(&(before, key.clone()));
        }
        if let Some(last) = last {
            self.by_last.insert((last, key.clone()));
        }
        self.changed.insert(key);
        while self.groups.len() > MOST_GROUPS {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some((_, key)) = self.by_last.pop_first() else { return };
        self.groups.remove(&key);
        self.changed.insert(key);
    }

    /// Forgets what was not met for longer than anything is counted.
    pub fn forget(&mut self, now: Timestamp) {
        while self.by_last.first().is_some_and(|(last, _)| now.duration_since(*last) > LONGEST_COUNT) {
            self.forget_first();
        }
    }

    /// What has changed since the last call, for keeping; `None` where it is forgotten.
    pub fn take_changes(&mut self) -> Vec<(String, Option<String>)> {
        let changed = std::mem::take(&mut self.changed);
        changed
            .into_iter()
            .map(|key| {
                let kept = self.groups.get(&key).map(|group| group.times.write());
                (key, kept)
            })
            .collect()
    }

    /// Remembers what [`Tally::take_changes`] gave.
    pub fn restore(&mut self, key: String, kept: &str) {
        let times = Times::read(kept);
        if let Some(last) = times.last() {
            self.by_last.insert((last, key.clone()));
            self.groups.insert(key, Group { times });
        }
    }
}
