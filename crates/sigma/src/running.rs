//! Correlations at work: the matches of rules in the order in which they come, and what they add up to.

use std::collections::{BTreeSet, HashMap, VecDeque};

use jiff::Timestamp;
use trailbell_json::Json;

use crate::correlation::{CorrelationRule, CorrelationType};
use crate::header::Header;
use crate::rule::Rule;

/// Groups that one correlation keeps; of more, the one whose last event is the oldest is forgotten.
pub const MAX_GROUPS: usize = 20_000;

/// Events that one correlation keeps in all its groups; of more, the group whose last event is the oldest is forgotten.
pub const MAX_EVENTS: usize = 100_000;

/// Events that a group of `temporal_ordered` keeps.
const MAX_ORDERED: usize = 1000;

/// What correlations have seen so far.
#[derive(Debug)]
pub struct Correlation {
    rules: Vec<CorrelationRule>,
    /// Indexes into `rules`, each behind those that it refers to.
    order: Vec<usize>,
    states: Vec<State>,
    forgotten: u64,
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
    /// Their titles, and those of the correlations that refer to them.
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

#[derive(Debug, Default)]
struct Group {
    /// In the order of time.
    events: VecDeque<Counted>,
    /// Whether the condition held after the last event.
    held: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Counted {
    time: Timestamp,
    mark: Mark,
}

/// What makes one counted thing the same as another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Event,
    Values(Vec<String>),
    Rule(usize),
}

impl Correlation {
    /// Correlations that have seen nothing yet.
    ///
    /// # Errors
    /// Where they refer to one another in a circle.
    pub fn new(rules: Vec<CorrelationRule>) -> Result<Self, Cycle> {
        let refers = |one: &CorrelationRule, other: &CorrelationRule| {
            one.rules.iter().any(|reference| other.header.is_called(reference))
        };
        let mut order: Vec<usize> = Vec::with_capacity(rules.len());
        let mut left: Vec<usize> = (0..rules.len()).collect();
        while !left.is_empty() {
            let (later, ready): (Vec<usize>, Vec<usize>) = left.iter().partition(|index| {
                rules.get(**index).is_some_and(|one| {
                    left.iter().filter_map(|other| rules.get(*other)).any(|other| refers(one, other))
                })
            });
            if ready.is_empty() {
                let titles =
                    left.iter().filter_map(|index| rules.get(*index)).map(|r| r.title().to_owned()).collect();
                return Err(Cycle { titles });
            }
            order.extend(ready);
            left = later;
        }
        let states = rules.iter().map(|_| State::default()).collect();
        Ok(Self { rules, order, states, forgotten: 0 })
    }

    /// The correlations, as they were given.
    pub fn rules(&self) -> &[CorrelationRule] {
        &self.rules
    }

    /// How many counted events were forgotten because there were more than [`MAX_EVENTS`] or [`MAX_GROUPS`].
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
    /// An event may come late: it is put in its place, unless it is more than the correlation's time behind the newest one of
    /// its group, when it counts no more.
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
                if let Some((count, first, last)) = state.count(rule, time, &key, marks, &mut self.forgotten)
                {
                    let group = rule.group_by.iter().cloned().zip(key).collect();
                    fired.push(Fired { rule: index, group, count, first, last });
                }
            }
        }
        fired
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
        CorrelationType::ValueCount => Mark::Values(rule.values(&rule.fields, met, event)?),
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
        marks: Vec<Mark>,
        forgotten: &mut u64,
    ) -> Option<(u64, Timestamp, Timestamp)> {
        let mut group = match self.groups.remove(key) {
            Some(group) => {
                self.events -= group.events.len();
                if let Some(last) = group.events.back() {
                    self.by_age.remove(&(last.time, key.to_vec()));
                }
                group
            }
            None => Group::default(),
        };
        let outcome = group.take(rule, time, marks);
        if let Some(last) = group.events.back() {
            self.by_age.insert((last.time, key.to_vec()));
            self.events += group.events.len();
            self.groups.insert(key.to_vec(), group);
        }
        while self.events > MAX_EVENTS || self.groups.len() > MAX_GROUPS {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            if let Some(group) = self.groups.remove(&oldest) {
                self.events -= group.events.len();
                *forgotten += u64::try_from(group.events.len()).unwrap_or(u64::MAX);
            }
        }
        outcome
    }
}

impl Group {
    fn take(
        &mut self,
        rule: &CorrelationRule,
        time: Timestamp,
        marks: Vec<Mark>,
    ) -> Option<(u64, Timestamp, Timestamp)> {
        let newest = self.events.back().map_or(time, |last| last.time.max(time));
        let begin = newest.checked_sub(rule.timespan).unwrap_or(Timestamp::MIN);
        if time < begin {
            return None;
        }
        while self.events.front().is_some_and(|first| first.time < begin) {
            self.events.pop_front();
        }
        // It goes on holding where it held with the event before, and that one is not too old to be counted with this one.
        let held = self.held && !self.events.is_empty();
        for mark in marks {
            self.put(rule, Counted { time, mark });
        }
        let count = self.size(rule);
        self.held = rule.limits.hold(count);
        let (first, last) = (self.events.front()?.time, self.events.back()?.time);
        (self.held && !held).then_some((count, first, last))
    }

    fn put(&mut self, rule: &CorrelationRule, counted: Counted) {
        // Of equal values or rules the last one stays: it counts the longest.
        if matches!(rule.kind, CorrelationType::ValueCount | CorrelationType::Temporal)
            && let Some(same) = self.events.iter().position(|other| other.mark == counted.mark)
        {
            if self.events.get(same).is_some_and(|other| other.time >= counted.time) {
                return;
            }
            self.events.remove(same);
        }
        let at = self.events.partition_point(|other| *other <= counted);
        self.events.insert(at, counted);
        let most = match rule.kind {
            CorrelationType::Temporal => usize::MAX,
            CorrelationType::TemporalOrdered => MAX_ORDERED,
            _ => usize::try_from(rule.limits.largest()).unwrap_or(usize::MAX).saturating_add(1),
        };
        if self.events.len() > most {
            self.events.pop_front();
        }
    }

    fn size(&self, rule: &CorrelationRule) -> u64 {
        let count = match rule.kind {
            CorrelationType::TemporalOrdered => self.longest_order(rule.rules.len()),
            _ => self.events.len(),
        };
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// How many rules, in their order, have matches one after the other. Those of the same time may stand in either order:
    /// CloudTrail's times are whole seconds.
    fn longest_order(&self, rules: usize) -> usize {
        let mut longest = vec![0_usize; rules];
        for counted in &self.events {
            let Mark::Rule(position) = counted.mark else { continue };
            let before = longest.iter().take(position).max().copied().unwrap_or(0);
            if let Some(own) = longest.get_mut(position) {
                *own = (*own).max(before + 1);
            }
        }
        longest.into_iter().max().unwrap_or(0)
    }
}
