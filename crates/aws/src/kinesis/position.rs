//! Where each shard was read to: the text that the ledger keeps for a stream.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Shard;

/// The form of the text; one of another version is not read, and the first look is made again.
const VERSION: u32 = 1;

/// How far a shard was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Place {
    /// Not at all: it begins with the oldest record kept.
    Oldest,
    /// Not at all: it begins with what came after this second since 1970. Kept, so that a restart before the first record
    /// misses nothing.
    Since(i64),
    /// To this sequence number, which is safe.
    After(String),
    /// To its end: it was split or merged.
    End,
}

/// Where each shard was read to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    v: u32,
    shards: BTreeMap<String, Place>,
}

impl Position {
    pub(super) fn read(text: Option<&str>) -> Self {
        let read = text.and_then(|text| serde_json::from_str::<Self>(text).ok());
        read.filter(|position| position.v == VERSION).unwrap_or(Self { v: VERSION, shards: BTreeMap::new() })
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    pub(super) fn get(&self, shard: &str) -> Option<Place> {
        self.shards.get(shard).cloned()
    }

    pub(super) fn set(&mut self, shard: &str, place: Place) {
        self.shards.insert(shard.to_owned(), place);
    }

    /// Forgets the shards that the stream no longer has.
    pub(super) fn keep<'a>(&mut self, shards: impl Iterator<Item = &'a str>) {
        let shards: Vec<&str> = shards.collect();
        self.shards.retain(|shard, _| shards.contains(&shard.as_str()));
    }

    /// Whether a parent is still there and has not been read to its end.
    pub(super) fn is_open(&self, parent: Option<&str>, shards: &[Shard]) -> bool {
        parent.is_some_and(|parent| {
            shards.iter().any(|shard| shard.id == parent) && self.shards.get(parent) != Some(&Place::End)
        })
    }
}
