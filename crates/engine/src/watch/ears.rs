//! Whether sources can be heard: what fails and what is silent for longer than usual is told once, and once when
//! it is well again.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use trailbell_outbox::{Batch, Ledger, LedgerError};

use super::Presence;
use crate::source::Condition;

const PREFIX: &str = "ears/";
/// How long a source may fail before that is told: throttling and a restarting network pass by themselves.
const PATIENCE: Duration = Duration::from_mins(10);
/// No silence is told before this, however busy the source usually is.
const LEAST_SILENCE: SignedDuration = SignedDuration::from_hours(1);
/// A source is known once it has been listened to for so long; until then only a silence of as long is told.
const GETTING_TO_KNOW: SignedDuration = SignedDuration::from_hours(24);
/// A silence is unusual when it is so many times the longest of the last week.
const TIMES: i32 = 2;
/// How often what has been heard is written down, when nothing else is; and by visitors, of whom there may be many at a time.
const NOTED_EVERY: Duration = Duration::from_mins(1);
const NOTED_EVERY_BY_VISITORS: Duration = Duration::from_mins(10);

/// What is known of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ear {
    /// When it was first listened to.
    since: Timestamp,
    /// When events last arrived.
    last: Option<Timestamp>,
    /// The newest event's own time.
    newest: Option<Timestamp>,
    /// Events since the start of the week's count.
    events: u64,
    /// The longest pause between arrivals, by day since 1970, of the last seven days with any.
    pauses: BTreeMap<i64, i64>,
    /// Since when it fails, and what it says.
    failing: Option<(Timestamp, String)>,
    /// Since when it is known to be deaf: it has been told.
    told: Option<Timestamp>,
    #[serde(skip)]
    should_speak: bool,
    /// When this process began to listen to it, where that is later than what was heard before.
    #[serde(skip)]
    quiet_since: Option<Timestamp>,
    /// Events since the start.
    #[serde(skip)]
    heard: u64,
    /// Whether it has answered since the start, or since it was told to be deaf.
    #[serde(skip)]
    answered: bool,
    /// Whether it has been heard of since the start: what the settings no longer have says nothing.
    #[serde(skip)]
    is_here: bool,
}

/// Something to tell about a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hearing {
    /// It can no longer be heard.
    Deaf {
        source: String,
        /// When something last arrived.
        last: Option<Timestamp>,
        /// How long its silences usually are at most.
        usual: Option<SignedDuration>,
        /// What it says itself, where it fails. Hostile.
        reason: Option<String>,
    },
    /// It can be heard again.
    Well { source: String, since: Timestamp },
}

/// How one source is, for whoever looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceState {
    /// Its name.
    pub name: String,
    /// When events last arrived.
    pub last: Option<Timestamp>,
    /// The newest event's own time.
    pub newest: Option<Timestamp>,
    /// Events since the last weekly word.
    pub events: u64,
    /// Events since this process began.
    pub heard: u64,
    /// What it says is wrong. Hostile.
    pub failing: Option<String>,
    /// Whether its silence has been told.
    pub deaf: bool,
}

#[derive(Debug)]
pub(super) struct Ears {
    by_source: BTreeMap<String, Ear>,
    silence: Option<Duration>,
    noted_every: Duration,
    noted: Timestamp,
    changed: bool,
}

impl Ears {
    pub(super) fn load(
        ledger: &mut dyn Ledger,
        silence: Option<Duration>,
        presence: Presence,
        now: Timestamp,
    ) -> Result<Self, LedgerError> {
        let read = |(key, value): (String, String)| {
            Some((key.strip_prefix(PREFIX)?.to_owned(), serde_json::from_str::<Ear>(&value).ok()?))
        };
        let mut ears: BTreeMap<String, Ear> = ledger.state(PREFIX)?.into_iter().filter_map(read).collect();
        for ear in ears.values_mut() {
            if presence == Presence::Resident {
                // The time nobody listened is no silence of the source's; one that was deaf before still is.
                ear.quiet_since = if ear.told.is_none() { Some(now) } else { None };
                ear.failing = None;
            }
            ear.answered = presence == Presence::Visits && ear.told.is_none() && ear.last.is_some();
        }
        let noted_every = match presence {
            Presence::Resident => NOTED_EVERY,
            Presence::Visits => NOTED_EVERY_BY_VISITORS,
        };
        Ok(Self { by_source: ears, silence, noted_every, noted: now, changed: false })
    }

    fn ear(&mut self, source: &str, now: Timestamp) -> &mut Ear {
        let ear = self.by_source.entry(source.to_owned()).or_insert_with(|| Ear {
            since: now,
            last: None,
            newest: None,
            events: 0,
            pauses: BTreeMap::new(),
            failing: None,
            told: None,
            should_speak: true,
            quiet_since: None,
            heard: 0,
            answered: false,
            is_here: true,
        });
        ear.is_here = true;
        ear
    }

    /// A source the settings have.
    pub(super) fn listens_to(&mut self, source: &str, should_speak: bool, now: Timestamp) {
        self.ear(source, now).should_speak = should_speak;
    }

    /// Something arrived, be there events in it or not.
    pub(super) fn heard(&mut self, source: &str, events: u64, newest: Option<Timestamp>, now: Timestamp) {
        let ear = self.ear(source, now);
        let was_failing = ear.failing.take().is_some();
        ear.answered = true;
        if events == 0 {
            return;
        }
        let last = ear.last.map(|last| ear.quiet_since.map_or(last, |since| since.max(last)));
        // A silence that was told is no usual one.
        if let Some(last) = last.filter(|_| ear.told.is_none() && !was_failing) {
            let day = now.as_second().div_euclid(86_400);
            let pause = now.duration_since(last).as_secs();
            let longest = ear.pauses.entry(day).or_default();
            *longest = pause.max(*longest);
            while ear.pauses.len() > 7 {
                ear.pauses.pop_first();
            }
        }
        ear.last = Some(now);
        ear.newest = ear.newest.max(newest);
        ear.events += events;
        ear.heard += events;
        self.changed = true;
    }

    pub(super) fn condition(&mut self, source: &str, condition: &Condition, now: Timestamp) {
        let ear = self.ear(source, now);
        match condition {
            Condition::Listening => {
                ear.failing = None;
                ear.answered = true;
            }
            Condition::Failing(reason) => {
                let since = ear.failing.take().map_or(now, |(since, _)| since);
                ear.failing = Some((since, reason.clone()));
            }
            Condition::Remark(_) => {}
            // What has come to its end is not expected to speak.
            Condition::Ended => {
                ear.failing = None;
                ear.should_speak = false;
            }
        }
        self.changed = true;
    }

    /// Whether every source has answered since the start, and none is deaf or failing.
    pub(super) fn all_well(&self) -> bool {
        let mut here = self.by_source.values().filter(|ear| ear.is_here);
        here.all(|ear| ear.told.is_none() && ear.failing.is_none() && (ear.answered || !ear.should_speak))
    }

    /// What there is to tell now; that it has been told goes into the batch that tells it.
    pub(super) fn listen(&mut self, now: Timestamp, batch: &mut Batch) -> Vec<Hearing> {
        let mut hearings = Vec::new();
        for (source, ear) in self.by_source.iter_mut().filter(|(_, ear)| ear.is_here) {
            let limit = ear.limit(self.silence);
            let quiet_since = ear.last.unwrap_or(ear.since);
            let quiet_since = ear.quiet_since.map_or(quiet_since, |since| since.max(quiet_since));
            let is_silent = ear.should_speak && now.duration_since(quiet_since) > limit;
            let fails = ear
                .failing
                .as_ref()
                .filter(|(since, _)| since.saturating_add(PATIENCE).is_ok_and(|end| now >= end));
            match (ear.told, is_silent || fails.is_some()) {
                (None, true) => {
                    hearings.push(Hearing::Deaf {
                        source: source.clone(),
                        last: ear.last,
                        usual: ear.longest(),
                        reason: fails.map(|(_, reason)| reason.clone()),
                    });
                    ear.told = Some(quiet_since);
                    ear.answered = false;
                    batch.state.push((format!("{PREFIX}{source}"), serde_json::to_string(ear).ok()));
                }
                // Well again is what has been heard, not what has not failed for a moment.
                (Some(since), false) if ear.failing.is_none() && ear.answered => {
                    hearings.push(Hearing::Well { source: source.clone(), since });
                    ear.told = None;
                    batch.state.push((format!("{PREFIX}{source}"), serde_json::to_string(ear).ok()));
                }
                _ => {}
            }
        }
        hearings
    }

    /// Writes down what has been heard, now and then.
    pub(super) fn note(&mut self, now: Timestamp, batch: &mut Batch) {
        let is_time = self.noted.saturating_add(self.noted_every).is_ok_and(|next| now >= next);
        if !self.changed || (!is_time && batch.is_empty()) {
            return;
        }
        for (source, ear) in &self.by_source {
            batch.state.push((format!("{PREFIX}{source}"), serde_json::to_string(ear).ok()));
        }
        self.noted = now;
        self.changed = false;
    }

    /// Starts the week's count anew.
    pub(super) fn reset_counts(&mut self) {
        for ear in self.by_source.values_mut() {
            ear.events = 0;
        }
        self.changed = true;
    }

    /// Whether every source there is has answered, or failed to, since the start.
    pub(super) fn have_all_spoken(&self) -> bool {
        self.by_source.values().filter(|ear| ear.is_here).all(|ear| ear.answered || ear.failing.is_some())
    }

    pub(super) fn states(&self) -> Vec<SourceState> {
        let state = |(name, ear): (&String, &Ear)| SourceState {
            name: name.clone(),
            last: ear.last,
            newest: ear.newest,
            events: ear.events,
            heard: ear.heard,
            failing: ear.failing.as_ref().map(|(_, reason)| reason.clone()),
            deaf: ear.told.is_some(),
        };
        self.by_source.iter().filter(|(_, ear)| ear.is_here).map(state).collect()
    }
}

impl Ear {
    fn longest(&self) -> Option<SignedDuration> {
        self.pauses.values().max().map(|seconds| SignedDuration::from_secs(*seconds))
    }

    /// The silence that is unusual.
    fn limit(&self, configured: Option<Duration>) -> SignedDuration {
        if let Some(configured) = configured {
            return SignedDuration::try_from(configured).unwrap_or(SignedDuration::MAX);
        }
        let known = self.last.is_some_and(|last| last.duration_since(self.since) >= GETTING_TO_KNOW);
        match self.longest() {
            Some(longest) if known => longest.saturating_mul(TIMES).max(LEAST_SILENCE),
            _ => GETTING_TO_KNOW,
        }
    }
}
