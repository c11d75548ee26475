//! Where things stand in the table: kinds as partitions, names in them, and texts that sort as what they stand for.
//!
//! | partition `pk` | `sk` | `l1` | `l2` | `l3` |
//! |---|---|---|---|---|
//! | `seen` | event | its `eventID`, hashed | when met, event | |
//! | `held` | event | its time, event | | |
//! | `notice` | notice | when told, event's time, notice | | |
//! | `letter` | letter | while it waits: channel, gravest first, due, letter | state, when due or ended, letter | opened, letter |
//! | `entry` | notice, channel | letter | | |
//! | `attempt` | letter, number | | | |
//! | `position`, `state`, `mute` | its name | | | |
//! | `meta` | `version` | | | |
//! | `journal` | journal, number | | | |
//! | a kind and `+` | what continues an item that is too long | | | |
//!
//! An index has only the items that have its attribute.

use jiff::Timestamp;
use trailbell_outbox::{Identity, LetterState};
use trailbell_text::Severity;

/// Most bytes of a name that stands in a key as it is. DynamoDB's limit is 1024 for a sort key.
const NAME_LIMIT: usize = 900;

/// The key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The partition.
    pub(crate) kind: String,
    /// The sort key.
    pub(crate) name: String,
}

impl Key {
    pub(crate) fn new(kind: &str, name: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), name: name.into() }
    }

    pub(crate) fn of(kind: &str, identity: &Identity) -> Self {
        Self::new(kind, identity.as_str())
    }

    /// The key of something with a name of its own, which may be empty or long.
    pub(crate) fn named(kind: &str, name: &str) -> Self {
        if name.len() <= NAME_LIMIT {
            Self::new(kind, format!(":{name}"))
        } else {
            Self::new(kind, format!("#{}", hashed(name)))
        }
    }

    pub(crate) fn entry(notice: &Identity, channel: &str) -> Self {
        Self::new("entry", format!("{notice}/{}", hashed(channel)))
    }

    /// Attempts are numbered from 1.
    pub(crate) fn attempt(letter: &Identity, number: u64) -> Self {
        Self::new("attempt", format!("{letter}/{number:010}"))
    }

    /// Whether this may be the key of something whose name begins so.
    pub(crate) fn may_begin_with(&self, prefix: &str) -> bool {
        match self.name.strip_prefix(':') {
            Some(name) => name.starts_with(prefix),
            None => true,
        }
    }
}

/// A name of any length in 32 digits.
pub(crate) fn hashed(name: &str) -> String {
    Identity::of(&[name]).to_string()
}

/// Digits that sort as times do: nanoseconds since the earliest time there is.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{:021}", at.as_nanosecond() - Timestamp::MIN.as_nanosecond())
}

/// Digits that sort as a held event's time does.
pub(crate) fn micros(time: i64) -> String {
    format!("{:020}", i128::from(time) - i128::from(i64::MIN))
}

/// The place of a notice in the order of telling. One whose event has no time comes before those that have one (`-` sorts
/// before the digits).
pub(crate) fn told(told_at: Timestamp, at: Option<Timestamp>, notice: &Identity) -> String {
    let at = at.map_or_else(|| "-".to_owned(), time);
    format!("{}/{at}/{notice}", time(told_at))
}

/// What the places of a channel's waiting letters begin with.
pub(crate) fn waiting(channel: &str) -> String {
    format!("{}/", hashed(channel))
}

/// The place of a waiting letter: the gravest first, then the one that has been due longest.
pub(crate) fn gravest(channel: &str, severity: Severity, due: Timestamp, letter: &Identity) -> String {
    let rank = Severity::ALL.iter().filter(|other| **other > severity).count();
    format!("{}{rank}/{}/{letter}", waiting(channel), time(due))
}

/// What the places of letters in a state begin with.
pub(crate) const fn state(state: LetterState) -> &'static str {
    match state {
        LetterState::Waiting => "waiting/",
        LetterState::Sent => "sent/",
        LetterState::Dead => "dead/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_sort_as_what_they_stand_for() {
        let times = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
        assert!(times.map(time).is_sorted());
        assert!(times.iter().all(|at| time(*at).len() == 21));
        assert!([i64::MIN, -1, 0, 1, i64::MAX].map(micros).is_sorted());
        let id = Identity::of(&["a"]);
        let [early, late] = [Timestamp::UNIX_EPOCH, Timestamp::MAX];
        let in_order =
            [told(early, None, &id), told(early, Some(Timestamp::MIN), &id), told(late, None, &id)];
        assert!(in_order.is_sorted());
        let in_order = [
            gravest("mail", Severity::Critical, late, &id),
            gravest("mail", Severity::High, early, &id),
            gravest("mail", Severity::High, late, &id),
            gravest("mail", Severity::Info, early, &id),
        ];
        assert!(in_order.is_sorted());
    }

    #[test]
    fn no_name_makes_a_key_that_dynamodb_refuses() {
        for name in [String::new(), "x".repeat(100_000), "\u{0}/:#".to_owned()] {
            let key = Key::named("state", &name);
            assert!((1..=1024).contains(&key.name.len()));
            assert!(key.may_begin_with(&name));
        }
        assert!(!Key::named("state", "a/b").may_begin_with("b"));
        assert_ne!(Key::named("state", ""), Key::named("state", ":"));
    }
}
