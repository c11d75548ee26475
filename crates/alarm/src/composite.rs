//! Composite alarms: their rule, what it says of the children's states, and when their actions run.

mod family;
mod hold;
mod parse;
mod rule;
mod running;
mod token;

pub use family::{Composites, Told};
pub use rule::{Expression, Rule, RuleError, Threshold};
pub use running::{Composite, CompositeState, Observed, Outcome};

use jiff::Timestamp;

use crate::Actions;

/// `AWS::CloudWatch::CompositeAlarm`, `PutCompositeAlarm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompositeAlarm {
    /// `AlarmName`.
    pub name: String,
    /// `AlarmDescription`.
    pub description: Option<String>,
    /// `AlarmRule`.
    pub rule: Rule,
    /// `ActionsSuppressor` and its two periods.
    pub suppressor: Option<Suppressor>,
    /// Who is told what.
    pub actions: Actions,
    /// `AlarmConfigurationUpdatedTimestamp`.
    pub configured_at: Option<Timestamp>,
}

/// The alarm that keeps a composite alarm's actions from running while it is in ALARM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressor {
    /// `ActionsSuppressor`, as given: a name or an ARN.
    pub alarm: String,
    /// `ActionsSuppressorWaitPeriod` in seconds: how long a transition's actions wait for it to go into ALARM.
    pub wait: u32,
    /// `ActionsSuppressorExtensionPeriod` in seconds: how long they are still held after it left ALARM.
    pub extension: u32,
}
