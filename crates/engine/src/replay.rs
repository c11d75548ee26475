//! What a scan tells of events that are in memory already: how tests of rules and messages are run.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use trailbell_config::Settings;
use trailbell_detect::RuleSet;
use trailbell_notice::{Notice, Reader, Rung};
use trailbell_record::{Event, Limits, Record};
use trailbell_text::Untrusted;

use crate::read::{Opener, Progress, Unreadable, Visitor};
use crate::sort::{Form, Found};
use crate::summary::Summary;
use crate::tell::{Teller, Told};
use crate::walk::Walk;

/// What was told.
#[derive(Debug)]
pub struct Replay {
    /// The notices, in order of time.
    pub notices: Vec<Notice>,
    /// What alarms of rules had to say, in order of time.
    pub alarms: Vec<Rung>,
    /// The correlations that were told, by name.
    pub completed: BTreeSet<String>,
    /// The same, counted, and what was not told.
    pub summary: Summary,
}

/// Tells `reader` of `records` (in any order) as a [`Scan`](crate::Scan) of a file of them would.
pub fn replay(records: &[Record], rules: &RuleSet, settings: &Settings, reader: &Reader) -> Replay {
    let mut found: Vec<Found> = records
        .iter()
        .zip(0..)
        .filter(|(record, _)| rules.inspect(record).is_some())
        .map(|(record, nth)| Found {
            time: record.event_time().map_or(i64::MAX, Timestamp::as_microsecond),
            place: (0, nth),
            form: Form::Event,
            text: record.json().to_string(),
        })
        .collect();
    found.sort_unstable();
    let mut teller = Teller::new(rules, settings, reader, None, None);
    let (mut notices, mut alarms) = (Vec::new(), Vec::new());
    let mut told = |teller: &mut Teller<'_>| {
        while let Some(told) = teller.next() {
            match told {
                Told::Notice(notice, _) => notices.push(*notice),
                Told::Alarm(rung) => alarms.push(*rung),
            }
        }
    };
    for found in &found {
        teller.take(found);
        told(&mut teller);
    }
    teller.finish();
    told(&mut teller);
    let records = u64::try_from(records.len()).unwrap_or(u64::MAX);
    let completed = teller.completed().clone();
    Replay { notices, alarms, completed, summary: Summary { records, ..teller.into_summary() } }
}

/// The events of a file or a folder, in any form CloudTrail comes in, in the order of the input; at most `most`, and what could
/// not be read.
pub fn records_in(path: PathBuf, limits: Limits, most: usize) -> (Vec<Record>, Vec<Unreadable>) {
    let mut visitor = Collect { records: Vec::new(), unreadable: Vec::new(), most };
    let progress = Progress::default();
    let mut opener = Opener::new(limits, &progress);
    for input in Walk::new(vec![path]) {
        opener.read(input, &mut visitor);
        if visitor.is_done() {
            break;
        }
    }
    (visitor.records, visitor.unreadable)
}

struct Collect {
    records: Vec<Record>,
    unreadable: Vec<Unreadable>,
    most: usize,
}

impl Visitor for Collect {
    fn event(&mut self, event: &Event<'_>, _: u64) -> Result<(), Untrusted> {
        if !self.is_done() {
            self.records.push(event.record().map_err(|error| Untrusted::from(error.to_string()))?);
        }
        Ok(())
    }

    fn unreadable(&mut self, problem: Unreadable) {
        self.unreadable.push(problem);
    }

    fn is_done(&self) -> bool {
        self.records.len() >= self.most
    }
}
