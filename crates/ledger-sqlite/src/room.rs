//! How much room there is, and who may use the last of it.
//!
//! `PRAGMA max_page_count` makes `SQLite` refuse a transaction that would grow the file beyond. A single limit would also
//! stop what leads out of the trouble: marking letters sent, and deleting (which may need a page or two to rearrange
//! the tree). So the last part of the room is kept back in two reserves: one for sending, the very last for forgetting.

use rusqlite::{Connection, Result};
use trailbell_outbox::Batch;

/// The least that a ledger may be held to, in bytes: the empty tables and both reserves.
pub(crate) const LEAST: u64 = 1 << 20;
const LEAST_RESERVE: u64 = 128 << 10;
const GREATEST_RESERVE: u64 = 8 << 20;
/// `SQLite`'s own limit of pages, which is as good as none.
const UNLIMITED: u64 = 4_294_967_294;

/// How much room there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    max_size: Option<u64>,
    page_size: u64,
}

/// What room is wanted for, the most easily refused first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// New events and what is decided about them.
    Taking,
    /// What became of letters, words of trailbell's own, mutes, and what is remembered of them.
    Sending,
    /// Deleting.
    Forgetting,
}

impl Purpose {
    /// What this batch is for.
    pub(crate) fn of(batch: &Batch) -> Self {
        let takes = !(batch.seen.is_empty()
            && batch.held.is_empty()
            && batch.notices.is_empty()
            && batch.entries.is_empty());
        if takes { Self::Taking } else { Self::Sending }
    }
}

impl Room {
    /// `max_size` and `page_size` in bytes. A `max_size` below [`LEAST`] is taken as that.
    pub(crate) fn new(max_size: Option<u64>, page_size: u64) -> Self {
        Self { max_size: max_size.map(|size| size.max(LEAST)), page_size: page_size.max(512) }
    }

    pub(crate) const fn max_size(&self) -> Option<u64> {
        self.max_size
    }

    /// How many pages the file may have.
    fn pages(&self, purpose: Purpose) -> u64 {
        let Some(max) = self.max_size else { return UNLIMITED };
        let reserve = (max / 32).clamp(LEAST_RESERVE, GREATEST_RESERVE);
        let reserves = match purpose {
            Purpose::Taking => 2,
            Purpose::Sending => 1,
            Purpose::Forgetting => 0,
        };
        (max.saturating_sub(reserves * reserve) / self.page_size).clamp(1, UNLIMITED)
    }

    /// Sets the limit for the transaction that was just begun. A file that has grown beyond it already keeps
    /// its size, and what is free inside may be used.
    pub(crate) fn allow(&self, connection: &Connection, purpose: Purpose) -> Result<()> {
        let sql = format!("PRAGMA max_page_count = {}", self.pages(purpose));
        connection.prepare_cached(&sql)?.query_row([], |_| Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_events_stops_first_and_forgetting_has_the_last_page() {
        let room = Room::new(Some(64 << 20), 4096);
        assert_eq!(room.pages(Purpose::Forgetting), (64 << 20) / 4096);
        assert_eq!(room.pages(Purpose::Sending), (62 << 20) / 4096);
        assert_eq!(room.pages(Purpose::Taking), (60 << 20) / 4096);
    }

    #[test]
    fn without_a_limit_only_sqlites_own_holds() {
        assert_eq!(Room::new(None, 4096).pages(Purpose::Taking), UNLIMITED);
    }

    #[test]
    fn a_limit_below_what_empty_tables_need_is_raised_to_that() {
        let room = Room::new(Some(1), 4096);
        assert_eq!(room.max_size(), Some(LEAST));
        assert!(room.pages(Purpose::Taking) > 100);
    }
}
