//! What was received at once: worked on message by message, kept invisible meanwhile, and what is done with deleted.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at};
use trailbell_engine::{Arrival, Closed, Condition, Taken};

use super::{Desk, Message, Trouble};
use crate::call::Call;
use crate::delivered::{Delivered, Fetched, ObjectPlace};
use crate::error::{Error, quiet};
use crate::service::Service;

/// How often a message without meaning is received before it is deleted, where no redrive policy takes it.
const LAST_TIME: u32 = 3;
/// A full batch: there may be more behind it.
const FULL: usize = 10;

/// Messages received at once.
pub(super) struct Batch {
    desk: Arc<Desk>,
    messages: Vec<Message>,
}

/// What is to be done with a message.
enum Verdict {
    /// What it told of is safe.
    Done,
    /// Nobody can make sense of it: why.
    Poison(String),
    /// It waits: why.
    Later(Trouble),
}

impl Batch {
    pub(super) fn new(desk: Arc<Desk>, messages: Vec<Message>) -> Self {
        Self { desk, messages }
    }

    /// Works through the batch and deletes what is done. The error is why something had to be left.
    pub(super) async fn work(self) -> Result<Result<(), Trouble>, Closed> {
        let mut running = JoinSet::new();
        let backlog = self.messages.len() >= FULL;
        for (number, message) in self.messages.iter().enumerate() {
            let (desk, message) = (self.desk.clone(), message.clone());
            running.spawn(async move { (number, Self::one(&desk, &message, backlog).await) });
        }
        let every = self.desk.sqs.beat;
        let mut beat = interval_at(tokio::time::Instant::now() + every, every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut open: Vec<bool> = vec![true; self.messages.len()];
        let mut done: Vec<&Message> = Vec::new();
        let mut trouble = None;
        loop {
            tokio::select! {
                finished = running.join_next() => {
                    let Some(finished) = finished else { break };
                    // A task that was torn down with the runtime left its message in the queue.
                    let Ok((number, verdict)) = finished else { continue };
                    open[number] = false;
                    let message = &self.messages[number];
                    match verdict? {
                        Verdict::Done => done.push(message),
                        Verdict::Poison(why) if self.set_aside(message, &why).await? => done.push(message),
                        Verdict::Poison(_) => {}
                        Verdict::Later(why) => trouble = Some(why),
                    }
                }
                _ = beat.tick() => {
                    let held = self.messages.iter().zip(&open).filter(|(_, open)| **open).map(|(message, _)| message);
                    if let Err(error) = self.extend(held.chain(done.iter().copied())).await {
                        // It will be received again, perhaps while it is still worked on: the engine knows what it has had.
                        let what = format!("messages may be received twice: {error}");
                        self.desk.door.say(Condition::Remark(what)).await?;
                    }
                }
            }
        }
        if let Err(error) = self.delete(&done).await {
            trouble = Some(Trouble {
                words: format!("messages are read but cannot be deleted, so they come again: {error}"),
                retry_after: error.retry_after(),
            });
        }
        Ok(trouble.map_or(Ok(()), Err))
    }

    async fn one(desk: &Desk, message: &Message, backlog: bool) -> Result<Verdict, Closed> {
        let objects = match Delivered::of(&message.body) {
            Delivered::Nothing => return Ok(Verdict::Done),
            Delivered::Objects(objects) => objects,
            // Only a function in the account explains alarms; here they are what any message is that holds no records.
            Delivered::Records | Delivered::Alarm(_) | Delivered::ConfigurationItem(_) => {
                let label = format!("message {} of {}", message.id, desk.sqs.url);
                let body = message.body.clone().into_bytes();
                let taken = desk.door.deliver(Arrival { body, label, position: None, backlog }).await?;
                return Ok(poisoned(&taken).map_or(Verdict::Done, Verdict::Poison));
            }
        };
        let mut verdict = Verdict::Done;
        for told in objects {
            let Ok(_turn) = desk.objects.acquire().await else { return Err(Closed) };
            let label = format!("s3://{}/{}", told.bucket, told.key);
            let body = match fetch(desk, &told).await {
                Ok(body) => body,
                Err(error)
                    if error.is_missing()
                        || error.code().is_none()
                            && !error.is_transient()
                            && !error.is_about_credentials() =>
                {
                    verdict = Verdict::Poison(format!("{label}: {error}"));
                    continue;
                }
                Err(error) => {
                    let hint = if error.is_denied() {
                        " (its bucket's policy and, if it is encrypted, its KMS key must allow it too; without \
                         s3:ListBucket an object that is gone looks like this)"
                    } else {
                        ""
                    };
                    let words = format!("{}: {error}{hint}", quiet(&label));
                    return Ok(Verdict::Later(Trouble { words, retry_after: error.retry_after() }));
                }
            };
            let taken =
                desk.door.deliver(Arrival { body, label: label.clone(), position: None, backlog }).await?;
            if let Some(why) = poisoned(&taken) {
                verdict = Verdict::Poison(format!("{label}: {why}"));
            }
        }
        Ok(verdict)
    }

    /// Names a message that means nothing; whether it is to be deleted.
    async fn set_aside(&self, message: &Message, why: &str) -> Result<bool, Closed> {
        let redrive = self.desk.has_redrive_policy().await;
        let is_last = redrive == Some(false) && message.times_received() >= LAST_TIME;
        if is_last || self.desk.names_first(&message.id) {
            let fate = match redrive {
                Some(true) => "the queue's redrive policy will move it to its dead-letter queue",
                Some(false) if is_last => "it is deleted now, for the queue has no redrive policy",
                Some(false) => {
                    "it is tried again twice and then deleted; give the queue a redrive policy to keep such messages"
                }
                None => {
                    "it stays in the queue; allow sqs:GetQueueAttributes to tell whether it has a redrive policy"
                }
            };
            let remark = format!(
                "message {} cannot be used: {}; {fate}. It begins: {}",
                quiet(&message.id),
                quiet(why),
                quiet(&message.body)
            );
            self.desk.door.say(Condition::Remark(remark)).await?;
        }
        Ok(is_last)
    }

    async fn extend(&self, messages: impl Iterator<Item = &Message>) -> Result<(), Error> {
        let seconds = self.desk.sqs.invisible.as_secs();
        let entries = entries(messages, |entry| entry["VisibilityTimeout"] = json!(seconds));
        self.call("ChangeMessageVisibilityBatch", &entries).await
    }

    async fn delete(&self, messages: &[&Message]) -> Result<(), Error> {
        if messages.is_empty() {
            return Ok(());
        }
        // One that is not deleted in spite of a good reply comes again, and is known.
        self.call("DeleteMessageBatch", &entries(messages.iter().copied(), |_| {})).await
    }

    async fn call(&self, operation: &'static str, entries: &[Value]) -> Result<(), Error> {
        let input = json!({ "QueueUrl": self.desk.sqs.url, "Entries": entries });
        let call = Call::json(Service::Sqs, &self.desk.region, operation, &input);
        self.desk.sqs.aws.send(&call).await.map(drop)
    }
}

fn entries<'a>(messages: impl Iterator<Item = &'a Message>, more: impl Fn(&mut Value)) -> Vec<Value> {
    messages
        .enumerate()
        .map(|(number, message)| {
            let mut entry = json!({ "Id": number.to_string(), "ReceiptHandle": message.receipt_handle });
            more(&mut entry);
            entry
        })
        .collect()
}

/// Why nothing in what was delivered could be used, if so.
fn poisoned(taken: &Taken) -> Option<String> {
    if taken.events > 0 { None } else { taken.problems.first().cloned() }
}

/// Fetches an object, the very version the message is about where that may be read.
async fn fetch(desk: &Desk, told: &ObjectPlace) -> Result<Vec<u8>, Error> {
    let version = told.version.clone().filter(|_| !desk.state().without_versions);
    let wanted = ObjectPlace { version, ..told.clone() };
    let Fetched { body, is_newest_instead } = desk.sqs.aws.fetch(&wanted, &desk.region).await?;
    if is_newest_instead && !std::mem::replace(&mut desk.state().without_versions, true) {
        let remark = "the bucket keeps versions, but only the newest of each object may be read; allow \
                      s3:GetObjectVersion, so that overwriting a log hides nothing";
        // Whether anybody is there to hear it shows at the next delivery.
        let _ = desk.door.say(Condition::Remark(remark.to_owned())).await;
    }
    Ok(body)
}
