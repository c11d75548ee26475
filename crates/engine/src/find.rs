//! Looking for what one of some patterns matches, in any of the languages: CloudTrail events, or raw log events of any kind.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use trailbell_detect::{Matcher, RuleSet};
use trailbell_json::Json;
use trailbell_record::{Event, Glance, Limits};
use trailbell_text::Untrusted;

use crate::read::{Opener, Progress, Tally, Unreadable, Visitor};
use crate::threads::Reading;
use crate::walk::Walk;
use crate::window;

/// What to look for, and where.
#[derive(Debug)]
pub struct Find<'a> {
    /// What to look for: an event is found that meets one of them.
    pub rules: &'a RuleSet,
    /// Files, folders, or `-`.
    pub paths: Vec<PathBuf>,
    /// Only events from this time on.
    pub since: Option<Timestamp>,
    /// Only events before this time.
    pub until: Option<Timestamp>,
    /// How much is read at most.
    pub limits: Limits,
}

/// A raw log event that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEvent<'a> {
    /// Its position among the events read, from 0, over all sources.
    pub index: u64,
    /// Its text.
    pub message: &'a str,
}

impl Find<'_> {
    /// Hands every matching CloudTrail event to `found`, in the order of the input, and what cannot be read to
    /// `unreadable`. Ends early where `found` fails, with its error.
    pub fn records(
        &self,
        progress: &Progress,
        found: &mut dyn FnMut(&Json) -> io::Result<()>,
        unreadable: &mut dyn FnMut(&Unreadable),
    ) -> io::Result<Tally> {
        let matcher = self.rules.matcher();
        let mut visitor = Records { find: self, matcher, found, unreadable, failure: None };
        let mut opener = Opener::new(self.limits, progress);
        let mut total = Tally::default();
        for input in Walk::new(self.paths.clone()) {
            total.add(opener.read(input, &mut visitor));
            if visitor.is_done() {
                break;
            }
        }
        visitor.failure.map_or(Ok(total), Err)
    }

    /// How many CloudTrail events match, counted in several threads; what cannot be read goes to `unreadable`, one at a time.
    pub fn count(
        &self,
        jobs: NonZeroUsize,
        progress: &Progress,
        unreadable: &mut (dyn FnMut(&Unreadable) + Send),
    ) -> (Tally, u64) {
        let unreadable = Mutex::new(unreadable);
        let reading = Reading { paths: &self.paths, limits: self.limits, jobs, progress };
        let counter =
            || Counter { find: self, matcher: self.rules.matcher(), unreadable: &unreadable, matched: 0 };
        let (mut total, mut matched) = (Tally::default(), 0);
        for (tally, counter) in reading.run(counter, |_, _| {}) {
            total.add(tally);
            matched += counter.matched;
        }
        (total, matched)
    }

    /// Hands every matching raw log event to `found`: each line is one, and in a CloudWatch Logs payload each
    /// `logEvents[].message`. The tally's records are the events read.
    pub fn log_events(
        &self,
        progress: &Progress,
        found: &mut dyn FnMut(LogEvent<'_>) -> io::Result<()>,
        unreadable: &mut dyn FnMut(&Unreadable),
    ) -> io::Result<Tally> {
        let opener = Opener::new(self.limits, progress);
        let mut total = Tally::default();
        let mut index = 0;
        let mut failure = None;
        for input in Walk::new(self.paths.clone()) {
            let before = index;
            let problems = opener.read_log_events(
                input,
                &mut |message| {
                    if failure.is_none() && self.rules.holds_of_message(message) {
                        failure = found(LogEvent { index, message }).err();
                    }
                    index += 1;
                    failure.is_none()
                },
                unreadable,
            );
            total.add(Tally { records: index - before, unreadable: problems, skipped: 0 });
            if let Some(failure) = failure {
                return Err(failure);
            }
        }
        Ok(total)
    }
}

/// What one event is for a search: whether it matches and is in the window. The record is read where there is no other way.
fn is_found(find: &Find<'_>, matcher: &mut Matcher<'_>, event: &Event<'_>) -> Result<bool, Untrusted> {
    let told = |error: trailbell_json::Error| Untrusted::from(error.to_string());
    if !matcher.meets(event).map_err(told)? {
        return Ok(false);
    }
    if find.since.is_none() && find.until.is_none() {
        return Ok(true);
    }
    let time = match event.event_time() {
        Some(time) => time.parse().ok(),
        None if event.is_exact() => None,
        None => event.record().map_err(told)?.event_time(),
    };
    Ok(window::holds_of_event(find.since, find.until, time))
}

struct Records<'a> {
    find: &'a Find<'a>,
    matcher: Matcher<'a>,
    found: &'a mut dyn FnMut(&Json) -> io::Result<()>,
    unreadable: &'a mut dyn FnMut(&Unreadable),
    failure: Option<io::Error>,
}

impl Visitor for Records<'_> {
    fn event(&mut self, event: &Event<'_>, _: u64) -> Result<(), Untrusted> {
        if self.failure.is_none() && is_found(self.find, &mut self.matcher, event)? {
            let record = event.record().map_err(|error| Untrusted::from(error.to_string()))?;
            self.failure = (self.found)(record.json()).err();
        }
        Ok(())
    }

    fn glance(&mut self) -> Option<&mut dyn Glance> {
        self.matcher.glance()
    }

    fn unreadable(&mut self, problem: Unreadable) {
        (self.unreadable)(&problem);
    }

    fn is_done(&self) -> bool {
        self.failure.is_some()
    }
}

/// Counts what one thread finds.
struct Counter<'a, 'u> {
    find: &'a Find<'a>,
    matcher: Matcher<'a>,
    unreadable: &'a Mutex<&'u mut (dyn FnMut(&Unreadable) + Send)>,
    matched: u64,
}

impl Visitor for Counter<'_, '_> {
    fn event(&mut self, event: &Event<'_>, _: u64) -> Result<(), Untrusted> {
        self.matched += u64::from(is_found(self.find, &mut self.matcher, event)?);
        Ok(())
    }

    fn glance(&mut self) -> Option<&mut dyn Glance> {
        self.matcher.glance()
    }

    fn unreadable(&mut self, problem: Unreadable) {
        (self.unreadable.lock().unwrap_or_else(PoisonError::into_inner))(&problem);
    }
}
