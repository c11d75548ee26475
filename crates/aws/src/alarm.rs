//! What set a CloudWatch alarm off: the alarm's own word of it, the metric filters that feed its metric, and the log events that
//! these let through in the time the alarm speaks of. AWS's mail says none of it.
//!
//! An alarm is heard of in three forms (EventBridge's state change, the message to a topic, a call of a function), or asked for
//! by its name. Everything in it is hostile: whoever may make alarms chooses the names.

mod asked;
mod behind;
mod explained;
#[cfg(test)]
mod tests;
mod told;
mod window;

use jiff::Timestamp;

pub use self::behind::{Behind, LogEvent, MetricFilter};

/// An alarm that changed its state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its ARN; empty where it was not said.
    pub arn: String,
    /// The account's 12 digits; empty where they were not said.
    pub account: String,
    /// The region it is in; empty where it was not said.
    pub region: String,
    /// What its owner wrote about it.
    pub description: String,
    /// The state it went into: `ALARM`, `OK` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// The state it came from.
    pub before: String,
    /// AWS's own reason, with its numbers.
    pub reason: String,
    /// When.
    pub at: Option<Timestamp>,
    /// What it looks at. Empty for a composite alarm.
    pub metrics: Vec<Metric>,
    /// Between which times lie the datapoints that decided; `None` where nothing says so.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The ARNs of the alarms that set a composite one off.
    pub children: Vec<String>,
}

/// A metric an alarm looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Seconds in one datapoint.
    pub period: u32,
}

impl Alarm {
    /// Whether it went off.
    pub fn went_off(&self) -> bool {
        self.state == "ALARM"
    }

    /// What makes it the same change, however it was told of.
    pub fn identity(&self) -> [String; 3] {
        let place = if self.arn.is_empty() { &self.name } else { &self.arn };
        let at = self.at.map(|at| at.as_millisecond().to_string()).unwrap_or_default();
        ["alarm".to_owned(), place.clone(), at]
    }
}
