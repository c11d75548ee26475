//! Every question the ledger answers. Each order ends with an identity: the same ledger always answers the same.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use trailbell_outbox::{
    Attempt, Counts, Entry, Held, Identity, LedgerError, Letter, LetterState, Listed, Mute, Owed, Sighting,
};

use super::item::Item;
use super::key::{self, Key};
use super::row::{Damage, Kept, Notice, Position, Posted, Row, Seen, State, Tried};
use super::store::Store;
use super::table::{Query, Range};

type Result<T> = std::result::Result<T, LedgerError>;

/// Sorts after everything that begins with digits.
const END: &str = "~";

fn read<T: Kept>(store: &Store, key: &Key, row: &Row) -> Result<T> {
    let damaged = |damage: Damage| Damage(format!("item {}, {}: {}", key.kind, key.name, damage.0));
    row.read().map_err(|damage| store.table.place.damaged(&damaged(damage)))
}

/// The thing with that key.
async fn one<T: Kept>(store: &mut Store, key: Key) -> Result<Option<T>> {
    store.ready().await?;
    let rows = store.rows(BTreeSet::from([key])).await?;
    rows.iter().next().map(|(key, row)| read(store, key, row)).transpose()
}

/// The first `limit` of the things a question finds, in its order, that are wanted.
async fn first<T: Kept>(
    store: &Store,
    mut query: Query,
    limit: usize,
    wanted: impl Fn(&T) -> bool,
    all_are: bool,
) -> Result<Vec<T>> {
    let mut found = Vec::new();
    if limit == 0 {
        return Ok(found);
    }
    // A page is 1 MB at most anyway.
    if all_are && limit < 10_000 {
        query = query.at_once(limit);
    }
    let mut pages = store.table.pages(query);
    while let Some(items) = pages.next().await? {
        for (key, row) in store.whole(items).await? {
            let thing = read(store, &key, &row)?;
            if wanted(&thing) {
                found.push(thing);
                if found.len() == limit {
                    return Ok(found);
                }
            }
        }
    }
    Ok(found)
}

/// Everything a question finds.
async fn all<T: Kept>(store: &Store, query: Query) -> Result<Vec<T>> {
    let rows = store.ask(query).await?;
    rows.iter().map(|(key, row)| read(store, key, row)).collect()
}

pub(crate) async fn sightings(store: &mut Store, events: &[Identity]) -> Result<Vec<Option<Sighting>>> {
    store.ready().await?;
    let key = |event| Key::of("seen", event);
    let rows = store.rows(events.iter().map(key).collect()).await?;
    let found = events.iter().map(|event| {
        let key = key(event);
        rows.get(&key).map(|row| read::<Seen>(store, &key, row).map(|seen| seen.sighting)).transpose()
    });
    found.collect()
}

pub(crate) async fn held(
    store: &mut Store,
    after: Option<(i64, &Identity)>,
    limit: usize,
) -> Result<Vec<Held>> {
    store.ready().await?;
    let range = match after {
        Some((time, event)) => Range::After(format!("{}/{event}", key::micros(time))),
        None => Range::All,
    };
    first(store, Query::by("l1", "held", range), limit, |_| true, true).await
}

pub(crate) async fn position(store: &mut Store, source: &str) -> Result<Option<String>> {
    let found = one::<Position>(store, Key::named("position", source)).await?;
    Ok(found.map(|found| found.position))
}

pub(crate) async fn state(store: &mut Store, prefix: &str) -> Result<Vec<(String, String)>> {
    store.ready().await?;
    store.state().await?;
    let mut found = Vec::new();
    let rows: Vec<(Key, Row)> = {
        let state = store.state().await?;
        let may = state.iter().filter(|(key, _)| key.may_begin_with(prefix));
        may.map(|(key, row)| (key.clone(), row.clone())).collect()
    };
    for (key, row) in &rows {
        let State { key, value } = read(store, key, row)?;
        if key.starts_with(prefix) {
            found.push((key, value));
        }
    }
    found.sort();
    Ok(found)
}

pub(crate) async fn notice(store: &mut Store, notice: &Identity) -> Result<Option<Owed>> {
    Ok(one::<Notice>(store, Key::of("notice", notice)).await?.map(|notice| notice.owed))
}

pub(crate) async fn find(store: &mut Store, event_id: &str) -> Result<Vec<(Identity, Sighting)>> {
    store.ready().await?;
    let query = Query::by("l1", "seen", Range::Equals(key::hashed(event_id)));
    let mut found: Vec<Seen> = all(store, query).await?;
    found.retain(|seen| seen.sighting.event_id.as_deref() == Some(event_id));
    found.sort_by(|one, other| one.event.cmp(&other.event));
    Ok(found.into_iter().map(|seen| (seen.event, seen.sighting)).collect())
}

pub(crate) async fn notices(store: &mut Store, listed: &Listed) -> Result<Vec<Owed>> {
    store.ready().await?;
    let from = listed.since.map_or_else(|| "0".to_owned(), key::time);
    // What is told at that very time has more behind the time: it comes after.
    let to = listed.until.map_or_else(|| END.to_owned(), key::time);
    if from > to {
        // DynamoDB refuses such a range.
        return Ok(Vec::new());
    }
    let query = Query::by("l1", "notice", Range::Between(from, to)).backward();
    let is_wanted = |notice: &Notice| listed.minimum.is_none_or(|minimum| notice.owed.severity >= minimum);
    let found = first(store, query, listed.limit, is_wanted, listed.minimum.is_none()).await?;
    Ok(found.into_iter().map(|notice| notice.owed).collect())
}

pub(crate) async fn due(
    store: &mut Store,
    channel: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Letter>> {
    store.ready().await?;
    let query = Query::by("l1", "letter", Range::BeginsWith(key::waiting(channel)));
    let is_due = |posted: &Posted| posted.letter.due <= now && posted.letter.channel == channel;
    let found = first(store, query, limit, is_due, false).await?;
    Ok(found.into_iter().map(|posted| posted.letter).collect())
}

pub(crate) async fn next_due(store: &mut Store) -> Result<Option<Timestamp>> {
    store.ready().await?;
    let range = Range::BeginsWith(key::state(LetterState::Waiting).to_owned());
    let found = first(store, Query::by("l2", "letter", range), 1, |_| true, true).await?;
    Ok(found.first().map(|posted: &Posted| posted.letter.due))
}

pub(crate) async fn letter(store: &mut Store, letter: &Identity) -> Result<Option<Letter>> {
    Ok(one::<Posted>(store, Key::of("letter", letter)).await?.map(|posted| posted.letter))
}

pub(crate) async fn letters(
    store: &mut Store,
    state: Option<LetterState>,
    limit: usize,
) -> Result<Vec<Letter>> {
    store.ready().await?;
    let newest = Query::by("l3", "letter", Range::All).backward();
    let found: Vec<Posted> = match state {
        None => first(store, newest, limit, |_| true, true).await?,
        // Most of them are.
        Some(LetterState::Sent) => {
            let is_sent = |posted: &Posted| posted.letter.state == LetterState::Sent;
            first(store, newest, limit, is_sent, false).await?
        }
        // Few of them are.
        Some(state) => {
            let range = Range::BeginsWith(key::state(state).to_owned());
            let mut found: Vec<Posted> = all(store, Query::by("l2", "letter", range)).await?;
            found.sort_by_key(|posted| Reverse((posted.letter.opened, posted.letter.letter.clone())));
            found.truncate(limit);
            found
        }
    };
    Ok(found.into_iter().map(|posted| posted.letter).collect())
}

pub(crate) async fn told_in(store: &mut Store, letter: &Identity, limit: usize) -> Result<(Vec<Owed>, u64)> {
    store.ready().await?;
    let query = Query::by("l1", "entry", Range::Equals(letter.to_string())).only(&["sk"]);
    let entries = store.table.pages(query).all().await?;
    let notice = |entry: &Item| entry.text("sk")?.split('/').next().map(|notice| Key::new("notice", notice));
    let mut told: Vec<Key> = entries.iter().filter_map(notice).collect();
    let in_all = told.len() as u64;
    // Only the times are sorted: a digest may tell thousands, and facts are long.
    let items = store.table.get_all(&told.iter().cloned().collect(), &["pk", "sk", "time"]).await?;
    told.retain(|notice| items.contains_key(notice));
    told.sort_by_cached_key(|notice| {
        let time = items.get(notice).and_then(|item| item.text("time"));
        (time.is_none(), time.map(str::to_owned), notice.name.clone())
    });
    told.truncate(limit);
    let rows = store.rows(told.iter().cloned().collect()).await?;
    let told = told.iter().filter_map(|key| Some((key, rows.get(key)?)));
    let told = told.map(|(key, row)| read::<Notice>(store, key, row).map(|notice| notice.owed));
    Ok((told.collect::<Result<_>>()?, in_all))
}

pub(crate) async fn entries(store: &mut Store, notice: &Identity) -> Result<Vec<Entry>> {
    store.ready().await?;
    let query = Query::of("entry", Range::BeginsWith(format!("{notice}/")));
    let mut found: Vec<Entry> = all(store, query).await?;
    found.sort_by(|one, other| one.channel.cmp(&other.channel));
    Ok(found)
}

pub(crate) async fn attempts(store: &mut Store, letter: &Identity) -> Result<Vec<Attempt>> {
    store.ready().await?;
    let query = Query::of("attempt", Range::BeginsWith(format!("{letter}/")));
    let found: Vec<Tried> = all(store, query).await?;
    Ok(found.into_iter().map(|tried| tried.attempt).collect())
}

/// Letters in a state that ended then or later.
fn ended(state: LetterState, since: Timestamp) -> Query {
    let state = key::state(state);
    Query::by("l2", "letter", Range::Between(format!("{state}{}", key::time(since)), format!("{state}{END}")))
}

pub(crate) async fn sent_since(store: &mut Store, channel: &str, since: Timestamp) -> Result<u64> {
    store.ready().await?;
    let sent = store.table.pages(ended(LetterState::Sent, since).only(&["channel"])).all().await?;
    Ok(sent.iter().filter(|item| item.text("channel") == Some(channel)).count() as u64)
}

pub(crate) async fn mutes(store: &mut Store, now: Timestamp) -> Result<Vec<Mute>> {
    store.ready().await?;
    let mut mutes: Vec<Mute> = all(store, Query::of("mute", Range::All)).await?;
    mutes.retain(|mute| mute.until > now);
    mutes.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
    Ok(mutes)
}

pub(crate) async fn counts(store: &mut Store, since: Timestamp) -> Result<Counts> {
    store.ready().await?;
    let table = &store.table;
    let told = Range::Between(key::time(since), END.to_owned());
    let mut notices = [0; 5];
    for item in table.pages(Query::by("l1", "notice", told).only(&["rank"])).all().await? {
        let rank = item.number("rank").and_then(|rank| usize::try_from(rank).ok());
        if let Some(count) = rank.and_then(|rank| notices.get_mut(rank)) {
            *count += 1;
        }
    }
    let waiting = Range::BeginsWith(key::state(LetterState::Waiting).to_owned());
    let waiting = table.pages(Query::by("l2", "letter", waiting).only(&["channel"])).all().await?;
    let mut by_channel: BTreeMap<String, u64> = BTreeMap::new();
    for channel in waiting.iter().filter_map(|item| item.text("channel")) {
        *by_channel.entry(channel.to_owned()).or_default() += 1;
    }
    Ok(Counts {
        notices,
        sent: table.pages(ended(LetterState::Sent, since)).count().await?,
        dead: table.pages(ended(LetterState::Dead, since)).count().await?,
        waiting: waiting.len() as u64,
        waiting_by_channel: by_channel.into_iter().collect(),
        held: table.pages(Query::of("held", Range::All)).count().await?,
        // DynamoDB says it once in six hours, and only to who may describe the table.
        bytes: 0,
    })
}
