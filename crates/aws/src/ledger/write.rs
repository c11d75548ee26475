//! One batch, one commit: everything in the order of [`Batch`]'s fields.

use std::collections::BTreeSet;

use trailbell_outbox::{Batch, Entry, Held, Identity, LedgerError, Letter, LetterChange, LetterState};

use super::draft::Draft;
use super::key::Key;
use super::row::{Damage, Kept, Notice, Position, Posted, Seen, State, Tried};
use super::store::Store;

/// Why a batch cannot be committed.
enum Fault {
    /// It refers to something that is nowhere.
    Loose(String),
    Damage(Damage),
}

impl From<Damage> for Fault {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

/// Does everything in the batch, or nothing.
pub(crate) async fn commit(store: &mut Store, batch: &Batch) -> Result<(), LedgerError> {
    if batch.is_empty() {
        return Ok(());
    }
    store.ready().await?;
    if store.is_settled(batch)? {
        return Ok(());
    }
    let mut draft = Draft::default();
    draft.know(store.rows(touched(batch)).await?);
    fill(&mut draft, batch).map_err(|fault| match fault {
        Fault::Damage(damage) => store.table.place.damaged(&damage),
        Fault::Loose(what) => store.table.place.broken(&what),
    })?;
    let (changes, after) = draft.changes();
    store.write(&changes, after, Some(batch)).await
}

/// Everything that must be known before it is decided what changes.
fn touched(batch: &Batch) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    keys.extend(batch.seen.iter().map(|(event, _)| Key::of("seen", event)));
    keys.extend(batch.held.iter().map(Kept::key));
    keys.extend(batch.released.iter().map(|event| Key::of("held", event)));
    keys.extend(batch.notices.iter().map(|owed| Key::of("notice", &owed.notice)));
    keys.extend(batch.letters.iter().map(|letter| Key::of("letter", &letter.letter)));
    for entry in &batch.entries {
        keys.insert(entry.key());
        keys.insert(Key::of("notice", &entry.notice));
        keys.extend(entry.letter.iter().map(|letter| Key::of("letter", letter)));
    }
    keys.extend(batch.changes.iter().map(|change| Key::of("letter", &change.letter)));
    keys.extend(batch.positions.iter().map(|(source, _)| Key::named("position", source)));
    keys.extend(batch.state.iter().map(|(key, _)| Key::named("state", key)));
    keys.extend(batch.mutes.iter().map(Kept::key));
    keys
}

fn fill(draft: &mut Draft, batch: &Batch) -> Result<(), Fault> {
    for (event, sighting) in &batch.seen {
        let known = draft.get::<Seen>(&Key::of("seen", event))?;
        let mut seen = known.unwrap_or_else(|| Seen { event: event.clone(), sighting: sighting.clone() });
        seen.sighting.fate = sighting.fate.clone();
        draft.put(&seen)?;
    }
    for held in &batch.held {
        if draft.get::<Held>(&held.key())?.is_none() {
            draft.put(held)?;
        }
    }
    for event in &batch.released {
        draft.delete(Key::of("held", event));
    }
    for owed in &batch.notices {
        let known = draft.get::<Notice>(&Key::of("notice", &owed.notice))?;
        let to = known.map(|notice| notice.to).unwrap_or_default();
        draft.put(&Notice { owed: owed.clone(), to })?;
    }
    for letter in &batch.letters {
        post(draft, letter)?;
    }
    for entry in &batch.entries {
        enter(draft, entry)?;
    }
    for change in &batch.changes {
        settle(draft, change)?;
    }
    for (source, position) in &batch.positions {
        draft.put(&Position { source: source.clone(), position: position.clone() })?;
    }
    for (key, value) in &batch.state {
        match value {
            Some(value) => draft.put(&State { key: key.clone(), value: value.clone() })?,
            None => draft.delete(Key::named("state", key)),
        }
    }
    for mute in &batch.mutes {
        draft.put(mute)?;
    }
    Ok(())
}

fn letter(draft: &Draft, letter: &Identity) -> Result<Option<Posted>, Damage> {
    draft.get(&Key::of("letter", letter))
}

fn post(draft: &mut Draft, new: &Letter) -> Result<(), Damage> {
    let known = letter(draft, &new.letter)?;
    let mut posted = known.unwrap_or_else(|| Posted { letter: new.clone(), entries: 0, kept_attempts: 0 });
    let known = &mut posted.letter;
    if known.state == LetterState::Waiting {
        known.due = known.due.min(new.due);
        known.severity = known.severity.max(new.severity);
    }
    draft.put(&posted)
}

fn enter(draft: &mut Draft, entry: &Entry) -> Result<(), Fault> {
    if draft.get::<Entry>(&entry.key())?.is_some() {
        return Ok(());
    }
    let loose = |what: &str| {
        Fault::Loose(format!("a batch enters {what} that is not there; this is a fault of trailbell's"))
    };
    let notice = draft.get::<Notice>(&Key::of("notice", &entry.notice))?;
    let mut notice = notice.ok_or_else(|| loose("a notice"))?;
    notice.to.push((entry.channel.clone(), entry.letter.clone()));
    if let Some(to) = &entry.letter {
        let mut posted = letter(draft, to)?.ok_or_else(|| loose("a letter"))?;
        posted.entries += 1;
        draft.put(&posted)?;
    }
    draft.put(&notice)?;
    draft.put(entry)?;
    Ok(())
}

/// A letter that had ended and waits again begins anew: its first attempt is yet to come, so it is not given up at once.
/// A change to a letter that is not there (any more) changes nothing, and what was sent is not sent again.
fn settle(draft: &mut Draft, change: &LetterChange) -> Result<(), Damage> {
    let Some(mut posted) = letter(draft, &change.letter)? else { return Ok(()) };
    let letter = &mut posted.letter;
    if change.state == LetterState::Waiting {
        if letter.state == LetterState::Sent {
            return Ok(());
        }
        if letter.state != LetterState::Waiting {
            letter.first_attempt = None;
        }
        letter.due = change.due;
        letter.ended = None;
    } else {
        letter.ended = Some(change.attempt.as_ref().map_or(change.due, |attempt| attempt.at));
    }
    letter.state = change.state;
    if let Some(attempt) = &change.attempt {
        letter.attempts = letter.attempts.saturating_add(1);
        letter.first_attempt.get_or_insert(attempt.at);
        posted.kept_attempts += 1;
        let number = posted.kept_attempts;
        draft.put(&Tried { letter: change.letter.clone(), number, attempt: attempt.clone() })?;
    }
    draft.put(&posted)
}
