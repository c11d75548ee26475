//! What a simulation came to, counted: per alarm, per filter, per subscriber, and trailbell's own part.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use trailbell_alarm::{Comparison, State};
use trailbell_notice::Behind;

use super::remark::Remark;
use super::timeline::Receiver;
use crate::summary::Summary;

/// Operations that are listed one by one for each alarm; the rest are counted.
pub(super) const MOST_HIDDEN: usize = 10_000;
/// Changes of state that are kept of each alarm; the rest are counted.
pub(super) const MOST_HISTORY: usize = 10_000;

/// What a simulation came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The first moment of the world, when its alarms were made, and the last.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Each alarm, in the order of the templates; composite alarms behind.
    pub alarms: Vec<AlarmReport>,
    /// Each metric filter.
    pub filters: Vec<FilterReport>,
    /// Each subscription filter.
    pub subscription_filters: Vec<SubscriptionFilterReport>,
    /// Each event rule that ran.
    pub rules: Vec<RuleReport>,
    /// Messages by topic (ARN) and subscriber, those to nobody known under `None`.
    pub receivers: BTreeMap<(String, Option<Receiver>), ReceiverReport>,
    /// Messages that did not come to be.
    pub lost: u64,
    /// Messages in all, and those among them that name neither who did something nor what.
    pub messages: u64,
    /// See `messages`.
    pub nameless: u64,
    /// Events that went through the world, each identity once.
    pub events: u64,
    /// What to know about all this.
    pub remarks: Vec<Remark>,
    /// trailbell's own part, and what was read.
    pub own: Summary,
}

/// What became of an alarm.
#[derive(Debug, Clone)]
pub struct AlarmReport {
    /// `AlarmName`.
    pub name: String,
    /// Whether it is a composite alarm.
    pub is_composite: bool,
    /// The state it ended in.
    pub state: State,
    /// The state's beginning.
    pub since: Timestamp,
    /// Changes of state.
    pub changes: u64,
    /// How often it went to ALARM.
    pub fired: u64,
    /// How long it was in ALARM.
    pub in_alarm: SignedDuration,
    /// When it changed, and to what; the first of them where there are very many.
    pub history: Vec<(Timestamp, State)>,
    /// Operations that fed its metrics, each matched by a metric filter.
    pub operations: u64,
    /// Those among them that set it off: a message was about them, though it did not name them.
    pub behind: u64,
    /// Those that came while it was in ALARM already, of which it told nobody.
    pub hidden: u64,
    /// Those after which it stayed as it was: too few, or too late.
    pub without_alarm: u64,
    /// The hidden ones; the first of them where there are very many.
    pub hidden_list: Vec<Hidden>,
    /// From an operation that set it off to the message.
    pub delay: Delays,
    /// Messages it sent to subscribers.
    pub messages: u64,
    /// Those that name neither who nor what.
    pub nameless: u64,
    /// What its plot shows; `None` where no plot is wanted, or it is a composite alarm.
    pub plot: Option<PlotData>,
}

/// An operation that AWS's alarm kept silent about.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// Who did what, when.
    pub operation: Behind,
    /// When its log event came.
    pub at: Timestamp,
    /// Since when the alarm had been in ALARM.
    pub since: Timestamp,
}

/// Durations, put together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delays {
    /// How many.
    pub count: u64,
    /// The shortest.
    pub least: SignedDuration,
    /// The longest.
    pub most: SignedDuration,
    sum: i64,
}

impl Delays {
    pub(super) fn add(&mut self, delay: SignedDuration) {
        if self.count == 0 {
            (self.least, self.most) = (delay, delay);
        }
        self.least = self.least.min(delay);
        self.most = self.most.max(delay);
        self.sum = self.sum.saturating_add(delay.as_secs());
        self.count += 1;
    }

    /// Their mean.
    #[must_use]
    pub fn mean(&self) -> SignedDuration {
        SignedDuration::from_secs(self.sum / i64::try_from(self.count.max(1)).unwrap_or(i64::MAX))
    }
}

/// What became of a metric filter.
#[derive(Debug, Clone)]
pub struct FilterReport {
    /// Its id.
    pub id: String,
    /// Its log group.
    pub log_group: String,
    /// `namespace/name` of its metric.
    pub metric: String,
    /// Log events it let through.
    pub matched: u64,
    /// Samples they gave.
    pub samples: u64,
    /// Samples of its default value.
    pub defaults: u64,
}

/// What became of a subscription filter.
#[derive(Debug, Clone)]
pub struct SubscriptionFilterReport {
    /// Its name; of `--filter-destination`, the pattern.
    pub name: String,
    /// The function or stream it sends to.
    pub destination: String,
    /// Log events it sent.
    pub matched: u64,
}

/// What became of an event rule.
#[derive(Debug, Clone)]
pub struct RuleReport {
    /// Its id.
    pub id: String,
    /// Events it met.
    pub matched: u64,
}

/// What a subscriber got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceiverReport {
    /// Messages.
    pub messages: u64,
    /// Those among them that name neither who nor what.
    pub nameless: u64,
    /// Messages its filter policy did not let through.
    pub filtered: u64,
}

/// The numbers behind a plot.
#[derive(Debug, Clone)]
pub struct PlotData {
    /// What is measured: `namespace/name` and the statistic, or an expression.
    pub measured: String,
    /// `Threshold`.
    pub threshold: f64,
    /// `ComparisonOperator`.
    pub comparison: Comparison,
    /// The newest datapoint at each evaluation that saw one: when, how long it stands for (seconds), and the value that is
    /// nearest to breaching in that time.
    pub points: Vec<(Timestamp, f64)>,
    /// Seconds a point stands for.
    pub width: i64,
    /// When messages were sent.
    pub messages: Vec<Timestamp>,
}
