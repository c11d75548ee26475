//! What AWS says when an alarm changes its state: to SNS, by mail and SMS, to EventBridge, to a Lambda function.
//! Texts and the order of members are as captured; see each module for what was not seen.

mod configuration;
mod email;
mod event;
mod json;
mod sns;

pub use email::email_footer;
pub use event::{Ids, Operation, configuration_event};

use jiff::Timestamp;

use crate::time::json_time;
use crate::{Actions, CompositeAlarm, MetricAlarm, Scope, State, Status};

/// An alarm of either kind.
#[derive(Debug, Clone, Copy)]
pub enum AlarmRef<'a> {
    /// A metric alarm.
    Metric(&'a MetricAlarm),
    /// A composite alarm.
    Composite(&'a CompositeAlarm),
}

impl<'a> From<&'a MetricAlarm> for AlarmRef<'a> {
    fn from(alarm: &'a MetricAlarm) -> Self {
        Self::Metric(alarm)
    }
}

impl<'a> From<&'a CompositeAlarm> for AlarmRef<'a> {
    fn from(alarm: &'a CompositeAlarm) -> Self {
        Self::Composite(alarm)
    }
}

impl<'a> AlarmRef<'a> {
    pub(crate) fn name(self) -> &'a str {
        match self {
            Self::Metric(alarm) => &alarm.name,
            Self::Composite(alarm) => &alarm.name,
        }
    }

    pub(crate) fn description(self) -> Option<&'a str> {
        match self {
            Self::Metric(alarm) => alarm.description.as_deref(),
            Self::Composite(alarm) => alarm.description.as_deref(),
        }
    }

    pub(crate) const fn actions(self) -> &'a Actions {
        match self {
            Self::Metric(alarm) => &alarm.actions,
            Self::Composite(alarm) => &alarm.actions,
        }
    }

    pub(crate) const fn configured_at(self) -> Option<Timestamp> {
        match self {
            Self::Metric(alarm) => alarm.configured_at,
            Self::Composite(alarm) => alarm.configured_at,
        }
    }
}

/// An alarm that went from one status to another, and all there is to say about it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    alarm: AlarmRef<'a>,
    scope: &'a Scope,
    before: &'a Status,
    after: &'a Status,
}

impl<'a> Message<'a> {
    /// `before` and `after` of a [`Transition`](crate::Transition) are the [`Status`] kept of the one before it and
    /// `Status::from(&transition)`; an [`Outcome`](crate::Outcome) has both.
    pub fn new(
        alarm: impl Into<AlarmRef<'a>>,
        scope: &'a Scope,
        before: &'a Status,
        after: &'a Status,
    ) -> Self {
        Self { alarm: alarm.into(), scope, before, after }
    }

    fn arn(&self) -> String {
        self.scope.alarm_arn(self.alarm.name())
    }
}

/// A child that moved a composite alarm.
struct Triggering {
    arn: String,
    state: String,
    /// As the reason data has it.
    at: String,
}

/// The children in a composite alarm's reason data; none where it is no such data.
fn triggering(reason_data: Option<&str>) -> Vec<Triggering> {
    let Some(Ok(data)) = reason_data.map(serde_json::from_str::<serde_json::Value>) else {
        return Vec::new();
    };
    let text =
        |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_str).map(str::to_owned);
    let children = data.get("triggeringAlarms").and_then(serde_json::Value::as_array);
    children
        .into_iter()
        .flatten()
        .filter_map(|child| {
            let state = child.get("state")?;
            Some(Triggering {
                arn: text(child.get("arn"))?,
                state: text(state.get("value"))?,
                at: text(state.get("timestamp"))?,
            })
        })
        .collect()
}

/// `{"triggeringAlarms":[...]}`: a composite alarm's reason data.
pub(crate) fn triggering_alarms<'a>(
    children: impl IntoIterator<Item = (&'a str, State, Timestamp)>,
) -> String {
    let children = children.into_iter().map(|(arn, state, at)| {
        let state = json::Object::new().text("value", state.as_str()).text("timestamp", &json_time(at)).end();
        json::Object::new().text("arn", arn).raw("state", state).end()
    });
    json::Object::new().raw("triggeringAlarms", json::array(children)).end()
}
