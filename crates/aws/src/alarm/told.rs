//! The three forms in which AWS tells of an alarm's change of state: the event of EventBridge, the message that an action sends to a
//! topic, and the call of a function that is an action itself. Shapes from AWS's user guide and recorded messages; a field
//! that is missing is not an error, for older messages lack some.

use jiff::Timestamp;
use serde_json::Value;

use super::window::{spoken_of, triggering};
use super::{Alarm, Metric};
use crate::region::of_arn;

impl Alarm {
    /// Reads word of an alarm; `None` where it is something else.
    pub fn of_value(value: &Value) -> Option<Self> {
        if value["source"] == "aws.cloudwatch" {
            if value["detail-type"] == "CloudWatch Alarm State Change" {
                let arn = value["resources"].as_array().and_then(|all| all.first());
                return Self::of_state(
                    &value["detail"],
                    arn.unwrap_or(&Value::Null),
                    &value["account"],
                    &value["region"],
                );
            }
            if value["alarmData"].is_object() {
                return Self::of_state(
                    &value["alarmData"],
                    &value["alarmArn"],
                    &value["accountId"],
                    &value["region"],
                );
            }
        }
        if value["AlarmName"].is_string() && value["NewStateValue"].is_string() {
            return Some(Self::of_message(value));
        }
        None
    }

    fn of_state(detail: &Value, arn: &Value, account: &Value, region: &Value) -> Option<Self> {
        let (state, configuration) = (&detail["state"], &detail["configuration"]);
        let data = state["reasonData"].as_str().unwrap_or_default();
        let reason = text(&state["reason"]);
        let metrics: Vec<Metric> =
            configuration["metrics"].as_array().into_iter().flatten().filter_map(of_event).collect();
        Some(Self {
            name: detail["alarmName"].as_str()?.to_owned(),
            arn: text(arn),
            account: text(account),
            region: text(region),
            description: text(&configuration["description"]),
            state: text(&state["value"]),
            before: text(&detail["previousState"]["value"]),
            at: time(&state["timestamp"]),
            window: spoken_of(data, &reason, &metrics),
            children: triggering(data),
            reason,
            metrics,
        })
    }

    fn of_message(message: &Value) -> Self {
        let trigger = &message["Trigger"];
        let several = trigger["Metrics"].as_array().into_iter().flatten();
        let mut metrics: Vec<Metric> = several.filter_map(|one| of_trigger(&one["MetricStat"])).collect();
        if metrics.is_empty()
            && let (Some(namespace), Some(name)) =
                (trigger["Namespace"].as_str(), trigger["MetricName"].as_str())
        {
            metrics.push(Metric {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                period: seconds(&trigger["Period"]),
            });
        }
        let reason = text(&message["NewStateReason"]);
        let arn = text(&message["AlarmArn"]);
        let children = message["TriggeringChildren"].as_array().into_iter().flatten();
        Self {
            name: text(&message["AlarmName"]),
            account: text(&message["AWSAccountId"]),
            // `Region` is its title ("US East (N. Virginia)").
            region: of_arn(&arn).unwrap_or_default().to_owned(),
            description: text(&message["AlarmDescription"]),
            state: text(&message["NewStateValue"]),
            before: text(&message["OldStateValue"]),
            at: time(&message["StateChangeTime"]),
            window: spoken_of("", &reason, &metrics),
            children: children.filter_map(|child| child["Arn"].as_str()).map(str::to_owned).collect(),
            arn,
            reason,
            metrics,
        }
    }
}

fn of_event(one: &Value) -> Option<Metric> {
    let stat = &one["metricStat"];
    Some(Metric {
        namespace: stat["metric"]["namespace"].as_str()?.to_owned(),
        name: stat["metric"]["name"].as_str()?.to_owned(),
        period: seconds(&stat["period"]),
    })
}

fn of_trigger(stat: &Value) -> Option<Metric> {
    Some(Metric {
        namespace: stat["Metric"]["Namespace"].as_str()?.to_owned(),
        name: stat["Metric"]["MetricName"].as_str()?.to_owned(),
        period: seconds(&stat["Period"]),
    })
}

/// A period; that of a standard metric where it does not say.
fn seconds(value: &Value) -> u32 {
    value
        .as_u64()
        .and_then(|seconds| u32::try_from(seconds).ok())
        .filter(|seconds| *seconds > 0)
        .unwrap_or(60)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(super::window::moment)
}
