//! What has been seen before: who signs in from where and with what, and who failed to.
//!
//! A [`History`] is asked first ([`History::compare`]) and told afterwards ([`History::learn`]), in the order
//! of event time, so what it answers rests strictly on *earlier* events. It reads no clock and no record: the
//! caller says who, when, and from where, in words of its own ([`Occurrence`]).
//!
//! ```
//! use jiff::Timestamp;
//! use trailbell_history::{History, Occurrence};
//!
//! let mut history = History::new();
//! let first = Occurrence {
//!     who: "123456789012/AIDAEXAMPLE".into(),
//!     name: "123456789012/alice".into(),
//!     at: "2026-11-09T00:10:00Z".parse::<Timestamp>()?,
//!     place: Some("JP".into()),
//!     client: Some("Chrome".into()),
//!     address: "198.51.100.7".into(),
//! };
//! assert_eq!(history.compare(&first).earlier, 0);
//! history.learn(&first);
//! let second = Occurrence { at: "2026-11-10T00:10:00Z".parse()?, place: Some("NL".into()), ..first };
//! let seen = history.compare(&second);
//! assert_eq!((seen.earlier, seen.from_here), (1, 0));
//! # Ok::<(), jiff::Error>(())
//! ```

use std::collections::{BTreeSet, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a failed sign-in is remembered as the prelude of a success.
pub const FAILURE_MEMORY: SignedDuration = SignedDuration::from_hours(1);
/// Failed attempts within [`FAILURE_MEMORY`] that make a burst.
pub const BURST: usize = 3;
/// Failed attempts remembered at once: a guessing machine must not be able to fill the memory.
const MAX_FAILURES: usize = 100_000;

/// Something done by somebody from somewhere: a sign-in, or a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Who, by a key that survives a rename and includes the account.
    pub who: String,
    /// The account and name as they were typed: a failed attempt is often recorded without the key.
    pub name: String,
    /// When it happened.
    pub at: Timestamp,
    /// Where the address is registered (a country code, or a word for AWS's own), where known.
    pub place: Option<String>,
    /// With what sort of program, where known.
    pub client: Option<String>,
    /// The address as it was recorded.
    pub address: String,
}

/// What earlier occurrences say about one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Earlier occurrences by the same principal.
    pub earlier: u64,
    /// Those from the same place; 0 also where the place is not known.
    pub from_here: u64,
    /// Those with the same client; 0 also where the client is not known.
    pub with_this: u64,
    /// The place most of them came from, with their number.
    pub usual_place: Option<(String, u64)>,
    /// When the first one was: two earlier sign-ins of the last ten minutes are no habit.
    pub first: Option<Timestamp>,
    /// When the last one was, and from where.
    pub last: Option<(Timestamp, Option<String>)>,
    /// Failed attempts for the same principal or from the same address in the hour before.
    pub failures_before: usize,
}

impl Seen {
    /// Whether the failures before it are a burst: somebody was guessing.
    pub const fn after_a_burst(&self) -> bool {
        self.failures_before >= BURST
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Principal {
    places: HashMap<String, u64>,
    clients: HashMap<String, u64>,
    count: u64,
    first: Option<Timestamp>,
    last: Option<(Timestamp, Option<String>)>,
}

/// What has been seen, of one sort of occurrence. Its size grows with the number of principals, not of events.
#[derive(Debug, Default)]
pub struct History {
    principals: HashMap<String, Principal>,
    failures: VecDeque<(Timestamp, String, String)>,
    /// Principals that have changed since the last [`History::take_changes`].
    changed: BTreeSet<String>,
}

impl History {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known so far about something like `occurrence`, itself not included.
    pub fn compare(&self, occurrence: &Occurrence) -> Seen {
        let failures_before = self
            .failures
            .iter()
            .rev()
            .take_while(|(at, ..)| occurrence.at.duration_since(*at) <= FAILURE_MEMORY)
            .filter(|(at, name, address)| {
                *at <= occurrence.at && (*name == occurrence.name || *address == occurrence.address)
            })
            .count();
        let Some(principal) = self.principals.get(&occurrence.who) else {
            return Seen { failures_before, ..Seen::default() };
        };
        let count = |map: &HashMap<String, u64>, key: &Option<String>| {
            key.as_ref().and_then(|key| map.get(key)).copied().unwrap_or(0)
        };
        Seen {
            earlier: principal.count,
            from_here: count(&principal.places, &occurrence.place),
            with_this: count(&principal.clients, &occurrence.client),
            // Equal numbers: the name decides, so that the answer does not depend on hashing.
            usual_place: principal
                .places
                .iter()
                .max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))
                .map(|(place, count)| (place.clone(), *count)),
            first: principal.first,
            last: principal.last.clone(),
            failures_before,
        }
    }

    /// Remembers something that succeeded.
    pub fn learn(&mut self, occurrence: &Occurrence) {
        let principal = self.principals.entry(occurrence.who.clone()).or_default();
        principal.count += 1;
        if let Some(place) = &occurrence.place {
            *principal.places.entry(place.clone()).or_default() += 1;
        }
        if let Some(client) = &occurrence.client {
            *principal.clients.entry(client.clone()).or_default() += 1;
        }
        principal.first.get_or_insert(occurrence.at);
        principal.last = Some((occurrence.at, occurrence.place.clone()));
        if !self.changed.contains(&occurrence.who) {
            self.changed.insert(occurrence.who.clone());
        }
    }

    /// What has been learned since the last call, for keeping: each principal's key with all that is known of it. Failures
    /// are not in it: whoever keeps events for an hour can tell them again.
    pub fn take_changes(&mut self) -> Vec<(String, String)> {
        let changed = std::mem::take(&mut self.changed);
        let kept = |who: String| {
            let known = serde_json::to_string(self.principals.get(&who)?).ok()?;
            Some((who, known))
        };
        changed.into_iter().filter_map(kept).collect()
    }

    /// Remembers what [`History::take_changes`] gave. What cannot be read (a later version wrote it) is begun anew.
    pub fn restore(&mut self, who: String, known: &str) {
        if let Ok(principal) = serde_json::from_str(known) {
            self.principals.insert(who, principal);
        }
    }

    /// Remembers an attempt that failed. It says nothing about what is usual: anybody can fail as anybody.
    pub fn learn_failure(&mut self, occurrence: &Occurrence) {
        while self.failures.front().is_some_and(|(at, ..)| occurrence.at.duration_since(*at) > FAILURE_MEMORY)
            || self.failures.len() >= MAX_FAILURES
        {
            self.failures.pop_front();
        }
        self.failures.push_back((occurrence.at, occurrence.name.clone(), occurrence.address.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrence(at: &str, place: &str) -> Occurrence {
        Occurrence {
            who: "AIDAEXAMPLE".into(),
            name: "alice".into(),
            at: at.parse().unwrap(),
            place: Some(place.into()),
            client: None,
            address: "192.0.2.1".into(),
        }
    }

    #[test]
    fn the_usual_place_is_where_most_came_from() {
        let mut history = History::new();
        for (at, place) in
            [("2026-11-09T00:00:00Z", "NL"), ("2026-11-09T01:00:00Z", "JP"), ("2026-11-09T02:00:00Z", "JP")]
        {
            history.learn(&occurrence(at, place));
        }
        let seen = history.compare(&occurrence("2026-11-09T03:00:00Z", "NL"));
        assert_eq!(seen.usual_place, Some(("JP".into(), 2)));
        assert_eq!((seen.earlier, seen.from_here), (3, 1));
        assert_eq!(seen.last, Some(("2026-11-09T02:00:00Z".parse().unwrap(), Some("JP".into()))));
    }

    #[test]
    fn failures_make_a_burst_for_an_hour_and_teach_nothing_usual() {
        let mut history = History::new();
        for minute in 0..3 {
            history.learn_failure(&occurrence(&format!("2026-11-09T00:0{minute}:00Z"), "NL"));
        }
        let soon = history.compare(&occurrence("2026-11-09T00:05:00Z", "NL"));
        assert!(soon.after_a_burst());
        assert_eq!(soon.earlier, 0);
        assert!(!history.compare(&occurrence("2026-11-09T01:03:00Z", "NL")).after_a_burst());
    }

    #[test]
    fn what_was_learned_survives_being_kept() {
        let mut before = History::new();
        before.learn(&occurrence("2026-11-09T00:00:00Z", "JP"));
        let mut after = History::new();
        for (who, known) in before.take_changes() {
            after.restore(who, &known);
        }
        assert!(before.take_changes().is_empty());
        let next = occurrence("2026-11-10T00:00:00Z", "NL");
        assert_eq!(after.compare(&next), before.compare(&next));
    }
}
