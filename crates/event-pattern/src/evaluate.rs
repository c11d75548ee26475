//! Whether an event matches: its values by path, and one branch whose fields are all found, consistently.

use std::collections::HashMap;

use trailbell_json::Json;

use crate::absence::{Choice, can_choose};
use crate::consistency::{Place, Requirements};
use crate::parse::join;
use crate::syntax::{Branch, EventPattern, Scalar};

/// What an event has at the paths that a pattern asks for.
type Found<'e> = HashMap<String, Vec<(Scalar<'e>, Place)>>;

impl EventPattern {
    /// Whether the event, which must be an object, matches.
    pub fn matches(&self, event: &Json) -> bool {
        let Json::Object(members) = event else { return false };
        let mut walk = Walk { paths: &self.paths, arrays: 0, place: Vec::new(), found: HashMap::new() };
        walk.members(members, None);
        self.branches.iter().any(|branch| branch.matches(&walk.found))
    }

    /// The values an event has at one of the pattern's paths, lists and equal keys gone through.
    pub fn values_at<'e>(&self, event: &'e Json, path: &str) -> Vec<Scalar<'e>> {
        let Json::Object(members) = event else { return Vec::new() };
        let mut walk = Walk { paths: &self.paths, arrays: 0, place: Vec::new(), found: HashMap::new() };
        walk.members(members, None);
        walk.found.remove(path).unwrap_or_default().into_iter().map(|(value, _)| value).collect()
    }

    /// The same for the text of an event. Text that is no JSON is an error; JSON that is no object does not match.
    pub fn matches_text(&self, event: &str) -> Result<bool, trailbell_json::Error> {
        Ok(self.matches(&Json::parse(event)?))
    }
}

impl Branch {
    fn matches(&self, found: &Found<'_>) -> bool {
        let mut choices = Vec::new();
        for field in &self.fields {
            let values = found.get(&field.path).map(Vec::as_slice).unwrap_or_default();
            let met_by: Vec<&Place> =
                values.iter().filter(|(value, _)| field.matches(*value)).map(|(_, place)| place).collect();
            let may_be_absent = field.may_be_absent();
            if may_be_absent && values.is_empty() {
                continue;
            }
            // A value outside of every list cannot be ruled out.
            let absent_without = (may_be_absent && values.iter().all(|(_, place)| !place.is_empty()))
                .then(|| values.iter().map(|(_, place)| place).collect());
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

struct Walk<'e, 'p> {
    /// Sorted; what is not on the way to one of them is passed over.
    paths: &'p [String],
    /// Lists met so far: each has a number of its own.
    arrays: usize,
    place: Place,
    found: Found<'e>,
}

impl<'e> Walk<'e, '_> {
    fn members(&mut self, members: &'e [(String, Json)], path: Option<&str>) {
        for (name, value) in members {
            let path = join(path, name);
            if self.is_wanted(&path) || self.is_on_the_way(&path) {
                self.value(value, &path);
            }
        }
    }

    fn is_wanted(&self, path: &str) -> bool {
        self.paths.binary_search_by(|wanted| wanted.as_str().cmp(path)).is_ok()
    }

    fn is_on_the_way(&self, path: &str) -> bool {
        let prefix = format!("{path}.");
        let first = self.paths.partition_point(|wanted| *wanted < prefix);
        self.paths.get(first).is_some_and(|wanted| wanted.starts_with(&prefix))
    }

    fn value(&mut self, value: &'e Json, path: &str) {
        let scalar = match value {
            Json::Object(members) => return self.members(members, Some(path)),
            Json::Array(elements) => {
                let array = self.arrays;
                self.arrays += 1;
                for (index, element) in elements.iter().enumerate() {
                    // A plain value belongs to its list, an object or a list to its element: that is AWS's way.
                    let nested = matches!(element, Json::Object(_) | Json::Array(_));
                    if nested {
                        self.place.push((array, index));
                    }
                    self.value(element, path);
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
        if self.is_wanted(path) {
            self.found.entry(path.to_owned()).or_default().push((scalar, self.place.clone()));
        }
    }
}
