//! Failed sign-ins: they teach nothing usual, for anybody can fail as anybody, but three in a row are somebody guessing.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

/// How long a failed sign-in is remembered as the prelude of a success.
pub const FAILURE_MEMORY: SignedDuration = SignedDuration::from_hours(1);
/// Failed attempts that make a burst: within [`BURST_TIME`] by themselves, within [`FAILURE_MEMORY`] before a success.
pub const BURST: u64 = 3;
/// How far apart the attempts of a burst are at most.
pub const BURST_TIME: SignedDuration = SignedDuration::from_mins(5);
/// How much longer a burst must grow to be worth another word.
const TENFOLD: u64 = 10;
/// Failed attempts remembered at once: a guessing machine must not be able to fill the memory.
const MOST_FAILURES: usize = 100_000;
/// Successes after a burst that are remembered at once.
const MOST_ANSWERED: usize = 10_000;

/// Failed sign-ins of the last hour, by the name that was typed and by the address.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    all: VecDeque<(Timestamp, Pair)>,
    by_name: HashMap<Arc<str>, Run>,
    by_address: HashMap<Arc<str>, Run>,
    by_both: HashMap<Pair, VecDeque<Timestamp>>,
    /// When a success after a burst was told, by name and address: what failed before it has been told.
    answered: HashMap<Pair, Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Pair {
    name: Arc<str>,
    address: Arc<str>,
}

/// Failures of one name, or from one address.
#[derive(Debug, Default)]
struct Run {
    /// Those of the last hour.
    times: VecDeque<Timestamp>,
    /// Those since there was a pause.
    length: u64,
    /// The length at which the run was told last; 0: it was not.
    told_at: u64,
}

impl Run {
    fn take(&mut self, at: Timestamp) {
        if self.times.back().is_none_or(|last| at.duration_since(*last).abs() > BURST_TIME) {
            self.length = 0;
            self.told_at = 0;
        }
        self.length += 1;
        self.times.push_back(at);
    }

    /// Whether the newest [`BURST`] are close together.
    fn is_burst(&self) -> bool {
        let third = self.times.iter().nth_back(2);
        third
            .zip(self.times.back())
            .is_some_and(|(third, newest)| newest.duration_since(*third).abs() <= BURST_TIME)
    }
}

impl Failures {
    /// Takes a failure; whether it makes the run it belongs to a burst, or a burst ten times what it was when it was told.
    pub(crate) fn take(&mut self, name: &str, address: &str, at: Timestamp) -> bool {
        self.forget(at);
        while self.all.len() >= MOST_FAILURES {
            self.forget_first();
        }
        let pair = Pair { name: name.into(), address: address.into() };
        self.all.push_back((at, pair.clone()));
        self.by_both.entry(pair.clone()).or_default().push_back(at);
        let of_name = self.by_name.entry(Arc::clone(&pair.name)).or_default();
        of_name.take(at);
        let of_address = self.by_address.entry(pair.address).or_default();
        of_address.take(at);
        let length = of_name.length.max(of_address.length);
        let told_at = of_name.told_at.max(of_address.told_at);
        let rings = match told_at {
            0 => of_name.is_burst() || of_address.is_burst(),
            told_at => length >= told_at.saturating_mul(TENFOLD),
        };
        if rings {
            // One burst may be of one name from many addresses, or of many names from one: it is told once.
            of_name.told_at = length;
            of_address.told_at = length;
        } else if told_at > 0 {
            of_name.told_at = told_at;
            of_address.told_at = told_at;
        }
        rings
    }

    /// How many there were in the hour before, as that name or from that address, since the last success of both that was told.
    pub(crate) fn before(&self, name: &str, address: &str, at: Timestamp) -> u64 {
        let pair = Pair { name: name.into(), address: address.into() };
        let answered = self.answered.get(&pair).copied();
        let count = |times: Option<&VecDeque<Timestamp>>| {
            let times = times.into_iter().flatten();
            let counts = |time: &&Timestamp| {
                **time <= at
                    && at.duration_since(**time) <= FAILURE_MEMORY
                    && answered.is_none_or(|answered| **time > answered)
            };
            times.filter(counts).count() as u64
        };
        let of_name = count(self.by_name.get(name).map(|run| &run.times));
        let of_address = count(self.by_address.get(address).map(|run| &run.times));
        of_name + of_address - count(self.by_both.get(&pair))
    }

    /// A success after them has been told.
    pub(crate) fn answer(&mut self, name: &str, address: &str, at: Timestamp) {
        if self.answered.len() >= MOST_ANSWERED {
            self.answered.retain(|_, then| at.duration_since(*then) <= FAILURE_MEMORY);
        }
        self.answered.insert(Pair { name: name.into(), address: address.into() }, at);
    }

    fn forget(&mut self, now: Timestamp) {
        while self.all.front().is_some_and(|(at, _)| now.duration_since(*at) > FAILURE_MEMORY) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some((_, pair)) = self.all.pop_front() else { return };
        for (runs, key) in [(&mut self.by_name, &pair.name), (&mut self.by_address, &pair.address)] {
            if let Some(run) = runs.get_mut(key) {
                run.times.pop_front();
                if run.times.is_empty() {
                    runs.remove(key);
                }
            }
        }
        if let Some(times) = self.by_both.get_mut(&pair) {
            times.pop_front();
            if times.is_empty() {
                self.by_both.remove(&pair);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_third_within_five_minutes_rings_and_then_each_tenfold() {
        let mut failures = Failures::default();
        let rings: Vec<i64> =
            (1..=400).filter(|nth| failures.take("alice", "192.0.2.1", at(nth * 10))).collect();
        assert_eq!(rings, [3, 30, 300]);
    }

    #[test]
    fn slow_failures_are_no_burst_and_a_pause_ends_one() {
        let mut failures = Failures::default();
        assert!((1..=20).all(|nth| !failures.take("alice", "192.0.2.1", at(nth * 200))));
        let rings = (1..=3).map(|nth| failures.take("alice", "192.0.2.1", at(10_000 + nth)));
        assert_eq!(rings.collect::<Vec<_>>(), [false, false, true]);
        let rings = (1..=3).map(|nth| failures.take("alice", "192.0.2.1", at(10_400 + nth)));
        assert_eq!(rings.collect::<Vec<_>>(), [false, false, true]);
    }

    #[test]
    fn one_address_with_many_names_and_one_name_from_many_addresses_are_one_burst() {
        let mut failures = Failures::default();
        let names = ["alice", "bob", "carol", "alice", "alice", "bob", "bob"];
        let mut nth = 0;
        let rings = names.map(|name| {
            nth += 1;
            failures.take(name, "192.0.2.1", at(nth))
        });
        assert_eq!(rings, [false, false, true, false, false, false, false]);
        let mut failures = Failures::default();
        let rings: Vec<bool> =
            (0..5).map(|nth| failures.take("alice", &format!("192.0.2.{nth}"), at(nth))).collect();
        assert_eq!(rings, [false, false, true, false, false]);
    }

    #[test]
    fn what_failed_as_the_name_and_from_the_address_counts_once() {
        let mut failures = Failures::default();
        failures.take("alice", "192.0.2.1", at(0));
        failures.take("alice", "192.0.2.2", at(1));
        failures.take("bob", "192.0.2.1", at(2));
        failures.take("bob", "192.0.2.2", at(3));
        assert_eq!(failures.before("alice", "192.0.2.1", at(10)), 3);
        assert_eq!(failures.before("carol", "192.0.2.1", at(10)), 2);
        assert_eq!(failures.before("alice", "192.0.2.1", at(3_601)), 2);
        assert_eq!(failures.before("alice", "192.0.2.1", at(3_700)), 0);
    }

    #[test]
    fn an_answered_burst_is_over_for_that_name_from_that_address_alone() {
        let mut failures = Failures::default();
        for nth in 0..3 {
            failures.take("alice", "192.0.2.9", at(nth));
        }
        failures.answer("alice", "192.0.2.1", at(5));
        assert_eq!(failures.before("alice", "192.0.2.1", at(6)), 0);
        assert_eq!(failures.before("alice", "192.0.2.9", at(6)), 3);
    }

    #[test]
    fn the_memory_has_a_bound() {
        let mut failures = Failures::default();
        for nth in 0..100_050_i64 {
            failures.take(&format!("user-{nth}"), "192.0.2.1", at(nth / 1_000));
        }
        assert_eq!(failures.all.len(), MOST_FAILURES);
        assert_eq!(failures.by_name.len(), MOST_FAILURES);
        assert_eq!(failures.by_both.len(), MOST_FAILURES);
        failures.forget(at(100_000));
        assert!(failures.by_name.is_empty() && failures.by_address.is_empty() && failures.by_both.is_empty());
    }
}
