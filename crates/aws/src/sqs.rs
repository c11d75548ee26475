//! A queue as a source: word of new objects in S3 (which are fetched), EventBridge events, or records themselves.
//!
//! A message is deleted only after what it told of is safe; until then its time of being invisible is extended. Whatever
//! happens in between, it comes again, and the engine knows what it has had. A message nobody can make sense of (no
//! CloudTrail in it, or its object is gone) is named once, with its id, and then left to the queue's own redrive policy,
//! which moves it to the dead-letter queue; where the queue has none it is deleted at its third coming, or it would
//! come again for as long as the queue keeps messages. Where that cannot be known (`sqs:GetQueueAttributes` denied),
//! nothing is deleted that was not read. An object that may not be read is no fault of the message: it waits, and
//! the source says that it is failing.

mod batch;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use trailbell_engine::{Closed, Condition, Door, Listening, Source};

use self::batch::Batch;
use crate::backoff::{Backoff, pause, unless_closed};
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::region::of_queue_url;
use crate::service::Service;

/// How long a receive waits for a message: the longest that SQS allows.
const LONG_POLL: Duration = Duration::from_secs(20);
/// How long a message stays invisible to others; extended at half of it while it is worked on.
const INVISIBLE: Duration = Duration::from_mins(2);
/// Receives in flight.
const RECEIVERS: usize = 3;
/// Objects fetched or delivered at once: what bounds the memory.
const OBJECTS_AT_ONCE: usize = 4;
/// How often the queue's own settings are read again.
const SETTINGS_EVERY: Duration = Duration::from_hours(1);
/// Message ids that were named as poison.
const NAMED: usize = 1000;
/// The bounds of the waits after failures.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A queue.
#[derive(Debug, Clone)]
pub struct Sqs {
    name: String,
    aws: Aws,
    url: String,
    long_poll: Duration,
    invisible: Duration,
    /// How often what is worked on is extended: twice while it is invisible.
    beat: Duration,
    first_wait: Duration,
}

impl Sqs {
    /// Receives from the queue with that URL.
    pub fn new(name: impl Into<String>, aws: Aws, url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            aws,
            url: url.into(),
            long_poll: LONG_POLL,
            invisible: INVISIBLE,
            beat: INVISIBLE / 2,
            first_wait: FIRST_WAIT,
        }
    }
}

impl Source for Sqs {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        format!("queue {}", self.url)
    }

    fn listen(self: Box<Self>, _position: Option<String>, door: Door) -> Listening {
        Box::pin(async move {
            let _ = self.run(&door).await;
        })
    }
}

impl Sqs {
    async fn run(self, door: &Door) -> Result<(), Closed> {
        let region = match self.aws.region_for(of_queue_url(&self.url).as_deref()) {
            Ok(region) => region,
            Err(error) => {
                door.say(Condition::Failing(error.to_string())).await?;
                door.closed().await;
                return Err(Closed);
            }
        };
        let desk = Arc::new(Desk {
            sqs: self,
            region,
            door: door.clone(),
            objects: Semaphore::new(OBJECTS_AT_ONCE),
            state: Mutex::default(),
        });
        let mut receivers = JoinSet::new();
        for _ in 0..RECEIVERS {
            receivers.spawn(desk.clone().receive());
        }
        while receivers.join_next().await.is_some() {}
        Err(Closed)
    }
}

/// What the receivers of a queue share.
#[derive(Debug)]
struct Desk {
    sqs: Sqs,
    region: String,
    door: Door,
    objects: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Why objects cannot be fetched or messages not deleted: until one can be again, an empty queue is no sign of health.
    trouble: Option<String>,
    /// Whether objects are asked for by key alone, because their versions may not be read.
    without_versions: bool,
    /// Whether the queue has a redrive policy, where that is known, and when it was asked.
    redrive: Option<(Instant, Option<bool>)>,
    /// Ids of messages named as poison.
    named: VecDeque<String>,
}

/// A message as SQS hands it out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    #[serde(rename = "MessageId")]
    id: String,
    receipt_handle: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    approximate_receive_count: Option<String>,
}

impl Message {
    fn times_received(&self) -> u32 {
        self.attributes.approximate_receive_count.as_deref().and_then(|text| text.parse().ok()).unwrap_or(1)
    }
}

impl Desk {
    /// One receiver: asks, works, deletes, until the door closes.
    async fn receive(self: Arc<Self>) {
        let mut backoff = Backoff::new(self.sqs.first_wait, LONGEST_WAIT);
        loop {
            let wait = match self.round().await {
                Err(Closed) => return,
                Ok(Ok(())) => {
                    backoff.reset();
                    continue;
                }
                Ok(Err(trouble)) => {
                    let failing = Condition::Failing(trouble.words);
                    if self.door.say(failing).await.is_err() {
                        return;
                    }
                    backoff.next(trouble.retry_after)
                }
            };
            if pause(&self.door, wait).await.is_err() {
                return;
            }
        }
    }

    async fn round(self: &Arc<Self>) -> Result<Result<(), Trouble>, Closed> {
        let messages = match unless_closed(&self.door, self.ask()).await? {
            Ok(messages) => messages,
            Err(error) => return Ok(Err(Trouble::of(&error))),
        };
        if messages.is_empty() {
            if self.state().trouble.is_none() {
                self.door.say(Condition::Listening).await?;
            }
            return Ok(Ok(()));
        }
        let outcome = Batch::new(self.clone(), messages).work().await?;
        self.state().trouble = outcome.as_ref().err().map(|trouble| trouble.words.clone());
        if outcome.is_ok() {
            self.door.say(Condition::Listening).await?;
        }
        Ok(outcome)
    }

    async fn ask(&self) -> Result<Vec<Message>, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Received {
            #[serde(default)]
            messages: Vec<Message>,
        }
        let input = json!({
            "QueueUrl": self.sqs.url,
            "MaxNumberOfMessages": 10,
            "WaitTimeSeconds": self.sqs.long_poll.as_secs(),
            "VisibilityTimeout": self.sqs.invisible.as_secs(),
            "MessageSystemAttributeNames": ["ApproximateReceiveCount"],
        });
        let call = Call::json(Service::Sqs, &self.region, "ReceiveMessage", &input)
            .within(self.sqs.long_poll + Duration::from_secs(20));
        let reply = self.sqs.aws.send(&call).await?;
        Ok(call.read::<Received>(&reply)?.messages)
    }

    /// Whether what cannot be read may be left to the queue; `None` where the queue does not say.
    async fn has_redrive_policy(&self) -> Option<bool> {
        if let Some((asked, known)) = self.state().redrive
            && asked.elapsed() < SETTINGS_EVERY
        {
            return known;
        }
        let known = queue_attributes(&self.sqs.aws, &self.region, &self.sqs.url, &["RedrivePolicy"]).await;
        let known = known.ok().map(|attributes| attributes.contains_key("RedrivePolicy"));
        self.state().redrive = Some((Instant::now(), known));
        known
    }

    /// Whether a poison message has not been named yet.
    fn names_first(&self, id: &str) -> bool {
        let mut state = self.state();
        let is_first = !state.named.iter().any(|named| named == id);
        if is_first {
            state.named.push_back(id.to_owned());
            if state.named.len() > NAMED {
                state.named.pop_front();
            }
        }
        is_first
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a round failed.
#[derive(Debug, Clone)]
struct Trouble {
    words: String,
    retry_after: Option<Duration>,
}

impl Trouble {
    fn of(error: &Error) -> Self {
        Self { words: error.to_string(), retry_after: error.retry_after() }
    }
}

/// Attributes of a queue, as it names them.
pub(crate) async fn queue_attributes(
    aws: &Aws,
    region: &str,
    url: &str,
    names: &[&str],
) -> Result<std::collections::BTreeMap<String, String>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Got {
        #[serde(default)]
        attributes: std::collections::BTreeMap<String, String>,
    }
    let input = json!({ "QueueUrl": url, "AttributeNames": names });
    let call = Call::json(Service::Sqs, region, "GetQueueAttributes", &input);
    Ok(call.read::<Got>(&aws.send(&call).await?)?.attributes)
}
