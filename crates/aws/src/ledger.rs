//! The ledger on DynamoDB: [`trailbell_outbox::Ledger`] in one table, for many copies of trailbell at once.
//!
//! - **No lock.** Every commit raises one number, the version, from the one this handle knows; where another copy was faster,
//!   nothing is written and the error says [`Overtaken`](trailbell_outbox::LedgerErrorKind::Overtaken). The handle then
//!   forgets what it knew, and whoever holds it looks again and decides again.
//! - **All or nothing, whatever the size.** What fits is one transaction. What does not is written ahead into a journal,
//!   counts from the moment one transaction names it, and is carried over by whoever comes by (`ledger/journal.rs`).
//! - **Asked for once.** A handle keeps what it read and wrote, the whole state included: while the version it knows holds,
//!   that is what stands in the table.
//! - `ledger/key.rs` says what stands where. All reads are consistent; the indexes are local ones, because only they can be
//!   read so.

mod create;
mod draft;
mod error;
mod forget;
mod item;
mod journal;
mod key;
mod read;
mod row;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod version;
mod write;

use jiff::Timestamp;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;
use trailbell_outbox::{
    Attempt, Batch, Counts, Entry, Held, Identity, Ledger, LedgerError, LedgerErrorKind, Letter, LetterState,
    Listed, Mute, Owed, Sighting,
};

use self::error::Place;
use self::store::Store;
use self::table::Table;
use crate::client::Aws;

/// A ledger in a DynamoDB table.
///
/// Its methods wait for the network, and must be called where tokio's **multi-thread** runtime runs (or on a thread of its
/// own): they make their thread wait ([`block_in_place`]), which a runtime with a single thread cannot bear.
#[derive(Debug)]
pub struct DynamoLedger {
    runtime: Handle,
    store: Store,
}

impl DynamoLedger {
    /// Opens the ledger in `table`, in the region of the settings or the environment. What another copy left half done is
    /// finished first.
    ///
    /// # Errors
    /// `Broken` where there is no such table, where it is something else, or where it may not be used; `Newer` where a later
    /// version of trailbell wrote it; `Locked` where DynamoDB cannot be reached just now.
    pub fn open(aws: Aws, table: &str) -> Result<Self, LedgerError> {
        let table = place(aws, table)?;
        let mut ledger = Self { runtime: runtime(&table.place)?, store: Store::new(table) };
        ledger.wait(async |store| store.open().await)?;
        Ok(ledger)
    }

    /// Makes the table with its keys and indexes where there is none (deploy/trailbell.yaml makes it with CloudFormation), and
    /// waits until it can be used.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn create_table(aws: Aws, table: &str) -> Result<(), LedgerError> {
        let table = place(aws, table)?;
        let runtime = runtime(&table.place)?;
        block_in_place(|| runtime.block_on(create::create(&table)))
    }

    fn wait<T>(
        &mut self,
        ask: impl AsyncFnOnce(&mut Store) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let Self { runtime, store } = self;
        block_in_place(|| runtime.block_on(ask(store)))
    }
}

fn place(aws: Aws, table: &str) -> Result<Table, LedgerError> {
    let region = aws.region_for(None).map_err(|error| LedgerError {
        kind: LedgerErrorKind::Broken,
        message: format!("the ledger (DynamoDB table `{table}`) cannot be found: {error}"),
    })?;
    Ok(Table { aws, place: Place { table: table.to_owned(), region } })
}

fn runtime(place: &Place) -> Result<Handle, LedgerError> {
    let runtime = Handle::try_current().ok();
    let runtime = runtime.filter(|runtime| runtime.runtime_flavor() != RuntimeFlavor::CurrentThread);
    runtime
        .ok_or_else(|| place.broken("it needs tokio's multi-thread runtime; this is a fault of trailbell's"))
}

impl Ledger for DynamoLedger {
    fn commit(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        self.wait(async |store| write::commit(store, batch).await)
    }

    /// One request; where the answer is no, the next question is answered anew.
    fn is_current(&mut self) -> Result<bool, LedgerError> {
        self.wait(async |store| store.is_current().await)
    }

    fn sightings(&mut self, events: &[Identity]) -> Result<Vec<Option<Sighting>>, LedgerError> {
        self.wait(async |store| read::sightings(store, events).await)
    }

    fn held(&mut self, after: Option<(i64, &Identity)>, limit: usize) -> Result<Vec<Held>, LedgerError> {
        self.wait(async |store| read::held(store, after, limit).await)
    }

    fn position(&mut self, source: &str) -> Result<Option<String>, LedgerError> {
        self.wait(async |store| read::position(store, source).await)
    }

    fn state(&mut self, prefix: &str) -> Result<Vec<(String, String)>, LedgerError> {
        self.wait(async |store| read::state(store, prefix).await)
    }

    fn notice(&mut self, notice: &Identity) -> Result<Option<Owed>, LedgerError> {
        self.wait(async |store| read::notice(store, notice).await)
    }

    fn find(&mut self, event_id: &str) -> Result<Vec<(Identity, Sighting)>, LedgerError> {
        self.wait(async |store| read::find(store, event_id).await)
    }

    fn notices(&mut self, listed: &Listed) -> Result<Vec<Owed>, LedgerError> {
        self.wait(async |store| read::notices(store, listed).await)
    }

    fn due(&mut self, channel: &str, now: Timestamp, limit: usize) -> Result<Vec<Letter>, LedgerError> {
        self.wait(async |store| read::due(store, channel, now, limit).await)
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, LedgerError> {
        self.wait(async |store| read::next_due(store).await)
    }

    fn letter(&mut self, letter: &Identity) -> Result<Option<Letter>, LedgerError> {
        self.wait(async |store| read::letter(store, letter).await)
    }

    fn letters(&mut self, state: Option<LetterState>, limit: usize) -> Result<Vec<Letter>, LedgerError> {
        self.wait(async |store| read::letters(store, state, limit).await)
    }

    fn told_in(&mut self, letter: &Identity, limit: usize) -> Result<(Vec<Owed>, u64), LedgerError> {
        self.wait(async |store| read::told_in(store, letter, limit).await)
    }

    fn entries(&mut self, notice: &Identity) -> Result<Vec<Entry>, LedgerError> {
        self.wait(async |store| read::entries(store, notice).await)
    }

    fn attempts(&mut self, letter: &Identity) -> Result<Vec<Attempt>, LedgerError> {
        self.wait(async |store| read::attempts(store, letter).await)
    }

    fn sent_since(&mut self, channel: &str, since: Timestamp) -> Result<u64, LedgerError> {
        self.wait(async |store| read::sent_since(store, channel, since).await)
    }

    fn mutes(&mut self, now: Timestamp) -> Result<Vec<Mute>, LedgerError> {
        self.wait(async |store| read::mutes(store, now).await)
    }

    fn counts(&mut self, since: Timestamp) -> Result<Counts, LedgerError> {
        self.wait(async |store| read::counts(store, since).await)
    }

    fn forget(&mut self, before: Timestamp, limit: usize) -> Result<bool, LedgerError> {
        self.wait(async |store| forget::forget(store, before, limit).await)
    }
}
