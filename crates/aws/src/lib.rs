//! Everything that talks to AWS: signed calls, sources, the SNS and SES channels, the ledger on DynamoDB.

mod alarm;
mod backoff;
mod call;
mod client;
mod cloudwatch_logs;
pub mod config_item;
mod credentials;
mod delivered;
mod deploy;
mod doctor;
mod error;
mod event_history;
mod failure;
mod household;
mod kinesis;
mod ledger;
mod open;
mod permissions;
mod region;
mod regions;
mod service;
mod ses;
mod sns;
mod sqs;
#[cfg(test)]
mod testing;
mod unhurried;
mod xml;

pub use alarm::{Alarm, Behind, LogEvent, Metric, MetricFilter};
pub use client::Aws;
pub use cloudwatch_logs::CloudwatchLogs;
pub use delivered::{Delivered, Fetched, ObjectPlace};
pub use deploy::{
    Bucket, Change, ChangeSet, Ended, FunctionState, Leftover, Parameter, Proposal, Stack, StackEvent,
    StackResource, StackState, TemplateAt, first_reason,
};
pub use doctor::{
    Caller, LogGroupState, Management, QueueState, StreamState, Subscription, Trail, TrailStatus,
};
pub use error::Error;
pub use event_history::EventHistory;
pub use kinesis::Kinesis;
pub use ledger::DynamoLedger;
pub use open::{open_channel, open_channel_beside, open_source};
pub use permissions::policy;
pub use region::home as global_region;
pub use regions::Regions;
pub use ses::Ses;
pub use sns::Sns;
pub use sqs::Sqs;
