//! What `doctor` asks AWS: facts only. What they mean and what would mend it is worded by who asks.
//!
//! Every call only reads.

#[cfg(test)]
mod tests;
mod trails;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

pub use self::trails::{Management, Trail, TrailStatus};
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::region::{of_arn, of_queue_url};
use crate::service::Service;
use crate::sqs::queue_attributes;

/// Most pages of a list that are read.
const MAX_PAGES: usize = 50;

/// Who the calls are made as (`sts:GetCallerIdentity`, which nobody can be denied).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account's 12 digits.
    pub account: String,
    /// The user's or the assumed role's ARN.
    pub arn: String,
}

/// A subscription of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `email`, `sqs`, `https`, ...
    pub protocol: String,
    /// Where to: an address, an ARN, a URL. Chosen by whoever subscribed: hostile.
    pub endpoint: String,
    /// Whether nobody has confirmed it yet: nothing is sent there.
    pub is_pending: bool,
    /// Its own ARN, by which it is ended; only what is confirmed has one.
    pub arn: Option<String>,
}

/// How full a queue is, and what it does with what nobody can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueState {
    /// Messages that wait, roughly.
    pub waiting: u64,
    /// Messages received and not yet deleted, roughly.
    pub in_flight: u64,
    /// Seconds a message is kept.
    pub kept_seconds: u64,
    /// The ARN of its dead-letter queue, where it has one.
    pub dead_letters: Option<String>,
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroupState {
    /// When something was last written to it, where anything was. AWS says this some minutes late.
    pub newest: Option<Timestamp>,
}

/// A stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamState {
    /// `ACTIVE`, or what else it is.
    pub status: String,
    /// Shards that take records.
    pub open_shards: u64,
    /// Hours a record is kept.
    pub kept_hours: u64,
}

impl Aws {
    /// Who the calls are made as.
    ///
    /// # Errors
    /// Where there are no credentials, or AWS refuses them or is not reached.
    pub async fn caller(&self) -> Result<Caller, Error> {
        let call = Call::query(Service::Sts, &self.home_region(), "GetCallerIdentity", &[]);
        let reply = call.read_xml(&self.send(&call).await?)?;
        let text = |name: &str| {
            let missing = || call.place().unreadable(format!("it has no {name}"));
            reply.text_of(name).map(str::to_owned).ok_or_else(missing)
        };
        Ok(Caller { account: text("Account")?, arn: text("Arn")? })
    }

    /// The time of the newest event in a region's Event history; `None` where it is empty.
    ///
    /// # Errors
    /// Where it cannot be looked into.
    pub async fn newest_event(&self, region: &str) -> Result<Option<Timestamp>, Error> {
        let call = Call::json(Service::CloudTrail, region, "LookupEvents", &json!({ "MaxResults": 1 }));
        let reply: Value = call.read(&self.send(&call).await?)?;
        Ok(reply["Events"][0]["EventTime"].as_f64().and_then(seconds))
    }

    /// The subscriptions of the topic with that ARN.
    ///
    /// # Errors
    /// Where they may not be listed, or there is no such topic.
    pub async fn subscriptions(&self, topic: &str) -> Result<Vec<Subscription>, Error> {
        let region = self.region_for(of_arn(topic))?;
        let mut subscriptions = Vec::new();
        let mut token = String::new();
        for _ in 0..MAX_PAGES {
            let mut parameters = vec![("TopicArn", topic)];
            if !token.is_empty() {
                parameters.push(("NextToken", &token));
            }
            let call = Call::query(Service::Sns, &region, "ListSubscriptionsByTopic", &parameters);
            let reply = call.read_xml(&self.send(&call).await?)?;
            let members =
                reply.find("Subscriptions").map(|list| list.children.as_slice()).unwrap_or_default();
            subscriptions.extend(members.iter().map(|member| {
                let text = |name: &str| member.text_of(name).unwrap_or_default().to_owned();
                Subscription {
                    protocol: text("Protocol"),
                    endpoint: text("Endpoint"),
                    is_pending: text("SubscriptionArn") == "PendingConfirmation",
                    arn: Some(text("SubscriptionArn")).filter(|arn| arn.starts_with("arn:")),
                }
            }));
            let next = reply.text_of("NextToken").unwrap_or_default().to_owned();
            token = next;
            if token.is_empty() {
                break;
            }
        }
        Ok(subscriptions)
    }

    /// How the queue with that URL is.
    ///
    /// # Errors
    /// Where it may not be asked, or there is no such queue.
    pub async fn queue(&self, url: &str) -> Result<QueueState, Error> {
        let region = self.region_for(of_queue_url(url).as_deref())?;
        let names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "MessageRetentionPeriod",
            "RedrivePolicy",
        ];
        let attributes = queue_attributes(self, &region, url, &names).await?;
        let number = |name: &str| attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        let policy =
            attributes.get("RedrivePolicy").and_then(|text| serde_json::from_str::<Value>(text).ok());
        Ok(QueueState {
            waiting: number("ApproximateNumberOfMessages"),
            in_flight: number("ApproximateNumberOfMessagesNotVisible"),
            kept_seconds: number("MessageRetentionPeriod"),
            dead_letters: policy.and_then(|policy| policy["deadLetterTargetArn"].as_str().map(str::to_owned)),
        })
    }

    /// How the log group of that name or ARN is.
    ///
    /// # Errors
    /// Where it may not be asked, or there is no such group.
    pub async fn log_group(&self, group: &str) -> Result<LogGroupState, Error> {
        let region = self.region_for(of_arn(group))?;
        let group = group.strip_suffix(":*").unwrap_or(group);
        let key = if group.starts_with("arn:") { "logGroupIdentifier" } else { "logGroupName" };
        let input = json!({ key: group, "orderBy": "LastEventTime", "descending": true, "limit": 1 });
        let call = Call::json(Service::Logs, &region, "DescribeLogStreams", &input);
        let reply: Value = call.read(&self.send(&call).await?)?;
        let newest = reply["logStreams"][0]["lastEventTimestamp"].as_i64();
        Ok(LogGroupState { newest: newest.and_then(|at| Timestamp::from_millisecond(at).ok()) })
    }

    /// How the stream of that name or ARN is.
    ///
    /// # Errors
    /// Where it may not be asked, or there is no such stream.
    pub async fn stream(&self, stream: &str) -> Result<StreamState, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Reply {
            stream_description_summary: Summary,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Summary {
            stream_status: String,
            #[serde(default)]
            open_shard_count: u64,
            #[serde(default)]
            retention_period_hours: u64,
        }
        let region = self.region_for(of_arn(stream))?;
        let key = if stream.starts_with("arn:") { "StreamARN" } else { "StreamName" };
        let call = Call::json(Service::Kinesis, &region, "DescribeStreamSummary", &json!({ key: stream }));
        let Summary { stream_status, open_shard_count, retention_period_hours } =
            call.read::<Reply>(&self.send(&call).await?)?.stream_description_summary;
        Ok(StreamState {
            status: stream_status,
            open_shards: open_shard_count,
            kept_hours: retention_period_hours,
        })
    }
}

/// AWS JSON's times: seconds since 1970, with a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a time that does not fit saturates, and is then no time"
)]
fn seconds(at: f64) -> Option<Timestamp> {
    Timestamp::from_second(at as i64).ok()
}
