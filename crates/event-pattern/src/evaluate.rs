//! Whether an event matches: its values by path, and one branch whose fields are all found, consistently.

use std::cmp::Ordering;

use trailbell_json::Json;

use crate::absence::{Choice, can_choose};
use crate::consistency::{Place, Requirements};
use crate::syntax::{Branch, EventPattern, Field, Scalar};

impl EventPattern {
    /// Whether the event, which must be an object, matches.
    pub fn matches(&self, event: &Json) -> bool {
        let Json::Object(members) = event else { return false };
        self.matches_members(members.iter().map(|(name, value)| (name.as_str(), value)))
    }

    /// The same for an event that is given member by member.
    pub fn matches_members<'e>(&self, members: impl IntoIterator<Item = (&'e str, &'e Json)>) -> bool {
        let found = self.found(members);
        self.branches.iter().any(|branch| branch.matches(&self.paths, &found))
    }

    /// The values an event has at one of the pattern's paths, lists and equal keys gone through.
    pub fn values_at<'e>(&self, event: &'e Json, path: &str) -> Vec<Scalar<'e>> {
        let Json::Object(members) = event else { return Vec::new() };
        let found = self.found(members.iter().map(|(name, value)| (name.as_str(), value)));
        at(&self.paths, &found, path).map(|found| found.value).collect()
    }

    /// The same for the text of an event. Text that is no JSON is an error; JSON that is no object does not match.
    pub fn matches_text(&self, event: &str) -> Result<bool, trailbell_json::Error> {
        Ok(self.matches(&Json::parse(event)?))
    }

    /// What an event has at the paths that the pattern asks for.
    fn found<'e>(&self, members: impl IntoIterator<Item = (&'e str, &'e Json)>) -> Vec<Found<'e>> {
        let mut walk = Walk { arrays: 0, place: Vec::new(), found: Vec::new() };
        let all = Way { first: 0, paths: &self.paths, length: 0 };
        for (name, value) in members {
            walk.member(name, value, all);
        }
        walk.found
    }
}

/// A value at one of a pattern's paths.
struct Found<'e> {
    /// The path's place among the pattern's.
    path: usize,
    value: Scalar<'e>,
    place: Place,
}

/// What was found at a path.
fn at<'f, 'e>(paths: &[String], found: &'f [Found<'e>], path: &str) -> impl Iterator<Item = &'f Found<'e>> {
    let place = paths.binary_search_by(|other| other.as_str().cmp(path)).ok();
    found.iter().filter(move |found| Some(found.path) == place)
}

impl Branch {
    fn matches(&self, paths: &[String], found: &[Found<'_>]) -> bool {
        // Most branches fail at some field, or hold by values outside of lists, which go with any others.
        let mut all_outside = true;
        for field in &self.fields {
            let (mut met, mut met_outside, mut missing) = (false, false, true);
            for found in at(paths, found, &field.path) {
                missing = false;
                if field.matches(found.value) {
                    met = true;
                    met_outside |= found.place.is_empty();
                }
            }
            if !met && !field.may_be_absent() {
                return false;
            }
            all_outside &= met_outside || missing;
        }
        all_outside || self.can_choose_of(paths, found)
    }

    /// The same where elements of lists have to go together.
    fn can_choose_of(&self, paths: &[String], found: &[Found<'_>]) -> bool {
        let mut choices = Vec::new();
        for field in &self.fields {
            let values = || at(paths, found, &field.path);
            let met_by = met_by(field, values());
            let may_be_absent = field.may_be_absent();
            if may_be_absent && values().next().is_none() {
                continue;
            }
            // A value outside of every list cannot be ruled out.
            let absent_without = (may_be_absent && values().all(|found| !found.place.is_empty()))
                .then(|| values().map(|found| &found.place).collect());
            if met_by.is_empty() && absent_without.is_none() {
                return false;
            }
            choices.push(Choice { met_by, absent_without });
        }
        if choices.iter().any(|choice| choice.absent_without.is_some()) {
            return can_choose(&choices);
        }
        let mut requirements = Requirements::default();
        for choice in &choices {
            requirements.add(&choice.met_by);
        }
        requirements.can_all_be_met()
    }
}

/// The places of the values that the field takes.
fn met_by<'f, 'e: 'f>(field: &Field, values: impl Iterator<Item = &'f Found<'e>>) -> Vec<&'f Place> {
    values.filter(|found| field.matches(found.value)).map(|found| &found.place).collect()
}

/// The paths that lead on from where a walk is.
#[derive(Clone, Copy)]
struct Way<'p> {
    /// The place of the first of them among the pattern's.
    first: usize,
    /// Sorted.
    paths: &'p [String],
    /// How many of their bytes the walk has come.
    length: usize,
}

impl Way<'_> {
    /// What of a path is still to come.
    fn rest(self, path: &str) -> &str {
        path.get(self.length..).unwrap_or_default()
    }

    /// The place of the path that ends with the member of that name, and the way on from it.
    fn member(self, name: &str) -> (Option<usize>, Self) {
        let own = self.paths.partition_point(|path| self.rest(path) < name);
        let is_own = self.paths.get(own).is_some_and(|path| self.rest(path) == name);
        let ends = is_own.then_some(self.first + own);
        let after = self.paths.get(own..).unwrap_or_default();
        let skipped = after.partition_point(|path| order_of_dotted(self.rest(path), name) == Ordering::Less);
        let after = after.get(skipped..).unwrap_or_default();
        let leads_on =
            |path: &String| self.rest(path).strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        let paths = after.get(..after.partition_point(leads_on)).unwrap_or_default();
        (ends, Self { first: self.first + own + skipped, paths, length: self.length + name.len() + 1 })
    }
}

/// How a text compares with a name and a dot behind it.
fn order_of_dotted(text: &str, name: &str) -> Ordering {
    let (start, rest) = text.as_bytes().split_at(text.len().min(name.len()));
    start.cmp(name.as_bytes()).then_with(|| rest.cmp(b"."))
}

struct Walk<'e> {
    /// Lists met so far: each has a number of its own.
    arrays: usize,
    place: Place,
    found: Vec<Found<'e>>,
}

impl<'e> Walk<'e> {
    fn member(&mut self, name: &str, value: &'e Json, way: Way<'_>) {
        let (path, way) = way.member(name);
        // What is not on the way to a path is passed over.
        if path.is_some() || !way.paths.is_empty() {
            self.value(value, path, way);
        }
    }

    fn value(&mut self, value: &'e Json, path: Option<usize>, way: Way<'_>) {
        let scalar = match value {
            Json::Object(members) => {
                for (name, value) in members {
                    self.member(name, value, way);
                }
                return;
            }
            Json::Array(elements) => {
                let array = self.arrays;
                self.arrays += 1;
                for (index, element) in elements.iter().enumerate() {
                    // A plain value belongs to its list, an object or a list to its element: that is AWS's way.
                    let nested = matches!(element, Json::Object(_) | Json::Array(_));
                    if nested {
                        self.place.push((array, index));
                    }
                    self.value(element, path, way);
                    if nested {
                        self.place.pop();
                    }
                }
                return;
            }
            Json::Null => Scalar::Null,
            Json::Bool(value) => Scalar::Bool(*value),
            Json::Number(text) => Scalar::Number(text),
            Json::String(text) => Scalar::Text(text),
        };
        if let Some(path) = path {
            self.found.push(Found { path, value: scalar, place: self.place.clone() });
        }
    }
}
