//! How many events of the logs each rule meets: how noisy a rule is, before anybody is told.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use trailbell_config::Settings;
use trailbell_detect::{Effort, Matcher, Rule, RuleName, RuleSet};
use trailbell_json::Json;
use trailbell_record::{Event, EventIdentity, Glance, Limits, Record};
use trailbell_text::{Untrusted, stable_hash};

use crate::correlations::Correlations;
use crate::read::{Progress, Tally, Unreadable, Visitor};
use crate::sort::{Form, Found, Sorter};
use crate::tell::Recent;
use crate::threads::Reading;
use crate::window;

/// What to count, and where.
#[derive(Debug)]
pub struct Stats<'a> {
    /// Files, folders, or `-`.
    pub paths: Vec<PathBuf>,
    /// The rules; those that are off meet nothing.
    pub rules: &'a RuleSet,
    /// Only events from this time on.
    pub since: Option<Timestamp>,
    /// Only events before this time.
    pub until: Option<Timestamp>,
    /// How much is read at most.
    pub limits: Limits,
    /// Threads that read.
    pub jobs: NonZeroUsize,
}

/// What one rule met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Met {
    /// Events, each once; of a correlation those that completed it.
    pub events: u64,
    /// The time of the earliest; `None` where none has a time.
    pub first: Option<Timestamp>,
    /// The time of the latest.
    pub last: Option<Timestamp>,
}

/// What all of them met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// What was read; the events outside the time asked for, and every copy of one, are among its records.
    pub tally: Tally,
    /// Events that some rule met, each once.
    pub met: u64,
    /// Further copies of those, which are not counted.
    pub duplicates: u64,
    /// By the names of the rules that met something.
    pub by_rule: BTreeMap<RuleName, Met>,
    /// How far the events had to be read.
    pub effort: Effort,
}

impl Stats<'_> {
    /// Reads everything and counts. What cannot be read goes to `unreadable`, from any thread, one at a time.
    ///
    /// # Errors
    /// Where the temporary files fail in which what correlations count is put into the order of time.
    pub fn run(
        &self,
        progress: &Progress,
        unreadable: &mut (dyn FnMut(&Unreadable) + Send),
    ) -> io::Result<Counted> {
        let mut correlations = Correlations::passing(&Settings::default(), self.rules);
        let shared =
            Mutex::new(Shared { seen: HashSet::new(), sorter: Sorter::new(), failure: None, unreadable });
        let reading = Reading { paths: &self.paths, limits: self.limits, jobs: self.jobs, progress };
        let counter = || Counter {
            stats: self,
            matcher: self.rules.matcher(),
            shared: &shared,
            correlations: &correlations,
            source: 0,
            counted: Counted::default(),
        };
        let mut total = Counted::default();
        for (tally, counter) in reading.run(counter, |counter, source| counter.source = source) {
            total.tally.add(tally);
            total.met += counter.counted.met;
            total.duplicates += counter.counted.duplicates;
            total.effort.add(counter.matcher.effort());
            for (rule, met) in counter.counted.by_rule {
                total.by_rule.entry(rule).or_default().add(met);
            }
        }
        let Shared { sorter, failure, .. } = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = failure {
            return Err(failure);
        }
        let mut recent = Recent::default();
        for found in sorter.into_sorted()? {
            self.correlate(&found?, &mut recent, &mut correlations, &mut total);
        }
        Ok(total)
    }

    fn is_in_window(&self, time: Option<Timestamp>) -> bool {
        window::holds_of_event(self.since, self.until, time)
    }

    /// Counts which correlations an event completes that some of their rules met.
    fn correlate(
        &self,
        found: &Found,
        recent: &mut Recent,
        correlations: &mut Correlations,
        total: &mut Counted,
    ) {
        // It was parsed and met a rule in the first pass, from this very text.
        let Ok(record) = Json::parse(&found.text).map(Record::new) else { return };
        let (Some(at), Some(detection)) = (record.event_time(), self.rules.inspect(&record)) else { return };
        if !recent.is_new(&record, found.time) {
            return;
        }
        for completed in correlations.take(&record, &detection.rules, self.rules, at) {
            let rule = self.rules.rules().iter().find(|rule| rule.name().as_str() == completed.rule);
            let Some(name) = rule.map(Rule::name).filter(|_| self.is_in_window(Some(at))) else { continue };
            total.by_rule.entry(name.clone()).or_default().add(Met {
                events: 1,
                first: Some(at),
                last: Some(at),
            });
        }
    }
}

impl Met {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.first = self.first.into_iter().chain(other.first).min();
        self.last = self.last.into_iter().chain(other.last).max();
    }
}

/// What the reading threads have in common.
struct Shared<'a> {
    /// Hashes of the events that were counted: an event's whole identity is some hundred bytes, and there may be millions.
    seen: HashSet<u128>,
    /// What correlations count.
    sorter: Sorter,
    failure: Option<io::Error>,
    unreadable: &'a mut (dyn FnMut(&Unreadable) + Send),
}

struct Counter<'a, 's> {
    stats: &'a Stats<'a>,
    matcher: Matcher<'a>,
    shared: &'a Mutex<Shared<'s>>,
    correlations: &'a Correlations,
    source: u64,
    counted: Counted,
}

impl Visitor for Counter<'_, '_> {
    fn event(&mut self, event: &Event<'_>, nth: u64) -> Result<(), Untrusted> {
        if !self.matcher.may_meet(event) {
            return Ok(());
        }
        let record = event.record().map_err(|error| Untrusted::from(error.to_string()))?;
        let time = record.event_time();
        let is_in_window = self.stats.is_in_window(time);
        // What came before still counts for correlations.
        if !is_in_window
            && (self.correlations.is_empty() || !window::holds_of_event(None, self.stats.until, time))
        {
            return Ok(());
        }
        let Some(detection) = self.stats.rules.inspect(&record) else { return Ok(()) };
        let identity = match record.identity() {
            EventIdentity::Event(account, id) => stable_hash(&[&account, &id]),
            EventIdentity::Content(hash) => hash,
        };
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if !shared.seen.insert(identity) {
            self.counted.duplicates += u64::from(is_in_window);
            return Ok(());
        }
        if let Some(time) = time.filter(|_| self.correlations.count(&detection.rules)) {
            let text = event.text().to_owned();
            let found =
                Found { time: time.as_microsecond(), place: (self.source, nth), form: Form::Event, text };
            if let Err(error) = shared.sorter.push(found) {
                shared.failure.get_or_insert(error);
            }
        }
        drop(shared);
        if !is_in_window {
            return Ok(());
        }
        self.counted.met += 1;
        for rule in detection.rules {
            self.counted.by_rule.entry(rule).or_default().add(Met { events: 1, first: time, last: time });
        }
        Ok(())
    }

    fn glance(&mut self) -> Option<&mut dyn Glance> {
        self.matcher.glance()
    }

    fn unreadable(&mut self, problem: Unreadable) {
        (self.shared.lock().unwrap_or_else(PoisonError::into_inner).unreadable)(&problem);
    }
}
