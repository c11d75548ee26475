//! What CloudWatch gives to EventBridge and to a Lambda function.

use jiff::Timestamp;
use trailbell_text::stable_hash;

use super::json::{Object, array, text};
use super::{AlarmRef, Message, configuration};
use crate::time::{event_time, json_time};
use crate::{Scope, Status};

/// The ids in an event, which AWS makes up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// `id` of the event.
    pub event: String,
    /// `metrics[].id` of an alarm on a single metric: another one after each `PutMetricAlarm`.
    pub metric: String,
}

impl Ids {
    /// Ids that are the same whenever the same happens to the same alarm.
    #[must_use]
    pub fn derived<'a>(alarm: impl Into<AlarmRef<'a>>, scope: &Scope, at: Timestamp) -> Self {
        let alarm = alarm.into();
        let (arn, at) = (scope.alarm_arn(alarm.name()), json_time(at));
        let configured = alarm.configured_at().map(json_time).unwrap_or_default();
        Self { event: uuid(&["event", &arn, &at]), metric: uuid(&["metric", &arn, &configured]) }
    }
}

/// The shape of a UUID, out of what it stands for.
fn uuid(parts: &[&str]) -> String {
    let hex = format!("{:032x}", stable_hash(parts));
    let group = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", group(0, 8), group(8, 12), group(12, 16), group(16, 20), group(20, 32))
}

/// What was done to an alarm's configuration.
#[derive(Debug, Clone, Copy)]
pub enum Operation<'a> {
    /// It is new.
    Create,
    /// It was another: that one, with its ids.
    Update(AlarmRef<'a>, &'a Ids),
    /// It is gone.
    Delete,
}

impl Message<'_> {
    /// `CloudWatch Alarm State Change`, as EventBridge gets it.
    #[must_use]
    pub fn event(&self, ids: &Ids) -> String {
        let detail = self.change(ids);
        envelope("CloudWatch Alarm State Change", self.scope, &self.arn(), self.after.at, ids, &detail)
    }

    /// What a Lambda function that is an alarm's action is called with. The order of its members was not captured.
    #[must_use]
    pub fn lambda_payload(&self, ids: &Ids) -> String {
        Object::new()
            .text("source", "aws.cloudwatch")
            .text("alarmArn", &self.arn())
            .text("accountId", &self.scope.account)
            .text("time", &json_time(self.after.at))
            .text("region", &self.scope.region)
            .raw("alarmData", self.change(ids))
            .end()
    }

    fn change(&self, ids: &Ids) -> String {
        Object::new()
            .text("alarmName", self.alarm.name())
            .raw("state", state(self.after))
            .raw("previousState", state(self.before))
            .raw("configuration", configuration::of_state_change(self.alarm, &ids.metric))
            .end()
    }
}

/// `CloudWatch Alarm Configuration Change`, as EventBridge gets it, at the time of the change. `status` is the
/// state the alarm has meanwhile.
pub fn configuration_event<'a>(
    alarm: impl Into<AlarmRef<'a>>,
    scope: &Scope,
    operation: Operation<'_>,
    status: &Status,
    at: Timestamp,
    ids: &Ids,
) -> String {
    let alarm = alarm.into();
    let word = match operation {
        Operation::Create => "create",
        Operation::Update(..) => "update",
        Operation::Delete => "delete",
    };
    let reason = matches!(operation, Operation::Delete).then_some(status.reason.as_str());
    let state = Object::new()
        .text("value", status.state.as_str())
        .maybe_text("reason", reason)
        .text("timestamp", &json_time(status.at))
        .end();
    let previous = match operation {
        Operation::Update(previous, ids) => Some(configuration::whole(previous, &ids.metric)),
        Operation::Create | Operation::Delete => None,
    };
    let detail = Object::new()
        .text("alarmName", alarm.name())
        .text("operation", word)
        .raw("state", state)
        .raw("configuration", configuration::whole(alarm, &ids.metric))
        .maybe_raw("previousConfiguration", previous)
        .end();
    let arn = scope.alarm_arn(alarm.name());
    envelope("CloudWatch Alarm Configuration Change", scope, &arn, at, ids, &detail)
}

fn state(status: &Status) -> String {
    let object = match &status.suppressed {
        None => Object::new(),
        Some(suppression) => Object::new()
            .text("actionsSuppressedBy", suppression.by.as_str())
            .text("actionsSuppressedReason", &suppression.reason),
    };
    object
        .text("value", status.state.as_str())
        .text("reason", &status.reason)
        .maybe_text("reasonData", status.reason_data.as_deref())
        .text("timestamp", &json_time(status.at))
        .end()
}

/// `time` is the moment cut to seconds.
fn envelope(kind: &str, scope: &Scope, arn: &str, at: Timestamp, ids: &Ids, detail: &str) -> String {
    Object::new()
        .text("version", "0")
        .text("id", &ids.event)
        .text("detail-type", kind)
        .text("source", "aws.cloudwatch")
        .text("account", &scope.account)
        .text("time", &event_time(at))
        .text("region", &scope.region)
        .raw("resources", array([text(arn)]))
        .raw("detail", detail)
        .end()
}
