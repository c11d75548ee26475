//! What a scan tells, taken in: counted, and the most important of it kept.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use trailbell_engine::{Summary, Unreadable};
use trailbell_notice::{Notice, Page, Reader};
use trailbell_text::{Phrase, Severity, Untrusted};

use crate::count::{Counts, Few, clipped, clipped_value};
use crate::days::Days;
use crate::kept::{MOST_IN_FULL, Most};
use crate::people::People;
use crate::places::Places;
use crate::{entry, page, words};

/// Places that could not be read and are named.
const MOST_UNREADABLE: usize = 100;
/// Rules whose titles are kept.
const MOST_RULES: usize = 1_000;

/// What the page says of itself.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// trailbell's version.
    pub version: String,
    /// When the page is made.
    pub made_at: Option<Timestamp>,
    /// What was read, as it was named.
    pub sources: Vec<Untrusted>,
    /// Files and other inputs that were read.
    pub files: u64,
    /// Only events from this time on were told.
    pub since: Option<Timestamp>,
    /// Only events before this time were told.
    pub until: Option<Timestamp>,
}

/// A page in the making.
#[derive(Debug)]
pub struct Report {
    pub(crate) reader: Reader,
    pub(crate) about: About,
    pub(crate) counts: Counts,
    pub(crate) people: People,
    pub(crate) places: Places,
    pub(crate) days: Days,
    pub(crate) accounts: Few<20>,
    /// Titles of rules by name.
    pub(crate) titles: BTreeMap<String, Phrase>,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    pub(crate) unreadable: Vec<Phrase>,
    pub(crate) most: Most,
    told: u64,
}

impl Report {
    /// Nothing told yet.
    pub fn new(reader: Reader, about: About) -> Self {
        Self {
            reader,
            about,
            counts: Counts::default(),
            people: People::default(),
            places: Places::default(),
            days: Days::default(),
            accounts: Few::default(),
            titles: BTreeMap::new(),
            first: None,
            last: None,
            unreadable: Vec::new(),
            most: Most::new(MOST_IN_FULL),
            told: 0,
        }
    }

    /// What is known only when all has been read.
    pub const fn read(&mut self, files: u64) {
        self.about.files = files;
    }

    /// A notice.
    pub fn notice(&mut self, notice: &Notice) {
        let lang = self.reader.lang;
        self.people.add(notice, lang);
        self.places.add(notice);
        if let Some(id) = notice.account_id() {
            let name = self.reader.accounts.get(id.raw()).and_then(|account| account.name.clone());
            let mut account = Phrase::new();
            if let Some(name) = name {
                account.push(Untrusted::new(name)).push(" ");
            }
            account.push(id.clone());
            self.accounts.add(&account);
        }
        for rule in &notice.rules {
            if let Some(title) = &rule.title
                && self.titles.len() < MOST_RULES
                && !self.titles.contains_key(&rule.name)
            {
                let mut phrase = Phrase::new();
                phrase.push(Untrusted::from(title.as_str()));
                self.titles.insert(rule.name.clone(), clipped(&phrase));
            }
        }
        let nth = self.count(notice.severity, notice.time);
        if self.most.would_keep(notice.severity, notice.time, nth) {
            self.most.keep(entry::notice(notice, nth, &self.reader));
        }
    }

    /// What an alarm of a rule had to say at that time.
    pub fn alarm(&mut self, page: &Page, at: Timestamp) {
        let nth = self.count(page.severity, Some(at));
        if self.most.would_keep(page.severity, Some(at), nth) {
            self.most.keep(entry::alarm(page, at, nth, &self.reader));
        }
    }

    /// Something that could not be read.
    pub fn unreadable(&mut self, problem: &Unreadable) {
        if self.unreadable.len() >= MOST_UNREADABLE {
            return;
        }
        let mut line = Phrase::new();
        line.push(Untrusted::from(problem.path.to_string_lossy().into_owned()));
        if let Some(at) = problem.position {
            line.push_ours(format!(":{}:{}", at.line, at.column));
        }
        line.push(": ").push(clipped_value(&problem.message));
        self.unreadable.push(line);
    }

    /// Writes the page.
    pub fn write(self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        page::write(self, summary, out)
    }

    fn count(&mut self, severity: Severity, at: Option<Timestamp>) -> u64 {
        self.counts.add(severity);
        let local = at.map(|at| words::local(at, &self.reader.time_zone));
        self.days.add(local.map(|local| (local.date(), local.hour())), severity);
        if let Some(at) = at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = self.last.max(Some(at));
        }
        self.told += 1;
        self.told
    }
}
