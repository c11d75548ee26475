//! What to look for in an event before it is even read: a few keys, and strings that some rule insists on there.
//!
//! A rule is watched for at fields where it wants a string and nothing else will do. One such field is enough to see that an event
//! cannot meet it; several see more. A rule with no such field lets no event go unread: then there is nothing to look for.

use trailbell_record::{MOST_KEYS, Seen, can_be_key};

use crate::bits::Bits;
use crate::fields::PATHS;
use crate::index::{Index, Remembered};
use crate::prescreen::Prescreen;

/// What to look for.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Names of members: the last of each path.
    pub(crate) keys: Vec<Box<str>>,
    /// Those that tell most first.
    fields: Vec<Field>,
}

/// A field at which rules are watched for.
#[derive(Debug)]
struct Field {
    /// Its place in [`Index::fields`].
    place: usize,
    /// The place of its name among the keys.
    key: usize,
    /// Conditions that are not watched for here.
    others: Bits,
    /// Whether rules that come with the program are.
    is_prescreened: bool,
}

/// What was found out about values so far.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// By field.
    fields: Vec<Remembered<Answer>>,
    left: Bits,
    sum: Bits,
}

/// What a string says where it stands in one of the members that are taken for a field.
#[derive(Debug)]
struct Answer {
    /// A rule that comes with the program could meet the event.
    is_wanted: bool,
    /// The conditions it leaves.
    leaves: Bits,
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
        let key = |place: usize| fields.get(place).and_then(|field| key(&field.path));
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
        chosen.sort_by_key(|place| std::cmp::Reverse(pins(*place).map_or(0, Bits::count)));
        let mut watched = Self::default();
        for place in chosen {
            let key = watched.key(key(place)?);
            let others = pins(place)?.others(count);
            watched.fields.push(Field { place, key, others, is_prescreened: is_prescreened(place) });
        }
        Some(watched)
    }

    /// The place of a key, which other fields may have as well.
    fn key(&mut self, name: &str) -> usize {
        self.keys.iter().position(|key| **key == *name).unwrap_or_else(|| {
            self.keys.push(name.into());
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
        let Answers { fields, left, sum } = answers;
        fields.resize_with(self.fields.len(), Remembered::default);
        left.fill(index.entries.len());
        let mut any = !index.entries.is_empty();
        for (field, remembered) in self.fields.iter().zip(fields) {
            if !any && !field.is_prescreened {
                continue;
            }
            sum.copy(&field.others);
            for Seen { value, .. } in seen.iter().filter(|seen| seen.key == field.key) {
                let is_wanted = remembered.of(
                    value,
                    || field.answer(prescreen, index, value),
                    |answer| {
                        sum.add(&answer.leaves);
                        answer.is_wanted
                    },
                );
                if is_wanted {
                    return true;
                }
            }
            any = any && left.keep(sum);
        }
        any
    }
}

impl Field {
    fn answer(&self, prescreen: &Prescreen, index: &Index, value: &str) -> Answer {
        let field = index.fields().get(self.place);
        let leaves = field.map(|field| field.of(&index.entries, value)).unwrap_or_default();
        let path = PATHS.get(self.place);
        Answer { is_wanted: path.is_some_and(|path| prescreen.wants(path, value)), leaves }
    }
}

/// The last name of a path, which can be looked for; `None` where it cannot.
fn key(path: &[String]) -> Option<&str> {
    path.last().map(String::as_str).filter(|name| can_be_key(name))
}
