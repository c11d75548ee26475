//! A stand-in for DynamoDB in memory: the operations and expressions a ledger uses, with DynamoDB's limits, and with the
//! troubles a network and a busy table make, at will. Not an emulator: whatever a ledger does not use is refused.
//!
//! Used by the ledger's tests (`src/ledger/tests.rs`) and, as a process, by measurements (`examples/dynamodb_stand_in.rs`).

mod expression;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::serve::Listener;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};

use self::expression::{Action, Expressions, Term, holds};
use self::table::{Item, Key, Table, key, size};

/// DynamoDB's limits: of a transaction, of a page, of a `BatchGetItem`.
const PARTS: usize = 100;
const TRANSACTION: usize = 4 << 20;
const PAGE: usize = 1 << 20;
const GETS: usize = 100;
const BATCH: usize = 16 << 20;

/// What the server makes difficult. Nothing, unless told so.
#[derive(Debug, Clone, Default)]
pub(crate) struct Troubles {
    /// Most items of a page, whatever is asked for.
    pub(crate) page: Option<usize>,
    /// Most items of a `BatchGetItem` that are read; the rest is left undone.
    pub(crate) gets: Option<usize>,
    /// One request in so many is refused: too many of them.
    pub(crate) throttled: Option<u64>,
    /// One transaction in so many finds another one in the way.
    pub(crate) conflicts: Option<u64>,
    /// One request in so many is done, and its answer is lost.
    pub(crate) lost: Option<u64>,
    /// Transactions that are asked for again are done again: another one's tokens are not kept.
    pub(crate) forgets_tokens: bool,
    /// How long each answer takes.
    pub(crate) delay: Duration,
}

/// How long somebody lives whose way leads through `/mortal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fuse {
    /// Requests until the end.
    pub(crate) left: u64,
    /// Whether the last one is done, and only its answer never heard.
    pub(crate) last_is_done: bool,
}

/// The server's state.
#[derive(Debug, Default)]
pub(crate) struct StandIn {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    tables: BTreeMap<String, Table>,
    troubles: Troubles,
    fuse: Option<Fuse>,
    has_anybody_died: bool,
    /// Requests so far, by operation.
    asked: BTreeMap<String, u64>,
    requests: u64,
    /// Transactions done, by token.
    tokens: HashMap<String, Value>,
}

/// Why a request was not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    reasons: Vec<&'static str>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), reasons: Vec::new() }
    }

    fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }

    fn cancelled(reasons: Vec<&'static str>) -> Self {
        let message =
            format!("Transaction cancelled, please refer cancellation reasons [{}]", reasons.join(", "));
        Self { reasons, ..Self::new(400, "TransactionCanceledException", message) }
    }

    fn lost() -> Self {
        Self::new(500, "InternalServerError", "the answer is lost")
    }

    fn response(self) -> Response {
        let mut body = json!({
            "__type": format!("com.amazonaws.dynamodb.v20120810#{}", self.code),
            "message": self.message,
        });
        if !self.reasons.is_empty() {
            body["CancellationReasons"] =
                self.reasons.iter().map(|reason| json!({ "Code": reason })).collect();
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, body.to_string()).into_response()
    }
}

impl StandIn {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers on this listener until the task is dropped.
    pub(crate) async fn serve<L: Listener<Addr: std::fmt::Debug>>(
        self: Arc<Self>,
        listener: L,
    ) -> std::io::Result<()> {
        let router = Router::new().fallback(answer).with_state(self);
        let router = router.layer(axum::extract::DefaultBodyLimit::max(64 << 20));
        axum::serve(listener, router).await
    }

    fn handle(&self, operation: &str, path: &str, input: &Value) -> Result<Value, Refusal> {
        let mut inner = self.inner();
        inner.requests += 1;
        *inner.asked.entry(operation.to_owned()).or_default() += 1;
        let is_mortal = path.starts_with("/mortal");
        if is_mortal && let Some(fuse) = &mut inner.fuse {
            match fuse.left {
                0 => return Err(Refusal::lost()),
                1 if !fuse.last_is_done => {
                    fuse.left = 0;
                    inner.has_anybody_died = true;
                    return Err(Refusal::lost());
                }
                _ => fuse.left -= 1,
            }
        }
        inner.has_anybody_died |= is_mortal && inner.fuse.is_some_and(|fuse| fuse.left == 0);
        let requests = inner.requests;
        let is_turn = |of: Option<u64>| of.is_some_and(|of| requests.is_multiple_of(of));
        if is_turn(inner.troubles.throttled) {
            return Err(Refusal::new(400, "ProvisionedThroughputExceededException", "slower"));
        }
        let lost = is_turn(inner.troubles.lost);
        let done = inner.act(operation, input);
        let is_dead = is_mortal && inner.fuse.is_some_and(|fuse| fuse.left == 0);
        if lost || is_dead { Err(Refusal::lost()) } else { done }
    }
}

/// What the tests look at and set.
#[allow(dead_code, reason = "the process that measurements start needs less")]
impl StandIn {
    /// What is difficult from now on.
    pub(crate) fn trouble(&self, troubles: Troubles) {
        self.inner().troubles = troubles;
    }

    /// Lights the fuse of whoever comes through `/mortal`.
    pub(crate) fn light(&self, fuse: Option<Fuse>) {
        self.inner().fuse = fuse;
    }

    /// Whether a fuse has burnt down.
    pub(crate) fn has_anybody_died(&self) -> bool {
        self.inner().has_anybody_died
    }

    /// How many requests of each operation there were.
    pub(crate) fn asked(&self) -> BTreeMap<String, u64> {
        self.inner().asked.clone()
    }

    /// How many items a table has.
    pub(crate) fn items(&self, table: &str) -> usize {
        self.inner().tables.get(table).map_or(0, Table::len)
    }

    /// An item, as it stands.
    pub(crate) fn item(&self, table: &str, pk: &str, sk: &str) -> Option<Item> {
        self.inner().tables.get(table)?.get(&(pk.to_owned(), sk.to_owned())).cloned()
    }

    /// Puts an item where nobody of ours would.
    pub(crate) fn put(&self, table: &str, pk: &str, sk: &str, attributes: &Value) {
        let mut item = attributes.as_object().cloned().unwrap_or_default();
        item.insert("pk".to_owned(), json!({ "S": pk }));
        item.insert("sk".to_owned(), json!({ "S": sk }));
        if let Some(table) = self.inner().tables.get_mut(table) {
            table.put((pk.to_owned(), sk.to_owned()), item);
        }
    }
}

async fn answer(State(stand_in): State<Arc<StandIn>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let delay = stand_in.inner().troubles.delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let done = match serde_json::from_slice(&body) {
        Ok(input) => stand_in.handle(operation, uri.path(), &input),
        Err(error) => Err(Refusal::new(400, "SerializationException", error.to_string())),
    };
    match done {
        Ok(output) => output.to_string().into_response(),
        Err(refusal) => refusal.response(),
    }
}

/// One part of a transaction, checked as far as it can be without the others.
struct Part {
    table: String,
    key: Key,
    condition: Vec<Term>,
    deed: Deed,
}

enum Deed {
    Check,
    Put(Item),
    Delete,
    Update(Vec<Action>),
}

impl Inner {
    fn act(&mut self, operation: &str, input: &Value) -> Result<Value, Refusal> {
        match operation {
            "CreateTable" => self.create_table(input),
            "DescribeTable" => {
                self.table(input)?;
                Ok(json!({ "Table": { "TableStatus": "ACTIVE" } }))
            }
            "UpdateTimeToLive" => self.table(input).map(|_| json!({})),
            "GetItem" => {
                let table = self.table(input)?;
                let item = table.get(&key(&input["Key"])?);
                Ok(item.map_or_else(|| json!({}), |item| json!({ "Item": item })))
            }
            "BatchGetItem" => self.batch_get_item(input),
            "Query" => self.query(input),
            "PutItem" => {
                self.alone(input, |input| Ok((key(&input["Item"])?, Deed::Put(object(&input["Item"])))))
            }
            "DeleteItem" => self.alone(input, |input| Ok((key(&input["Key"])?, Deed::Delete))),
            "UpdateItem" => self.alone(input, |input| Ok((key(&input["Key"])?, Deed::Update(Vec::new())))),
            "TransactWriteItems" => self.transact(input),
            _ => Err(Refusal::new(400, "UnknownOperationException", operation)),
        }
    }

    fn table(&self, input: &Value) -> Result<&Table, Refusal> {
        let found = input["TableName"].as_str().and_then(|name| self.tables.get(name));
        found.ok_or_else(|| Refusal::new(400, "ResourceNotFoundException", "Requested resource not found"))
    }

    fn create_table(&mut self, input: &Value) -> Result<Value, Refusal> {
        let name = input["TableName"].as_str().unwrap_or_default();
        if self.tables.contains_key(name) {
            return Err(Refusal::new(400, "ResourceInUseException", "Table already exists"));
        }
        let indexes = input["LocalSecondaryIndexes"].as_array().into_iter().flatten();
        let names: Vec<&str> = indexes.filter_map(|index| index["IndexName"].as_str()).collect();
        if names.iter().any(|name| name.len() < 3) {
            return Err(Refusal::validation("an index's name has at least three characters"));
        }
        // Named after the attribute they are by.
        let table = Table::new(names.iter().filter_map(|name| name.strip_prefix("by-").map(str::to_owned)));
        self.tables.insert(name.to_owned(), table);
        Ok(json!({ "TableDescription": { "TableStatus": "CREATING" } }))
    }

    fn batch_get_item(&mut self, input: &Value) -> Result<Value, Refusal> {
        let wanted = input["RequestItems"].as_object().and_then(|tables| tables.iter().next());
        let (name, wanted) = wanted.ok_or_else(|| Refusal::validation("no table is named"))?;
        let keys = wanted["Keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut expressions = Expressions::of(wanted);
        let only =
            wanted["ProjectionExpression"].as_str().map(|text| expressions.projection(text)).transpose()?;
        expressions.all_used()?;
        let distinct: BTreeSet<Key> = keys.iter().map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() || keys.len() > GETS || distinct.len() < keys.len() {
            return Err(Refusal::validation("one to a hundred keys, no key twice"));
        }
        let table = self.table(&json!({ "TableName": name }))?;
        let mut bytes = 0;
        let (mut found, mut undone) = (Vec::new(), Vec::new());
        for (number, wanted) in keys.iter().enumerate() {
            let item = table.get(&key(wanted)?);
            bytes += item.map_or(0, size);
            if bytes > BATCH || self.troubles.gets.is_some_and(|gets| number >= gets) {
                undone.push(wanted);
            } else {
                found.extend(item.map(|item| project(item, only.as_deref())));
            }
        }
        let mut output = json!({ "Responses": { name.as_str(): found }, "UnprocessedKeys": {} });
        if !undone.is_empty() {
            output["UnprocessedKeys"] = json!({ name.as_str(): { "Keys": undone } });
        }
        Ok(output)
    }

    fn query(&mut self, input: &Value) -> Result<Value, Refusal> {
        let table = self.table(input)?;
        let mut expressions = Expressions::of(input);
        let terms = expressions.condition(input["KeyConditionExpression"].as_str().unwrap_or_default())?;
        let only =
            input["ProjectionExpression"].as_str().map(|text| expressions.projection(text)).transpose()?;
        expressions.all_used()?;
        let index = input["IndexName"].as_str().map(|name| name.strip_prefix("by-").unwrap_or(name));
        let (partition, range) = match terms.as_slice() {
            [Term::Equals(pk, value), range @ ..] if pk == "pk" && range.len() < 2 => (value, range.first()),
            _ => return Err(Refusal::validation("Query condition missed key schema element: pk")),
        };
        let by = index.unwrap_or("sk");
        let is_by = |name: &str| name == by;
        if let Some(
            Term::Equals(name, _)
            | Term::BeginsWith(name, _)
            | Term::After(name, _)
            | Term::Between(name, ..),
        ) = range
            && !is_by(name)
        {
            return Err(Refusal::validation(format!("Query key condition not supported: {name}")));
        }
        let partition = partition["S"].as_str().unwrap_or_default();
        let from = input.get("ExclusiveStartKey");
        let backward = input["ScanIndexForward"] == json!(false);
        let limit = input["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok());
        if limit == Some(0) {
            return Err(Refusal::validation("a limit is at least 1"));
        }
        let limit = limit.unwrap_or(usize::MAX).min(self.troubles.page.unwrap_or(usize::MAX));
        let mut bytes = 0;
        let mut found: Vec<&Item> = Vec::new();
        let mut last = None;
        for item in table.range(partition, index, range, from, backward)? {
            if found.len() == limit || bytes > PAGE {
                last = found.last().copied();
                break;
            }
            bytes += size(item);
            found.push(item);
        }
        // DynamoDB does not look whether more follows behind a full page.
        if found.len() == limit {
            last = found.last().copied();
        }
        let mut output = json!({ "Count": found.len(), "ScannedCount": found.len() });
        if input["Select"] != json!("COUNT") {
            output["Items"] = found.iter().map(|item| project(item, only.as_deref())).collect();
        }
        if let Some(last) = last {
            let names = ["pk", "sk", by].map(str::to_owned);
            output["LastEvaluatedKey"] = project(last, Some(&names));
        }
        Ok(output)
    }

    /// A write that is no part of a transaction.
    fn alone(
        &mut self,
        input: &Value,
        read: impl Fn(&Value) -> Result<(Key, Deed), Refusal>,
    ) -> Result<Value, Refusal> {
        let part = self.part(input, read)?;
        let item = self.tables.get(&part.table).and_then(|table| table.get(&part.key));
        if !holds(&part.condition, item) {
            return Err(Refusal::new(
                400,
                "ConditionalCheckFailedException",
                "The conditional request failed",
            ));
        }
        let (table, key, item) = self.outcome(part)?;
        self.write(&table, key, item);
        Ok(json!({}))
    }

    fn part(
        &self,
        input: &Value,
        read: impl Fn(&Value) -> Result<(Key, Deed), Refusal>,
    ) -> Result<Part, Refusal> {
        self.table(input)?;
        let (key, mut deed) = read(input)?;
        let mut expressions = Expressions::of(input);
        let condition = input["ConditionExpression"].as_str();
        let condition = condition.map(|text| expressions.condition(text)).transpose()?.unwrap_or_default();
        if let Deed::Update(actions) = &mut deed {
            *actions = expressions.update(input["UpdateExpression"].as_str().unwrap_or_default())?;
        }
        expressions.all_used()?;
        let table = input["TableName"].as_str().unwrap_or_default().to_owned();
        Ok(Part { table, key, condition, deed })
    }

    /// What stands there afterwards.
    fn outcome(&self, part: Part) -> Result<(String, Key, Option<Item>), Refusal> {
        let Part { table: name, key, deed, .. } = part;
        let table = self.table(&json!({ "TableName": name }))?;
        let before = table.get(&key);
        let after = match deed {
            Deed::Check => before.cloned(),
            Deed::Delete => None,
            Deed::Put(item) => Some(item),
            Deed::Update(actions) => {
                let mut item = before.cloned().unwrap_or_else(|| {
                    let (pk, sk) = &key;
                    object(&json!({ "pk": { "S": pk }, "sk": { "S": sk } }))
                });
                for action in actions {
                    match action {
                        Action::Set(name, value) => item.insert(name, value),
                        Action::Remove(name) => item.remove(&name),
                    };
                }
                Some(item)
            }
        };
        if let Some(item) = &after {
            table.check(item)?;
        }
        Ok((name, key, after))
    }

    fn write(&mut self, table: &str, key: Key, item: Option<Item>) {
        if let Some(table) = self.tables.get_mut(table) {
            match item {
                Some(item) => table.put(key, item),
                None => table.delete(&key),
            }
        }
    }

    fn transact(&mut self, input: &Value) -> Result<Value, Refusal> {
        let parts = input["TransactItems"].as_array().map(Vec::as_slice).unwrap_or_default();
        let token = input["ClientRequestToken"].as_str().unwrap_or_default();
        if let Some(done) =
            self.tokens.get(token).filter(|_| !token.is_empty() && !self.troubles.forgets_tokens)
        {
            return if done == input {
                Ok(json!({}))
            } else {
                Err(Refusal::new(
                    400,
                    "IdempotentParameterMismatchException",
                    "the token stands for something else",
                ))
            };
        }
        if parts.is_empty() || parts.len() > PARTS {
            return Err(Refusal::validation("one to a hundred parts"));
        }
        if self.troubles.conflicts.is_some_and(|of| self.asked["TransactWriteItems"].is_multiple_of(of)) {
            let mut reasons = vec!["None"; parts.len()];
            reasons[0] = "TransactionConflict";
            return Err(Refusal::cancelled(reasons));
        }
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            let (verb, part) = part
                .as_object()
                .and_then(|part| part.iter().next())
                .unwrap_or_else(|| unreachable!("a part of a transaction is an object"));
            all.push(self.part(part, |part| {
                Ok(match verb.as_str() {
                    "Put" => (key(&part["Item"])?, Deed::Put(object(&part["Item"]))),
                    "Delete" => (key(&part["Key"])?, Deed::Delete),
                    "Update" => (key(&part["Key"])?, Deed::Update(Vec::new())),
                    "ConditionCheck" => (key(&part["Key"])?, Deed::Check),
                    _ => return Err(Refusal::validation("not a part of a transaction")),
                })
            })?);
        }
        let distinct: BTreeSet<(&String, &Key)> = all.iter().map(|part| (&part.table, &part.key)).collect();
        if distinct.len() < all.len() {
            return Err(Refusal::validation(
                "Transaction request cannot include multiple operations on one item",
            ));
        }
        let reasons: Vec<&'static str> = all
            .iter()
            .map(|part| {
                let item = self.tables.get(&part.table).and_then(|table| table.get(&part.key));
                if holds(&part.condition, item) { "None" } else { "ConditionalCheckFailed" }
            })
            .collect();
        if reasons.iter().any(|reason| *reason != "None") {
            return Err(Refusal::cancelled(reasons));
        }
        let outcomes = all.into_iter().map(|part| self.outcome(part)).collect::<Result<Vec<_>, _>>()?;
        // The stricter of two readings of the limit: what stood there before counts as well.
        let before = |table: &String, key: &Key| {
            self.tables.get(table).and_then(|table| table.get(key)).map_or(0, size)
        };
        let after = |item: &Option<Item>| item.as_ref().map_or(0, size);
        let bytes: usize =
            outcomes.iter().map(|(table, key, item)| before(table, key).max(after(item))).sum();
        if bytes > TRANSACTION {
            return Err(Refusal::validation("the transaction is greater than 4 MB"));
        }
        for (table, key, item) in outcomes {
            self.write(&table, key, item);
        }
        self.tokens.insert(token.to_owned(), input.clone());
        Ok(json!({}))
    }
}

fn object(value: &Value) -> Item {
    value.as_object().cloned().unwrap_or_default()
}

fn project(item: &Item, only: Option<&[String]>) -> Value {
    let is_wanted = |name: &String| only.is_none_or(|only| only.contains(name));
    item.iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
