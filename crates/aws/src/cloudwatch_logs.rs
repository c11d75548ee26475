//! A log group that a trail delivers to, as a source: `FilterLogEvents` over a window that slides.
//!
//! A trail's events reach a log group minutes after they happened, with the time of delivery as the log event's own; streams
//! are many, so they do not come in order. Each look therefore begins some minutes before the newest log event that was
//! seen, and what it has in common with the last is known by its ids (`eventId` grows with the log event's time).
//! A page may be empty and still have a token for the next: only a reply without a token is the end.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use trailbell_engine::{Arrival, Closed, Condition, Door, Listening, Source};

use crate::backoff::{Backoff, pause, unless_closed};
use crate::call::Call;
use crate::client::Aws;
use crate::error::{Error, quiet};
use crate::region::of_arn;
use crate::service::Service;

/// How far before the newest log event a look begins. Log events are timed at delivery, and streams of one trail lag each
/// other by seconds.
const OVERLAP: Duration = Duration::from_mins(15);
/// CloudWatch Logs allows 25 requests a second in most regions, 5 in some: this leaves room for others.
const PACE: Duration = Duration::from_millis(250);
/// Ids remembered of the overlap. What falls out is delivered again, and known to the ledger.
const REMEMBERED: usize = 50_000;
/// Pages after which the position is kept, so that a long way back is not lost by a restart.
const PAGES_A_CHECKPOINT: u32 = 50;
/// The bounds of the waits after failures.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_mins(2);
/// The form of the position.
const VERSION: u32 = 1;
/// A body without events: it carries a position.
const NONE: &[u8] = br#"{"events":[]}"#;

/// A log group.
#[derive(Debug, Clone)]
pub struct CloudwatchLogs {
    name: String,
    aws: Aws,
    log_group: String,
    every: Duration,
    first_look: Duration,
    filter: Option<String>,
    pace: Duration,
    first_wait: Duration,
}

/// Where it stopped: the time of the newest log event seen, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    v: u32,
    newest: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    #[serde(borrow, default)]
    events: Vec<Event<'a>>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "eventId")]
    id: Option<String>,
    #[serde(default)]
    timestamp: i64,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

impl CloudwatchLogs {
    /// Asks the log group of that name or ARN `every` so often for what `filter` lets through, a filter pattern that must
    /// let through whatever the rules could meet; `None` asks for everything, which costs more and is remarked on. The
    /// first look of all goes back `first_look`.
    pub fn new(
        name: impl Into<String>,
        aws: Aws,
        log_group: impl Into<String>,
        every: Duration,
        first_look: Duration,
        filter: Option<String>,
    ) -> Self {
        let log_group = log_group.into();
        Self {
            name: name.into(),
            aws,
            // The console copies the ARN with a `:*` that only policies want.
            log_group: log_group.strip_suffix(":*").unwrap_or(&log_group).to_owned(),
            every,
            first_look,
            filter,
            pace: PACE,
            first_wait: FIRST_WAIT,
        }
    }
}

impl Source for CloudwatchLogs {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        format!("log group {}", self.log_group)
    }

    fn listen(self: Box<Self>, position: Option<String>, door: Door) -> Listening {
        Box::pin(async move {
            let _ = self.run(position.as_deref(), &door).await;
        })
    }
}

impl CloudwatchLogs {
    async fn run(&self, position: Option<&str>, door: &Door) -> Result<(), Closed> {
        let region = match self.aws.region_for(of_arn(&self.log_group)) {
            Ok(region) => region,
            Err(error) => {
                door.say(Condition::Failing(error.to_string())).await?;
                door.closed().await;
                return Err(Closed);
            }
        };
        if self.filter.is_none() {
            let remark = format!(
                "every event of log group {} is asked for: what the rules could meet cannot be said in one filter pattern of \
                 1,024 characters",
                quiet(&self.log_group)
            );
            door.say(Condition::Remark(remark)).await?;
        }
        let stored = position.and_then(|text| serde_json::from_str::<Position>(text).ok());
        let newest = stored.filter(|stored| stored.v == VERSION).map(|stored| stored.newest);
        let first = Timestamp::now().as_millisecond() - milliseconds(self.first_look);
        let mut look = Look {
            region,
            newest: newest.unwrap_or(first),
            from_start: newest.is_none(),
            known: BTreeMap::new(),
        };
        let mut backoff = Backoff::new(self.first_wait, LONGEST_WAIT);
        loop {
            let wait = match self.look(&mut look, door).await? {
                Ok(()) => {
                    backoff.reset();
                    door.say(Condition::Listening).await?;
                    self.every
                }
                Err(error) => {
                    door.say(Condition::Failing(error.to_string())).await?;
                    backoff.next(error.retry_after())
                }
            };
            pause(door, wait).await?;
        }
    }

    /// One look: every page from a little before the newest log event seen.
    async fn look(&self, look: &mut Look, door: &Door) -> Result<Result<(), Error>, Closed> {
        let overlap = if look.from_start { 0 } else { milliseconds(OVERLAP) };
        let from = (look.newest - overlap).max(0);
        look.known.retain(|_, at| *at >= from);
        let mut newest = look.newest;
        let mut token: Option<String> = None;
        let mut pages = 0;
        let mut undelivered = false;
        loop {
            let call = self.call(&look.region, from, token.as_deref());
            let body = match unless_closed(door, self.aws.send(&call)).await? {
                Ok(body) => body,
                // The window begins again; what was delivered is known.
                Err(error)
                    if token.is_some()
                        && error.code() == Some("InvalidParameterException")
                        && pages < 10_000 =>
                {
                    pages += 1_000;
                    token = None;
                    continue;
                }
                Err(error) => return Ok(Err(error)),
            };
            let reply: Reply<'_> = match serde_json::from_slice(&body) {
                Ok(reply) => reply,
                Err(error) => return Ok(Err(call.place().unreadable(error.to_string()))),
            };
            pages += 1;
            newest = reply.events.iter().map(|event| event.timestamp).fold(newest, i64::max);
            let (body, ids) = look.cut(&reply.events);
            token = reply.next_token.filter(|token| !token.is_empty());
            if !ids.is_empty() {
                self.deliver(door, body, None, token.is_some()).await?;
                look.remember(ids);
                undelivered = true;
            }
            // Pages come in the order of time within a stream, not over all streams: only the end of the window is a place
            // to go on from, but within one look the oldest may be given up page by page no more than by the overlap.
            if token.is_none() {
                break;
            }
            if pages % PAGES_A_CHECKPOINT == 0 {
                door.say(Condition::Listening).await?;
            }
            pause(door, self.pace).await?;
        }
        let now = Timestamp::now().as_millisecond();
        // A quiet group need not be asked for a month each time: what is a day late does not come.
        let moved = newest.max(now - milliseconds(Duration::from_hours(24))).min(now);
        if moved > look.newest || undelivered {
            look.newest = moved.max(look.newest);
            look.from_start = false;
            let position =
                serde_json::to_string(&Position { v: VERSION, newest: look.newest }).unwrap_or_default();
            self.deliver(door, NONE.to_vec(), Some(position), false).await?;
        }
        Ok(Ok(()))
    }

    fn call(&self, region: &str, from: i64, token: Option<&str>) -> Call {
        let key = if self.log_group.starts_with("arn:") { "logGroupIdentifier" } else { "logGroupName" };
        let mut input = json!({ key: self.log_group, "startTime": from, "limit": 10_000 });
        if let Some(filter) = &self.filter {
            input["filterPattern"] = json!(filter);
        }
        if let Some(token) = token {
            input["nextToken"] = json!(token);
        }
        Call::json(Service::Logs, region, "FilterLogEvents", &input)
    }

    async fn deliver(
        &self,
        door: &Door,
        body: Vec<u8>,
        position: Option<String>,
        backlog: bool,
    ) -> Result<(), Closed> {
        let label = format!("log group {}", self.log_group);
        door.deliver(Arrival { body, label, position, backlog }).await.map(drop)
    }
}

/// How far the looks have come.
struct Look {
    region: String,
    /// The time of the newest log event seen, in milliseconds since 1970.
    newest: i64,
    /// Whether nothing was ever seen: then there is nothing to overlap with.
    from_start: bool,
    /// Ids delivered, with their time.
    known: BTreeMap<String, i64>,
}

impl Look {
    /// What is new, as a body in `FilterLogEvents`' own form, and the ids of it.
    fn cut(&self, events: &[Event<'_>]) -> (Vec<u8>, Vec<(Option<String>, i64)>) {
        let mut texts = Vec::new();
        let mut ids = Vec::new();
        for event in events {
            let Some(message) = event.message else { continue };
            if event.id.as_ref().is_some_and(|id| self.known.contains_key(id)) {
                continue;
            }
            ids.push((event.id.clone(), event.timestamp));
            texts.push(format!(r#"{{"message":{}}}"#, message.get()));
        }
        (format!(r#"{{"events":[{}]}}"#, texts.join(",")).into_bytes(), ids)
    }

    /// These are safe. Ids sort by time, so that the oldest are the first to be forgotten.
    fn remember(&mut self, ids: Vec<(Option<String>, i64)>) {
        self.known.extend(ids.into_iter().filter_map(|(id, at)| Some((id?, at))));
        while self.known.len() > REMEMBERED {
            self.known.pop_first();
        }
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
