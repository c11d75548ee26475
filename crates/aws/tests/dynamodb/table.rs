//! One table in memory: items by key, and the same in the order of each index.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Refusal;
use super::expression::Term;

/// An item on the wire.
pub(crate) type Item = Map<String, Value>;
/// Partition and sort key.
pub(crate) type Key = (String, String);

/// DynamoDB's limit of an item, in bytes.
const ITEM: usize = 400 << 10;
/// DynamoDB's limit of a sort key.
const SORT_KEY: usize = 1_024;

/// A table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    items: BTreeMap<Key, Item>,
    /// The sort keys of each index's items, by partition and the index's own key.
    indexes: BTreeMap<String, BTreeSet<(String, String, String)>>,
}

/// The key of an item, or the item that is a key.
pub(crate) fn key(item: &Value) -> Result<Key, Refusal> {
    let part = |name: &str| {
        let text = item[name]["S"].as_str();
        let text =
            text.ok_or_else(|| Refusal::validation("The provided key element does not match the schema"));
        match text {
            Ok("") => Err(Refusal::validation("a key is empty")),
            Ok(text) if text.len() > SORT_KEY => Err(Refusal::validation("a key is too long")),
            text => text.map(str::to_owned),
        }
    };
    Ok((part("pk")?, part("sk")?))
}

/// Bytes of an item as DynamoDB counts them.
pub(crate) fn size(item: &Item) -> usize {
    let of = |value: &Value| match value.as_object().and_then(|value| value.iter().next()) {
        Some((kind, Value::String(text))) if kind == "B" => text.len() / 4 * 3,
        Some((_, Value::String(text))) => text.len(),
        _ => 8,
    };
    item.iter().map(|(name, value)| name.len() + of(value)).sum()
}

fn is_well_formed(value: &Value) -> bool {
    let Some(value) = value.as_object().filter(|value| value.len() == 1) else { return false };
    value.iter().all(|(kind, value)| match (kind.as_str(), value) {
        ("S", Value::String(_)) => true,
        ("N", Value::String(number)) => number.parse::<f64>().is_ok(),
        ("B", Value::String(text)) => STANDARD.decode(text).is_ok(),
        _ => false,
    })
}

impl Table {
    pub(crate) fn new(indexes: impl Iterator<Item = String>) -> Self {
        Self { items: BTreeMap::new(), indexes: indexes.map(|name| (name, BTreeSet::new())).collect() }
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Item> {
        self.items.get(key)
    }

    /// Refuses what DynamoDB would.
    pub(crate) fn check(&self, item: &Item) -> Result<(), Refusal> {
        if !item.values().all(is_well_formed) {
            return Err(Refusal::validation("a value is not well formed"));
        }
        if size(item) > ITEM {
            return Err(Refusal::validation("Item size has exceeded the maximum allowed size"));
        }
        for index in self.indexes.keys() {
            let fits =
                |value: &Value| value["S"].as_str().is_some_and(|text| (1..=SORT_KEY).contains(&text.len()));
            if item.get(index).is_some_and(|value| !fits(value)) {
                return Err(Refusal::validation(format!("the key of index {index} does not fit")));
            }
        }
        key(&json!(item)).map(drop)
    }

    pub(crate) fn put(&mut self, key: Key, item: Item) {
        self.delete(&key);
        for (name, index) in &mut self.indexes {
            if let Some(own) = item.get(name).and_then(|value| value["S"].as_str()) {
                index.insert((key.0.clone(), own.to_owned(), key.1.clone()));
            }
        }
        self.items.insert(key, item);
    }

    pub(crate) fn delete(&mut self, key: &Key) {
        let Some(item) = self.items.remove(key) else { return };
        for (name, index) in &mut self.indexes {
            if let Some(own) = item.get(name).and_then(|value| value["S"].as_str()) {
                index.remove(&(key.0.clone(), own.to_owned(), key.1.clone()));
            }
        }
    }

    /// The items of a partition whose sort key (or an index's) is in the range, from the one after `from` on.
    pub(crate) fn range<'a>(
        &'a self,
        partition: &str,
        index: Option<&str>,
        range: Option<&Term>,
        from: Option<&Value>,
        backward: bool,
    ) -> Result<Box<dyn Iterator<Item = &'a Item> + 'a>, Refusal> {
        // What is directly behind a text, in the order of texts.
        let behind = |text: &str| format!("{text}\0");
        let (mut least, mut beyond) = match range {
            None => (String::new(), None),
            Some(Term::Equals(_, value)) => {
                let text = value["S"].as_str().unwrap_or_default();
                (text.to_owned(), Some(behind(text)))
            }
            Some(Term::BeginsWith(_, prefix)) => (prefix.clone(), Some(format!("{prefix}\u{10ffff}"))),
            Some(Term::After(_, text)) => (behind(text), None),
            Some(Term::Between(_, from, to)) => (from.clone(), Some(behind(to))),
            Some(_) => return Err(Refusal::validation("not a key condition")),
        };
        // Of several items with one key in an index, those before this sort key (or behind it, backward) were shown.
        let mut shown = None;
        if let Some(from) = from {
            let own = from[index.unwrap_or("sk")]["S"].as_str();
            let own = own.ok_or_else(|| Refusal::validation("the start key is not whole"))?;
            shown = Some((own.to_owned(), key(from)?.1));
            if backward {
                beyond = Some(behind(own));
            } else {
                own.clone_into(&mut least);
            }
        }
        let partition = partition.to_owned();
        let (pk, next) = (partition.clone(), behind(&partition));
        let is_left = move |(own, sk): &(&'a str, &'a str)| match &shown {
            None => true,
            Some((last, last_sk)) if backward => (*own, *sk) < (last.as_str(), last_sk.as_str()),
            Some((last, last_sk)) => (*own, *sk) > (last.as_str(), last_sk.as_str()),
        };
        let entries: Box<dyn DoubleEndedIterator<Item = (&'a str, &'a str)> + 'a> = match index {
            None => {
                let end = beyond.map_or_else(|| (next, String::new()), |beyond| (pk.clone(), beyond));
                let first = (pk, least).min(end.clone());
                Box::new(self.items.range(first..end).map(|((_, sk), _)| (sk.as_str(), sk.as_str())))
            }
            Some(name) => {
                let missing =
                    || Refusal::validation(format!("The table does not have the specified index: by-{name}"));
                let index = self.indexes.get(name).ok_or_else(missing)?;
                let none = String::new;
                let end =
                    beyond.map_or_else(|| (next, none(), none()), |beyond| (pk.clone(), beyond, none()));
                let first = (pk, least, none()).min(end.clone());
                Box::new(index.range(first..end).map(|(_, own, sk)| (own.as_str(), sk.as_str())))
            }
        };
        let item = move |(_, sk): (&str, &str)| self.items.get(&(partition.clone(), sk.to_owned()));
        Ok(if backward {
            Box::new(entries.rev().filter(is_left).filter_map(item))
        } else {
            Box::new(entries.filter(is_left).filter_map(item))
        })
    }
}
