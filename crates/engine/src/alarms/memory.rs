//! What must last of an alarm: where it stands, what it has not told yet, and what it went through.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_alarm::{Kept, State};
use trailbell_notice::{Behind, Ringing, Rung, Terms};
use trailbell_text::{BothPhrases, Severity};

/// Transitions that are remembered.
const HISTORY: usize = 100;
/// Events that are told one by one; the rest are counted.
const EVENTS: usize = 20;
/// Actors that are counted apart in one minute.
const ACTORS: usize = 50;
/// Minutes that are counted apart; older ones are counted together.
const MINUTES: usize = 1_440;

/// What must last of one alarm.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AlarmMemory {
    /// The terms all this is of.
    pub terms: Option<Terms>,
    /// The state it is in.
    #[serde(default)]
    pub state: State,
    /// When it was told of last.
    pub told_at: Option<Timestamp>,
    /// Every change of its state, in the order in which they were found; at most a hundred.
    #[serde(default)]
    pub history: VecDeque<PastTransition>,
    /// Since when it listens.
    pub(super) listening_since: Option<Timestamp>,
    /// When history came last.
    pub(super) heard_at: Option<Timestamp>,
    pub(super) live: Option<KeptGoing>,
    pub(super) past: Option<KeptGoing>,
}

/// A change of an alarm's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastTransition {
    /// When.
    pub at: Timestamp,
    /// From which state.
    pub from: State,
    /// To which.
    pub to: State,
    /// Why, in the words CloudWatch has for it.
    pub reason: String,
}

/// What must last of a stretch of time it goes through.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeptGoing {
    pub(super) running: Kept,
    pub(super) clock: Timestamp,
    pub(super) newest: Option<Timestamp>,
    pub(super) since: Option<Timestamp>,
    pub(super) told_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) untold: Untold,
}

/// Events that counted and have not been told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Untold {
    minutes: VecDeque<Minute>,
    /// The newest, with the times they count at.
    events: VecDeque<(Timestamp, Behind)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Minute {
    from: Timestamp,
    first: Timestamp,
    last: Timestamp,
    gravest: Severity,
    count: u64,
    who: BTreeMap<String, u64>,
}

/// What is told of them.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) count: u64,
    pub(super) gravest: Option<Severity>,
    pub(super) who: Vec<(String, u64)>,
    pub(super) span: Option<(Timestamp, Timestamp)>,
    pub(super) events: Vec<Behind>,
}

impl AlarmMemory {
    pub(super) fn remember(&mut self, at: Timestamp, from: State, to: State, reason: &str) {
        self.history.push_back(PastTransition { at, from, to, reason: reason.to_owned() });
        if self.history.len() > HISTORY {
            self.history.pop_front();
        }
    }

    /// What is said of an alarm that is no more, or on other terms now, where it rings: whoever was called is told that it is over.
    pub(super) fn ended(&self, rule: &str, what: &BothPhrases, now: Timestamp) -> Option<Rung> {
        if self.state != State::Alarm {
            return None;
        }
        Some(Rung {
            rule: rule.to_owned(),
            what: what.clone(),
            severity: Severity::Info,
            news: Ringing::Over,
            at: now,
            since: self.live.as_ref().and_then(|live| live.since).unwrap_or(now),
            reason: "The alarm was changed or removed in the configuration.".to_owned(),
            terms: self.terms.clone()?,
            datapoints: Vec::new(),
            count: 0,
            who: Vec::new(),
            span: None,
            events: Vec::new(),
        })
    }
}

impl Untold {
    pub(super) fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }

    /// Adds an event that counts at `at`; those of one stretch of `width` seconds are counted together.
    pub(super) fn add(&mut self, at: Timestamp, width: u32, behind: Behind, who: &str) {
        let own = behind.line.time.unwrap_or(at);
        let width = i64::from(width.max(1));
        let from = at.as_second().div_euclid(width) * width;
        let from = Timestamp::from_second(from).unwrap_or(at);
        let place = self.minutes.partition_point(|minute| minute.from < from);
        if self.minutes.get(place).is_none_or(|minute| minute.from != from) {
            let gravest = behind.line.severity;
            let minute = Minute { from, first: own, last: own, gravest, count: 0, who: BTreeMap::new() };
            self.minutes.insert(place, minute);
        }
        if let Some(minute) = self.minutes.get_mut(place) {
            minute.add(own, 1);
            minute.gravest = minute.gravest.max(behind.line.severity);
            if !who.is_empty() && (minute.who.len() < ACTORS || minute.who.contains_key(who)) {
                *minute.who.entry(who.to_owned()).or_default() += 1;
            }
        }
        if self.minutes.len() > MINUTES
            && let Some(oldest) = self.minutes.pop_front()
            && let Some(next) = self.minutes.front_mut()
        {
            next.join(oldest);
        }
        let place = self.events.partition_point(|(other, _)| *other <= at);
        self.events.insert(place, (at, behind));
        if self.events.len() > EVENTS {
            self.events.pop_front();
        }
    }

    /// What is too old for any alarm is not told any more.
    pub(super) fn forget_before(&mut self, reach: Timestamp) {
        while self.minutes.front().is_some_and(|minute| minute.from < reach) {
            self.minutes.pop_front();
        }
        while self.events.front().is_some_and(|(at, _)| *at < reach) {
            self.events.pop_front();
        }
    }

    /// Takes out what counts from `since` on and before `until`: what is older was none of it, what is newer is not yet.
    pub(super) fn take(&mut self, since: Option<Timestamp>, until: Timestamp) -> Told {
        if let Some(since) = since {
            self.forget_before(since);
        }
        let later = self.minutes.partition_point(|minute| minute.from < until);
        let later_events = self.events.partition_point(|(at, _)| *at < until);
        let rest =
            Self { minutes: self.minutes.split_off(later), events: self.events.split_off(later_events) };
        let Self { minutes, events } = std::mem::replace(self, rest);
        let mut told = Told::default();
        let mut by_actor: BTreeMap<String, u64> = BTreeMap::new();
        for minute in minutes {
            told.count += minute.count;
            told.gravest = told.gravest.max(Some(minute.gravest));
            let (first, last) = told.span.unwrap_or((minute.first, minute.last));
            told.span = Some((first.min(minute.first), last.max(minute.last)));
            for (who, count) in minute.who {
                *by_actor.entry(who).or_default() += count;
            }
        }
        told.who = by_actor.into_iter().collect();
        told.who.sort_by(|(a, one), (b, other)| other.cmp(one).then_with(|| a.cmp(b)));
        told.who.truncate(ACTORS);
        told.events = events.into_iter().map(|(_, behind)| behind).collect();
        told.events.sort_by_key(|behind| behind.line.time);
        told
    }
}

impl Minute {
    fn add(&mut self, own: Timestamp, count: u64) {
        self.first = self.first.min(own);
        self.last = self.last.max(own);
        self.count += count;
    }

    fn join(&mut self, older: Self) {
        self.add(older.first, older.count);
        self.gravest = self.gravest.max(older.gravest);
        for (who, count) in older.who {
            if self.who.len() < ACTORS || self.who.contains_key(&who) {
                *self.who.entry(who).or_default() += count;
            }
        }
    }
}
