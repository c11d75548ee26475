//! What is wrong with the source, by what it is about: it listens again only when nothing is.

use std::collections::BTreeMap;

use tokio::sync::Mutex;
use trailbell_engine::{Closed, Condition, Door};

/// What is wrong.
#[derive(Debug)]
pub(super) struct Troubles {
    door: Door,
    by_subject: Mutex<BTreeMap<String, String>>,
}

impl Troubles {
    pub(super) fn new(door: Door) -> Self {
        Self { door, by_subject: Mutex::default() }
    }

    /// Something is wrong about `subject` (of ours: there are only so many), in words.
    pub(super) async fn set(&self, subject: &str, words: String) -> Result<(), Closed> {
        let mut by_subject = self.by_subject.lock().await;
        by_subject.insert(subject.to_owned(), words.clone());
        self.door.say(Condition::Failing(words)).await
    }

    /// Nothing is wrong about `subject`.
    pub(super) async fn clear(&self, subject: &str) -> Result<(), Closed> {
        let mut by_subject = self.by_subject.lock().await;
        if by_subject.remove(subject).is_none() {
            return Ok(());
        }
        let left = by_subject.values().next().cloned();
        self.door.say(left.map_or(Condition::Listening, Condition::Failing)).await
    }
}
