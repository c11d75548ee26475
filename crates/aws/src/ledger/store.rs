//! What a handle knows of the ledger, and the one way to change it: from the version it knows to the next.
//!
//! Everything a handle has read is worth as much as the version it knew then: a commit is made only if that is still the
//! version. So rows may be kept and need not be asked for again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use trailbell_outbox::{Batch, LedgerError};

use super::item::Item;
use super::journal;
use super::key::Key;
use super::row::{self, Damage, Row};
use super::table::{Change, Query, Range, Table};
use super::version::{self, Meta, Pending, SCHEMA};
use crate::error::Error;

/// Bytes of rows that are kept in memory, without the state.
const KEPT_BYTES: usize = 16 << 20;
/// What a row costs beside its text.
const ROW_BYTES: usize = 300;
/// How often a row is read again whose rest was replaced in between.
const READ_AGAIN: usize = 4;

/// A ledger's table and what is known of it.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) table: Table,
    standing: Standing,
    /// A batch of which it turned out later that it had been committed, until that is said.
    settled: Option<Batch>,
    rows: Rows,
    /// The whole of the state, once some of it was asked for.
    state: Option<BTreeMap<Key, Row>>,
}

/// What is known of the version.
#[derive(Debug)]
enum Standing {
    Unknown,
    /// What the version's item said; a journal it names must be carried over before anything else.
    Known(Meta),
    /// A commit was tried that would have made it say so, and no answer came.
    Unsure {
        tried: Meta,
        batch: Option<Box<Batch>>,
    },
}

/// What became of a commit that was not answered.
enum Outcome {
    Done(Option<Box<Batch>>),
    NotDone,
}

/// Rows by key as they were read or written; `None` where there is none.
#[derive(Debug, Default)]
struct Rows {
    rows: HashMap<Key, Option<Row>>,
    bytes: usize,
}

impl Rows {
    fn note(&mut self, key: Key, row: Option<Row>) {
        let bytes = ROW_BYTES + row.as_ref().map_or(0, |row| row.text.len());
        if self.bytes + bytes > KEPT_BYTES {
            *self = Self::default();
        }
        self.bytes += bytes;
        self.rows.insert(key, row);
    }
}

/// 32 random digits. Two copies that start at the same instant get different ones: the seed is the operating system's.
fn fresh() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

impl Store {
    pub(crate) fn new(table: Table) -> Self {
        Self { table, standing: Standing::Unknown, settled: None, rows: Rows::default(), state: None }
    }

    fn drop_memory(&mut self) {
        self.rows = Rows::default();
        self.state = None;
    }

    fn overtaken(&mut self) -> LedgerError {
        self.standing = Standing::Unknown;
        self.settled = None;
        self.drop_memory();
        self.table.place.overtaken()
    }

    /// The item every commit goes through; version 0 where nothing was ever committed.
    async fn meta(&self) -> Result<Meta, LedgerError> {
        let place = &self.table.place;
        let found = self.table.get(&version::key()).await.map_err(|error| place.error(&error))?;
        let Some(item) = found else { return Ok(Meta::default()) };
        let meta = Meta::read(&item).ok_or_else(|| place.foreign("it has another `meta`"))?;
        if meta.schema > SCHEMA { Err(place.newer(meta.schema, SCHEMA)) } else { Ok(meta) }
    }

    /// Looks whether the table is a ledger's.
    pub(crate) async fn open(&mut self) -> Result<(), LedgerError> {
        if self.ready().await?.version == 0 {
            // An empty one: what was made without the indexes shall not fail at the first question.
            for index in ["l1", "l2", "l3"] {
                self.table.pages(Query::by(index, "letter", Range::All).at_once(1)).next().await?;
            }
        }
        Ok(())
    }

    /// Makes sure that the version is known and that nothing is half done.
    pub(crate) async fn ready(&mut self) -> Result<Meta, LedgerError> {
        loop {
            match &self.standing {
                Standing::Known(meta) => match meta.pending.clone() {
                    None => return Ok(meta.clone()),
                    Some(pending) => self.carry_over(&pending, None).await?,
                },
                Standing::Unknown => self.standing = Standing::Known(self.meta().await?),
                Standing::Unsure { .. } => {
                    if let Outcome::Done(batch) = self.clear_up().await? {
                        self.settled = batch.map(|batch| *batch);
                    }
                }
            }
        }
    }

    /// Whether the version that is known is still the version. Where it is not, it is known no more.
    pub(crate) async fn is_current(&mut self) -> Result<bool, LedgerError> {
        let known = self.ready().await?;
        let is_current = self.meta().await?.version == known.version;
        if !is_current {
            self.overtaken();
        }
        Ok(is_current)
    }

    /// Whether this very batch was committed before, which could not be said then. An error where another one was: what is to
    /// be committed now was decided without knowing of it.
    pub(crate) fn is_settled(&mut self, batch: &Batch) -> Result<bool, LedgerError> {
        match self.settled.take() {
            None => Ok(false),
            Some(settled) if settled == *batch => Ok(true),
            Some(_) => Err(self.overtaken()),
        }
    }

    /// Looks what became of a commit that was not answered.
    async fn clear_up(&mut self) -> Result<Outcome, LedgerError> {
        let meta = self.meta().await?;
        let Standing::Unsure { tried, batch } = &mut self.standing else {
            return Ok(Outcome::NotDone);
        };
        let commit = tried.commits.first();
        if commit.is_some_and(|commit| meta.commits.contains(commit)) {
            let batch = batch.take();
            // Where others have followed, it is still this version that is known: the next commit is overtaken.
            self.standing = Standing::Known(Meta { pending: meta.pending, ..tried.clone() });
            Ok(Outcome::Done(batch))
        } else if meta.version + 1 == tried.version {
            self.standing = Standing::Known(meta);
            Ok(Outcome::NotDone)
        } else {
            Err(self.overtaken())
        }
    }

    /// Makes the changes, all or none, if the version is still the one that is known. `after` is how the rows stand then;
    /// `batch` what the changes were made of.
    pub(crate) async fn write(
        &mut self,
        changes: &[Change],
        after: Vec<(Key, Option<Row>)>,
        batch: Option<&Batch>,
    ) -> Result<(), LedgerError> {
        if changes.is_empty() {
            // Also that a batch changes nothing was decided from the version that is known. Rows are read as they are, so what another
            // copy has done already looks like that.
            let holds = batch.is_none() || self.is_current().await?;
            return if holds { Ok(()) } else { Err(self.table.place.overtaken()) };
        }
        let known = self.ready().await?;
        let commit = fresh();
        let pending = if journal::fits_one_transaction(changes) {
            None
        } else {
            Some(journal::write(&self.table, changes, commit.clone()).await?)
        };
        let at_once = if pending.is_none() { changes } else { &[] };
        let next = version::next(&known, &commit, pending.clone());
        match self.table.transact(version::raise(&next), at_once, &commit).await {
            Ok(()) => {
                self.standing = Standing::Known(next);
                self.note(after);
            }
            Err(error) if is_refused(&error) => return Err(self.table.place.error(&error)),
            Err(error) => {
                // Either another copy was faster, or no answer came: also a first request may have been done whose repetition
                // was refused. The version's item tells.
                let batch = batch.cloned().map(Box::new);
                self.standing = Standing::Unsure { tried: next, batch };
                self.drop_memory();
                match self.clear_up().await {
                    Ok(Outcome::Done(_)) => {}
                    Ok(Outcome::NotDone) => {
                        let place = &self.table.place;
                        let is_odd = error.is_failed_condition();
                        return Err(if is_odd {
                            place.busy(&error.to_string())
                        } else {
                            place.error(&error)
                        });
                    }
                    Err(overtaken) => {
                        if let (Standing::Unknown, Some(pending)) = (&self.standing, &pending) {
                            journal::remove(&self.table, pending).await;
                        }
                        return Err(overtaken);
                    }
                }
            }
        }
        // Where others have followed already, they have finished it.
        if let (Some(pending), Standing::Known(meta)) = (&pending, &self.standing)
            && meta.pending.as_ref() == Some(pending)
        {
            // The commit is made. What is left of it is done now, or before whatever is done next.
            let _ = self.carry_over(pending, Some(changes)).await;
        }
        Ok(())
    }

    /// Carries a journal over into the rows, unless others have done it, and says so.
    async fn carry_over(&mut self, pending: &Pending, own: Option<&[Change]>) -> Result<(), LedgerError> {
        let read;
        let changes = if let Some(own) = own {
            Some(own)
        } else {
            read = journal::read(&self.table, pending).await?;
            read.as_deref()
        };
        match changes {
            Some(changes) => self.apply(pending, changes).await?,
            // They are deleted only once they are carried over.
            None if self.meta().await?.pending.as_ref() == Some(pending) => {
                let what = format!("not all of the journal {} is there", pending.journal);
                return Err(self.table.place.damaged(&Damage(what)));
            }
            None => {}
        }
        if let Standing::Known(meta) = &mut self.standing {
            meta.pending = None;
        }
        Ok(())
    }

    /// Carries the changes of a journal over, so far as nobody has finished that before.
    pub(crate) async fn apply(&self, pending: &Pending, changes: &[Change]) -> Result<(), LedgerError> {
        let table = &self.table;
        for slice in journal::slices(changes) {
            match table.transact(version::while_pending(&pending.journal), slice, &fresh()).await {
                Ok(()) => {}
                // Others have finished it.
                Err(error) if error.is_failed_condition() => return Ok(()),
                Err(error) => return Err(table.place.error(&error)),
            }
        }
        match table.update(version::clear(&pending.journal)).await {
            Err(error) if !error.is_failed_condition() => return Err(table.place.error(&error)),
            _ => {}
        }
        journal::remove(table, pending).await;
        Ok(())
    }

    fn note(&mut self, rows: Vec<(Key, Option<Row>)>) {
        for (key, row) in rows {
            match &mut self.state {
                Some(state) if key.kind == "state" => {
                    match row {
                        Some(row) => state.insert(key, row),
                        None => state.remove(&key),
                    };
                }
                _ => self.rows.note(key, row),
            }
        }
    }

    /// Those of the rows that are there.
    pub(crate) async fn rows(&mut self, keys: BTreeSet<Key>) -> Result<BTreeMap<Key, Row>, LedgerError> {
        let mut found = BTreeMap::new();
        let mut missing = BTreeSet::new();
        for key in keys {
            let known = match &self.state {
                Some(state) if key.kind == "state" => Some(state.get(&key).cloned()),
                _ => self.rows.rows.get(&key).cloned(),
            };
            match known {
                Some(Some(row)) => {
                    found.insert(key, row);
                }
                Some(None) => {}
                None => {
                    missing.insert(key);
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let items = self.table.get_all(&missing, &[]).await?;
        let read: BTreeMap<Key, Row> = self.whole(items.into_values().collect()).await?.into_iter().collect();
        let known = missing.into_iter().map(|key| (key.clone(), read.get(&key).cloned()));
        self.note(known.collect());
        found.extend(read);
        Ok(found)
    }

    /// The rows that items hold, with what they go on in, in the same order.
    pub(crate) async fn whole(&self, items: Vec<Item>) -> Result<Vec<(Key, Row)>, LedgerError> {
        let further: BTreeSet<Key> = items.iter().flat_map(row::more).collect();
        let rest = self.table.get_all(&further, &[]).await?;
        let mut rows = Vec::with_capacity(items.len());
        for item in items {
            let place = &self.table.place;
            let key = item.key().ok_or_else(|| place.broken("an item without its key came back"))?;
            match row::row(&item, &rest) {
                Ok(row) => rows.push((key, row)),
                Err(_) => rows.extend(self.again(&key).await?.map(|row| (key, row))),
            }
        }
        Ok(rows)
    }

    /// Reads one row again whose rest was not there: it may have been replaced in between.
    async fn again(&self, key: &Key) -> Result<Option<Row>, LedgerError> {
        let place = &self.table.place;
        let mut why = String::new();
        for _ in 0..READ_AGAIN {
            let item = self.table.get(key).await.map_err(|error| place.error(&error))?;
            let Some(item) = item else { return Ok(None) };
            let rest = self.table.get_all(&row::more(&item).into_iter().collect(), &[]).await?;
            match row::row(&item, &rest) {
                Ok(row) => return Ok(Some(row)),
                Err(damage) => why = damage.0,
            }
        }
        Err(place.damaged(&Damage(format!("item {}, {}: {why}", key.kind, key.name))))
    }

    /// All rows that answer a question.
    pub(crate) async fn ask(&self, query: Query) -> Result<Vec<(Key, Row)>, LedgerError> {
        self.whole(self.table.pages(query).all().await?).await
    }

    /// The state, read whole the first time.
    pub(crate) async fn state(&mut self) -> Result<&BTreeMap<Key, Row>, LedgerError> {
        if self.state.is_none() {
            self.state = Some(self.ask(Query::of("state", Range::All)).await?.into_iter().collect());
        }
        Ok(self.state.get_or_insert_default())
    }
}

/// Whether a transaction was certainly not done, now or before: DynamoDB would have nothing of it.
fn is_refused(error: &Error) -> bool {
    let status = error.status().unwrap_or(0);
    (400..500).contains(&status)
        && !error.is_failed_condition()
        && !error.is_conflict()
        && !error.is_transient()
}
