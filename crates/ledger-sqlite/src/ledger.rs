//! The ledger itself: the connection, and each question and change with its errors put into words.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;
use trailbell_outbox::{
    Attempt, Batch, Counts, Entry, Held, Identity, Ledger, LedgerError, LedgerErrorKind, Letter, LetterState,
    Listed, Mute, Owed, Sighting,
};

use crate::error::Place;
use crate::open::{self, Options};
use crate::{forget, read, write};

/// A ledger in an `SQLite` file.
#[derive(Debug)]
pub struct SqliteLedger {
    connection: Connection,
    place: Place,
}

impl SqliteLedger {
    /// Opens the ledger at `path`. A file (mode 0600) and its folder (0700) are made where there are none, unless it is
    /// opened to read only; an older ledger is brought up to date.
    ///
    /// # Errors
    ///
    /// `Newer` where a later version of trailbell wrote it, `Broken` where the file is something else, damaged, or
    /// cannot be opened, `Locked` where another process has it for longer than the busy timeout, `Full` where there
    /// is no room to make it.
    pub fn open(path: &Path, options: &Options) -> Result<Self, LedgerError> {
        let path = open::whole(path)?;
        if !options.read_only {
            open::make(&path)?;
        }
        let (connection, place) = open::connect(&path, options, true)?;
        Ok(Self { connection, place })
    }

    /// Opens the ledger at `path`, which must be there: for commands that look into what `trailbell run` keeps.
    ///
    /// # Errors
    ///
    /// As [`SqliteLedger::open`], and `Broken` where there is none.
    pub fn open_existing(path: &Path, options: &Options) -> Result<Self, LedgerError> {
        let (connection, place) = open::connect(&open::whole(path)?, options, false)?;
        Ok(Self { connection, place })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        question(&mut self.connection).map_err(|error| self.place.error(&error))
    }

    /// Makes a change. Where there was no room, the write-ahead log is carried over, so that its own room is there for
    /// the next attempt: it may hold the same page many times.
    fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        let changed = self.ask(change);
        if changed.as_ref().is_err_and(|error| error.kind == LedgerErrorKind::Full) {
            // On a full disk this may fail as well; the error above has said so.
            let _ = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
        changed
    }

    /// Bytes of the write-ahead log.
    fn log_bytes(&self) -> u64 {
        let mut name = OsString::from(&self.place.path);
        name.push("-wal");
        fs::metadata(PathBuf::from(name)).map_or(0, |file| file.len())
    }
}

impl Ledger for SqliteLedger {
    fn commit(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        if batch.is_empty() {
            return Ok(());
        }
        let room = self.place.room;
        self.change(|connection| write::commit(connection, room, batch))
    }

    fn sightings(&mut self, events: &[Identity]) -> Result<Vec<Option<Sighting>>, LedgerError> {
        self.ask(|connection| read::sightings(connection, events))
    }

    fn held(&mut self, after: Option<(i64, &Identity)>, limit: usize) -> Result<Vec<Held>, LedgerError> {
        self.ask(|connection| read::held(connection, after, limit))
    }

    fn position(&mut self, source: &str) -> Result<Option<String>, LedgerError> {
        self.ask(|connection| read::position(connection, source))
    }

    fn state(&mut self, prefix: &str) -> Result<Vec<(String, String)>, LedgerError> {
        self.ask(|connection| read::state(connection, prefix))
    }

    fn notice(&mut self, notice: &Identity) -> Result<Option<Owed>, LedgerError> {
        self.ask(|connection| read::notice(connection, notice))
    }

    fn find(&mut self, event_id: &str) -> Result<Vec<(Identity, Sighting)>, LedgerError> {
        self.ask(|connection| read::find(connection, event_id))
    }

    fn notices(&mut self, listed: &Listed) -> Result<Vec<Owed>, LedgerError> {
        self.ask(|connection| read::notices(connection, listed))
    }

    fn due(&mut self, channel: &str, now: Timestamp, limit: usize) -> Result<Vec<Letter>, LedgerError> {
        self.ask(|connection| read::due(connection, channel, now, limit))
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, LedgerError> {
        self.ask(|connection| read::next_due(connection))
    }

    fn letter(&mut self, letter: &Identity) -> Result<Option<Letter>, LedgerError> {
        self.ask(|connection| read::letter(connection, letter))
    }

    fn letters(&mut self, state: Option<LetterState>, limit: usize) -> Result<Vec<Letter>, LedgerError> {
        self.ask(|connection| read::letters(connection, state, limit))
    }

    fn told_in(&mut self, letter: &Identity, limit: usize) -> Result<(Vec<Owed>, u64), LedgerError> {
        self.ask(|connection| read::told_in(connection, letter, limit))
    }

    fn entries(&mut self, notice: &Identity) -> Result<Vec<Entry>, LedgerError> {
        self.ask(|connection| read::entries(connection, notice))
    }

    fn attempts(&mut self, letter: &Identity) -> Result<Vec<Attempt>, LedgerError> {
        self.ask(|connection| read::attempts(connection, letter))
    }

    fn sent_since(&mut self, channel: &str, since: Timestamp) -> Result<u64, LedgerError> {
        self.ask(|connection| read::sent_since(connection, channel, since))
    }

    fn mutes(&mut self, now: Timestamp) -> Result<Vec<Mute>, LedgerError> {
        self.ask(|connection| read::mutes(connection, now))
    }

    fn counts(&mut self, since: Timestamp) -> Result<Counts, LedgerError> {
        let mut counts = self.ask(|connection| read::counts(connection, since))?;
        counts.bytes = counts.bytes.saturating_add(self.log_bytes());
        Ok(counts)
    }

    fn forget(&mut self, before: Timestamp, limit: usize) -> Result<bool, LedgerError> {
        let room = self.place.room;
        self.change(|connection| forget::forget(connection, room, before, limit))
    }
}
