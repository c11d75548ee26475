//! The one item every commit goes through: which form the ledger has, how often it was changed, which commits were the last,
//! and the journal that is still to be carried over.

use serde_json::{Value, json};

use super::item::{Attribute, Item};
use super::key::Key;

/// The form of the rows this trailbell writes. A change they cannot be read across raises it.
pub(crate) const SCHEMA: u64 = 1;
/// How many commits it names. With 32 digits each it stays below the 1 KB a write of DynamoDB's costs at least.
const COMMITS: usize = 24;

/// What the item says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Meta {
    pub(crate) schema: u64,
    /// How many commits there were.
    pub(crate) version: u64,
    /// The last commits, the newest first: whoever got no answer finds its own here, also when others have followed.
    pub(crate) commits: Vec<String>,
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
            commits: item.text("commits")?.split(' ').map(str::to_owned).collect(),
            pending,
        })
    }
}

/// What the item says after one more commit.
pub(crate) fn next(known: &Meta, commit: &str, pending: Option<Pending>) -> Meta {
    let before = known.commits.iter().take(COMMITS - 1).cloned();
    let commits = std::iter::once(commit.to_owned()).chain(before).collect();
    Meta { schema: SCHEMA, version: known.version + 1, commits, pending }
}

/// The part of a transaction that raises the version to `next`, if it is the one before and no journal is pending.
pub(crate) fn raise(next: &Meta) -> Value {
    let mut names = json!({ "#schema": "schema", "#version": "version", "#commits": "commits" });
    let mut values = json!({
        ":schema": Attribute::number(next.schema),
        ":next": Attribute::number(next.version),
        ":commits": Attribute::text(next.commits.join(" ")),
    });
    let version = next.version.saturating_sub(1);
    let mut update = "SET #schema = :schema, #version = :next, #commits = :commits".to_owned();
    if let Some(Pending { journal, chunks }) = &next.pending {
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
