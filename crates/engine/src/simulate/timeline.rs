//! What a simulation tells: one thing at one moment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trailbell_alarm::State;
use trailbell_notice::Behind;
use trailbell_text::{Phrase, Severity};

/// Something that happens, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Happening {
    /// A metric filter let log events of one minute through.
    Counted(Counted),
    /// An alarm changed its state, or a composite alarm's actions were held back or let go.
    Changed(Changed),
    /// A subscriber was sent a message.
    Sent(Box<Sent>),
    /// A subscription's filter policy did not let a message through.
    Filtered {
        /// The topic's ARN.
        topic: String,
        /// Who would have got it.
        to: Receiver,
        /// Who published it.
        by: Publisher,
        /// Its subject.
        subject: Option<String>,
    },
    /// A message did not come to be: SNS refuses it, or a target's input is no JSON.
    Lost {
        /// The topic's ARN, or the target's.
        destination: String,
        /// Who meant to send it.
        by: Publisher,
        /// AWS's words for why.
        why: String,
        /// What it was about.
        about: Option<Box<Behind>>,
    },
    /// Something was called of which only its own code knows what it does.
    Called {
        /// Its ARN.
        arn: String,
        /// By whom.
        by: Publisher,
        /// What it was given.
        payload: String,
        /// What that was about.
        about: Option<Box<Behind>>,
    },
    /// trailbell would have told of it.
    Told(Box<OwnNotice>),
}

/// Log events of one minute that a metric filter let through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// The metric filter's id.
    pub filter: String,
    /// `namespace/name` of the metric.
    pub metric: String,
    /// How many log events.
    pub events: u64,
    /// How many of them gave a sample.
    pub samples: u64,
    /// The samples' sum.
    pub sum: f64,
    /// The first of them.
    pub first: Vec<Behind>,
}

/// An alarm's change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// `AlarmName`.
    pub alarm: String,
    /// Whether it is a composite alarm.
    pub is_composite: bool,
    /// The state it had.
    pub from: State,
    /// The state it has.
    pub to: State,
    /// `StateReason`.
    pub reason: String,
    /// `ActionsSuppressedReason`, where its actions are held back.
    pub held_back: Option<String>,
}

/// Who publishes to a topic, or calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Publisher {
    /// An alarm, by its name.
    Alarm(String),
    /// A function that forwards, by its name.
    Function(String),
    /// A subscription filter, by its name.
    Filter(String),
    /// An event rule, by its name.
    Rule(String),
}

/// A subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Receiver {
    /// `Protocol`.
    pub protocol: String,
    /// `Endpoint`.
    pub endpoint: String,
}

/// A message to one subscriber.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// The topic's ARN.
    pub topic: String,
    /// Who got it; `None` where the topic is none of the templates', so that nobody knows who listens.
    pub to: Option<Receiver>,
    /// Who published it.
    pub by: Publisher,
    /// The sender of a mail.
    pub from: Option<String>,
    /// The subject, where there is one.
    pub subject: Option<String>,
    /// The text.
    pub body: String,
    /// The operation it is about, where it is about one.
    pub about: Option<Box<Behind>>,
    /// Whether the text names who did something or what they did.
    pub names_it: bool,
}

/// A notice of trailbell's own, or what a rule's alarm has to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnNotice {
    /// How much it matters.
    pub severity: Severity,
    /// Its one sentence.
    pub headline: Phrase,
    /// Its JSON, as `scan` prints it.
    pub json: String,
    /// When the event happened.
    pub time: Option<Timestamp>,
}
