//! What keeping watch needs: where events come from, who is told and how, and where it is remembered.

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::{Time, Weekday};
use trailbell_text::{Kind, Secret, Severity};

use crate::Language;

/// A source by its name in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSettings {
    /// The key of its position, and what notices call it.
    pub name: String,
    /// What it is.
    pub source: SourceKind,
}

/// How AWS is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwsAccess {
    /// An AWS CLI profile; without it, what the AWS CLI would use.
    pub profile: Option<String>,
    /// A role to assume from there.
    pub role: Option<String>,
    /// The region; without it, that of the profile, the environment, or of the ARN or URL it talks to.
    pub region: Option<String>,
    /// Another endpoint than AWS's own, for an emulator.
    pub endpoint: Option<String>,
}

/// Where events come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceKind {
    /// CloudTrail's own Event history (`LookupEvents`): no trail needed.
    EventHistory {
        /// How AWS is reached.
        aws: AwsAccess,
        /// The regions asked; empty: all that are enabled.
        regions: Vec<String>,
        /// How often.
        every: Duration,
        /// How far the first look goes back.
        first_look: Duration,
    },
    /// A queue with S3 notifications, EventBridge events or records.
    Sqs {
        /// How AWS is reached.
        aws: AwsAccess,
        /// The queue.
        url: String,
    },
    /// A log group that a trail delivers to.
    CloudwatchLogs {
        /// How AWS is reached.
        aws: AwsAccess,
        /// Its name or ARN.
        log_group: String,
        /// How often it is asked.
        every: Duration,
        /// How far the first look goes back.
        first_look: Duration,
    },
    /// A stream that a log group is subscribed to.
    Kinesis {
        /// How AWS is reached.
        aws: AwsAccess,
        /// Its name or ARN.
        stream: String,
        /// Whether the first look begins at the oldest record kept.
        from_oldest: bool,
    },
    /// A folder that files appear in.
    Folder {
        /// The folder.
        path: PathBuf,
        /// How often it is looked at.
        every: Duration,
    },
    /// Standard input.
    Stdin,
    /// What is sent here over HTTP.
    Http {
        /// Where to listen: `127.0.0.1:8787`.
        listen: String,
        /// The path that is served.
        path: String,
        /// What a sender must show (a header, Firehose's access key, or the signature's key).
        secret: Option<Secret>,
        /// SNS topics whose messages, and whose subscription, are accepted.
        topics: Vec<String>,
        /// Most bytes of one request.
        max_body: u64,
    },
}

/// A channel by its name in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSettings {
    /// What settings, commands and notices call it.
    pub name: String,
    /// Where it sends to.
    pub target: Target,
    /// Its notices' language; `None`: that of all notices.
    pub language: Option<Language>,
    /// Less grave than this is not told here.
    pub minimum_severity: Severity,
    /// Only these accounts; empty: all.
    pub accounts: Vec<String>,
    /// Only these kinds; empty: all.
    pub kinds: Vec<Kind>,
    /// No message in these hours of the notices' time zone, except critical ones.
    pub quiet_hours: Option<(Time, Time)>,
    /// Most messages a month; what is more waits for the digest. Critical ones are sent and counted all the same.
    pub monthly_budget: Option<u64>,
    /// Less grave than this waits for the daily digest; `None`: nothing does (after the first week).
    pub digest_below: Option<Severity>,
    /// Whether trailbell's own words (deaf, well again, all is well) come here.
    pub operations: bool,
}

/// How a mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (port 465).
    Tls,
    /// Plain, then STARTTLS, which must succeed (port 587).
    StartTls,
    /// Plain (port 25): only to this machine.
    None,
}

/// Where a channel sends to. Every field that opens something is a [`Secret`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the other side's own terms; docs/channels.md says where each is found"
)]
pub enum Target {
    /// Mail over SMTP.
    Email {
        to: Vec<String>,
        from: String,
        host: String,
        port: u16,
        security: SmtpSecurity,
        username: Option<String>,
        password: Option<Secret>,
    },
    /// An Amazon SNS topic.
    Sns { aws: AwsAccess, topic: String },
    /// Mail over Amazon SES.
    Ses { aws: AwsAccess, to: Vec<String>, from: String },
    /// A Slack incoming webhook (or what speaks like one).
    Slack { webhook: Secret },
    /// A Slack app's bot token: threads.
    SlackBot { token: Secret, channel: String, endpoint: Option<String> },
    /// A Teams workflow.
    Teams { webhook: Secret },
    /// A Discord webhook.
    Discord { webhook: Secret },
    /// A Google Chat webhook.
    GoogleChat { webhook: Secret },
    /// LINE Messaging API push.
    Line { token: Secret, to: String, endpoint: Option<String> },
    /// A Telegram bot.
    Telegram { token: Secret, chat: String, topic: Option<String>, endpoint: Option<String> },
    /// An ntfy topic.
    Ntfy { server: String, topic: Secret, token: Option<Secret> },
    /// PagerDuty Events API v2.
    PagerDuty { routing_key: Secret, endpoint: Option<String> },
    /// A webhook of the owner's, signed by Standard Webhooks.
    Webhook { url: Secret, secret: Option<Secret>, headers: Vec<(String, Secret)> },
    /// A program of the owner's: the JSON on its standard input.
    Command { program: Vec<String> },
    /// A file that JSON lines are appended to.
    File { path: PathBuf },
    /// Standard output: text or JSON lines.
    Stdout { json: bool },
}

/// How and when people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliverySettings {
    /// How long after the first start everything below high waits for the daily digest; zero: not at all.
    pub learning: Duration,
    /// When daily digests are sent, in the notices' time zone.
    pub digest_at: Time,
    /// When the weekly "all is well" is sent; `None`: never.
    pub all_is_well: Option<(Weekday, Time)>,
    /// How long notices of one group are gathered after the first.
    pub group: Duration,
    /// How long a letter is tried.
    pub give_up_after: Duration,
    /// How long a source may be silent before that is told; `None`: longer than usual.
    pub silence: Option<Duration>,
}

impl Default for DeliverySettings {
    /// What a file without `delivery` asks for.
    fn default() -> Self {
        Self {
            learning: Duration::from_hours(7 * 24),
            digest_at: jiff::civil::time(9, 0, 0, 0),
            all_is_well: Some((Weekday::Monday, jiff::civil::time(9, 0, 0, 0))),
            group: Duration::from_mins(5),
            give_up_after: Duration::from_hours(24),
            silence: None,
        }
    }
}

/// Where it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerSettings {
    /// The file; `None`: `trailbell.db` in the place the system has for such files.
    pub path: Option<PathBuf>,
    /// How long told notices are kept.
    pub keep: Duration,
    /// Most bytes it may grow to.
    pub max_size: Option<u64>,
}

impl Default for LedgerSettings {
    /// What a file without `ledger` asks for.
    fn default() -> Self {
        Self { path: None, keep: Duration::from_hours(400 * 24), max_size: None }
    }
}

impl SourceKind {
    /// The Event history of the account the AWS CLI would reach: every enabled region, every minute, a day back at first.
    pub fn event_history() -> Self {
        Self::EventHistory {
            aws: AwsAccess::default(),
            regions: Vec::new(),
            every: Duration::from_mins(1),
            first_look: Duration::from_hours(24),
        }
    }
}

impl ChannelSettings {
    /// A channel that is told everything at once, in the language of all notices.
    pub const fn new(name: String, target: Target) -> Self {
        Self {
            name,
            target,
            language: None,
            minimum_severity: Severity::Info,
            accounts: Vec::new(),
            kinds: Vec::new(),
            quiet_hours: None,
            monthly_budget: None,
            digest_below: None,
            operations: true,
        }
    }
}
