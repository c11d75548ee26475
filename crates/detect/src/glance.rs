//! What to look for in an event before it is even read: a few keys and the values some rule insists on.
//!
//! A rule is watched for at one key: one where it wants a string, and where most strings rule it out. A rule that no key would
//! show lets no event go unread; then there is nothing to look for.

use rustc_hash::FxHashMap;

use crate::bits::Bits;
use crate::fields::PATHS;
use crate::index::{Index, Memory};
use crate::prescreen::Prescreen;

/// What to look for.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// The names of members: of each path that rules are watched for at, the last.
    pub(crate) keys: Vec<Box<str>>,
    /// Each key's place in [`PATHS`], and the conditions that are watched for there.
    at: Vec<(usize, Bits)>,
}

/// Answers about values that were met, by key.
pub(crate) type Answers = Vec<FxHashMap<Box<str>, bool>>;

impl Watched {
    /// `None` where some rule would not be seen.
    pub(crate) fn of(prescreen: &Prescreen, index: &Index) -> Option<Self> {
        let none = || Bits::none(index.entries.len());
        let mut conditions: [Option<Bits>; PATHS.len()] = Default::default();
        for place in 0..index.entries.len() {
            let path = (0..PATHS.len()).find(|path| index.is_pinned(*path, place))?;
            conditions[path].get_or_insert_with(none).set(place);
        }
        for (path, conditions) in PATHS.iter().zip(&mut conditions) {
            if prescreen.looks_at(path) {
                conditions.get_or_insert_with(none);
            }
        }
        let mut watched = Self::default();
        for (path, conditions) in conditions.into_iter().enumerate() {
            let Some(conditions) = conditions else { continue };
            // A member whose own name is a whole path is as good for the languages that write paths with dots.
            if PATHS[path].len() > 1 && conditions.count() > 0 {
                watched.keys.push(PATHS[path].join(".").into());
                watched.at.push((path, conditions.clone()));
            }
            watched.keys.extend(PATHS[path].last().map(|name| (*name).into()));
            watched.at.push((path, conditions));
        }
        Some(watched)
    }

    /// Whether a rule could meet an event that has this string at the nth key.
    pub(crate) fn is_worth(
        &self,
        prescreen: &Prescreen,
        index: &Index,
        answers: &mut Answers,
        key: usize,
        value: &str,
    ) -> bool {
        answers.resize_with(self.keys.len(), FxHashMap::default);
        // A key that nobody watches cannot be asked about.
        let (Some((path, conditions)), Some(answers)) = (self.at.get(key), answers.get_mut(key)) else {
            return true;
        };
        if let Some(answer) = answers.get(value) {
            return *answer;
        }
        let answer = prescreen.wants(PATHS[*path], value) || index.any_could_match(*path, conditions, value);
        if Memory::has_room(answers.len(), value) {
            answers.insert(value.into(), answer);
        }
        answer
    }
}
