//! What the tests of the ledger on `SQLite` share: places for ledgers.

#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

use trailbell_ledger_sqlite::{Options, SqliteLedger};
use trailbell_outbox::Ledger;
use trailbell_outbox::testing::Place;
pub(crate) use trailbell_outbox::testing::things::*;

/// A folder of its own for a ledger.
pub(crate) struct Folder(tempfile::TempDir);

/// Somewhere new.
pub(crate) fn new_place() -> Folder {
    Folder(tempfile::tempdir().unwrap())
}

impl Place for Folder {
    fn open(&self) -> Box<dyn Ledger> {
        Box::new(SqliteLedger::open(&self.0.path().join("ledger.db"), &Options::default()).unwrap())
    }
}

/// A ledger in a folder of its own, which goes with it.
pub(crate) fn new_ledger() -> (tempfile::TempDir, SqliteLedger) {
    new_ledger_with(&Options::default())
}

pub(crate) fn new_ledger_with(options: &Options) -> (tempfile::TempDir, SqliteLedger) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db"), options).unwrap();
    (folder, ledger)
}
