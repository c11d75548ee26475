//! The requests a ledger makes of its table, and nothing of what they are for. Every read is a consistent one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use trailbell_outbox::LedgerError;

use super::error::Place;
use super::item::{Attribute, Item};
use super::key::Key;
use crate::backoff::Backoff;
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::service::Service;

/// How long one request may take. DynamoDB answers in milliseconds; who waits here holds everything up.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most items of a `BatchGetItem`.
const GET_AT_ONCE: usize = 100;
/// How often what DynamoDB left undone is asked for again, where nothing more came.
const TRIES: u32 = 8;
/// The bounds of the waits in between. A transaction that is in the way is there for milliseconds.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// One table, and the way to it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) aws: Aws,
    pub(crate) place: Place,
}

/// What a sort key must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Range {
    All,
    Equals(String),
    BeginsWith(String),
    After(String),
    /// From the first to the second, both included.
    Between(String, String),
}

/// A question to one partition.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    kind: String,
    /// The sort key, or the index and its attribute.
    by: &'static str,
    range: Range,
    backward: bool,
    limit: Option<usize>,
    only: &'static [&'static str],
}

impl Query {
    /// Everything in a partition whose sort key is in the range.
    pub(crate) fn of(kind: &str, range: Range) -> Self {
        Self::by("sk", kind, range)
    }

    /// The same in the order of an index.
    pub(crate) fn by(by: &'static str, kind: &str, range: Range) -> Self {
        Self { kind: kind.to_owned(), by, range, backward: false, limit: None, only: &[] }
    }

    pub(crate) const fn backward(mut self) -> Self {
        self.backward = true;
        self
    }

    /// At most so many items a page.
    pub(crate) const fn at_once(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Only these attributes of each item.
    pub(crate) const fn only(mut self, names: &'static [&'static str]) -> Self {
        self.only = names;
        self
    }
}

/// The answer to a [`Query`], page by page.
#[derive(Debug)]
pub(crate) struct Pages<'a> {
    table: &'a Table,
    query: Query,
    from: Option<Item>,
    is_over: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    items: Vec<Item>,
    #[serde(default)]
    count: u64,
    last_evaluated_key: Option<Item>,
}

impl Pages<'_> {
    /// The next page, which may be empty; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Item>>, LedgerError> {
        Ok(self.turn(false).await?.map(|page| page.items))
    }

    /// How many items there are on the pages from here on.
    pub(crate) async fn count(mut self) -> Result<u64, LedgerError> {
        let mut count = 0;
        while let Some(page) = self.turn(true).await? {
            count += page.count;
        }
        Ok(count)
    }

    /// Every item from here on.
    pub(crate) async fn all(mut self) -> Result<Vec<Item>, LedgerError> {
        let mut items = Vec::new();
        while let Some(more) = self.next().await? {
            items.extend(more);
        }
        Ok(items)
    }

    async fn turn(&mut self, counts: bool) -> Result<Option<Page>, LedgerError> {
        if self.is_over {
            return Ok(None);
        }
        let input = self.input(counts);
        let page: Page =
            self.table.ask("Query", &input).await.map_err(|error| self.table.place.error(&error))?;
        self.from.clone_from(&page.last_evaluated_key);
        self.is_over = self.from.is_none();
        Ok(Some(page))
    }

    fn input(&self, counts: bool) -> Value {
        let Query { kind, by, range, backward, limit, only } = &self.query;
        let mut names = Map::from_iter([("#pk".to_owned(), json!("pk"))]);
        let mut values = Map::from_iter([(":pk".to_owned(), json!(Attribute::text(kind)))]);
        let mut bound = |name: &str, value: &str| {
            names.insert("#by".to_owned(), json!(by));
            values.insert(name.to_owned(), json!(Attribute::text(value)));
        };
        let condition = match range {
            Range::All => "#pk = :pk",
            Range::Equals(value) => {
                bound(":from", value);
                "#pk = :pk AND #by = :from"
            }
            Range::BeginsWith(value) => {
                bound(":from", value);
                "#pk = :pk AND begins_with(#by, :from)"
            }
            Range::After(value) => {
                bound(":from", value);
                "#pk = :pk AND #by > :from"
            }
            Range::Between(from, to) => {
                bound(":from", from);
                bound(":to", to);
                "#pk = :pk AND #by BETWEEN :from AND :to"
            }
        };
        let mut input = json!({
            "TableName": self.table.place.table,
            "ConsistentRead": true,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": !backward,
        });
        if *by != "sk" {
            input["IndexName"] = json!(index_name(by));
        }
        if counts {
            input["Select"] = json!("COUNT");
        } else if !only.is_empty() {
            input["ProjectionExpression"] = projection(only, &mut names);
        }
        input["ExpressionAttributeNames"] = Value::Object(names);
        if let Some(limit) = limit {
            input["Limit"] = json!(limit);
        }
        if let Some(from) = &self.from {
            input["ExclusiveStartKey"] = json!(from);
        }
        input
    }
}

/// What the index by an attribute is called: DynamoDB wants names of at least three characters.
pub(crate) fn index_name(by: &str) -> String {
    format!("by-{by}")
}

/// The attributes wanted, as an expression with names of its own: some words are reserved.
fn projection(only: &[&str], names: &mut Map<String, Value>) -> Value {
    let placeholders: Vec<String> = only
        .iter()
        .map(|name| {
            let placeholder = format!("#{name}");
            names.insert(placeholder.clone(), json!(name));
            placeholder
        })
        .collect();
    json!(placeholders.join(", "))
}

/// A change of one item, and at most how many bytes stand there before: nobody says whether those count against the limit of
/// a transaction, so they do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    Put(Item, usize),
    /// Of which only the key counts.
    Delete(Item, usize),
}

impl Change {
    /// Bytes as DynamoDB counts them against its limits, or more.
    pub(crate) fn size(&self) -> usize {
        let (Self::Put(item, before) | Self::Delete(item, before)) = self;
        item.size().max(*before)
    }
}

impl Table {
    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        operation: &'static str,
        input: &Value,
    ) -> Result<T, Error> {
        let call = Call::json(Service::DynamoDb, &self.place.region, operation, input).within(TIMEOUT);
        let reply = self.send(&call).await?;
        call.read(&reply)
    }

    /// Sends a call, also again where another transaction was in the way.
    async fn send(&self, call: &Call) -> Result<Vec<u8>, Error> {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        for _ in 1..TRIES {
            match self.aws.send(call).await {
                Err(error) if error.is_conflict() => tokio::time::sleep(backoff.next(None)).await,
                outcome => return outcome,
            }
        }
        self.aws.send(call).await
    }

    fn key(key: &Key) -> Value {
        json!(Item::at(key))
    }

    /// The item with that key.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Got {
            item: Option<Item>,
        }
        let input = json!({ "TableName": self.place.table, "Key": Self::key(key), "ConsistentRead": true });
        let got: Got = self.ask("GetItem", &input).await?;
        Ok(got.item)
    }

    /// Those of the items that are there, whole or only these attributes of them. No key may be there twice.
    pub(crate) async fn get_all(
        &self,
        keys: &BTreeSet<Key>,
        only: &[&str],
    ) -> Result<BTreeMap<Key, Item>, LedgerError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Got {
            #[serde(default)]
            responses: BTreeMap<String, Vec<Item>>,
            #[serde(default)]
            unprocessed_keys: BTreeMap<String, Unprocessed>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Unprocessed {
            keys: Vec<Item>,
        }
        let mut found = BTreeMap::new();
        let mut left: VecDeque<Key> = keys.iter().cloned().collect();
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        let mut idle = 0;
        while !left.is_empty() {
            let some: Vec<Key> = left.drain(..left.len().min(GET_AT_ONCE)).collect();
            let mut wanted = json!({
                "Keys": some.iter().map(Self::key).collect::<Vec<_>>(),
                "ConsistentRead": true,
            });
            if !only.is_empty() {
                let mut names = Map::new();
                wanted["ProjectionExpression"] = projection(only, &mut names);
                wanted["ExpressionAttributeNames"] = Value::Object(names);
            }
            let mut tables = Map::new();
            tables.insert(self.place.table.clone(), wanted);
            let got: Result<Got, Error> = self.ask("BatchGetItem", &json!({ "RequestItems": tables })).await;
            let got = got.map_err(|error| self.place.error(&error))?;
            for item in got.responses.into_values().flatten() {
                let key = item.key().ok_or_else(|| self.place.broken("an item without its key came back"))?;
                found.insert(key, item);
            }
            let undone: Vec<Key> = got
                .unprocessed_keys
                .into_values()
                .flat_map(|undone| undone.keys)
                .filter_map(|item| item.key())
                .collect();
            if undone.len() < some.len() {
                idle = 0;
                backoff.reset();
            } else {
                idle += 1;
                if idle == TRIES {
                    return Err(self.place.busy("DynamoDB reads nothing just now (throttled)"));
                }
                tokio::time::sleep(backoff.next(None)).await;
            }
            left.extend(undone);
        }
        Ok(found)
    }

    /// The answer to a question, page by page.
    pub(crate) fn pages(&self, query: Query) -> Pages<'_> {
        Pages { table: self, query, from: None, is_over: false }
    }

    /// Writes one item.
    pub(crate) async fn put(&self, item: &Item) -> Result<(), Error> {
        let input = json!({ "TableName": self.place.table, "Item": item });
        self.ask::<Value>("PutItem", &input).await.map(drop)
    }

    /// Deletes one item, if it is there.
    pub(crate) async fn delete(&self, key: &Key) -> Result<(), Error> {
        let input = json!({ "TableName": self.place.table, "Key": Self::key(key) });
        self.ask::<Value>("DeleteItem", &input).await.map(drop)
    }

    /// Changes one item.
    pub(crate) async fn update(&self, mut update: Value) -> Result<(), Error> {
        update["TableName"] = json!(self.place.table);
        self.ask::<Value>("UpdateItem", &update).await.map(drop)
    }

    /// Does the first part (which has its condition with it) and all the changes, or nothing. Asked for again with the same
    /// token, it is still done once.
    pub(crate) async fn transact(
        &self,
        mut first: Value,
        changes: &[Change],
        token: &str,
    ) -> Result<(), Error> {
        let table = &self.place.table;
        for part in first.as_object_mut().into_iter().flat_map(Map::values_mut) {
            part["TableName"] = json!(table);
        }
        let mut parts = vec![first];
        parts.extend(changes.iter().map(|change| match change {
            Change::Put(item, _) => json!({ "Put": { "TableName": table, "Item": item } }),
            Change::Delete(key, _) => json!({ "Delete": { "TableName": table, "Key": key } }),
        }));
        let input = json!({ "TransactItems": parts, "ClientRequestToken": token });
        self.ask::<Value>("TransactWriteItems", &input).await.map(drop)
    }
}
