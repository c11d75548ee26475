//! Things to put into a ledger.

use jiff::{SignedDuration, Timestamp};
use trailbell_text::{Kind, Outcome, Severity};

use crate::{
    Attempt, Entry, Fate, Form, Held, Identity, Letter, LetterChange, LetterState, Mute, Owed, Sighting, Why,
};

/// A time that many seconds after the tests begin.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_786_000_000 + seconds).unwrap()
}

/// The identity of a thing of that name.
pub fn id(name: &str) -> Identity {
    Identity::of(&[name])
}

/// An event with that id, met then.
pub fn sighting(event_id: &str, met: Timestamp, fate: Fate) -> Sighting {
    Sighting { event_id: Some(event_id.to_owned()), at: met, fate }
}

/// An event of that name that waits; its time in microseconds.
pub fn held(name: &str, time: i64) -> Held {
    Held { event: id(name), time, arrived: at(0), text: format!("{{\"eventID\":\"{name}\"}}") }
}

/// A notice of that name, hostile where it may be.
pub fn owed(name: &str, told_at: Timestamp, severity: Severity) -> Owed {
    Owed {
        notice: id(name),
        event_id: Some(name.to_owned()),
        time: Some(told_at - SignedDuration::from_mins(5)),
        told_at,
        severity,
        kind: Kind::IamChange,
        outcome: Outcome::Denied,
        account: Some("111122223333".to_owned()),
        principal: Some("x'); DROP TABLE notice; --\u{0}\u{202e}".to_owned()),
        principal_arn: None,
        is_root: false,
        address: Some("203.0.113.7".to_owned()),
        rules: vec!["iam-change".to_owned(), "a \"quoted\" rule".to_owned()],
        group: id("a group"),
        thread: id("a thread"),
        facts: "{}".to_owned(),
        stands_alone: false,
    }
}

/// A letter of that name that waits.
pub fn letter(name: &str, channel: &str, severity: Severity, due: Timestamp) -> Letter {
    Letter {
        letter: id(name),
        channel: channel.to_owned(),
        form: Form::Notice,
        thread: id("a thread"),
        severity,
        opened: at(0),
        due,
        state: LetterState::Waiting,
        attempts: 0,
        first_attempt: None,
        ended: None,
        bulletin: None,
    }
}

/// What was decided for a notice and a channel, by their names.
pub fn entry(notice: &str, channel: &str, letter: Option<&str>) -> Entry {
    Entry {
        notice: id(notice),
        channel: channel.to_owned(),
        letter: letter.map(id),
        why: vec![Why::BelowMinimum { minimum: Severity::High }, Why::QuietHours { until: at(99) }],
    }
}

/// What became of a letter of that name.
pub fn change(letter: &str, state: LetterState, due: Timestamp, attempt: Option<Attempt>) -> LetterChange {
    LetterChange { letter: id(letter), state, due, attempt }
}

/// An attempt so many seconds after the tests begin.
pub fn attempt(seconds: i64, taken: bool) -> Attempt {
    Attempt { at: at(seconds), taken, detail: format!("250 ok at {seconds}") }
}

/// A mute of that name.
pub fn mute(name: &str, until: Timestamp) -> Mute {
    Mute {
        id: name.to_owned(),
        rule: None,
        principal: Some("*".to_owned()),
        address: Some("198.51.100.0/24".to_owned()),
        created: at(0),
        until,
        author: Some("alice".to_owned()),
        reason: None,
    }
}
