//! Forgetting: a bounded slice of what is past keeping, and giving the disk back what it took.
//!
//! What waits is never touched: events held and their sightings, waiting letters, the notices they tell, and all that is
//! entered for those. A sighting also stays as long as the notice it points to, and an ended letter as long as a notice
//! whose story it is part of: what can still be shown can be shown whole.

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Result, Transaction, TransactionBehavior, params};

use crate::room::{Purpose, Room};
use crate::row::millis;

/// Free pages that are left in the file for what comes next, at least.
const FREE_KEPT: i64 = 256;
/// Pages given back at once, at most: 16 MiB of the usual size.
const GIVEN_BACK: i64 = 4096;

const NOTICES: &str = "SELECT notice FROM notice WHERE told_at < ?1 AND NOT EXISTS \
    (SELECT 1 FROM entry JOIN letter ON letter.letter = entry.letter \
     WHERE entry.notice = notice.notice AND letter.state = 'waiting') ORDER BY told_at LIMIT ?2";
const LETTERS: &str = "SELECT letter FROM letter WHERE ended < ?1 AND state <> 'waiting' AND NOT EXISTS \
    (SELECT 1 FROM entry WHERE entry.letter = letter.letter) ORDER BY ended LIMIT ?2";
const SIGHTINGS: &str = "SELECT event FROM sighting WHERE at < ?1 \
    AND NOT EXISTS (SELECT 1 FROM held WHERE held.event = sighting.event) \
    AND NOT EXISTS (SELECT 1 FROM notice WHERE notice.notice = sighting.notice) ORDER BY at LIMIT ?2";
const MUTES: &str = "SELECT id FROM mute WHERE until < ?1 ORDER BY until LIMIT ?2";

/// Forgets at most `limit` of each kind of thing that is older than `before`; whether there is more.
pub(crate) fn forget(
    connection: &mut Connection,
    room: Room,
    before: Timestamp,
    limit: usize,
) -> Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    room.allow(&transaction, Purpose::Forgetting)?;
    let slice = Slice { transaction: &transaction, before: millis(before), limit };
    // In this order: what goes first is what the next ones stay for.
    let kinds: [(&str, &[&str]); 4] = [
        (NOTICES, &["DELETE FROM entry WHERE notice = ?1", "DELETE FROM notice WHERE notice = ?1"]),
        (LETTERS, &["DELETE FROM attempt WHERE letter = ?1", "DELETE FROM letter WHERE letter = ?1"]),
        (SIGHTINGS, &["DELETE FROM sighting WHERE event = ?1"]),
        (MUTES, &["DELETE FROM mute WHERE id = ?1"]),
    ];
    let (mut gone, mut more) = (0, false);
    for (which, deletes) in kinds {
        let (deleted, left) = slice.delete(which, deletes)?;
        gone += deleted;
        more |= left;
    }
    transaction.commit()?;
    if gone > 0 {
        // Only tidying: where another process is in the way, the next time will do.
        give_back(connection).or_else(|error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => Ok(()),
            _ => Err(error),
        })?;
    }
    Ok(more)
}

struct Slice<'a> {
    transaction: &'a Transaction<'a>,
    before: i64,
    limit: usize,
}

impl Slice<'_> {
    /// Deletes the first of those that `which` names; how many, and whether there are more.
    fn delete(&self, which: &str, deletes: &[&str]) -> Result<(usize, bool)> {
        let one_more = crate::row::limit(self.limit.saturating_add(1));
        let mut names: Vec<String> = self
            .transaction
            .prepare_cached(which)?
            .query_map(params![self.before, one_more], |row| row.get(0))?
            .collect::<Result<_>>()?;
        let more = names.len() > self.limit;
        names.truncate(self.limit);
        for delete in deletes {
            let mut statement = self.transaction.prepare_cached(delete)?;
            for name in &names {
                statement.execute([name])?;
            }
        }
        Ok((names.len(), more))
    }
}

/// Gives free pages back to the disk, where there are many, and carries the write-ahead log over into the file.
fn give_back(connection: &Connection) -> Result<()> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let (free, all) = (number("PRAGMA freelist_count")?, number("PRAGMA page_count")?);
    // An eighth is kept: the ledger of a steady account stays the same size, and need not move pages for it.
    let spare = free - (all / 8).max(FREE_KEPT);
    if spare > 0 {
        let sql = format!("PRAGMA incremental_vacuum({})", spare.min(GIVEN_BACK));
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        // Each step frees a page.
        while rows.next()?.is_some() {}
    }
    // Not waiting for anybody who reads.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}
