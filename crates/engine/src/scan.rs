//! Looking back: everything the named sources hold, told as notices in time order.
//!
//! Two passes. The first reads every byte, in as many threads as wanted, and keeps the few events some rule met;
//! the second goes through those in time order, counts each once, puts one action's records together, compares
//! with what came before, and tells.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use trailbell_config::Settings;
use trailbell_detect::{Interest, Matcher, RuleSet};
use trailbell_notice::{Notice, Reader, Rung};
use trailbell_record::{Event, Glance, GrantTexts, Limits, Picked, SessionGrant};
use trailbell_text::Untrusted;

use crate::asked::AskedKeys;
use crate::read::{Progress, Tally, Unreadable, Visitor};
use crate::sort::{Form, Found, Sorter};
use crate::summary::Summary;
use crate::tell::{Teller, Told};
use crate::threads::Reading;

/// What to look back over, and how.
#[derive(Debug)]
pub struct Scan<'a> {
    /// Files, folders, or `-`.
    pub paths: Vec<PathBuf>,
    /// The rules.
    pub rules: &'a RuleSet,
    /// What to ignore.
    pub settings: &'a Settings,
    /// Who reads the notices.
    pub reader: Reader,
    /// Only events from this time on are told; earlier ones still count as what is usual.
    pub since: Option<Timestamp>,
    /// Only events before this time are told.
    pub until: Option<Timestamp>,
    /// How much is read at most.
    pub limits: Limits,
    /// Threads that read.
    pub jobs: NonZeroUsize,
}

/// Who is told.
pub trait Audience: Send {
    /// Something could not be read (called while reading, from any thread, one at a time).
    fn unreadable(&mut self, problem: &Unreadable);

    /// All has been read; what follows are notices.
    fn read(&mut self) {}

    /// A notice, in time order. `cause` is the same for changes one person made with one program in one go.
    fn notice(&mut self, notice: Notice, cause: Option<&str>) -> io::Result<()>;

    /// What a rule's alarm has to say, in time order with the notices.
    fn alarm(&mut self, alarm: Rung) -> io::Result<()>;
}

impl Scan<'_> {
    /// Reads everything, then tells. Fails only where the audience or the temporary files do.
    pub fn run(self, progress: &Progress, audience: &mut dyn Audience) -> io::Result<Summary> {
        let (tally, found, asked) = self.find(progress, audience)?;
        audience.read();
        let mut teller = Teller::new(self.rules, self.settings, &self.reader, self.since, self.until);
        teller.remember_only(asked);
        for found in found.into_sorted()? {
            teller.take(&found?);
            teller.drop_changes();
            tell(&mut teller, audience)?;
        }
        teller.finish();
        tell(&mut teller, audience)?;
        let summary = teller.into_summary();
        Ok(Summary {
            records: tally.records,
            unreadable: tally.unreadable,
            skipped: tally.skipped,
            ..summary
        })
    }

    /// The first pass.
    pub(crate) fn find(
        &self,
        progress: &Progress,
        audience: &mut dyn Audience,
    ) -> io::Result<(Tally, Sorter, AskedKeys)> {
        let failed = AtomicBool::new(false);
        let shared = Mutex::new(Shared { sorter: Sorter::new(), failure: None, audience });
        let finder = || Finder {
            rules: self.rules,
            matcher: self.rules.matcher(),
            shared: &shared,
            failed: &failed,
            source: 0,
            asked: AskedKeys::default(),
        };
        let reading = Reading { paths: &self.paths, limits: self.limits, jobs: self.jobs, progress };
        let mut total = Tally::default();
        let mut asked = AskedKeys::default();
        for (tally, finder) in reading.run(finder, |finder, source| finder.source = source) {
            total.add(tally);
            asked.join(finder.asked);
        }
        let Shared { sorter, failure, .. } = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = failure {
            return Err(failure);
        }
        Ok((total, sorter, asked))
    }
}

/// Tells what nothing can come before any more.
fn tell(teller: &mut Teller<'_>, audience: &mut dyn Audience) -> io::Result<()> {
    while let Some(told) = teller.next() {
        match told {
            Told::Notice(notice, cause) => audience.notice(*notice, cause.as_deref())?,
            Told::Alarm(alarm) => audience.alarm(*alarm)?,
        }
    }
    Ok(())
}

/// What the reading threads have in common.
struct Shared<'a> {
    sorter: Sorter,
    failure: Option<io::Error>,
    audience: &'a mut dyn Audience,
}

/// Keeps the events that some rule met, and those that say who is behind others.
struct Finder<'a, 's> {
    rules: &'a RuleSet,
    matcher: Matcher<'a>,
    shared: &'a Mutex<Shared<'s>>,
    /// Whether the temporary files have failed: reading on would be for nothing.
    failed: &'a AtomicBool,
    source: u64,
    /// Of what was kept.
    asked: AskedKeys,
}

impl Finder<'_, '_> {
    /// What is kept of an event, if anything.
    fn keep(&mut self, event: &Event<'_>) -> Result<Option<(Option<Timestamp>, Form, String)>, Untrusted> {
        let told = |error: trailbell_json::Error| Untrusted::from(error.to_string());
        let record = match self.matcher.interest(event) {
            Interest::Nothing => return Ok(None),
            Interest::Grant => match GrantTexts::pick(event.text()) {
                Picked::Texts { at, caller_key, whole } => {
                    self.asked.extend(caller_key);
                    return Ok(Some((Some(at), Form::GrantTexts, whole)));
                }
                Picked::Nothing => return Ok(None),
                Picked::Unclear => SessionGrant::part(event.text()).map_err(told)?,
            },
            Interest::Rule => {
                let record = event.record().map_err(told)?;
                if self.rules.inspect(&record).is_some() {
                    self.asked.extend(record.access_key_id());
                    return Ok(Some((record.event_time(), Form::Event, event.text().to_owned())));
                }
                record
            }
        };
        // Texts, numbers and lists of them: it cannot fail.
        let kept = |grant: SessionGrant| serde_json::to_string(&grant).unwrap_or_default();
        Ok(SessionGrant::of(&record).map(|grant| {
            self.asked.extend(record.access_key_id());
            (Some(grant.at), Form::Grant, kept(grant))
        }))
    }
}

impl Visitor for Finder<'_, '_> {
    fn event(&mut self, event: &Event<'_>, nth: u64) -> Result<(), Untrusted> {
        let Some((time, form, text)) = self.keep(event)? else { return Ok(()) };
        let time = time.map_or(i64::MAX, Timestamp::as_microsecond);
        let found = Found { time, place: (self.source, nth), form, text };
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = shared.sorter.push(found) {
            shared.failure.get_or_insert(error);
            self.failed.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn glance(&mut self) -> Option<&mut dyn Glance> {
        self.matcher.glance()
    }

    fn unreadable(&mut self, problem: Unreadable) {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).audience.unreadable(&problem);
    }

    fn is_done(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}
