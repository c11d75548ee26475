//! What to look for in an event before it is even read: a few keys, and strings that some rule insists on there.
//!
//! A rule is watched for at fields where it wants a string and nothing else will do. One such field is enough to see that an event
//! cannot meet it; several see more. A rule with no such field lets no event go unread: then there is nothing to look for.

use trailbell_record::{MOST_KEYS, Seen, can_be_key};

use crate::bits::Bits;
use crate::fields::PATHS;
use crate::index::{Index, Remembered};
use crate::prescreen::Prescreen;

const _: () = assert!(MOST_KEYS <= 64, "a bit for each key");

/// What to look for.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Names of members: the last of each path.
    pub(crate) keys: Vec<Box<str>>,
    /// Those that tell most first.
    fields: Vec<Field>,
    /// For each key, the places in `fields` of those that are looked at first: where rules that come with the program are watched
    /// for, and conditions that no field before shows.
    first: Vec<Vec<usize>>,
    /// For each condition, the other fields at which it is watched for.
    rest: Vec<Rest>,
}

/// The fields at which a condition is watched for, but for the first.
#[derive(Debug, Clone, Default)]
struct Rest {
    /// A bit for the key of each.
    keys: u64,
    /// Their places in [`Watched::fields`].
    fields: Vec<usize>,
}

/// A field at which rules are watched for.
#[derive(Debug)]
struct Field {
    /// Its place in [`Index::fields`].
    place: usize,
    /// The place of its name among the keys.
    key: usize,
    /// Conditions that are looked for here first.
    first: Bits,
}

/// What was found out about values so far, by field.
#[derive(Debug, Default)]
pub(crate) struct Answers(Vec<Remembered<Answer>>);

/// What a string says where it stands in one of the members that are taken for a field.
#[derive(Debug)]
struct Answer {
    /// A rule that comes with the program could meet the event.
    is_wanted: bool,
    /// The conditions it leaves.
    leaves: Bits,
    /// Those of them that are looked for here first.
    first: Box<[usize]>,
}

impl Watched {
    /// `None` where some rule would not be seen.
    pub(crate) fn of(prescreen: &Prescreen, index: &Index) -> Option<Self> {
        let count = index.entries.len();
        let fields = index.fields();
        let pins = |place: usize| fields.get(place).map(|field| &field.pinned);
        let is_prescreened = |place: usize| PATHS.get(place).is_some_and(|path| prescreen.looks_at(path));
        let mut chosen: Vec<usize> = (0..PATHS.len()).filter(|place| is_prescreened(*place)).collect();
        let mut unseen = Bits::default();
        unseen.fill(count);
        for place in &chosen {
            unseen.keep(&pins(*place)?.others(count));
        }
        // What shows most of the rest, until all is seen; then whatever there is room for.
        let key = |place: usize| fields.get(place).and_then(|field| key(&field.path.names));
        let mut rest: Vec<usize> =
            (0..fields.len()).filter(|place| !chosen.contains(place) && key(*place).is_some()).collect();
        while chosen.len() < MOST_KEYS {
            let shows = |place: &usize| {
                let pinned = pins(*place).map(|pinned| {
                    let mut new = pinned.clone();
                    new.keep(&unseen);
                    (new.count(), pinned.count())
                });
                pinned.unwrap_or_default()
            };
            // Of equals, the first.
            let Some(best) = rest.iter().copied().rev().max_by_key(shows) else { break };
            if shows(&best).1 == 0 {
                break;
            }
            rest.retain(|place| *place != best);
            unseen.keep(&pins(best)?.others(count));
            chosen.push(best);
        }
        if unseen.count() > 0 {
            return None;
        }
        // Most records have some value at these that rules ask for.
        let tells_little = |place: usize| matches!(PATHS.get(place), Some(["eventSource" | "eventType"]));
        let shows = |place: usize| pins(place).map_or(0, Bits::count);
        chosen.sort_by_key(|place| (tells_little(*place), std::cmp::Reverse(shows(*place))));
        let mut watched = Self { rest: vec![Rest::default(); count], ..Self::default() };
        unseen.fill(count);
        for (nth, place) in chosen.into_iter().enumerate() {
            let key = watched.key(key(place)?);
            let pinned = pins(place)?;
            let mut first = pinned.clone();
            first.keep(&unseen);
            unseen.keep(&pinned.others(count));
            if is_prescreened(place) || !first.is_empty() {
                watched.first.get_mut(key)?.push(nth);
            }
            for place in pinned.places().filter(|place| !first.has(*place)) {
                let rest = watched.rest.get_mut(place)?;
                rest.keys |= 1 << key;
                rest.fields.push(nth);
            }
            watched.fields.push(Field { place, key, first });
        }
        Some(watched)
    }

    /// The place of a key, which other fields may have as well.
    fn key(&mut self, name: &str) -> usize {
        self.keys.iter().position(|key| **key == *name).unwrap_or_else(|| {
            self.keys.push(name.into());
            self.first.push(Vec::new());
            self.keys.len() - 1
        })
    }

    /// Whether a rule could meet an event in which these members, and no others of those names, have strings.
    pub(crate) fn is_worth(
        &self,
        prescreen: &Prescreen,
        index: &Index,
        answers: &mut Answers,
        seen: &[Seen<'_>],
    ) -> bool {
        answers.0.resize_with(self.fields.len(), Remembered::default);
        let mut candidates = Vec::new();
        // A bit for each key that is there.
        let mut there = 0_u64;
        for Seen { key, value } in seen {
            there |= 1 << key;
            for nth in self.first.get(*key).into_iter().flatten() {
                let (Some(field), Some(remembered)) = (self.fields.get(*nth), answers.0.get_mut(*nth)) else {
                    continue;
                };
                let answer = |answer: &Answer| {
                    candidates.extend_from_slice(&answer.first);
                    answer.is_wanted
                };
                if remembered.of(value, || field.answer(prescreen, index, value), answer) {
                    return true;
                }
            }
        }
        candidates.into_iter().any(|place| {
            self.rest.get(place).is_none_or(|Rest { keys, fields }| {
                keys & !there == 0
                    && fields.iter().all(|nth| self.is_left(place, *nth, prescreen, index, answers, seen))
            })
        })
    }

    /// Whether one of the strings seen leaves a condition that is watched for at a field.
    fn is_left(
        &self,
        place: usize,
        nth: usize,
        prescreen: &Prescreen,
        index: &Index,
        answers: &mut Answers,
        seen: &[Seen<'_>],
    ) -> bool {
        let (Some(field), Some(remembered)) = (self.fields.get(nth), answers.0.get_mut(nth)) else {
            return true;
        };
        seen.iter().filter(|seen| seen.key == field.key).any(|Seen { value, .. }| {
            if remembered.repeats() {
                return remembered.of(
                    value,
                    || field.answer(prescreen, index, value),
                    |answer| answer.is_wanted || answer.leaves.has(place),
                );
            }
            let field = index.fields().get(field.place);
            let value = std::str::from_utf8(value);
            field.zip(value.ok()).is_none_or(|(field, value)| field.could_match(&index.entries, place, value))
        })
    }
}

impl Field {
    fn answer(&self, prescreen: &Prescreen, index: &Index, value: &[u8]) -> Answer {
        let Ok(value) = std::str::from_utf8(value) else {
            // Whoever reads it says so.
            return Answer { is_wanted: true, leaves: Bits::default(), first: Box::default() };
        };
        let field = index.fields().get(self.place);
        let leaves = field.map(|field| field.of(&index.entries, value)).unwrap_or_default();
        let path = PATHS.get(self.place);
        let mut first = leaves.clone();
        first.keep(&self.first);
        Answer {
            is_wanted: path.is_some_and(|path| prescreen.wants(path, value)),
            first: first.places().collect(),
            leaves,
        }
    }
}

/// The last name of a path, which can be looked for; `None` where it cannot.
fn key(path: &[String]) -> Option<&str> {
    path.last().map(String::as_str).filter(|name| can_be_key(name))
}
