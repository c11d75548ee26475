//! The ledger on `SQLite`: [`trailbell_outbox::Ledger`] in one file, written ahead (WAL) and synced before a commit
//! returns (`synchronous=FULL`), so that neither a killed process nor a lost power supply loses or halves a batch.
//!
//! - [`SqliteLedger::open`] makes the file where there is none, readable by its owner alone, and brings an older one up to
//!   date; [`SqliteLedger::open_existing`] is for commands that only look or change a word.
//! - Other processes may read at any time, also with the `sqlite3` shell: `src/schema/1.sql` says what the tables hold.
//!   One may write while another does for as long as [`Options::busy_timeout`]; then it is told so.
//! - [`Options::max_size`] bounds the file. What takes new events stops first, sending goes on longer, and
//!   forgetting works to the end.
//!
//! ```
//! use trailbell_ledger_sqlite::{Options, SqliteLedger};
//! use trailbell_outbox::{Batch, Ledger};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("ledger.db");
//! let mut ledger = SqliteLedger::open(&path, &Options::default())?;
//! ledger.commit(&Batch { positions: vec![("folder".into(), "2026-08-14.json".into())], ..Batch::default() })?;
//! assert_eq!(ledger.position("folder")?.as_deref(), Some("2026-08-14.json"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod forget;
mod ledger;
mod open;
mod read;
mod room;
mod row;
mod schema;
mod write;

pub use ledger::SqliteLedger;
pub use open::Options;
