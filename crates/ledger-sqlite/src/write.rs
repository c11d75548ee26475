//! One batch, one transaction: everything in the order of [`Batch`]'s fields, or nothing.

use rusqlite::{Connection, Result, Transaction, TransactionBehavior, params};
use serde::Serialize;
use trailbell_outbox::{Batch, Entry, Identity, Letter, LetterChange, LetterState, Mute, Owed, Sighting};

use crate::room::{Purpose, Room};
use crate::row::{fate_columns, form_word, millis, millis_up, rank, state_word};

/// Does everything in the batch, or nothing.
pub(crate) fn commit(connection: &mut Connection, room: Room, batch: &Batch) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    room.allow(&transaction, Purpose::of(batch))?;
    see(&transaction, &batch.seen)?;
    hold(&transaction, batch)?;
    owe(&transaction, &batch.notices)?;
    write_letters(&transaction, &batch.letters)?;
    enter(&transaction, &batch.entries)?;
    change(&transaction, &batch.changes)?;
    remember(&transaction, batch)?;
    mute(&transaction, &batch.mutes)?;
    transaction.commit()
}

fn see(transaction: &Transaction<'_>, seen: &[(Identity, Sighting)]) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO sighting (event, event_id, at, fate, notice, first) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (event) DO UPDATE \
         SET fate = excluded.fate, notice = excluded.notice, first = excluded.first",
    )?;
    for (event, sighting) in seen {
        let (fate, notice, first) = fate_columns(&sighting.fate);
        statement.execute(params![
            event.as_str(),
            sighting.event_id,
            millis(sighting.at),
            fate,
            notice,
            first
        ])?;
    }
    Ok(())
}

fn hold(transaction: &Transaction<'_>, batch: &Batch) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO held (event, time, arrived, text) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (event) DO NOTHING",
    )?;
    for held in &batch.held {
        statement.execute(params![held.event.as_str(), held.time, millis(held.arrived), held.text])?;
    }
    let mut statement = transaction.prepare_cached("DELETE FROM held WHERE event = ?1")?;
    for event in &batch.released {
        statement.execute([event.as_str()])?;
    }
    Ok(())
}

fn owe(transaction: &Transaction<'_>, notices: &[Owed]) -> Result<()> {
    // Not REPLACE, which deletes first: the notice's entries refer to it.
    let mut statement = transaction.prepare_cached(
        "INSERT INTO notice (notice, event_id, time, told_at, severity, kind, outcome, account, principal, \
         principal_arn, is_root, address, rules, group_of, thread, facts) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
         ON CONFLICT (notice) DO UPDATE SET event_id = excluded.event_id, time = excluded.time, \
         told_at = excluded.told_at, severity = excluded.severity, kind = excluded.kind, \
         outcome = excluded.outcome, account = excluded.account, principal = excluded.principal, \
         principal_arn = excluded.principal_arn, is_root = excluded.is_root, address = excluded.address, \
         rules = excluded.rules, group_of = excluded.group_of, thread = excluded.thread, facts = excluded.facts",
    )?;
    for owed in notices {
        statement.execute(params![
            owed.notice.as_str(),
            owed.event_id,
            owed.time.map(millis),
            millis(owed.told_at),
            rank(owed.severity),
            owed.kind.word(),
            owed.outcome.word(),
            owed.account,
            owed.principal,
            owed.principal_arn,
            owed.is_root,
            owed.address,
            json(&owed.rules)?,
            owed.group.as_str(),
            owed.thread.as_str(),
            owed.facts
        ])?;
    }
    Ok(())
}

fn write_letters(transaction: &Transaction<'_>, letters: &[Letter]) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO letter (letter, channel, form, thread, severity, opened, due, state, attempts, \
         first_attempt, ended, bulletin) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
         ON CONFLICT (letter) DO UPDATE SET due = min(due, excluded.due), severity = max(severity, excluded.severity) \
         WHERE state = 'waiting'",
    )?;
    for letter in letters {
        statement.execute(params![
            letter.letter.as_str(),
            letter.channel,
            form_word(letter.form),
            letter.thread.as_str(),
            rank(letter.severity),
            millis(letter.opened),
            millis_up(letter.due),
            state_word(letter.state),
            letter.attempts,
            letter.first_attempt.map(millis),
            letter.ended.map(millis),
            letter.bulletin
        ])?;
    }
    Ok(())
}

fn enter(transaction: &Transaction<'_>, entries: &[Entry]) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO entry (notice, channel, letter, why) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (notice, channel) DO NOTHING",
    )?;
    for entry in entries {
        let letter = entry.letter.as_ref().map(Identity::as_str);
        statement.execute(params![entry.notice.as_str(), entry.channel, letter, json(&entry.why)?])?;
    }
    Ok(())
}

/// A letter that had ended and waits again begins anew: its first attempt is yet to come, so it is not given up at once.
/// A change to a letter that is not there (any more) changes nothing, and what was sent is not sent again.
fn change(transaction: &Transaction<'_>, changes: &[LetterChange]) -> Result<()> {
    let mut update = transaction.prepare_cached(
        "UPDATE letter SET state = ?2, due = CASE WHEN ?2 = 'waiting' THEN ?3 ELSE due END, \
         attempts = attempts + (?4 IS NOT NULL), \
         first_attempt = CASE WHEN ?2 = 'waiting' AND state <> 'waiting' THEN ?4 \
         ELSE coalesce(first_attempt, ?4) END, \
         ended = ?5 WHERE letter = ?1 AND NOT (state = 'sent' AND ?2 = 'waiting')",
    )?;
    let mut attempt = transaction.prepare_cached(
        "INSERT INTO attempt (letter, number, at, taken, detail) VALUES (?1, \
         (SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE letter = ?1), ?2, ?3, ?4)",
    )?;
    for change in changes {
        let letter = change.letter.as_str();
        let at = change.attempt.as_ref().map(|attempt| millis(attempt.at));
        let ended = (change.state != LetterState::Waiting).then(|| at.unwrap_or(millis(change.due)));
        let found =
            update.execute(params![letter, state_word(change.state), millis_up(change.due), at, ended])?;
        if found > 0
            && let Some(made) = &change.attempt
        {
            attempt.execute(params![letter, millis(made.at), made.taken, made.detail])?;
        }
    }
    Ok(())
}

fn remember(transaction: &Transaction<'_>, batch: &Batch) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO position (source, position) VALUES (?1, ?2) \
         ON CONFLICT (source) DO UPDATE SET position = excluded.position",
    )?;
    for (source, position) in &batch.positions {
        statement.execute([source, position])?;
    }
    let mut set = transaction.prepare_cached(
        "INSERT INTO state (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?;
    let mut remove = transaction.prepare_cached("DELETE FROM state WHERE key = ?1")?;
    for (key, value) in &batch.state {
        match value {
            Some(value) => set.execute([key, value])?,
            None => remove.execute([key])?,
        };
    }
    Ok(())
}

fn mute(transaction: &Transaction<'_>, mutes: &[Mute]) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO mute (id, rule, principal, address, created, until, author, reason) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for mute in mutes {
        statement.execute(params![
            mute.id,
            mute.rule,
            mute.principal,
            mute.address,
            millis(mute.created),
            millis(mute.until),
            mute.author,
            mute.reason
        ])?;
    }
    Ok(())
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
