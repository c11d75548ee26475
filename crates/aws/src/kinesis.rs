//! A stream that a log group is subscribed to, as a source: every shard from where it stopped, parents before children.
//!
//! A shard's records come in order, and its position is the sequence number of the last one that is safe. A shard that was
//! split or merged ends; its children are read after it, so that what happened first is read first. Records are kept for
//! a day unless the stream says otherwise. Each shard takes five reads a second.

mod position;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::{AbortHandle, JoinSet};
use trailbell_engine::{Arrival, Closed, Condition, Door, Listening, Source};

use self::position::{Place, Position};
use self::shared::Shared;
use crate::backoff::{Backoff, pause, unless_closed};
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::region::of_arn;
use crate::service::Service;

/// Between two reads of a shard; five a second are allowed, to all its readers together.
const PACE: Duration = Duration::from_secs(1);
/// Between two reads while there is more behind the last one.
const CATCH_UP_PACE: Duration = Duration::from_millis(250);
/// How often the shards are listed.
const SHARDS_EVERY: Duration = Duration::from_secs(30);
/// Most shards that are read; a trail's stream has one or two.
const MAX_SHARDS: usize = 100;
/// The bounds of the waits after failures.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A stream.
#[derive(Debug, Clone)]
pub struct Kinesis {
    name: String,
    aws: Aws,
    stream: String,
    from_oldest: bool,
    pace: Duration,
    catch_up_pace: Duration,
    shards_every: Duration,
    first_wait: Duration,
}

impl Kinesis {
    /// Reads the stream of that name or ARN; the first time from the oldest record kept, or from now on.
    pub fn new(name: impl Into<String>, aws: Aws, stream: impl Into<String>, from_oldest: bool) -> Self {
        Self {
            name: name.into(),
            aws,
            stream: stream.into(),
            from_oldest,
            pace: PACE,
            catch_up_pace: CATCH_UP_PACE,
            shards_every: SHARDS_EVERY,
            first_wait: FIRST_WAIT,
        }
    }

    fn call(&self, region: &str, operation: &'static str, mut input: Value) -> Call {
        let key = if self.stream.starts_with("arn:") { "StreamARN" } else { "StreamName" };
        input[key] = json!(self.stream);
        Call::json(Service::Kinesis, region, operation, &input)
    }

    async fn shards(&self, region: &str) -> Result<Vec<Shard>, Error> {
        let mut shards = Vec::new();
        let mut token: Option<String> = None;
        loop {
            // A page after the first is named by its token alone.
            let call = match &token {
                None => self.call(region, "ListShards", json!({})),
                Some(token) => {
                    Call::json(Service::Kinesis, region, "ListShards", &json!({ "NextToken": token }))
                }
            };
            let listed: Listed = call.read(&self.aws.send(&call).await?)?;
            shards.extend(listed.shards);
            token = listed.next_token.filter(|token| !token.is_empty());
            if token.is_none() || shards.len() > 10 * MAX_SHARDS {
                return Ok(shards);
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    #[serde(default)]
    shards: Vec<Shard>,
    next_token: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Shard {
    #[serde(rename = "ShardId")]
    id: String,
    #[serde(rename = "ParentShardId")]
    parent: Option<String>,
    /// The other parent of a shard that was merged.
    #[serde(rename = "AdjacentParentShardId")]
    adjacent_parent: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Read {
    #[serde(default)]
    records: Vec<Record>,
    next_shard_iterator: Option<String>,
    millis_behind_latest: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    sequence_number: String,
    data: String,
}

impl Source for Kinesis {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        format!("stream {}", self.stream)
    }

    fn listen(self: Box<Self>, position: Option<String>, door: Door) -> Listening {
        Box::pin(async move {
            let _ = self.run(position.as_deref(), &door).await;
        })
    }
}

impl Kinesis {
    async fn run(self, position: Option<&str>, door: &Door) -> Result<(), Closed> {
        let region = match self.aws.region_for(of_arn(&self.stream)) {
            Ok(region) => region,
            Err(error) => {
                door.say(Condition::Failing(error.to_string())).await?;
                door.closed().await;
                return Err(Closed);
            }
        };
        let position = Position::read(position);
        let shared = Arc::new(Shared::new(position));
        let mut running: HashMap<String, AbortHandle> = HashMap::new();
        let mut tasks = JoinSet::new();
        let mut backoff = Backoff::new(self.first_wait, LONGEST_WAIT);
        loop {
            while tasks.try_join_next().is_some() {}
            running.retain(|_, task| !task.is_finished());
            let wait = match unless_closed(door, self.shards(&region)).await? {
                Err(error) => {
                    door.say(Condition::Failing(error.to_string())).await?;
                    backoff.next(error.retry_after())
                }
                Ok(shards) => {
                    backoff.reset();
                    let was_empty = shared.position().is_empty();
                    let ready = shared.begin(&shards, self.from_oldest);
                    if was_empty && !shared.position().is_empty() {
                        let position = Some(shared.position().write());
                        let label = "the beginning of the stream".to_owned();
                        let body = br#"{"Records":[]}"#.to_vec();
                        door.deliver(Arrival { body, label, position, backlog: false }).await?;
                    }
                    for (shard, place) in ready {
                        if !running.contains_key(&shard) && running.len() < MAX_SHARDS {
                            let reader = Reader {
                                kinesis: self.clone(),
                                region: region.clone(),
                                shard: shard.clone(),
                                place,
                                shared: shared.clone(),
                                door: door.clone(),
                            };
                            running.insert(shard, tasks.spawn(reader.run()));
                        }
                    }
                    self.shards_every
                }
            };
            // A shard that ends makes way for its children at once.
            tokio::select! {
                paused = pause(door, wait) => paused?,
                Some(_) = tasks.join_next() => pause(door, self.catch_up_pace).await?,
            }
        }
    }
}

/// One shard's part.
struct Reader {
    kinesis: Kinesis,
    region: String,
    shard: String,
    place: Place,
    shared: Arc<Shared>,
    door: Door,
}

impl Reader {
    async fn run(mut self) {
        let mut backoff = Backoff::new(self.kinesis.first_wait, LONGEST_WAIT);
        loop {
            let error = match self.read(&mut backoff).await {
                Err(Closed) | Ok(Ok(())) => return,
                Ok(Err(error)) => error,
            };
            let wait = backoff.next(error.retry_after());
            self.shared.failing().insert(self.shard.clone(), error.to_string());
            let said = self.door.say(Condition::Failing(error.to_string())).await;
            if said.is_err() || pause(&self.door, wait).await.is_err() {
                return;
            }
        }
    }

    /// Reads the shard to its end.
    async fn read(&mut self, backoff: &mut Backoff) -> Result<Result<(), Error>, Closed> {
        let mut iterator = match unless_closed(&self.door, self.iterator()).await? {
            Ok(iterator) => iterator,
            // What was stored is older than what the stream keeps, or of a stream that was made anew.
            Err(error)
                if error.code() == Some("InvalidArgumentException")
                    && matches!(self.place, Place::After(_)) =>
            {
                let what = format!(
                    "shard {} no longer knows where it was read to; reading from its oldest record",
                    self.shard
                );
                self.door.say(Condition::Remark(what)).await?;
                self.place = Place::Oldest;
                return Ok(Err(error));
            }
            Err(error) => return Ok(Err(error)),
        };
        loop {
            let call = Call::json(
                Service::Kinesis,
                &self.region,
                "GetRecords",
                &json!({ "ShardIterator": iterator, "Limit": 1000 }),
            );
            let sent = unless_closed(&self.door, self.kinesis.aws.send(&call)).await?;
            let read: Read = match sent.and_then(|reply| call.read(&reply)) {
                Ok(read) => read,
                // They live for five minutes; a long wait at the door outlasts them.
                Err(error) if error.code() == Some("ExpiredIteratorException") => {
                    match unless_closed(&self.door, self.iterator()).await? {
                        Ok(fresh) => iterator = fresh,
                        Err(error) => return Ok(Err(error)),
                    }
                    pause(&self.door, self.kinesis.catch_up_pace).await?;
                    continue;
                }
                Err(error) => return Ok(Err(error)),
            };
            backoff.reset();
            let is_behind = read.millis_behind_latest.is_some_and(|behind| behind > 0);
            let count = read.records.len();
            for (number, record) in read.records.into_iter().enumerate() {
                self.deliver(record, is_behind || number + 1 < count).await?;
            }
            let is_well = {
                let mut failing = self.shared.failing();
                failing.remove(&self.shard);
                failing.is_empty()
            };
            if is_well {
                self.door.say(Condition::Listening).await?;
            }
            let Some(next) = read.next_shard_iterator else {
                self.shared.position().set(&self.shard, Place::End);
                let position = self.shared.position().write();
                let label = format!("the end of shard {}", self.shard);
                let body = br#"{"Records":[]}"#.to_vec();
                self.door.deliver(Arrival { body, label, position: Some(position), backlog: true }).await?;
                return Ok(Ok(()));
            };
            iterator = next;
            pause(&self.door, if is_behind { self.kinesis.catch_up_pace } else { self.kinesis.pace }).await?;
        }
    }

    /// Delivers a record with the position after it. What is not base64 is delivered as it came, for the reader to name.
    async fn deliver(&mut self, record: Record, backlog: bool) -> Result<(), Closed> {
        let body = STANDARD.decode(&record.data).unwrap_or_else(|_| record.data.into_bytes());
        let label = format!("record {} of shard {}", record.sequence_number, self.shard);
        self.place = Place::After(record.sequence_number);
        let mut position = self.shared.position().clone();
        position.set(&self.shard, self.place.clone());
        self.door.deliver(Arrival { body, label, position: Some(position.write()), backlog }).await?;
        self.shared.position().set(&self.shard, self.place.clone());
        Ok(())
    }

    async fn iterator(&self) -> Result<String, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Got {
            shard_iterator: String,
        }
        let mut input = json!({ "ShardId": self.shard });
        match &self.place {
            Place::After(number) => {
                input["ShardIteratorType"] = json!("AFTER_SEQUENCE_NUMBER");
                input["StartingSequenceNumber"] = json!(number);
            }
            Place::Since(second) => {
                input["ShardIteratorType"] = json!("AT_TIMESTAMP");
                input["Timestamp"] = json!(second);
            }
            Place::Oldest | Place::End => input["ShardIteratorType"] = json!("TRIM_HORIZON"),
        }
        let call = self.kinesis.call(&self.region, "GetShardIterator", input);
        Ok(call.read::<Got>(&self.kinesis.aws.send(&call).await?)?.shard_iterator)
    }
}
