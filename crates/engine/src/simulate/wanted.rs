//! Which records the world wants to see whole, of all that are read.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Timestamp;
use trailbell_filter_pattern::Pattern;
use trailbell_json::Json;

use super::brought::Brought;
use super::candidates::Candidates;
use super::world::World;

/// The question, made ready to be asked of very many records.
#[derive(Debug)]
pub(super) struct Wanted<'w> {
    world: &'w World,
    /// The patterns of the log groups.
    patterns: Vec<&'w Pattern>,
    candidates: Candidates,
    /// The event names some pattern can meet; `None` where some pattern can meet any.
    names: Option<HashSet<String>>,
    /// Whether a record that no pattern meets is a sample all the same.
    pub(super) counts_the_rest: bool,
}

impl<'w> Wanted<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        let logs = patterns(world).map(|pattern| pattern.required_values(&["eventName"]));
        let bus = world.rules.iter().map(|rule| rule.pattern.required_values("detail.eventName"));
        let names = logs.chain(bus).try_fold(HashSet::new(), |mut all, names| {
            all.extend(names?.into_iter().map(str::to_owned));
            Some(all)
        });
        let counts_the_rest = world.filters.iter().any(|filter| filter.inner.default_value().is_some());
        Self {
            world,
            patterns: patterns(world).collect(),
            candidates: Candidates::new(patterns(world)),
            names,
            counts_the_rest,
        }
    }

    /// Whether an event of that name is none of any pattern's.
    pub(super) fn rules_out(&self, name: &str) -> bool {
        self.names.as_ref().is_some_and(|names| !names.contains(name))
    }

    /// Whether some pattern meets the record.
    pub(super) fn wants(&self, json: &Json) -> bool {
        let mut tried = self.candidates.of(json).iter().filter_map(|place| self.patterns.get(*place));
        if tried.any(|pattern| pattern.matches(|| Cow::Owned(json.to_string()), || Some(json))) {
            return true;
        }
        if self.world.rules.is_empty() {
            return false;
        }
        let brought = Brought::new(json.clone(), Timestamp::UNIX_EPOCH);
        let events = brought.events(Timestamp::UNIX_EPOCH);
        self.world.rules.iter().any(|rule| events.iter().any(|event| rule.pattern.matches(event)))
    }
}

fn patterns(world: &World) -> impl Iterator<Item = &Pattern> {
    let filters = world.filters.iter().map(|filter| filter.inner.pattern());
    filters.chain(world.subscription_filters.iter().map(|filter| &filter.pattern))
}
