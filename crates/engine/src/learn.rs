//! Learning what is usual from past logs, so that day one does not call everything new.
//!
//! The lesson is laid into the ledger beside what a running trailbell knows ([`Lesson::for_ledger`]); whoever keeps watch takes it in
//! within a minute, or at its next start, in a transaction of its own. So the two never write over each other. What is known
//! already is not learned again: a lesson ends where the ledger's knowledge begins ([`known_since`]).

use std::collections::{BTreeMap, HashSet};
use std::io;

use jiff::Timestamp;
use trailbell_config::Settings;
use trailbell_history::History;
use trailbell_outbox::{Batch, Ledger, LedgerError};
use trailbell_policy_versions::PolicyVersions;

use crate::compare::Habits;
use crate::read::Progress;
use crate::scan::{Audience, Scan};
use crate::summary::Summary;
use crate::tell::Teller;

/// What is known of each person, by the person's key.
pub(crate) const PERSON: &str = "person/";
/// Since when anything is known.
pub(crate) const KNOWN_SINCE: &str = "known-since";
/// What was learned and is to be taken in: by the lesson's name and the person's key, and without a person since when.
const LEARNED: &str = "learned/";
/// What policies were learned to say: by the lesson's name and the policy.
const LEARNED_POLICIES: &str = "learned-policies/";

/// What past logs teach.
#[derive(Debug)]
pub struct Lesson {
    history: History,
    policies: PolicyVersions,
    /// The time of the first event that taught something.
    pub from: Option<Timestamp>,
    /// How many people it knows.
    pub people: usize,
    /// What was read.
    pub summary: Summary,
}

impl Scan<'_> {
    /// Reads everything and learns from it what is usual, up to `self.until`; nobody is told anything but what could not be read.
    pub fn learn(self, progress: &Progress, audience: &mut dyn Audience) -> io::Result<Lesson> {
        let (tally, found, asked) = self.find(progress, audience)?;
        audience.read();
        let end = self.until.map_or(i64::MAX, Timestamp::as_microsecond);
        // Nothing is of a time that is told.
        let mut teller = Teller::new(self.rules, self.settings, &self.reader, Some(Timestamp::MAX), None);
        teller.remember_only(asked);
        for found in found.into_sorted()? {
            let found = found?;
            if found.time >= end {
                break;
            }
            teller.take(&found);
            while teller.next().is_some() {}
        }
        teller.finish();
        while teller.next().is_some() {}
        let (Habits { history, policies, .. }, summary) = teller.into_habits();
        Ok(Lesson {
            from: history.since(),
            people: history.people(),
            history,
            policies,
            summary: Summary {
                records: tally.records,
                unreadable: tally.unreadable,
                skipped: tally.skipped,
                ..summary
            },
        })
    }
}

/// Since when a ledger knows what is usual, lessons that are not taken in yet included.
pub fn known_since(ledger: &mut dyn Ledger) -> Result<Option<Timestamp>, LedgerError> {
    let own = ledger.state(KNOWN_SINCE)?.into_iter().filter_map(|(_, at)| at.parse().ok());
    let learned = ledger.state(LEARNED)?;
    let learned = learned.iter().filter_map(|(key, value)| match row(key)? {
        (_, "") => value.parse().ok(),
        _ => None,
    });
    Ok(own.chain(learned).min())
}

impl Lesson {
    /// What lays it into the ledger, under a name no other lesson has.
    pub fn for_ledger(mut self, name: Timestamp) -> Batch {
        let people = self.history.take_changes().into_iter();
        let mut state: Vec<_> =
            people.map(|(who, known)| (format!("{LEARNED}{name}/{who}"), known)).collect();
        let policies = self.policies.take_changes().into_iter();
        state.extend(policies.map(|(policy, known)| (format!("{LEARNED_POLICIES}{name}/{policy}"), known)));
        state.extend(self.from.map(|since| (format!("{LEARNED}{name}/"), Some(since.to_string()))));
        Batch { state, ..Batch::default() }
    }
}

/// Takes in what was learned since the last time: it joins the habits, and leaves the ledger in the same batch.
pub(crate) fn take_in(
    habits: &mut Habits,
    settings: &Settings,
    ledger: &mut dyn Ledger,
    batch: &mut Batch,
) -> Result<(), LedgerError> {
    let mut lessons: BTreeMap<String, History> = BTreeMap::new();
    // What the batch takes out has been taken in, and is still there for as long as the ledger has not taken the batch.
    let is_learned = |key: &str| key.starts_with(LEARNED) || key.starts_with(LEARNED_POLICIES);
    let taken: HashSet<String> =
        batch.state.iter().filter(|(key, _)| is_learned(key)).map(|(key, _)| key.clone()).collect();
    for (key, value) in ledger.state(LEARNED)? {
        if taken.contains(&key) {
            continue;
        }
        if let Some((lesson, who)) = row(&key) {
            let lesson = lessons
                .entry(lesson.to_owned())
                .or_insert_with(|| Habits::new(settings, &habits.networks).history);
            match value.parse() {
                Ok(since) if who.is_empty() => lesson.restore_since(since),
                _ => lesson.restore(who.to_owned(), &value),
            }
        }
        batch.state.push((key, None));
    }
    for (key, kept) in ledger.state(LEARNED_POLICIES)? {
        if taken.contains(&key) {
            continue;
        }
        if let Some((_, policy)) = key.strip_prefix(LEARNED_POLICIES).and_then(|row| row.split_once('/')) {
            habits.policies.add(policy, &kept);
        }
        batch.state.push((key, None));
    }
    for lesson in lessons.into_values() {
        habits.history.add(lesson);
    }
    Ok(())
}

/// The lesson a row is of, and the person; of the row that says since when, nobody.
fn row(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix(LEARNED)?.split_once('/')
}
