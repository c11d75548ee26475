//! Everybody who has been seen, and since when anybody is known.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::failures::{BURST, Failures};
use crate::occurrence::{Deed, Dimension, Occurrence, Sort};
use crate::person::Person;
use crate::seen::{Like, Seen, Travel, Unusual};

/// Somebody with fewer earlier deeds has no habits yet.
const FEW: u64 = 3;
/// Nor has somebody who was first seen so short a time ago.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);
/// How much must be known of somebody's days before a time of day is unusual.
const DAYS_DEEDS: u64 = 20;
const DAYS: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Nearer places are no journey worth a word; kilometres.
const FAR: u32 = 500;
/// Faster is no airliner; kilometres an hour.
const FAST: i64 = 1_000;
/// How long root must not have been seen to be told as back, and anybody else.
const ROOT_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);
const BACK: SignedDuration = SignedDuration::from_hours(60 * 24);
/// How many people are remembered; of more, the one seen longest ago is forgotten.
const MOST_PEOPLE: usize = 10_000;

/// For how long what is known counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long after the first occurrence of all somebody new is nothing unusual.
    pub learning: SignedDuration,
    /// How long what was not seen again is remembered.
    pub forget: SignedDuration,
}

impl Default for Terms {
    /// A week, and 400 days.
    fn default() -> Self {
        Self { learning: SignedDuration::from_hours(7 * 24), forget: SignedDuration::from_hours(400 * 24) }
    }
}

/// How an occurrence ended, as far as it teaches something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It was done by the person it names, whether or not it was allowed.
    Authentic,
    /// A sign-in that failed: anybody can fail as anybody.
    Failed,
    /// It proves nothing of the person, nor that anybody fails to come in.
    Unproven,
}

/// What has been seen. Its size grows with the number of people, up to a bound, not with that of occurrences.
#[derive(Debug, Default)]
pub struct History {
    terms: Terms,
    people: HashMap<String, Person>,
    /// People by when they were last seen.
    by_last: BTreeSet<(Timestamp, String)>,
    /// The time of the first occurrence of all.
    since: Option<Timestamp>,
    failures: Failures,
    /// People who have changed since the last [`History::take_changes`]; those who are not among `people` are forgotten.
    changed: BTreeSet<String>,
    since_changed: bool,
}

impl History {
    /// Nothing seen yet.
    pub fn new(terms: Terms) -> Self {
        Self { terms, ..Self::default() }
    }

    /// Since when anything is known.
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// What is known so far about something like it; it is known as well from now on.
    ///
    /// `distance` is the least distance between two places in kilometres, where it is known.
    pub fn take(
        &mut self,
        occurrence: &Occurrence,
        ending: Ending,
        distance: impl Fn(&str, &str) -> Option<u32>,
    ) -> Seen {
        let at = occurrence.at;
        let failures_before =
            self.failures.before(&occurrence.name, occurrence.address.as_deref().unwrap_or_default(), at);
        let mut seen = Seen {
            failures_before,
            known_for: self.since.map(|since| at.duration_since(since)),
            ..Seen::default()
        };
        if let Ok(before) = at.checked_sub(self.terms.forget) {
            self.forget_of(&occurrence.person, before);
        }
        if let Some(person) = self.people.get(&occurrence.person) {
            describe(&mut seen, person, occurrence);
        }
        match ending {
            Ending::Authentic => {
                self.judge(&mut seen, occurrence, distance);
                self.learn(occurrence, &seen);
            }
            Ending::Failed => {
                if self.learn_failure(occurrence) {
                    seen.unusual.push(Unusual::Burst);
                }
            }
            Ending::Unproven => {}
        }
        seen
    }

    /// A failed sign-in of before a restart is the prelude of a success again. Whether it makes a burst.
    pub fn learn_failure(&mut self, occurrence: &Occurrence) -> bool {
        let address = occurrence.address.as_deref().unwrap_or_default();
        self.failures.take(&occurrence.name, address, occurrence.at)
    }

    /// Somebody took a role, of which nobody is told: what is done in it later is told, and says whether it was new.
    pub fn learn_role(&mut self, person: &str, role: &String, at: Timestamp) {
        self.change(person, at, |person| person.learn_role(role, at));
    }

    /// In what it is unusual.
    fn judge(&self, seen: &mut Seen, occurrence: &Occurrence, distance: impl Fn(&str, &str) -> Option<u32>) {
        let at = occurrence.at;
        let person = self.people.get(&occurrence.person);
        let has_learned = seen.known_for.is_some_and(|known_for| known_for >= self.terms.learning);
        let known = person.filter(|person| {
            person.count() >= FEW && person.first().is_some_and(|first| at.duration_since(first) >= YOUNG)
        });
        for dimension in Dimension::ALL {
            let (here, of) = match person {
                Some(person) => match person.like(occurrence, dimension) {
                    Some((_, here)) => (here, person.count()),
                    None => continue,
                },
                None => (0, 0),
            };
            let is_new = match (dimension, person, &occurrence.role) {
                (Dimension::Role, Some(person), Some(role)) => person.role_is_new(role, at),
                (Dimension::Role, _, None) => continue,
                (Dimension::Hour, Some(person), _) => {
                    let knows_days = person.count() >= DAYS_DEEDS
                        && person.first().is_some_and(|first| at.duration_since(first) >= DAYS);
                    here == 0 && knows_days
                }
                (Dimension::Hour, None, _) => false,
                _ => here == 0 && occurrence.has(dimension),
            };
            let is_first = is_new && (known.is_some() || has_learned);
            seen.like[dimension as usize] = Some(Like { here, of, is_first });
        }
        seen.travel = known.and_then(|person| travel(person, occurrence, distance));
        let new_to_known = |dimension| known.is_some() && seen.is_first(dimension);
        let is_abroad = occurrence.place.as_deref().is_some_and(is_country);
        let was_absent = |limit| seen.absent.is_some_and(|absent| absent >= limit);
        let unusual = |unusual: &Unusual| match unusual {
            Unusual::Person => {
                person.is_none_or(|person| person.is_new(at)) && has_learned && occurrence.sort == Sort::Human
            }
            Unusual::Country => is_abroad && new_to_known(Dimension::Country),
            Unusual::Network => new_to_known(Dimension::Network),
            Unusual::Client => new_to_known(Dimension::Client),
            Unusual::Role => new_to_known(Dimension::Role),
            Unusual::Hour => occurrence.deed == Deed::SignIn && new_to_known(Dimension::Hour),
            Unusual::Burst => false,
            Unusual::AfterFailures => occurrence.deed == Deed::SignIn && seen.failures_before >= BURST,
            Unusual::Travel => seen.travel.is_some(),
            Unusual::Return => match occurrence.sort {
                Sort::Root => was_absent(ROOT_BACK),
                Sort::Human => known.is_some() && was_absent(BACK),
                Sort::Machine => false,
            },
        };
        seen.unusual = Unusual::ALL.into_iter().filter(unusual).collect();
    }

    fn learn(&mut self, occurrence: &Occurrence, seen: &Seen) {
        if self.since.is_none_or(|since| occurrence.at < since) {
            self.since = Some(occurrence.at);
            self.since_changed = true;
        }
        if seen.is(Unusual::AfterFailures) {
            let address = occurrence.address.as_deref().unwrap_or_default();
            self.failures.answer(&occurrence.name, address, occurrence.at);
        }
        let travel = seen.travel.as_ref();
        self.change(&occurrence.person, occurrence.at, |person| {
            if let (Some(travel), Some(place)) = (travel, &occurrence.place) {
                person.hop(&travel.from, place);
            }
            person.learn(occurrence);
        });
    }

    fn change(&mut self, key: &str, at: Timestamp, change: impl FnOnce(&mut Person)) {
        let person = self.people.entry(key.to_owned()).or_default();
        let before = person.last;
        change(person);
        let after = person.last.unwrap_or(at);
        if before != Some(after) {
            if let Some(before) = before {
                self.by_last.remove(&(before, key.to_owned()));
            }
            self.by_last.insert((after, key.to_owned()));
        }
        if !self.changed.contains(key) {
            self.changed.insert(key.to_owned());
        }
        while self.people.len() > MOST_PEOPLE {
            self.forget_first();
        }
    }

    /// Forgets what was not seen since then. To be called now and then; what is asked about is never older all the same.
    pub fn forget(&mut self, now: Timestamp) {
        let Ok(before) = now.checked_sub(self.terms.forget) else { return };
        while self.by_last.first().is_some_and(|(last, _)| *last < before) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some((_, key)) = self.by_last.pop_first() else { return };
        self.people.remove(&key);
        self.changed.insert(key);
    }

    fn forget_of(&mut self, key: &str, before: Timestamp) {
        let Some(person) = self.people.get_mut(key) else { return };
        match person.last {
            Some(last) if last < before => {
                self.by_last.remove(&(last, key.to_owned()));
                self.people.remove(key);
                self.changed.insert(key.to_owned());
            }
            _ => person.forget(before),
        }
    }

    /// Nobody keeps what has been learned.
    pub fn drop_changes(&mut self) {
        self.changed.clear();
        self.since_changed = false;
    }

    /// What has been learned since the last call, for keeping: each person's key with all that is known of them, `None` where they
    /// are forgotten. Failures are not in it: whoever keeps events for an hour can tell them again.
    pub fn take_changes(&mut self) -> Vec<(String, Option<String>)> {
        let changed = std::mem::take(&mut self.changed);
        let kept = |who: String| {
            let known = self.people.get(&who).and_then(|person| serde_json::to_string(person).ok());
            (who, known)
        };
        changed.into_iter().map(kept).collect()
    }

    /// Since when anything is known, where that has changed since the last call.
    pub const fn take_since(&mut self) -> Option<Timestamp> {
        if self.since_changed {
            self.since_changed = false;
            self.since
        } else {
            None
        }
    }

    /// Remembers what [`History::take_changes`] gave. What cannot be read (another version wrote it) is begun anew.
    pub fn restore(&mut self, who: String, known: &str) {
        if let Ok(person) = serde_json::from_str::<Person>(known) {
            self.put(who, person);
        }
    }

    /// Remembers what [`History::take_since`] gave.
    pub const fn restore_since(&mut self, since: Timestamp) {
        self.since = Some(since);
    }

    fn put(&mut self, who: String, person: Person) {
        if let Some(last) = self.people.get(&who).and_then(|known| known.last) {
            self.by_last.remove(&(last, who.clone()));
        }
        if let Some(last) = person.last {
            self.by_last.insert((last, who.clone()));
        }
        self.people.insert(who, person);
    }

    /// Adds what was learned elsewhere, of times that are not known here.
    pub fn add(&mut self, other: Self) {
        for (who, person) in other.people {
            let mut known = self.people.get(&who).cloned().unwrap_or_default();
            known.add(person);
            self.put(who.clone(), known);
            self.changed.insert(who);
        }
        while self.people.len() > MOST_PEOPLE {
            self.forget_first();
        }
        if let Some(since) = other.since
            && self.since.is_none_or(|own| since < own)
        {
            self.since = Some(since);
            self.since_changed = true;
        }
    }

    /// How many people are known.
    pub fn people(&self) -> usize {
        self.people.len()
    }
}

impl Occurrence {
    /// Whether it has a value in the dimension.
    const fn has(&self, dimension: Dimension) -> bool {
        match dimension {
            Dimension::Person | Dimension::Hour => true,
            Dimension::Country => self.place.is_some(),
            Dimension::Network => self.network.is_some(),
            Dimension::Client => self.client.is_some(),
            Dimension::Address => self.address.is_some(),
            Dimension::Role => self.role.is_some(),
        }
    }
}

/// A machine for rent (`aws:REGION`, `cloud:WORD`) is a place to compare with, and no country.
fn is_country(place: &str) -> bool {
    !place.contains(':')
}

fn describe(seen: &mut Seen, person: &Person, occurrence: &Occurrence) {
    let deeds = person.deeds(occurrence.deed);
    let like = |dimension| person.like(occurrence, dimension).map_or(0, |(of_its_sort, _)| of_its_sort);
    seen.earlier = deeds.count;
    seen.from_here = like(Dimension::Country);
    seen.with_this = like(Dimension::Client);
    seen.usual_place = person.usual_place(occurrence.deed);
    seen.first = deeds.first;
    seen.last.clone_from(&deeds.last);
    seen.absent = person.last.map(|last| occurrence.at.duration_since(last));
}

/// The sign-in before this one, where nobody could have come from there in the time, and that was not told yet.
fn travel(
    person: &Person,
    occurrence: &Occurrence,
    distance: impl Fn(&str, &str) -> Option<u32>,
) -> Option<Travel> {
    let place = occurrence.place.as_deref().filter(|place| is_country(place))?;
    let (at, from) = person.deeds(Deed::SignIn).last.as_ref()?;
    let from = from.as_deref().filter(|from| is_country(from) && *from != place)?;
    if occurrence.deed != Deed::SignIn || person.has_hopped(from, place) {
        return None;
    }
    let kilometres = distance(from, place).filter(|kilometres| *kilometres >= FAR)?;
    let seconds = occurrence.at.duration_since(*at).abs().as_secs();
    let in_time = FAST.saturating_mul(seconds) >= i64::from(kilometres).saturating_mul(3_600);
    (!in_time).then(|| Travel { from: from.to_owned(), at: *at, kilometres })
}
