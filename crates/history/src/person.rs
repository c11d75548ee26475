//! What is remembered of one person: when, from where, with what, in which roles. Its size has a bound.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::occurrence::{Deed, Dimension, Occurrence};

/// How many values are remembered of each dimension; of more, the one seen longest ago is forgotten.
const MOST_PLACES: usize = 32;
const MOST_NETWORKS: usize = 64;
const MOST_CLIENTS: usize = 16;
const MOST_ADDRESSES: usize = 64;
const MOST_ROLES: usize = 32;
/// How many pairs of places somebody was in too soon after one another.
const MOST_HOPS: usize = 64;
/// A role that was taken so short a time ago for the first time is new to whoever is told of what is done in it.
const ROLE_IS_NEW: SignedDuration = SignedDuration::from_hours(24);

/// One person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    /// By [`Deed`].
    deeds: [Deeds; Deed::COUNT],
    /// The last time anything was seen of them, also what nobody is told of.
    pub(crate) last: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    places: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    networks: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    clients: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    addresses: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    roles: BTreeMap<String, Value>,
    /// Deeds by the hour of the day in UTC.
    hours: [u64; 24],
    /// Pairs of places somebody was in too soon after one another, and it was told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    hops: BTreeSet<(String, String)>,
}

/// Deeds of one sort.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deeds {
    pub(crate) count: u64,
    pub(crate) first: Option<Timestamp>,
    /// The last one, and from where.
    pub(crate) last: Option<(Timestamp, Option<String>)>,
}

/// One value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Value {
    /// By [`Deed`].
    deeds: [u64; Deed::COUNT],
    first: Timestamp,
    last: Timestamp,
}

impl Person {
    /// All deeds that were told.
    pub(crate) fn count(&self) -> u64 {
        self.deeds.iter().map(|deeds| deeds.count).sum()
    }

    /// When the first of them was.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.deeds.iter().filter_map(|deeds| deeds.first).min()
    }

    /// Deeds of one sort.
    pub(crate) const fn deeds(&self, deed: Deed) -> &Deeds {
        &self.deeds[deed as usize]
    }

    /// How many deeds share this one's value in the dimension: of its own sort, and of all; `None` where it has none.
    pub(crate) fn like(&self, occurrence: &Occurrence, dimension: Dimension) -> Option<(u64, u64)> {
        let (values, value) = match dimension {
            Dimension::Person => {
                return Some((self.deeds(occurrence.deed).count, self.count()));
            }
            Dimension::Hour => {
                let count = self.near(hour(occurrence.at));
                return Some((count, count));
            }
            Dimension::Country => (&self.places, &occurrence.place),
            Dimension::Network => (&self.networks, &occurrence.network),
            Dimension::Client => (&self.clients, &occurrence.client),
            Dimension::Address => (&self.addresses, &occurrence.address),
            Dimension::Role => (&self.roles, &occurrence.role),
        };
        let value = values.get(value.as_ref()?);
        Some(value.map_or((0, 0), |value| (value.deeds[occurrence.deed as usize], value.deeds.iter().sum())))
    }

    /// Deeds within two hours of the clock.
    fn near(&self, hour: usize) -> u64 {
        (0..5).map(|step| self.hours[(hour + 22 + step) % 24]).sum()
    }

    /// Whether the role is new to whoever is told: nothing has been told of it, and it was not taken for long either.
    pub(crate) fn role_is_new(&self, role: &str, at: Timestamp) -> bool {
        self.roles.get(role).is_none_or(|value| {
            value.deeds.iter().sum::<u64>() == 0 && at.duration_since(value.first) < ROLE_IS_NEW
        })
    }

    /// Whether nothing was told of them yet, and they were not seen taking roles for long either.
    pub(crate) fn is_new(&self, at: Timestamp) -> bool {
        let first_role = self.roles.values().map(|value| value.first).min();
        self.count() == 0 && first_role.is_none_or(|first| at.duration_since(first) < ROLE_IS_NEW)
    }

    /// The place most deeds of that sort came from, with their number. Of equals the first by name.
    pub(crate) fn usual_place(&self, deed: Deed) -> Option<(String, u64)> {
        let of = |value: &Value| value.deeds[deed as usize];
        let places = self.places.iter().filter(|(_, value)| of(value) > 0);
        let most = places.max_by(|a, b| of(a.1).cmp(&of(b.1)).then_with(|| b.0.cmp(a.0)));
        most.map(|(place, value)| (place.clone(), of(value)))
    }

    /// Whether somebody was in both places too soon before, and it was told.
    pub(crate) fn has_hopped(&self, one: &str, other: &str) -> bool {
        self.hops.contains(&pair(one, other))
    }

    pub(crate) fn hop(&mut self, one: &str, other: &str) {
        if self.hops.len() >= MOST_HOPS {
            self.hops.pop_first();
        }
        self.hops.insert(pair(one, other));
    }

    /// Remembers a deed.
    pub(crate) fn learn(&mut self, occurrence: &Occurrence) {
        let at = occurrence.at;
        let deeds = &mut self.deeds[occurrence.deed as usize];
        deeds.count += 1;
        deeds.first = Some(deeds.first.map_or(at, |first| first.min(at)));
        if deeds.last.as_ref().is_none_or(|(last, _)| *last <= at) {
            deeds.last = Some((at, occurrence.place.clone()));
        }
        self.last = self.last.max(Some(at));
        self.hours[hour(at)] += 1;
        let deed = Some(occurrence.deed);
        note(&mut self.places, occurrence.place.as_ref(), deed, at, MOST_PLACES);
        note(&mut self.networks, occurrence.network.as_ref(), deed, at, MOST_NETWORKS);
        note(&mut self.clients, occurrence.client.as_ref(), deed, at, MOST_CLIENTS);
        note(&mut self.addresses, occurrence.address.as_ref(), deed, at, MOST_ADDRESSES);
        note(&mut self.roles, occurrence.role.as_ref(), deed, at, MOST_ROLES);
    }

    /// Remembers that the role was taken, of which nobody is told.
    pub(crate) fn learn_role(&mut self, role: &String, at: Timestamp) {
        self.last = self.last.max(Some(at));
        note(&mut self.roles, Some(role), None, at, MOST_ROLES);
    }

    /// Forgets values that were not seen since then.
    pub(crate) fn forget(&mut self, before: Timestamp) {
        for values in
            [&mut self.places, &mut self.networks, &mut self.clients, &mut self.addresses, &mut self.roles]
        {
            values.retain(|_, value| value.last >= before);
        }
    }

    /// Adds what was learned of the same person elsewhere, of another time.
    pub(crate) fn add(&mut self, other: Self) {
        for (own, other) in self.deeds.iter_mut().zip(other.deeds) {
            own.count += other.count;
            own.first = own.first.into_iter().chain(other.first).min();
            if own.last.as_ref().map(|(at, _)| *at) < other.last.as_ref().map(|(at, _)| *at) {
                own.last = other.last;
            }
        }
        self.last = self.last.max(other.last);
        for (own, other) in self.hours.iter_mut().zip(other.hours) {
            *own += other;
        }
        for (own, other, most) in [
            (&mut self.places, other.places, MOST_PLACES),
            (&mut self.networks, other.networks, MOST_NETWORKS),
            (&mut self.clients, other.clients, MOST_CLIENTS),
            (&mut self.addresses, other.addresses, MOST_ADDRESSES),
            (&mut self.roles, other.roles, MOST_ROLES),
        ] {
            for (text, value) in other {
                match own.get_mut(&text) {
                    Some(known) => known.add(&value),
                    None => {
                        own.insert(text, value);
                    }
                }
            }
            while own.len() > most {
                forget_oldest(own);
            }
        }
        for (one, other) in other.hops {
            self.hop(&one, &other);
        }
    }
}

impl Value {
    fn add(&mut self, other: &Self) {
        for (own, other) in self.deeds.iter_mut().zip(other.deeds) {
            *own += other;
        }
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

fn note(
    values: &mut BTreeMap<String, Value>,
    text: Option<&String>,
    deed: Option<Deed>,
    at: Timestamp,
    most: usize,
) {
    let Some(text) = text else { return };
    let seen = Value {
        deeds: [0, 1, 2].map(|nth| u64::from(deed.is_some_and(|deed| deed as usize == nth))),
        first: at,
        last: at,
    };
    if let Some(known) = values.get_mut(text) {
        known.add(&seen);
        return;
    }
    while values.len() >= most {
        forget_oldest(values);
    }
    values.insert(text.clone(), seen);
}

/// Forgets the value seen longest ago; of equals the first by name.
fn forget_oldest(values: &mut BTreeMap<String, Value>) {
    let oldest = values.iter().min_by_key(|(_, value)| value.last).map(|(text, _)| text.clone());
    if let Some(oldest) = oldest {
        values.remove(&oldest);
    }
}

fn pair(one: &str, other: &str) -> (String, String) {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    (first.to_owned(), second.to_owned())
}

/// The hour of the day in UTC. How far two times of day are apart is the same in every zone.
fn hour(at: Timestamp) -> usize {
    usize::try_from(at.as_second().rem_euclid(86_400) / 3_600).unwrap_or(0)
}
