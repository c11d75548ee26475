//! Correlations at work: the matches of rules in the order in which they come, and what they add up to.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use trailbell_json::Json;
use trailbell_text::stable_hash;

use crate::correlation::{CorrelationRule, CorrelationType};
use crate::group::{Group, Mark};
use crate::header::Header;
use crate::kept::KeptGroup;
use crate::rule::Rule;

/// Groups that one correlation keeps; of more, the one whose last event is the oldest is forgotten.
pub const MAX_GROUPS: usize = 20_000;

/// Events that one correlation keeps in all its groups; of more, the group whose last event is the oldest is forgotten.
pub const MAX_EVENTS: usize = 100_000;

/// How much one correlation keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Groups.
    pub groups: usize,
    /// Events in all its groups. A group by itself has at most about twice [`crate::MAX_COUNT`].
    pub events: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { groups: MAX_GROUPS, events: MAX_EVENTS }
    }
}

/// What correlations have seen so far.
#[derive(Debug)]
pub struct Correlation {
    rules: Vec<CorrelationRule>,
    /// Indexes into `rules`, each behind those that it refers to.
    order: Vec<usize>,
    states: Vec<State>,
    bounds: Bounds,
    forgotten: u64,
    /// The groups that have changed, each by its rule and its key; `None` where nobody asks for them.
    changes: Option<BTreeSet<(usize, Vec<String>)>>,
}

/// A group that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupChange {
    /// The index of its correlation in [`Correlation::rules`].
    pub rule: usize,
    /// The values that all of its events have where the correlation groups.
    pub key: Vec<String>,
    /// How it stands; `None` where it is forgotten.
    pub kept: Option<KeptGroup>,
}

/// A correlation whose condition has begun to hold in a group. It tells so again only when an event has come with which
/// it did not hold, or none for the correlation's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// Its index in [`Correlation::rules`].
    pub rule: usize,
    /// The fields or aliases it groups by, and the values that all events have there.
    pub group: Vec<(String, String)>,
    /// Events, values or rules counted.
    pub count: u64,
    /// The time of the first that was counted; of equal values or rules the last one is.
    pub first: Timestamp,
    /// The time of the last that was counted.
    pub last: Timestamp,
}

/// Correlations that refer to one another in a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Their indexes among the rules that were given.
    pub rules: Vec<usize>,
    /// Their titles.
    pub titles: Vec<String>,
}

impl std::fmt::Display for Cycle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "these correlations refer to one another in a circle: {}", self.titles.join(", "))
    }
}

impl std::error::Error for Cycle {}

#[derive(Debug, Default)]
struct State {
    groups: HashMap<Vec<String>, Group>,
    /// The groups by the time of their last event.
    by_age: BTreeSet<(Timestamp, Vec<String>)>,
    events: usize,
}

impl Correlation {
    /// Correlations that have seen nothing yet.
    ///
    /// # Errors
    /// Where they refer to one another in a circle.
    pub fn new(rules: Vec<CorrelationRule>) -> Result<Self, Cycle> {
        let order = order(&rules)?;
        let states = rules.iter().map(|_| State::default()).collect();
        Ok(Self { rules, order, states, bounds: Bounds::default(), forgotten: 0, changes: None })
    }

    /// Those whose memory is to last elsewhere: they keep no more than `bounds`, and [`Correlation::take_changes`] says what has
    /// changed.
    ///
    /// # Errors
    /// As [`Correlation::new`].
    pub fn lasting(rules: Vec<CorrelationRule>, bounds: Bounds) -> Result<Self, Cycle> {
        Ok(Self { bounds, changes: Some(BTreeSet::new()), ..Self::new(rules)? })
    }

    /// The correlations, as they were given.
    pub fn rules(&self) -> &[CorrelationRule] {
        &self.rules
    }

    /// How many counted events were forgotten because there were more than the bounds allow.
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// What each correlation names that is neither one of `rules` nor a correlation here: its index and the name.
    pub fn unknown<'c>(&'c self, rules: &[&Rule]) -> Vec<(usize, &'c str)> {
        let is_known = |reference: &str| {
            rules.iter().any(|rule| rule.header.is_called(reference))
                || self.rules.iter().any(|rule| rule.header.is_called(reference))
        };
        let all = self.rules.iter().enumerate();
        all.flat_map(|(index, rule)| rule.rules.iter().map(move |name| (index, name.as_str())))
            .filter(|(_, name)| !is_known(name))
            .collect()
    }

    /// Takes an event, its time and the rules it met, and tells which correlations begin to hold with it. A correlation that
    /// does is met itself, for those that refer to it.
    ///
    /// An event may come late: it is put in its place. One that is more than the correlation's time behind the newest one of its
    /// group counts together with what else came that late, beside the present.
    pub fn take(&mut self, time: Timestamp, met: &[&Rule], event: &Json) -> Vec<Fired> {
        let mut fired: Vec<Fired> = Vec::new();
        if met.is_empty() {
            return fired;
        }
        for &index in &self.order {
            let (Some(rule), Some(state)) = (self.rules.get(index), self.states.get_mut(index)) else {
                continue;
            };
            let fired_before =
                fired.iter().filter_map(|fired| self.rules.get(fired.rule)).map(|rule| &rule.header);
            let all_met: Vec<&Header> = met.iter().map(|rule| &rule.header).chain(fired_before).collect();
            let mut counted: BTreeSet<(Vec<String>, Mark)> = BTreeSet::new();
            for (position, reference) in rule.rules.iter().enumerate() {
                for header in all_met.iter().filter(|header| header.is_called(reference)) {
                    counted.extend(what_counts(rule, position, header, event));
                }
            }
            let mut by_group: Vec<(Vec<String>, Vec<Mark>)> = Vec::new();
            for (key, mark) in counted {
                match by_group.last_mut() {
                    Some((last, marks)) if *last == key => marks.push(mark),
                    _ => by_group.push((key, vec![mark])),
                }
            }
            for (key, marks) in by_group {
                if let Some((count, first, last)) = state.count(rule, time, &key, &marks) {
                    let group = rule.group_by.iter().cloned().zip(key.iter().cloned()).collect();
                    fired.push(Fired { rule: index, group, count, first, last });
                }
                note(&mut self.changes, index, key);
            }
            self.forgotten += state.keep_within(self.bounds, |key| note(&mut self.changes, index, key));
        }
        fired
    }

    /// Forgets the groups nothing of which could be counted with an event of that time or a later one.
    pub fn forget_before(&mut self, time: Timestamp) {
        for (index, (rule, state)) in self.rules.iter().zip(&mut self.states).enumerate() {
            let before = time.saturating_sub(rule.timespan).unwrap_or(Timestamp::MIN);
            while state.by_age.first().is_some_and(|(last, _)| *last < before) {
                let Some(key) = state.forget_oldest().map(|(key, _)| key) else { break };
                note(&mut self.changes, index, key);
            }
        }
    }

    /// The groups that have changed since it was asked last, of those made with [`Correlation::lasting`].
    pub fn take_changes(&mut self) -> Vec<GroupChange> {
        let changes = self.changes.as_mut().map(std::mem::take).unwrap_or_default();
        let kept = |rule: usize, key: &Vec<String>| {
            let group = self.states.get(rule)?.groups.get(key)?;
            Some(KeptGroup::of(self.rules.get(rule)?, key, group))
        };
        changes.into_iter().map(|(rule, key)| GroupChange { rule, kept: kept(rule, &key), key }).collect()
    }

    /// Goes on where a group of the correlation with that index stood. Whether it does: what is of another
    /// [`CorrelationRule::fingerprint`], or not whole, is not taken.
    pub fn resume(&mut self, rule: usize, kept: KeptGroup) -> bool {
        let (Some(correlation), Some(state)) = (self.rules.get(rule), self.states.get_mut(rule)) else {
            return false;
        };
        let Some((key, group)) = kept.into_group(correlation) else { return false };
        state.take_out(&key);
        state.put_in(key, group);
        self.forgotten += state.keep_within(self.bounds, |key| note(&mut self.changes, rule, key));
        true
    }
}

fn note(changes: &mut Option<BTreeSet<(usize, Vec<String>)>>, rule: usize, key: Vec<String>) {
    if let Some(changes) = changes {
        changes.insert((rule, key));
    }
}

/// The indexes of correlations, each behind those that it refers to.
fn order(rules: &[CorrelationRule]) -> Result<Vec<usize>, Cycle> {
    let refers = |one: usize, other: usize| {
        rules.get(one).zip(rules.get(other)).is_some_and(|(one, other)| one.refers_to_correlation(other))
    };
    let mut order: Vec<usize> = Vec::with_capacity(rules.len());
    let mut left: Vec<usize> = (0..rules.len()).collect();
    while !left.is_empty() {
        let (later, ready): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|one| left.iter().any(|other| refers(**one, *other)));
        if ready.is_empty() {
            return Err(circle(left, refers, rules));
        }
        order.extend(ready);
        left = later;
    }
    Ok(order)
}

/// Of correlations each of which refers to another, those that something in the circle refers to as well.
fn circle(mut left: Vec<usize>, refers: impl Fn(usize, usize) -> bool, rules: &[CorrelationRule]) -> Cycle {
    loop {
        let of_it: Vec<usize> =
            left.iter().copied().filter(|one| left.iter().any(|other| refers(*other, *one))).collect();
        if of_it.len() == left.len() {
            let titles = left.iter().filter_map(|index| rules.get(*index));
            return Cycle { titles: titles.map(|rule| rule.title().to_owned()).collect(), rules: left };
        }
        left = of_it;
    }
}

/// The group an event belongs to and what counts of it, for the rule at this place of the correlation's list.
fn what_counts(
    rule: &CorrelationRule,
    position: usize,
    met: &Header,
    event: &Json,
) -> Option<(Vec<String>, Mark)> {
    let key = rule.values(&rule.group_by, met, event)?;
    let mark = match rule.kind {
        CorrelationType::EventCount => Mark::Event,
        CorrelationType::ValueCount => {
            let values = rule.values(&rule.fields, met, event)?;
            Mark::Values(stable_hash(&values.iter().map(String::as_str).collect::<Vec<_>>()))
        }
        CorrelationType::Temporal | CorrelationType::TemporalOrdered => Mark::Rule(position),
    };
    Some((key, mark))
}

impl State {
    /// Counts marks of one event in a group; the count with the first and the last time where the condition begins to hold.
    fn count(
        &mut self,
        rule: &CorrelationRule,
        time: Timestamp,
        key: &[String],
        marks: &[Mark],
    ) -> Option<(u64, Timestamp, Timestamp)> {
        let mut group = self.take_out(key).unwrap_or_default();
        let outcome = group.take(rule, time, marks);
        self.put_in(key.to_vec(), group);
        outcome
    }

    fn take_out(&mut self, key: &[String]) -> Option<Group> {
        let group = self.groups.remove(key)?;
        self.events -= group.len();
        if let Some(last) = group.newest() {
            self.by_age.remove(&(last, key.to_vec()));
        }
        Some(group)
    }

    fn put_in(&mut self, key: Vec<String>, group: Group) {
        if let Some(last) = group.newest() {
            self.by_age.insert((last, key.clone()));
            self.events += group.len();
            self.groups.insert(key, group);
        }
    }

    /// Forgets the group whose last event is the oldest: which one, and of how many events.
    fn forget_oldest(&mut self) -> Option<(Vec<String>, usize)> {
        let (_, key) = self.by_age.pop_first()?;
        let events = self.groups.remove(&key).map_or(0, |group| group.len());
        self.events -= events;
        Some((key, events))
    }

    /// How many events are forgotten for there to be no more than the bounds allow.
    fn keep_within(&mut self, bounds: Bounds, mut forgets: impl FnMut(Vec<String>)) -> u64 {
        let mut forgotten = 0;
        while self.events > bounds.events || self.groups.len() > bounds.groups {
            let Some((key, events)) = self.forget_oldest() else { break };
            forgotten += u64::try_from(events).unwrap_or(u64::MAX);
            forgets(key);
        }
        forgotten
    }
}
