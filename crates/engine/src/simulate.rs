//! Looking back with somebody else's eyes: CloudFormation templates, run over past logs. What each alarm would have done, what
//! each subscriber would have been sent, and beside it what trailbell would have told.
//!
//! Two passes, as a [scan](crate::Scan) has. The first reads every byte, in as many threads as wanted, and keeps the records that some pattern
//! of the templates or some rule of trailbell's meets; of the others, where a metric filter has a default value,
//! only whose they are. The second goes through those in time order and lets everything happen that follows. Each event identity
//! counts once. What is told is sorted by time, on disk where it is much.
//!
//! | file | its idea |
//! |---|---|
//! | `world` | what the templates put into an account |
//! | `wanted` | which records are kept |
//! | `candidates` | which patterns are tried on a record |
//! | `brought` | a record as a log event, and as an event on the bus |
//! | `drive`, `queue` | virtual time |
//! | `alarming`, `deliver`, `target` | what follows: alarms, topics, rules |
//! | `timeline`, `report`, `remark` | what is told |
//! | `plot_data`, `plot` | a picture of each alarm |

mod alarming;
mod brought;
mod candidates;
mod deliver;
mod drive;
mod met;
mod plot;
mod plot_data;
mod queue;
mod remark;
mod report;
mod target;
#[cfg(test)]
mod tests;
mod timeline;
mod wanted;
mod world;

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use trailbell_config::Settings;
use trailbell_detect::{Matcher, RuleSet};
use trailbell_json::Json;
use trailbell_notice::{Bulletin, Reader, render};
use trailbell_record::{Event, Limits};
use trailbell_text::Untrusted;

pub use self::plot::plot;
pub use self::remark::{Remark, RuleNotRun};
pub use self::report::{
    AlarmReport, Delays, FilterReport, Hidden, PlotData, ReceiverReport, Report, RuleReport,
    SubscriptionFilterReport,
};
pub use self::timeline::{Changed, Counted, Happening, Moment, OwnNotice, Publisher, Receiver, Sent};
pub use self::world::{FilterDestination, World};

use self::brought::Brought;
use self::drive::Drive;
use self::met::{Met, identity_of, line_of};
use self::wanted::Wanted;
use crate::behind;
use crate::read::{Opener, Progress, Tally, Unreadable, Visitor};
use crate::sort::{Form, Found, Sorter};
use crate::summary::Summary;
use crate::tell::{Teller, Told};
use crate::threads::Reading;
use crate::walk::{Input, Walk};
use crate::window;

/// What to run over which logs, and how.
#[derive(Debug)]
pub struct Simulation<'a> {
    /// What the templates put into an account.
    pub world: &'a World,
    /// Files, folders, or `-`.
    pub paths: Vec<PathBuf>,
    /// From an event to its log event in the trail's log group.
    pub delivery_delay: SignedDuration,
    /// trailbell's own rules.
    pub rules: &'a RuleSet,
    /// What trailbell is to ignore, and its alarms.
    pub settings: &'a Settings,
    /// Who reads it.
    pub reader: Reader,
    /// Only events from this time on go through the world; trailbell's own part knows earlier ones as what is usual.
    pub since: Option<Timestamp>,
    /// Only events before this time.
    pub until: Option<Timestamp>,
    /// How much is read at most.
    pub limits: Limits,
    /// Threads that read.
    pub jobs: NonZeroUsize,
    /// Whether the numbers of a plot are gathered.
    pub wants_plot: bool,
}

/// Who hears of it.
pub trait Listener: Send {
    /// Something could not be read (called while reading, from any thread, one at a time).
    fn unreadable(&mut self, problem: &Unreadable);

    /// All has been read; what follows is the timeline.
    fn read(&mut self) {}

    /// What is to be told of something that happens. Asked as it happens, so that only the words wait until all that comes
    /// before is known, and not in order of time.
    fn words(&mut self, moment: &Moment) -> io::Result<String>;

    /// What [`words`](Self::words) gave, in order of time.
    fn tell(&mut self, words: &str) -> io::Result<()>;
}

impl Simulation<'_> {
    /// Reads everything, lets it happen, and tells. Fails only where the listener or the temporary files do.
    pub fn run(self, progress: &Progress, listener: &mut dyn Listener) -> io::Result<Report> {
        let Read { tally, found, span, without_time } = self.find(progress, listener)?;
        listener.read();
        let mut own = Teller::new(self.rules, self.settings, &self.reader, self.since, self.until);
        let words = behind::Teller::new(self.rules, &self.reader);
        let mut drive = Drive::new(self.world, words, self.delivery_delay, self.wants_plot);
        if let Some((first, last)) = span {
            // Alarms are there from the first record on, whether that is any pattern's business or not.
            drive.start(first, last);
        }
        let mut met = Met::default();
        let mut timeline = Timeline::default();
        for found in found.into_sorted()? {
            let found = found?;
            self.goes_through(&found, &mut met, &mut drive);
            timeline.extend(drive.out.drain(..), listener)?;
            if found.text.starts_with('{') {
                own.take(&found);
                while let Some(told) = own.next() {
                    timeline.extend([self.own_moment(told)], listener)?;
                }
            }
        }
        own.finish();
        while let Some(told) = own.next() {
            timeline.extend([self.own_moment(told)], listener)?;
        }
        let (mut report, rest) = drive.finish();
        timeline.extend(rest, listener)?;
        if without_time > 0 {
            report.remarks.push(Remark::WithoutTime { records: without_time });
        }
        report.own = Summary {
            records: tally.records,
            unreadable: tally.unreadable,
            skipped: tally.skipped,
            ..own.into_summary()
        };
        for found in timeline.sorter.into_sorted()? {
            listener.tell(&found?.text)?;
        }
        Ok(report)
    }

    /// Lets a record, or the line that stands for one, go through the world.
    fn goes_through(&self, found: &Found, met: &mut Met, drive: &mut Drive<'_>) {
        let Ok(time) = Timestamp::from_microsecond(found.time) else { return };
        if !self.is_in_window(time) {
            return;
        }
        if let Some((identity, region, source)) = identity_of(&found.text) {
            if met.is_new(identity, found.time) {
                drive.pass(time, region, source);
            }
            return;
        }
        // It was parsed in the first pass, from this very text.
        let Ok(json) = Json::parse(&found.text) else { return };
        let brought = Brought::new(json, time);
        if met.is_new(brought.record.identity(), found.time) {
            drive.take(brought);
        }
    }

    fn is_in_window(&self, time: Timestamp) -> bool {
        window::holds(self.since, self.until, time)
    }

    /// trailbell's own word, at the moment it hears of it: when the record comes into the log group.
    fn own_moment(&self, told: Told) -> Moment {
        let (at, own) = match told {
            Told::Notice(notice, _) => {
                let own = OwnNotice {
                    severity: notice.severity,
                    headline: notice.headline.clone(),
                    json: render::json(&notice),
                    time: notice.time,
                };
                let at = notice.time.and_then(|time| time.checked_add(self.delivery_delay).ok());
                (at.unwrap_or(Timestamp::MAX), own)
            }
            Told::Alarm(rung) => {
                let at = rung.at.checked_add(self.delivery_delay).unwrap_or(rung.at);
                let severity = rung.severity;
                let time = Some(rung.at);
                let bulletin = Bulletin::RuleAlarm(rung);
                let headline = bulletin.page(&self.reader).headline;
                let json = bulletin.json(&self.reader).to_string();
                (at, OwnNotice { severity, headline, json, time })
            }
        };
        Moment { at, what: Happening::Told(Box::new(own)) }
    }

    /// The first pass.
    fn find(&self, progress: &Progress, listener: &mut dyn Listener) -> io::Result<Read> {
        let wanted = Wanted::new(self.world);
        let failed = AtomicBool::new(false);
        let shared = Mutex::new(Shared { sorter: Sorter::new(), failure: None, listener });
        let finder = || Finder {
            matcher: self.rules.matcher(),
            simulation: self,
            wanted: &wanted,
            shared: &shared,
            failed: &failed,
            source: 0,
            kept: Vec::new(),
            noted: Noted::default(),
        };
        let reading = Reading { paths: &self.paths, limits: self.limits, jobs: self.jobs, progress };
        let parts: Vec<(Tally, Noted)> = reading
            .run(finder, |finder, source| finder.source = source)
            .into_iter()
            .map(|(tally, mut finder)| {
                finder.hand_over();
                (tally, finder.noted)
            })
            .collect();
        let Shared { sorter, failure, .. } = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = failure {
            return Err(failure);
        }
        let mut read = Read { tally: Tally::default(), found: sorter, span: None, without_time: 0 };
        for (tally, noted) in parts {
            read.tally.add(tally);
            read.without_time += noted.without_time;
            for time in noted.span.into_iter().flat_map(|(first, last)| [first, last]) {
                read.span = Some(widened(read.span, time));
            }
        }
        Ok(read)
    }
}

/// The account and region of the first record that has both, of what is named: whose account the templates are most likely for.
/// Standard input cannot be read twice and is not looked at.
pub fn first_account(paths: &[PathBuf], limits: Limits) -> Option<(String, String)> {
    struct First(Option<(String, String)>);
    impl Visitor for First {
        fn event(&mut self, event: &Event<'_>, _: u64) -> Result<(), Untrusted> {
            if self.0.is_none()
                && let Ok(record) = event.record()
                && let (Some(account), Some(region)) = (record.account(), record.region())
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
            {
                self.0 = Some((account.to_owned(), region.to_owned()));
            }
            Ok(())
        }

        fn unreadable(&mut self, _: Unreadable) {}

        fn is_done(&self) -> bool {
            self.0.is_some()
        }
    }
    let progress = Progress::default();
    let mut opener = Opener::new(limits, &progress);
    let mut first = First(None);
    for input in Walk::new(paths.to_vec()) {
        if matches!(input, Ok(Input::File { .. })) {
            opener.read(input, &mut first);
        }
        if first.is_done() {
            break;
        }
    }
    first.0
}

/// The words of what happens, to be told in order of time.
#[derive(Default)]
struct Timeline {
    sorter: Sorter,
    nth: u64,
}

impl Timeline {
    fn extend(
        &mut self,
        moments: impl IntoIterator<Item = Moment>,
        listener: &mut dyn Listener,
    ) -> io::Result<()> {
        for moment in moments {
            self.nth += 1;
            let rank = u64::from(matches!(moment.what, Happening::Told(_)));
            let found = Found {
                time: moment.at.as_microsecond(),
                place: (rank, self.nth),
                form: Form::Event,
                text: listener.words(&moment)?,
            };
            self.sorter.push(found)?;
        }
        Ok(())
    }
}

/// What the reading threads have in common.
struct Shared<'a> {
    sorter: Sorter,
    failure: Option<io::Error>,
    listener: &'a mut dyn Listener,
}

/// What the first pass came to.
struct Read {
    tally: Tally,
    found: Sorter,
    /// The times of the first and the last record in the window.
    span: Option<(Timestamp, Timestamp)>,
    without_time: u64,
}

/// What a thread notes beside what it keeps.
#[derive(Default)]
struct Noted {
    span: Option<(Timestamp, Timestamp)>,
    without_time: u64,
}

fn widened(span: Option<(Timestamp, Timestamp)>, time: Timestamp) -> (Timestamp, Timestamp) {
    span.map_or((time, time), |(first, last)| (first.min(time), last.max(time)))
}

/// Found events a thread keeps before it hands them over: with default values every record is one.
const KEPT: usize = 256;

/// Keeps the events that some pattern or rule met.
struct Finder<'a, 's> {
    simulation: &'a Simulation<'a>,
    matcher: Matcher<'a>,
    wanted: &'a Wanted<'a>,
    shared: &'a Mutex<Shared<'s>>,
    /// Whether the temporary files have failed: reading on would be for nothing.
    failed: &'a AtomicBool,
    source: u64,
    kept: Vec<Found>,
    noted: Noted,
}

impl Finder<'_, '_> {
    fn note(&mut self, time: Option<Timestamp>) {
        match time {
            None => self.noted.without_time += 1,
            Some(time) if self.simulation.is_in_window(time) => {
                self.noted.span = Some(widened(self.noted.span, time));
            }
            Some(_) => {}
        }
    }

    fn hand_over(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        for found in self.kept.drain(..) {
            if let Err(error) = shared.sorter.push(found) {
                shared.failure.get_or_insert(error);
                self.failed.store(true, Ordering::Relaxed);
                return;
            }
        }
    }
}

impl Visitor for Finder<'_, '_> {
    fn event(&mut self, event: &Event<'_>, nth: u64) -> Result<(), Untrusted> {
        let is_exact = event.is_exact();
        // What is known without reading the record: most records are nobody's business.
        let ruled_out = is_exact && event.event_name().is_some_and(|name| self.wanted.rules_out(name));
        let rules = self.simulation.rules;
        let prescreened = self.matcher.may_meet(event);
        if ruled_out && !prescreened && !self.wanted.counts_the_rest {
            self.note(event.event_time().and_then(|time| time.parse().ok()));
            return Ok(());
        }
        let record = event.record().map_err(|error| Untrusted::from(error.to_string()))?;
        let time = record.event_time();
        self.note(time);
        let Some(time) = time else { return Ok(()) };
        let is_wanted = (!ruled_out && self.wanted.wants(record.json()))
            || (prescreened && rules.inspect(&record).is_some());
        let text = if is_wanted {
            event.text().to_owned()
        } else if self.wanted.counts_the_rest {
            line_of(&record)
        } else {
            return Ok(());
        };
        self.kept.push(Found {
            time: time.as_microsecond(),
            place: (self.source, nth),
            form: Form::Event,
            text,
        });
        if self.kept.len() >= KEPT {
            self.hand_over();
        }
        Ok(())
    }

    fn unreadable(&mut self, problem: Unreadable) {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).listener.unreadable(&problem);
    }

    fn is_done(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}
