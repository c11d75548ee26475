//! A commit that is too great for one transaction, written ahead.
//!
//! 1. The changes are written, compressed, in chunks that nobody looks at yet.
//! 2. One transaction raises the version and names the journal: from here on the commit is done.
//! 3. The changes are carried over into the rows, slice by slice, each only while the journal is still named.
//! 4. The name is taken back, and the chunks are deleted.
//!
//! Whoever reads the version and finds a journal named does the third and the fourth step before anything else, and no commit
//! can be made meanwhile. So nobody acts on half of a commit, whoever dies and wherever.

use std::time::{Duration, SystemTime};

use trailbell_outbox::LedgerError;

use super::item::{Attribute, Item};
use super::key::Key;
use super::row::{self, Damage};
use super::table::{Change, Query, Range, Table};
use super::version::Pending;

/// The partition of the chunks.
const KIND: &str = "journal";
/// Bytes of a chunk: an item may have 400 KB.
const CHUNK: usize = 350_000;
/// When the table may delete chunks by itself. Those of a commit that was never made are good for nothing after minutes; those
/// of one that was made must be there when a function that was stopped for a holiday goes on.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// The most of a transaction: 100 items, one of which is the version's, and 4 MB.
const ITEMS_AT_ONCE: usize = 99;
const BYTES_AT_ONCE: usize = 3_500_000;

/// Whether the changes fit into one transaction beside the version.
pub(crate) fn fits_one_transaction(changes: &[Change]) -> bool {
    changes.len() <= ITEMS_AT_ONCE && changes.iter().map(Change::size).sum::<usize>() <= BYTES_AT_ONCE
}

/// The changes in slices that each fit into one transaction.
pub(crate) fn slices(mut changes: &[Change]) -> impl Iterator<Item = &[Change]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = changes.iter().take(ITEMS_AT_ONCE).take_while(|change| {
            bytes += change.size();
            bytes <= BYTES_AT_ONCE
        });
        let (slice, rest) = changes.split_at(fitting.count());
        changes = rest;
        (!slice.is_empty()).then_some(slice)
    })
}

fn chunk(journal: &str, number: u64) -> Key {
    Key::new(KIND, format!("{journal}/{number:06}"))
}

/// Writes the chunks of a new journal.
pub(crate) async fn write(
    table: &Table,
    changes: &[Change],
    journal: String,
) -> Result<Pending, LedgerError> {
    let text = serde_json::to_vec(changes).map_err(|error| table.place.broken(&error.to_string()))?;
    let until = SystemTime::now() + KEPT;
    let until = until.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut pending = Pending { journal, chunks: 0 };
    for piece in row::pack(&text).chunks(CHUNK) {
        let item = Item::at(&chunk(&pending.journal, pending.chunks))
            .with("row", Attribute::B(piece.to_vec()))
            .with("expires", Attribute::number(until));
        table.put(&item).await.map_err(|error| table.place.error(&error))?;
        pending.chunks += 1;
    }
    Ok(pending)
}

/// The changes of a journal; `None` where its chunks are not all there (any more).
pub(crate) async fn read(table: &Table, pending: &Pending) -> Result<Option<Vec<Change>>, LedgerError> {
    let query = Query::of(KIND, Range::BeginsWith(format!("{}/", pending.journal)));
    let items = table.pages(query).all().await?;
    if items.len() as u64 != pending.chunks {
        return Ok(None);
    }
    let packed: Vec<u8> = items.iter().filter_map(|item| item.bytes("row")).flatten().copied().collect();
    let changes = row::unpack(&packed).and_then(|text| serde_json::from_slice(&text).ok());
    let damage = || table.place.damaged(&Damage(format!("the journal {} cannot be read", pending.journal)));
    changes.ok_or_else(damage).map(Some)
}

/// Deletes the chunks. Where that does not succeed, the table does it by itself later.
pub(crate) async fn remove(table: &Table, pending: &Pending) {
    for number in 0..pending.chunks {
        if table.delete(&chunk(&pending.journal, number)).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(number: usize, size: usize) -> Change {
        Change::Put(
            Item::at(&Key::new("state", number.to_string())).with("row", Attribute::B(vec![0; size])),
            0,
        )
    }

    #[test]
    fn slices_hold_everything_in_order_and_none_is_too_great() {
        let changes: Vec<Change> = (0..400).map(|number| change(number, number * 1_000 % 390_000)).collect();
        assert!(!fits_one_transaction(&changes));
        let all: Vec<&[Change]> = slices(&changes).collect();
        assert_eq!(all.concat(), changes);
        assert!(all.iter().all(|slice| !slice.is_empty() && fits_one_transaction(slice)));
        assert_eq!(slices(&[]).count(), 0);
    }
}
