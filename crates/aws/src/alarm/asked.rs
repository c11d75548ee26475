//! An alarm that is asked for by its name: how it stands, and when it went off before.

use jiff::Timestamp;
use serde_json::Value;

use super::window::{moment, spoken_of, triggering};
use super::{Alarm, Metric};
use crate::call::Call;
use crate::client::Aws;
use crate::error::Error;
use crate::region::of_arn;
use crate::service::Service;
use crate::xml::Element;

/// Pages of a history that are read: CloudWatch keeps thirty days of it.
const MOST_PAGES: usize = 50;

impl Aws {
    /// The alarm of that name as it stands; `None` where there is none.
    ///
    /// # Errors
    /// What CloudWatch says.
    pub async fn alarm(&self, region: &str, name: &str) -> Result<Option<Alarm>, Error> {
        let parameters = [
            ("AlarmNames.member.1", name),
            ("AlarmTypes.member.1", "MetricAlarm"),
            ("AlarmTypes.member.2", "CompositeAlarm"),
        ];
        let call = Call::query(Service::CloudWatch, region, "DescribeAlarms", &parameters);
        let reply = call.read_xml(&self.send(&call).await?)?;
        let of_list = |list: &str| reply.list(list).first().map(|member| standing(member, region));
        Ok(of_list("MetricAlarms").or_else(|| of_list("CompositeAlarms")))
    }

    /// When the alarm went off since then, the newest first, each as [`Aws::behind`] wants it.
    ///
    /// # Errors
    /// What CloudWatch says.
    pub async fn went_off(&self, alarm: &Alarm, since: Timestamp) -> Result<Vec<Alarm>, Error> {
        let start = since.to_string();
        let mut found = Vec::new();
        let mut token = String::new();
        for _ in 0..MOST_PAGES {
            let mut parameters = vec![
                ("AlarmName", alarm.name.as_str()),
                ("AlarmTypes.member.1", "MetricAlarm"),
                ("AlarmTypes.member.2", "CompositeAlarm"),
                ("HistoryItemType", "StateUpdate"),
                ("StartDate", &start),
                ("ScanBy", "TimestampDescending"),
            ];
            if !token.is_empty() {
                parameters.push(("NextToken", &token));
            }
            let call = Call::query(Service::CloudWatch, &alarm.region, "DescribeAlarmHistory", &parameters);
            let reply = call.read_xml(&self.send(&call).await?)?;
            let items = reply.list("AlarmHistoryItems").iter();
            found.extend(items.filter_map(|item| changed(item, alarm)).filter(Alarm::went_off));
            let next = reply.text_of("NextToken").unwrap_or_default().to_owned();
            token = next;
            if token.is_empty() {
                break;
            }
        }
        Ok(found)
    }
}

fn standing(member: &Element, region: &str) -> Alarm {
    let arn = member.child_text("AlarmArn");
    let mut metrics: Vec<Metric> = member
        .child("Metrics")
        .map(|metrics| metrics.children.as_slice())
        .unwrap_or_default()
        .iter()
        .filter_map(|one| one.child("MetricStat"))
        .filter_map(|stat| {
            let metric = stat.child("Metric")?;
            Some(Metric {
                namespace: metric.child_text("Namespace"),
                name: metric.child_text("MetricName"),
                period: seconds(&stat.child_text("Period")),
            })
        })
        .collect();
    let name = member.child_text("MetricName");
    if metrics.is_empty() && !name.is_empty() {
        let namespace = member.child_text("Namespace");
        metrics.push(Metric { namespace, name, period: seconds(&member.child_text("Period")) });
    }
    let (reason, data) = (member.child_text("StateReason"), member.child_text("StateReasonData"));
    Alarm {
        name: member.child_text("AlarmName"),
        account: arn.split(':').nth(4).unwrap_or_default().to_owned(),
        region: of_arn(&arn).unwrap_or(region).to_owned(),
        description: member.child_text("AlarmDescription"),
        state: member.child_text("StateValue"),
        before: String::new(),
        // When it last went from one state to another, not when its reason was last written.
        at: moment(&member.child_text("StateTransitionedTimestamp"))
            .or_else(|| moment(&member.child_text("StateUpdatedTimestamp"))),
        window: spoken_of(&data, &reason, &metrics),
        children: triggering(&data),
        arn,
        reason,
        metrics,
    }
}

/// One change of state from the history.
fn changed(item: &Element, alarm: &Alarm) -> Option<Alarm> {
    let data: Value = serde_json::from_str(&item.child_text("HistoryData")).ok()?;
    let (new, old) = (&data["newState"], &data["oldState"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // The history has it as an object, or as the text it is elsewhere.
    let reason_data = match &new["stateReasonData"] {
        Value::String(data) => data.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let reason = text(&new["stateReason"]);
    Some(Alarm {
        state: text(&new["stateValue"]),
        before: text(&old["stateValue"]),
        at: moment(&item.child_text("Timestamp")),
        window: spoken_of(&reason_data, &reason, &alarm.metrics),
        children: triggering(&reason_data),
        reason,
        ..alarm.clone()
    })
}

fn seconds(text: &str) -> u32 {
    text.parse().ok().filter(|seconds| *seconds > 0).unwrap_or(60)
}
