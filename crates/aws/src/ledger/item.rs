//! An item of a table, as DynamoDB writes it on the wire: attributes by name, each with its type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::key::Key;

/// A value, of the types a ledger uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Attribute {
    /// Text.
    S(String),
    /// A number, as its text.
    N(String),
    /// Bytes.
    B(#[serde(with = "base64_text")] Vec<u8>),
}

impl Attribute {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::S(text.into())
    }

    pub(crate) fn number(number: impl Into<u64>) -> Self {
        Self::N(number.into().to_string())
    }
}

/// Attributes by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Item(pub(crate) BTreeMap<String, Attribute>);

impl Item {
    /// One with nothing but its key.
    pub(crate) fn at(key: &Key) -> Self {
        let mut item = Self::default();
        item.set("pk", Attribute::text(&key.kind));
        item.set("sk", Attribute::text(&key.name));
        item
    }

    pub(crate) fn set(&mut self, name: &str, value: Attribute) {
        self.0.insert(name.to_owned(), value);
    }

    pub(crate) fn with(mut self, name: &str, value: Attribute) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Attribute::S(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.0.get(name) {
            Some(Attribute::N(number)) => number.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.0.get(name) {
            Some(Attribute::B(bytes)) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn key(&self) -> Option<Key> {
        Some(Key { kind: self.text("pk")?.to_owned(), name: self.text("sk")?.to_owned() })
    }

    /// Bytes as DynamoDB counts them against its limits: names and values.
    pub(crate) fn size(&self) -> usize {
        let of = |value: &Attribute| match value {
            Attribute::S(text) => text.len(),
            // Never more than 21 bytes; about half its digits.
            Attribute::N(number) => number.len() + 1,
            Attribute::B(bytes) => bytes.len(),
        };
        self.0.iter().map(|(name, value)| name.len() + of(value)).sum()
    }
}

mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_written_and_read_as_dynamodb_does() {
        let item = Item::at(&Key::new("seen", "a"))
            .with("n", Attribute::number(7_u64))
            .with("b", Attribute::B(vec![0, 255]));
        let json = r#"{"b":{"B":"AP8="},"n":{"N":"7"},"pk":{"S":"seen"},"sk":{"S":"a"}}"#;
        assert_eq!(serde_json::to_string(&item).unwrap(), json);
        assert_eq!(serde_json::from_str::<Item>(json).unwrap(), item);
        assert_eq!(item.key(), Some(Key::new("seen", "a")));
    }
}
