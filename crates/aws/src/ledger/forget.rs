//! Forgetting: a bounded slice of what is past keeping.
//!
//! What waits is never touched: events held and their sightings, waiting letters, the notices they tell, and all that is
//! entered for those. A sighting also stays as long as the notice it points to, and an ended letter as long as a notice
//! whose story it is part of: what can still be shown can be shown whole.

use std::collections::BTreeSet;

use jiff::Timestamp;
use trailbell_outbox::{Fate, Identity, LedgerError, LetterState, Mute};

use super::draft::Draft;
use super::key::{self, Key};
use super::row::{Damage, Kept, Notice, Posted, Row, Seen};
use super::store::Store;
use super::table::{Query, Range};

type Result<T> = std::result::Result<T, LedgerError>;

/// Most of each kind at once, whatever is asked for: other copies wait while it is done.
const AT_ONCE: usize = 250;
/// How many are looked at together.
const LOOKED_AT: usize = 100;

/// Forgets at most `limit` of each kind of thing that is older than `before`; whether there is more.
pub(crate) async fn forget(store: &mut Store, before: Timestamp, limit: usize) -> Result<bool> {
    store.ready().await?;
    let mut slice = Slice { store, draft: Draft::default(), before, limit: limit.min(AT_ONCE), more: false };
    // In this order: what goes first is what the next ones stay for.
    slice.notices().await?;
    slice.letters().await?;
    slice.sightings().await?;
    slice.mutes().await?;
    let Slice { draft, more, .. } = slice;
    let (changes, after) = draft.changes();
    store.write(&changes, after, None).await?;
    Ok(more)
}

struct Slice<'a> {
    store: &'a mut Store,
    draft: Draft,
    before: Timestamp,
    limit: usize,
    more: bool,
}

impl Slice<'_> {
    fn read<T: Kept>(&self, row: &Row) -> Result<T> {
        row.read().map_err(|damage| self.damaged(&damage))
    }

    fn damaged(&self, damage: &Damage) -> LedgerError {
        self.store.table.place.damaged(damage)
    }

    /// What is older, by an index that begins with the time.
    fn older(&self, by: &'static str, kind: &str, prefix: &str) -> Query {
        let range = Range::Between(format!("{prefix}0"), format!("{prefix}{}", key::time(self.before)));
        Query::by(by, kind, range).at_once(LOOKED_AT)
    }

    /// Makes the draft know these rows.
    async fn know(&mut self, keys: BTreeSet<Key>) -> Result<()> {
        let rows = self.store.rows(keys).await?;
        self.draft.know(rows);
        Ok(())
    }

    fn letter(&self, letter: &Identity) -> Result<Option<Posted>> {
        self.draft.get(&Key::of("letter", letter)).map_err(|damage| self.damaged(&damage))
    }

    async fn notices(&mut self) -> Result<()> {
        let table = self.store.table.clone();
        let mut pages = table.pages(self.older("l1", "notice", ""));
        let mut gone = 0;
        while let Some(items) = pages.next().await? {
            let rows = self.store.whole(items).await?;
            let notices = rows.iter().map(|(_, row)| self.read(row)).collect::<Result<Vec<Notice>>>()?;
            let letters =
                notices.iter().flat_map(|notice| &notice.to).filter_map(|(_, letter)| letter.as_ref());
            self.know(letters.map(|letter| Key::of("letter", letter)).collect()).await?;
            let entries = notices.iter().flat_map(|Notice { owed, to }| {
                to.iter().map(|(channel, _)| Key::entry(&owed.notice, channel))
            });
            self.know(entries.collect()).await?;
            for (notice, row) in notices.iter().zip(rows) {
                if self.waits(notice)? {
                    continue;
                }
                if gone == self.limit {
                    self.more = true;
                    return Ok(());
                }
                gone += 1;
                self.draft.know([row]);
                self.forget_notice(notice)?;
            }
        }
        Ok(())
    }

    fn waits(&self, notice: &Notice) -> Result<bool> {
        for letter in notice.to.iter().filter_map(|(_, letter)| letter.as_ref()) {
            if self.letter(letter)?.is_some_and(|posted| posted.letter.state == LetterState::Waiting) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn forget_notice(&mut self, notice: &Notice) -> Result<()> {
        for (channel, letter) in &notice.to {
            self.draft.delete(Key::entry(&notice.owed.notice, channel));
            let Some(letter) = letter else { continue };
            if let Some(mut posted) = self.letter(letter)? {
                posted.entries = posted.entries.saturating_sub(1);
                self.draft.put(&posted).map_err(|damage| self.damaged(&damage))?;
            }
        }
        self.draft.delete(notice.key());
        Ok(())
    }

    async fn letters(&mut self) -> Result<()> {
        let mut old: Vec<(Posted, (Key, Row))> = Vec::new();
        for state in [LetterState::Sent, LetterState::Dead] {
            let table = self.store.table.clone();
            let mut pages = table.pages(self.older("l2", "letter", key::state(state)));
            let mut found = 0;
            'pages: while let Some(items) = pages.next().await? {
                for row in self.store.whole(items).await? {
                    let posted: Posted = self.read(&row.1)?;
                    // Its notice may just have been forgotten.
                    let posted = self.letter(&posted.letter.letter)?.unwrap_or(posted);
                    if posted.entries > 0 {
                        continue;
                    }
                    old.push((posted, row));
                    found += 1;
                    if found > self.limit {
                        break 'pages;
                    }
                }
            }
        }
        old.sort_by_key(|(posted, _)| posted.letter.ended);
        self.more |= old.len() > self.limit;
        old.truncate(self.limit);
        let attempts: BTreeSet<Key> = old
            .iter()
            .flat_map(|(posted, _)| {
                (1..=posted.kept_attempts).map(|number| Key::attempt(&posted.letter.letter, number))
            })
            .collect();
        self.know(attempts.clone()).await?;
        for key in attempts {
            self.draft.delete(key);
        }
        for (posted, row) in old {
            self.draft.know([row]);
            self.draft.delete(posted.key());
        }
        Ok(())
    }

    async fn sightings(&mut self) -> Result<()> {
        let table = self.store.table.clone();
        let mut pages = table.pages(self.older("l2", "seen", ""));
        let mut gone = 0;
        while let Some(items) = pages.next().await? {
            let rows = self.store.whole(items).await?;
            let seen = rows.iter().map(|(_, row)| self.read(row)).collect::<Result<Vec<Seen>>>()?;
            let keepers = |seen: &Seen| {
                let notice = match &seen.sighting.fate {
                    Fate::Told { notice } | Fate::Folded { notice } => Some(Key::of("notice", notice)),
                    Fate::Held
                    | Fate::Again
                    | Fate::Ignored
                    | Fate::Counted
                    | Fate::Late
                    | Fate::Unmet
                    | Fate::Shared { .. } => None,
                };
                [Some(Key::of("held", &seen.event)), notice]
            };
            let keys = seen.iter().flat_map(keepers).flatten().filter(|key| !self.draft.deletes(key));
            let there = table.get_all(&keys.collect(), &["pk", "sk"]).await?;
            for (seen, row) in seen.iter().zip(rows) {
                if keepers(seen).iter().flatten().any(|key| there.contains_key(key)) {
                    continue;
                }
                if gone == self.limit {
                    self.more = true;
                    return Ok(());
                }
                gone += 1;
                self.draft.know([row]);
                self.draft.delete(seen.key());
            }
        }
        Ok(())
    }

    async fn mutes(&mut self) -> Result<()> {
        let rows = self.store.ask(Query::of("mute", Range::All)).await?;
        let mut old = Vec::new();
        for row in rows {
            let mute: Mute = self.read(&row.1)?;
            if mute.until < self.before {
                old.push((mute.until, row));
            }
        }
        old.sort_by_key(|(until, _)| *until);
        self.more |= old.len() > self.limit;
        for (_, row) in old.into_iter().take(self.limit) {
            self.draft.delete(row.0.clone());
            self.draft.know([row]);
        }
        Ok(())
    }
}
