//! What a commit is about to change: the rows as they were, and as they shall be.

use std::collections::BTreeMap;

use super::item::{Attribute, Item};
use super::key::Key;
use super::row::{self, Damage, Kept, Row};
use super::table::Change;

/// A row as it shall be: its text, and what indexes need of it.
type After = (String, Vec<(&'static str, Attribute)>);

/// Rows before and after.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    before: BTreeMap<Key, Row>,
    after: BTreeMap<Key, Option<After>>,
}

impl Draft {
    /// Adds rows as they are. What is not given is not there.
    pub(crate) fn know(&mut self, rows: impl IntoIterator<Item = (Key, Row)>) {
        self.before.extend(rows);
    }

    /// What stands there now.
    pub(crate) fn get<T: Kept>(&self, key: &Key) -> Result<Option<T>, Damage> {
        let text = match self.after.get(key) {
            Some(after) => after.as_ref().map(|(text, _)| text),
            None => self.before.get(key).map(|row| &row.text),
        };
        let read = |text: &String| {
            serde_json::from_str(text)
                .map_err(|error| Damage(format!("item {}, {}: {error}", key.kind, key.name)))
        };
        text.map(read).transpose()
    }

    pub(crate) fn put<T: Kept>(&mut self, thing: &T) -> Result<(), Damage> {
        let text = serde_json::to_string(thing).map_err(|error| Damage(error.to_string()))?;
        self.after.insert(thing.key(), Some((text, thing.marks())));
        Ok(())
    }

    pub(crate) fn delete(&mut self, key: Key) {
        self.after.insert(key, None);
    }

    pub(crate) fn deletes(&self, key: &Key) -> bool {
        self.after.get(key).is_some_and(Option::is_none)
    }

    /// What is to be changed in the table, and how the rows stand then.
    pub(crate) fn changes(self) -> (Vec<Change>, Vec<(Key, Option<Row>)>) {
        let mut changes = Vec::new();
        let mut rows = Vec::new();
        for (key, after) in self.after {
            let before = self.before.get(&key);
            let more_before = before.map(|row| row.more.as_slice()).unwrap_or_default();
            let delete_rest = |key: &Key| Change::Delete(Item::at(key), row::ITEM_BYTES);
            match after {
                Some((text, _)) if before.is_some_and(|row| row.text == text) => {}
                None if before.is_none() => {}
                None => {
                    changes.push(Change::Delete(Item::at(&key), before.map_or(0, Row::first_bytes)));
                    changes.extend(more_before.iter().map(delete_rest));
                    rows.push((key, None));
                }
                Some((text, marks)) => {
                    let mut items = row::items(&key, &text, marks).into_iter();
                    let first = items.next();
                    let rest: Vec<Item> = items.collect();
                    let more: Vec<Key> = rest.iter().filter_map(Item::key).collect();
                    let bytes_before = before.map_or(0, Row::first_bytes);
                    changes.extend(first.map(|first| Change::Put(first, bytes_before)));
                    changes.extend(rest.into_iter().map(|item| Change::Put(item, 0)));
                    changes.extend(more_before.iter().filter(|key| !more.contains(key)).map(delete_rest));
                    rows.push((key, Some(Row { text, more })));
                }
            }
        }
        (changes, rows)
    }
}
