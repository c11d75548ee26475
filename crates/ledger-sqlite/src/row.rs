//! How a value stands in a column, both ways: identities and words as text, times in milliseconds, severities as numbers.

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Result, Row};
use serde::de::DeserializeOwned;
use trailbell_outbox::{
    Attempt, Entry, Fate, Form, Held, Identity, Letter, LetterState, Mute, Owed, Sighting,
};
use trailbell_text::{Kind, Outcome, Severity};

/// The columns of a sighting, in the order [`sighting`] reads them.
pub(crate) const SIGHTING: &str = "event, event_id, at, fate, notice, first";
/// The columns of a notice, in the order [`owed`] reads them.
pub(crate) const NOTICE: &str = "notice, event_id, time, told_at, severity, kind, outcome, account, principal, \
                                 principal_arn, is_root, address, rules, group_of, thread, facts";
/// The columns of a letter, in the order [`letter`] reads them.
pub(crate) const LETTER: &str = "letter, channel, form, thread, severity, opened, due, state, attempts, \
                                 first_attempt, ended, bulletin";

/// Milliseconds since 1970, the part below dropped.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_microsecond().div_euclid(1000)
}

/// Milliseconds since 1970, rounded up: nothing is due before its time.
pub(crate) fn millis_up(at: Timestamp) -> i64 {
    millis(at) + i64::from(at.subsec_nanosecond().rem_euclid(1_000_000) != 0)
}

/// How grave, as a number that orders as severities do.
pub(crate) fn rank(severity: Severity) -> i64 {
    severity as i64
}

/// A limit as `SQLite` takes it.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(crate) const fn form_word(form: Form) -> &'static str {
    match form {
        Form::Notice => "notice",
        Form::Summary => "summary",
        Form::Failures => "failures",
        Form::Digest => "digest",
        Form::Bulletin => "bulletin",
    }
}

pub(crate) const fn state_word(state: LetterState) -> &'static str {
    match state {
        LetterState::Waiting => "waiting",
        LetterState::Sent => "sent",
        LetterState::Dead => "dead",
    }
}

/// A fate as its word, the notice it is told in, and the event met first.
pub(crate) fn fate_columns(fate: &Fate) -> (&'static str, Option<&str>, Option<&str>) {
    match fate {
        Fate::Held => ("held", None, None),
        Fate::Told { notice } => ("told", Some(notice.as_str()), None),
        Fate::Folded { notice } => ("folded", Some(notice.as_str()), None),
        Fate::Again => ("again", None, None),
        Fate::Counted => ("counted", None, None),
        Fate::Late => ("late", None, None),
        Fate::Unmet => ("unmet", None, None),
        Fate::Ignored => ("ignored", None, None),
        Fate::Shared { first } => ("shared", None, Some(first.as_str())),
    }
}

/// A value as it comes out of a column.
pub(crate) struct Column<T>(pub(crate) T);

/// Reads a column of text through `read`; what it does not take is damage.
macro_rules! from_text {
    ($($type:ty: $read:expr;)+) => {$(
        impl FromSql for Column<$type> {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let read: fn(&str) -> Option<$type> = $read;
                read(value.as_str()?).map(Self).ok_or(FromSqlError::InvalidType)
            }
        }
    )+};
}

from_text! {
    Identity: Identity::parse;
    Kind: |word| word.parse().ok();
    Outcome: |word| word.parse().ok();
    Form: |word| {
        let all = [Form::Notice, Form::Summary, Form::Failures, Form::Digest, Form::Bulletin];
        all.into_iter().find(|form| form_word(*form) == word)
    };
    LetterState: |word| {
        let all = [LetterState::Waiting, LetterState::Sent, LetterState::Dead];
        all.into_iter().find(|state| state_word(*state) == word)
    };
}

impl FromSql for Column<Timestamp> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let at = value.as_i64()?;
        Timestamp::from_millisecond(at).map(Self).map_err(|_| FromSqlError::OutOfRange(at))
    }
}

impl FromSql for Column<Severity> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let rank = value.as_i64()?;
        let severity = usize::try_from(rank).ok().and_then(|rank| Severity::ALL.get(rank));
        severity.copied().map(Self).ok_or(FromSqlError::OutOfRange(rank))
    }
}

/// JSON in a column.
struct Json<T>(T);

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

fn get<T>(row: &Row<'_>, index: usize) -> Result<T>
where
    Column<T>: FromSql,
{
    row.get::<_, Column<T>>(index).map(|column| column.0)
}

fn get_some<T>(row: &Row<'_>, index: usize) -> Result<Option<T>>
where
    Column<T>: FromSql,
{
    row.get::<_, Option<Column<T>>>(index).map(|column| column.map(|column| column.0))
}

/// The identity in the first column.
pub(crate) fn identity(row: &Row<'_>) -> Result<Identity> {
    get(row, 0)
}

/// The time in the first column, where there is one.
pub(crate) fn some_time(row: &Row<'_>) -> Result<Option<Timestamp>> {
    get_some(row, 0)
}

pub(crate) fn sighting(row: &Row<'_>) -> Result<(Identity, Sighting)> {
    let word: String = row.get(3)?;
    let fate = match word.as_str() {
        "held" => Fate::Held,
        "told" => Fate::Told { notice: get(row, 4)? },
        "folded" => Fate::Folded { notice: get(row, 4)? },
        "again" => Fate::Again,
        "counted" => Fate::Counted,
        "late" => Fate::Late,
        "unmet" => Fate::Unmet,
        "ignored" => Fate::Ignored,
        "shared" => Fate::Shared { first: get(row, 5)? },
        _ => return Err(FromSqlError::InvalidType.into()),
    };
    Ok((get(row, 0)?, Sighting { event_id: row.get(1)?, at: get(row, 2)?, fate }))
}

/// Reads `event, time, arrived, text`.
pub(crate) fn held(row: &Row<'_>) -> Result<Held> {
    Ok(Held { event: get(row, 0)?, time: row.get(1)?, arrived: get(row, 2)?, text: row.get(3)? })
}

pub(crate) fn owed(row: &Row<'_>) -> Result<Owed> {
    Ok(Owed {
        notice: get(row, 0)?,
        event_id: row.get(1)?,
        time: get_some(row, 2)?,
        told_at: get(row, 3)?,
        severity: get(row, 4)?,
        kind: get(row, 5)?,
        outcome: get(row, 6)?,
        account: row.get(7)?,
        principal: row.get(8)?,
        principal_arn: row.get(9)?,
        is_root: row.get(10)?,
        address: row.get(11)?,
        rules: row.get::<_, Json<_>>(12)?.0,
        group: get(row, 13)?,
        thread: get(row, 14)?,
        facts: row.get(15)?,
        stands_alone: false,
    })
}

pub(crate) fn letter(row: &Row<'_>) -> Result<Letter> {
    Ok(Letter {
        letter: get(row, 0)?,
        channel: row.get(1)?,
        form: get(row, 2)?,
        thread: get(row, 3)?,
        severity: get(row, 4)?,
        opened: get(row, 5)?,
        due: get(row, 6)?,
        state: get(row, 7)?,
        attempts: row.get(8)?,
        first_attempt: get_some(row, 9)?,
        ended: get_some(row, 10)?,
        bulletin: row.get(11)?,
    })
}

/// Reads `notice, channel, letter, why`.
pub(crate) fn entry(row: &Row<'_>) -> Result<Entry> {
    let why = row.get::<_, Json<_>>(3)?.0;
    Ok(Entry { notice: get(row, 0)?, channel: row.get(1)?, letter: get_some(row, 2)?, why })
}

/// Reads `at, taken, detail`.
pub(crate) fn attempt(row: &Row<'_>) -> Result<Attempt> {
    Ok(Attempt { at: get(row, 0)?, taken: row.get(1)?, detail: row.get(2)? })
}

/// Reads `id, rule, principal, address, created, until, author, reason`.
pub(crate) fn mute(row: &Row<'_>) -> Result<Mute> {
    Ok(Mute {
        id: row.get(0)?,
        rule: row.get(1)?,
        principal: row.get(2)?,
        address: row.get(3)?,
        created: get(row, 4)?,
        until: get(row, 5)?,
        author: row.get(6)?,
        reason: row.get(7)?,
    })
}
