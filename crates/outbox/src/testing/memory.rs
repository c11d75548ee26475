//! The plainest ledger there is: lists in memory, searched from end to end. What it answers is what the documentation of
//! [`Ledger`] says; every other ledger must answer the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    Attempt, Batch, Counts, Entry, Fate, Held, Identity, Ledger, LedgerError, Letter, LetterState, Listed,
    Mute, Owed, Sighting,
};

/// A ledger in memory.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    sightings: BTreeMap<Identity, Sighting>,
    held: BTreeMap<Identity, Held>,
    notices: BTreeMap<Identity, Owed>,
    letters: BTreeMap<Identity, Letter>,
    entries: BTreeMap<(Identity, String), Entry>,
    attempts: BTreeMap<Identity, Vec<Attempt>>,
    positions: BTreeMap<String, String>,
    state: BTreeMap<String, String>,
    mutes: BTreeMap<String, Mute>,
}

fn first<T>(mut things: Vec<T>, limit: usize) -> Vec<T> {
    things.truncate(limit);
    things
}

impl MemoryLedger {
    fn is_waiting(&self, letter: &Identity) -> bool {
        self.letters.get(letter).is_some_and(|letter| letter.state == LetterState::Waiting)
    }

    fn ended(&self, state: LetterState, since: Timestamp) -> impl Iterator<Item = &Letter> {
        self.letters
            .values()
            .filter(move |letter| letter.state == state && letter.ended.is_some_and(|ended| ended >= since))
    }
}

impl Ledger for MemoryLedger {
    fn commit(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        for (event, sighting) in batch.seen.clone() {
            let known = self.sightings.entry(event).or_insert_with(|| sighting.clone());
            known.fate = sighting.fate;
        }
        for held in batch.held.clone() {
            self.held.entry(held.event.clone()).or_insert(held);
        }
        for event in &batch.released {
            self.held.remove(event);
        }
        for owed in batch.notices.clone() {
            self.notices.insert(owed.notice.clone(), owed);
        }
        for letter in batch.letters.clone() {
            let known = self.letters.entry(letter.letter.clone()).or_insert_with(|| letter.clone());
            if known.state == LetterState::Waiting {
                known.due = known.due.min(letter.due);
                known.severity = known.severity.max(letter.severity);
            }
        }
        for entry in batch.entries.clone() {
            self.entries.entry((entry.notice.clone(), entry.channel.clone())).or_insert(entry);
        }
        for change in &batch.changes {
            let Some(letter) = self.letters.get_mut(&change.letter) else { continue };
            if change.state == LetterState::Waiting && letter.state == LetterState::Sent {
                continue;
            }
            if change.state == LetterState::Waiting {
                if letter.state != LetterState::Waiting {
                    letter.first_attempt = None;
                }
                letter.due = change.due;
                letter.ended = None;
            } else {
                letter.ended = Some(change.attempt.as_ref().map_or(change.due, |attempt| attempt.at));
            }
            letter.state = change.state;
            if let Some(attempt) = change.attempt.clone() {
                letter.attempts += 1;
                letter.first_attempt.get_or_insert(attempt.at);
                self.attempts.entry(change.letter.clone()).or_default().push(attempt);
            }
        }
        self.positions.extend(batch.positions.iter().cloned());
        for (key, value) in batch.state.clone() {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
        self.mutes.extend(batch.mutes.iter().map(|mute| (mute.id.clone(), mute.clone())));
        Ok(())
    }

    fn sightings(&mut self, events: &[Identity]) -> Result<Vec<Option<Sighting>>, LedgerError> {
        Ok(events.iter().map(|event| self.sightings.get(event).cloned()).collect())
    }

    fn held(&mut self, after: Option<(i64, &Identity)>, limit: usize) -> Result<Vec<Held>, LedgerError> {
        let mut held: Vec<Held> = self.held.values().cloned().collect();
        held.retain(|held| after.is_none_or(|after| (held.time, &held.event) > after));
        held.sort_by_key(|held| (held.time, held.event.clone()));
        Ok(first(held, limit))
    }

    fn position(&mut self, source: &str) -> Result<Option<String>, LedgerError> {
        Ok(self.positions.get(source).cloned())
    }

    fn state(&mut self, prefix: &str) -> Result<Vec<(String, String)>, LedgerError> {
        let found = self.state.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn notice(&mut self, notice: &Identity) -> Result<Option<Owed>, LedgerError> {
        Ok(self.notices.get(notice).cloned())
    }

    fn find(&mut self, event_id: &str) -> Result<Vec<(Identity, Sighting)>, LedgerError> {
        let found = self.sightings.iter().filter(|(_, met)| met.event_id.as_deref() == Some(event_id));
        Ok(found.map(|(event, sighting)| (event.clone(), sighting.clone())).collect())
    }

    fn notices(&mut self, listed: &Listed) -> Result<Vec<Owed>, LedgerError> {
        let mut notices: Vec<Owed> = self.notices.values().cloned().collect();
        notices.retain(|notice| {
            listed.since.is_none_or(|since| notice.told_at >= since)
                && listed.until.is_none_or(|until| notice.told_at < until)
                && listed.minimum.is_none_or(|minimum| notice.severity >= minimum)
        });
        notices.sort_by_key(|notice| Reverse((notice.told_at, notice.time, notice.notice.clone())));
        Ok(first(notices, listed.limit))
    }

    fn due(&mut self, channel: &str, now: Timestamp, limit: usize) -> Result<Vec<Letter>, LedgerError> {
        let mut letters: Vec<Letter> = self.letters.values().cloned().collect();
        letters.retain(|letter| {
            letter.state == LetterState::Waiting && letter.due <= now && letter.channel == channel
        });
        letters.sort_by_key(|letter| (Reverse(letter.severity), letter.due, letter.letter.clone()));
        Ok(first(letters, limit))
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, LedgerError> {
        let waiting = self.letters.values().filter(|letter| letter.state == LetterState::Waiting);
        Ok(waiting.map(|letter| letter.due).min())
    }

    fn letter(&mut self, letter: &Identity) -> Result<Option<Letter>, LedgerError> {
        Ok(self.letters.get(letter).cloned())
    }

    fn letters(&mut self, state: Option<LetterState>, limit: usize) -> Result<Vec<Letter>, LedgerError> {
        let mut letters: Vec<Letter> = self.letters.values().cloned().collect();
        letters.retain(|letter| state.is_none_or(|state| letter.state == state));
        letters.sort_by_key(|letter| Reverse((letter.opened, letter.letter.clone())));
        Ok(first(letters, limit))
    }

    fn told_in(&mut self, letter: &Identity, limit: usize) -> Result<(Vec<Owed>, u64), LedgerError> {
        let told = self.entries.values().filter(|entry| entry.letter.as_ref() == Some(letter));
        let mut told: Vec<Owed> = told.map(|entry| self.notices[&entry.notice].clone()).collect();
        told.sort_by_key(|notice| (notice.time.is_none(), notice.time, notice.notice.clone()));
        let in_all = told.len() as u64;
        Ok((first(told, limit), in_all))
    }

    fn entries(&mut self, notice: &Identity) -> Result<Vec<Entry>, LedgerError> {
        Ok(self.entries.values().filter(|entry| entry.notice == *notice).cloned().collect())
    }

    fn attempts(&mut self, letter: &Identity) -> Result<Vec<Attempt>, LedgerError> {
        Ok(self.attempts.get(letter).cloned().unwrap_or_default())
    }

    fn sent_since(&mut self, channel: &str, since: Timestamp) -> Result<u64, LedgerError> {
        Ok(self.ended(LetterState::Sent, since).filter(|letter| letter.channel == channel).count() as u64)
    }

    fn mutes(&mut self, now: Timestamp) -> Result<Vec<Mute>, LedgerError> {
        let mut mutes: Vec<Mute> = self.mutes.values().filter(|mute| mute.until > now).cloned().collect();
        mutes.sort_by_key(|mute| (mute.created, mute.id.clone()));
        Ok(mutes)
    }

    fn counts(&mut self, since: Timestamp) -> Result<Counts, LedgerError> {
        let mut counts = Counts {
            sent: self.ended(LetterState::Sent, since).count() as u64,
            dead: self.ended(LetterState::Dead, since).count() as u64,
            waiting: self.letters.keys().filter(|letter| self.is_waiting(letter)).count() as u64,
            held: self.held.len() as u64,
            ..Counts::default()
        };
        let mut by_channel = BTreeMap::new();
        for letter in self.letters.values().filter(|letter| letter.state == LetterState::Waiting) {
            *by_channel.entry(letter.channel.clone()).or_default() += 1;
        }
        counts.waiting_by_channel = by_channel.into_iter().collect();
        for notice in self.notices.values().filter(|notice| notice.told_at >= since) {
            counts.notices[notice.severity as usize] += 1;
        }
        Ok(counts)
    }

    fn forget(&mut self, before: Timestamp, limit: usize) -> Result<bool, LedgerError> {
        // Oldest first; which of two equally old ones goes is not promised, so equal ages must not meet the limit.
        let mut more = false;
        let mut slice = |mut aged: Vec<(Timestamp, String)>| {
            aged.sort();
            more |= aged.len() > limit;
            first(aged, limit).into_iter().map(|(_, name)| name).collect::<BTreeSet<String>>()
        };
        let waits = |notice: &Identity| {
            let mut entries = self.entries.values().filter(|entry| entry.notice == *notice);
            entries.any(|entry| entry.letter.as_ref().is_some_and(|letter| self.is_waiting(letter)))
        };
        let old = self.notices.values().filter(|owed| owed.told_at < before && !waits(&owed.notice));
        let gone = slice(old.map(|owed| (owed.told_at, owed.notice.to_string())).collect());
        self.notices.retain(|notice, _| !gone.contains(notice.as_str()));
        self.entries.retain(|(notice, _), _| !gone.contains(notice.as_str()));

        let kept: BTreeSet<&Identity> =
            self.entries.values().filter_map(|entry| entry.letter.as_ref()).collect();
        let old = self.letters.values().filter(|letter| {
            letter.state != LetterState::Waiting
                && letter.ended.is_some_and(|ended| ended < before)
                && !kept.contains(&letter.letter)
        });
        let gone = slice(old.map(|letter| (letter.ended.unwrap(), letter.letter.to_string())).collect());
        self.letters.retain(|letter, _| !gone.contains(letter.as_str()));
        self.attempts.retain(|letter, _| !gone.contains(letter.as_str()));

        let old = self.sightings.iter().filter(|(event, sighting)| {
            let told = match &sighting.fate {
                Fate::Told { notice } | Fate::Folded { notice } => self.notices.contains_key(notice),
                Fate::Held
                | Fate::Again
                | Fate::Ignored
                | Fate::Counted
                | Fate::Late
                | Fate::Unmet
                | Fate::Shared { .. } => false,
            };
            sighting.at < before && !told && !self.held.contains_key(*event)
        });
        let gone = slice(old.map(|(event, sighting)| (sighting.at, event.to_string())).collect());
        self.sightings.retain(|event, _| !gone.contains(event.as_str()));

        let old = self.mutes.values().filter(|mute| mute.until < before);
        let gone = slice(old.map(|mute| (mute.until, mute.id.clone())).collect());
        self.mutes.retain(|mute, _| !gone.contains(mute));
        Ok(more)
    }
}
