//! Every question the ledger answers, one statement each. Each order ends with an identity: the same ledger
//! always answers the same. Where `SQLite` would take the index by state, under which what was sent only grows, the
//! better one is named.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, Result, Row, params};
use trailbell_outbox::{
    Attempt, Counts, Entry, Held, Identity, Letter, LetterState, Listed, Mute, Owed, Sighting,
};

use crate::row::{self, LETTER, NOTICE, SIGHTING, millis};

fn all<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map(parameters, read)?.collect()
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: fn(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    connection.prepare_cached(sql)?.query_row(parameters, read).optional()
}

fn count(connection: &Connection, sql: &str, parameters: impl Params) -> Result<u64> {
    let count: i64 = connection.prepare_cached(sql)?.query_row(parameters, |row| row.get(0))?;
    Ok(count.max(0).cast_unsigned())
}

pub(crate) fn sightings(connection: &mut Connection, events: &[Identity]) -> Result<Vec<Option<Sighting>>> {
    // All from one moment, and the locks are taken once.
    let transaction = connection.transaction()?;
    let sql = format!("SELECT {SIGHTING} FROM sighting WHERE event = ?1");
    let mut statement = transaction.prepare_cached(&sql)?;
    events
        .iter()
        .map(|event| statement.query_row([event.as_str()], row::sighting).optional())
        .map(|found| Ok(found?.map(|(_, sighting)| sighting)))
        .collect()
}

pub(crate) fn held(
    connection: &Connection,
    after: Option<(i64, &Identity)>,
    limit: usize,
) -> Result<Vec<Held>> {
    // An empty name sorts before every identity.
    let (time, event) = after.map_or((i64::MIN, ""), |(time, event)| (time, event.as_str()));
    all(
        connection,
        "SELECT event, time, arrived, text FROM held WHERE (time, event) > (?1, ?2) ORDER BY time, event LIMIT ?3",
        params![time, event, row::limit(limit)],
        row::held,
    )
}

pub(crate) fn position(connection: &Connection, source: &str) -> Result<Option<String>> {
    one(connection, "SELECT position FROM position WHERE source = ?1", [source], |row| row.get(0))
}

pub(crate) fn state(connection: &Connection, prefix: &str) -> Result<Vec<(String, String)>> {
    let mut statement =
        connection.prepare_cached("SELECT key, value FROM state WHERE key >= ?1 ORDER BY key")?;
    // Text is ordered by its bytes: what begins with the prefix stands together, from the prefix on.
    statement
        .query_map([prefix], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?
        .take_while(|pair| pair.as_ref().map_or(true, |(key, _)| key.starts_with(prefix)))
        .collect()
}

pub(crate) fn notice(connection: &Connection, notice: &Identity) -> Result<Option<Owed>> {
    let sql = format!("SELECT {NOTICE} FROM notice WHERE notice = ?1");
    one(connection, &sql, [notice.as_str()], row::owed)
}

pub(crate) fn find(connection: &Connection, event_id: &str) -> Result<Vec<(Identity, Sighting)>> {
    let sql = format!("SELECT {SIGHTING} FROM sighting WHERE event_id = ?1 ORDER BY event");
    all(connection, &sql, [event_id], row::sighting)
}

pub(crate) fn notices(connection: &Connection, listed: &Listed) -> Result<Vec<Owed>> {
    let sql = format!(
        "SELECT {NOTICE} FROM notice WHERE told_at >= ?1 AND told_at < ?2 AND severity >= ?3 \
         ORDER BY told_at DESC, time DESC, notice DESC LIMIT ?4"
    );
    let parameters = params![
        listed.since.map_or(i64::MIN, millis),
        listed.until.map_or(i64::MAX, millis),
        listed.minimum.map_or(0, row::rank),
        row::limit(listed.limit)
    ];
    all(connection, &sql, parameters, row::owed)
}

pub(crate) fn due(
    connection: &Connection,
    channel: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Letter>> {
    let sql = format!(
        "SELECT {LETTER} FROM letter INDEXED BY letter_waiting_gravest WHERE state = 'waiting' AND due <= ?1 \
         AND channel = ?3 ORDER BY severity DESC, due, letter LIMIT ?2"
    );
    all(connection, &sql, params![millis(now), row::limit(limit), channel], row::letter)
}

pub(crate) fn next_due(connection: &Connection) -> Result<Option<Timestamp>> {
    one(
        connection,
        "SELECT min(due) FROM letter INDEXED BY letter_waiting_next WHERE state = 'waiting'",
        [],
        row::some_time,
    )
    .map(Option::flatten)
}

pub(crate) fn letter(connection: &Connection, letter: &Identity) -> Result<Option<Letter>> {
    let sql = format!("SELECT {LETTER} FROM letter WHERE letter = ?1");
    one(connection, &sql, [letter.as_str()], row::letter)
}

pub(crate) fn letters(
    connection: &Connection,
    state: Option<LetterState>,
    limit: usize,
) -> Result<Vec<Letter>> {
    let limit = row::limit(limit);
    if let Some(state) = state {
        let sql = format!(
            "SELECT {LETTER} FROM letter WHERE state = ?1 ORDER BY opened DESC, letter DESC LIMIT ?2"
        );
        all(connection, &sql, params![row::state_word(state), limit], row::letter)
    } else {
        let sql = format!("SELECT {LETTER} FROM letter ORDER BY opened DESC, letter DESC LIMIT ?1");
        all(connection, &sql, [limit], row::letter)
    }
}

pub(crate) fn told_in(
    connection: &mut Connection,
    letter: &Identity,
    limit: usize,
) -> Result<(Vec<Owed>, u64)> {
    let transaction = connection.transaction()?;
    let in_all = count(&transaction, "SELECT count(*) FROM entry WHERE letter = ?1", [letter.as_str()])?;
    // Only the names are sorted: a digest may tell thousands, and facts are long.
    let names = all(
        &transaction,
        "SELECT notice.notice FROM entry JOIN notice ON notice.notice = entry.notice WHERE entry.letter = ?1 \
         ORDER BY notice.time NULLS LAST, notice.notice LIMIT ?2",
        params![letter.as_str(), row::limit(limit)],
        row::identity,
    )?;
    let mut told = Vec::with_capacity(names.len());
    for name in &names {
        told.extend(notice(&transaction, name)?);
    }
    Ok((told, in_all))
}

pub(crate) fn entries(connection: &Connection, notice: &Identity) -> Result<Vec<Entry>> {
    let sql = "SELECT notice, channel, letter, why FROM entry WHERE notice = ?1 ORDER BY channel";
    all(connection, sql, [notice.as_str()], row::entry)
}

pub(crate) fn attempts(connection: &Connection, letter: &Identity) -> Result<Vec<Attempt>> {
    let sql = "SELECT at, taken, detail FROM attempt WHERE letter = ?1 ORDER BY number";
    all(connection, sql, [letter.as_str()], row::attempt)
}

pub(crate) fn sent_since(connection: &Connection, channel: &str, since: Timestamp) -> Result<u64> {
    let sql = "SELECT count(*) FROM letter INDEXED BY letter_ended \
               WHERE state = 'sent' AND channel = ?1 AND ended >= ?2";
    count(connection, sql, params![channel, millis(since)])
}

pub(crate) fn mutes(connection: &Connection, now: Timestamp) -> Result<Vec<Mute>> {
    let sql = "SELECT id, rule, principal, address, created, until, author, reason FROM mute \
               WHERE until > ?1 ORDER BY created, id";
    all(connection, sql, [millis(now)], row::mute)
}

/// All but the bytes of the write-ahead log, which `SQLite` does not say.
pub(crate) fn counts(connection: &mut Connection, since: Timestamp) -> Result<Counts> {
    let transaction = connection.transaction()?;
    let since = millis(since);
    let mut notices = [0; 5];
    let by_severity = all(
        &transaction,
        "SELECT severity, count(*) FROM notice WHERE told_at >= ?1 GROUP BY severity",
        [since],
        |row| Ok((row.get::<_, u8>(0)?, row.get::<_, i64>(1)?)),
    )?;
    for (severity, number) in by_severity {
        if let Some(place) = notices.get_mut(usize::from(severity)) {
            *place = number.max(0).cast_unsigned();
        }
    }
    let ended = "SELECT count(*) FROM letter INDEXED BY letter_ended WHERE state = ?1 AND ended >= ?2";
    let waiting_by_channel = all(
        &transaction,
        "SELECT channel, count(*) FROM letter WHERE state = 'waiting' GROUP BY channel ORDER BY channel",
        [],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.max(0).cast_unsigned())),
    )?;
    Ok(Counts {
        notices,
        sent: count(&transaction, ended, params!["sent", since])?,
        dead: count(&transaction, ended, params!["dead", since])?,
        waiting: waiting_by_channel.iter().map(|(_, waiting)| waiting).sum(),
        waiting_by_channel,
        held: count(&transaction, "SELECT count(*) FROM held", [])?,
        bytes: count(&transaction, "PRAGMA page_count", [])?.saturating_mul(count(
            &transaction,
            "PRAGMA page_size",
            [],
        )?),
    })
}
