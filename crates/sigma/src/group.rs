//! One group of a correlation: what was counted of events whose values are the same, and whether the condition holds.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::correlation::{CorrelationRule, CorrelationType};

/// Events that a group of `temporal_ordered` keeps.
const MAX_ORDERED: usize = 1000;

/// What was counted of one group.
///
/// Logs do not come in order. What the present can still be counted with is put in its place there; what is older goes through
/// the same beside it, so that a quarter of an hour that came late fires as it would have.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// What lies no further than the correlation's time behind the newest.
    pub(crate) present: Lane,
    /// What came too late for that; empty as a rule.
    pub(crate) late: Lane,
}

/// What is counted together while time passes.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    /// In the order of time.
    pub(crate) events: VecDeque<Counted>,
    /// Whether the condition held after the last event.
    pub(crate) held: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Counted {
    pub(crate) time: Timestamp,
    pub(crate) mark: Mark,
}

/// What makes one counted thing the same as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Event,
    /// The hash of the values.
    Values(u128),
    Rule(usize),
}

/// A count with the times of the first and the last that were counted.
type Count = (u64, Timestamp, Timestamp);

impl Group {
    /// How many events are kept.
    pub(crate) fn len(&self) -> usize {
        self.present.events.len() + self.late.events.len()
    }

    /// The time of the newest event.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.present.newest()
    }

    /// Counts marks of one event; the count where the condition begins to hold with it.
    pub(crate) fn take(&mut self, rule: &CorrelationRule, time: Timestamp, marks: &[Mark]) -> Option<Count> {
        if !self.present.reaches(rule, time) {
            if !self.late.reaches(rule, time) {
                self.late = Lane::default();
            }
            return self.late.take(rule, time, marks);
        }
        // What comes late may complete what came late before it.
        let is_late = self.newest().is_some_and(|newest| time < newest);
        let completes = is_late && !self.late.events.is_empty() && self.late.reaches(rule, time);
        let held_late = completes && self.late.held;
        let late = if completes { self.late.take(rule, time, marks) } else { None };
        let held = self.present.held;
        let present = self.present.take(rule, time, marks);
        // Each is told once.
        late.filter(|_| !held).or(present.filter(|_| !held_late))
    }
}

impl Lane {
    fn newest(&self) -> Option<Timestamp> {
        self.events.back().map(|last| last.time)
    }

    /// Whether an event of that time is not too old to be counted here.
    fn reaches(&self, rule: &CorrelationRule, time: Timestamp) -> bool {
        self.newest().is_none_or(|newest| time >= begin(rule, newest))
    }

    fn take(&mut self, rule: &CorrelationRule, time: Timestamp, marks: &[Mark]) -> Option<Count> {
        let begin = begin(rule, self.newest().map_or(time, |newest| newest.max(time)));
        while self.events.front().is_some_and(|first| first.time < begin) {
            self.events.pop_front();
        }
        // It goes on holding where it held with the event before, and that one is not too old to be counted with this one.
        let held = self.held && !self.events.is_empty();
        for mark in marks {
            self.put(rule, Counted { time, mark: *mark });
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

fn begin(rule: &CorrelationRule, newest: Timestamp) -> Timestamp {
    newest.checked_sub(rule.timespan).unwrap_or(Timestamp::MIN)
}
