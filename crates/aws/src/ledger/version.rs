//! The one item every commit goes through: which form the ledger has, how often it was changed, by whom last, and the
//! journal that is still to be carried over.

use serde_json::{Value, json};

use super::item::{Attribute, Item};
use super::key::Key;

/// The form of the rows this trailbell writes. A change they cannot be read across raises it.
pub(crate) const SCHEMA: u64 = 1;

/// What the item says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Meta {
    pub(crate) schema: u64,
    /// How many commits there were.
    pub(crate) version: u64,
    /// Which commit the last one was.
    pub(crate) commit: String,
    /// The journal to be carried over before anything else is done.
    pub(crate) pending: Option<Pending>,
}

/// A journal that counts as done and is still to be carried over into the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) journal: String,
    pub(crate) chunks: u64,
}

/// Where it stands.
pub(crate) fn key() -> Key {
    Key::new("meta", "version")
}

impl Meta {
    /// `None` where it is something else.
    pub(crate) fn read(item: &Item) -> Option<Self> {
        let pending = match item.text("pending") {
            Some(journal) => Some(Pending { journal: journal.to_owned(), chunks: item.number("chunks")? }),
            None => None,
        };
        Some(Self {
            schema: item.number("schema")?,
            version: item.number("version")?,
            commit: item.text("commit")?.to_owned(),
            pending,
        })
    }
}

/// The part of a transaction that raises the version, if it is the one that is known and no journal is pending.
pub(crate) fn raise(version: u64, commit: &str, pending: Option<&Pending>) -> Value {
    let mut names = json!({ "#schema": "schema", "#version": "version", "#commit": "commit" });
    let mut values = json!({
        ":schema": Attribute::number(SCHEMA),
        ":next": Attribute::number(version + 1),
        ":commit": Attribute::text(commit),
    });
    let mut update = "SET #schema = :schema, #version = :next, #commit = :commit".to_owned();
    if let Some(Pending { journal, chunks }) = pending {
        names["#pending"] = json!("pending");
        names["#chunks"] = json!("chunks");
        values[":pending"] = json!(Attribute::text(journal));
        values[":chunks"] = json!(Attribute::number(*chunks));
        update.push_str(", #pending = :pending, #chunks = :chunks");
    }
    let condition = if version == 0 {
        "attribute_not_exists(#version)"
    } else {
        values[":version"] = json!(Attribute::number(version));
        names["#pending"] = json!("pending");
        "#version = :version AND attribute_not_exists(#pending)"
    };
    json!({ "Update": {
        "Key": Item::at(&key()),
        "UpdateExpression": update,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }})
}

/// The part of a transaction that holds it to a journal that is still pending: a copy that comes late with what others have
/// finished writes nothing.
pub(crate) fn while_pending(journal: &str) -> Value {
    json!({ "ConditionCheck": condition_of(journal) })
}

fn condition_of(journal: &str) -> Value {
    json!({
        "Key": Item::at(&key()),
        "ConditionExpression": "#pending = :pending",
        "ExpressionAttributeNames": { "#pending": "pending" },
        "ExpressionAttributeValues": { ":pending": Attribute::text(journal) },
    })
}

/// The change that says a journal is carried over.
pub(crate) fn clear(journal: &str) -> Value {
    let mut update = condition_of(journal);
    update["UpdateExpression"] = json!("REMOVE #pending, #chunks");
    update["ExpressionAttributeNames"]["#chunks"] = json!("chunks");
    update
}
