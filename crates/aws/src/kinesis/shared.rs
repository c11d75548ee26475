//! What the tasks of a stream's shards have in common: the position, who is refused, and which shard may begin.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Shard;
use super::position::{Place, Position};

/// What the shards' tasks have in common.
#[derive(Debug)]
pub(super) struct Shared {
    position: Mutex<Position>,
    /// Shards that cannot be read, and why.
    failing: Mutex<BTreeMap<String, String>>,
}

impl Shared {
    pub(super) fn new(position: Position) -> Self {
        Self { position: Mutex::new(position), failing: Mutex::default() }
    }

    pub(super) fn position(&self) -> MutexGuard<'_, Position> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn failing(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shards that may be read now, and from where: those whose parents have been read to their end, or are gone.
    pub(super) fn begin(&self, shards: &[Shard], from_oldest: bool) -> Vec<(String, Place)> {
        let mut position = self.position();
        position.keep(shards.iter().map(|shard| shard.id.as_str()));
        let is_first = position.is_empty() && !from_oldest;
        let mut ready = Vec::new();
        for shard in shards {
            let parents = [&shard.parent, &shard.adjacent_parent];
            let has_parents = parents.iter().any(|parent| {
                parent.as_deref().is_some_and(|parent| shards.iter().any(|shard| shard.id == parent))
            });
            let place = match position.get(&shard.id) {
                Some(Place::End) => continue,
                Some(place) => place,
                // The first look of all, from now on: what is closed already is before it.
                None if is_first => Place::Since(jiff::Timestamp::now().as_second()),
                None if has_parents
                    && parents.iter().any(|parent| position.is_open(parent.as_deref(), shards)) =>
                {
                    continue;
                }
                None => Place::Oldest,
            };
            ready.push((shard.id.clone(), place));
        }
        if is_first {
            for (shard, place) in &ready {
                position.set(shard, place.clone());
            }
        }
        ready
    }
}
