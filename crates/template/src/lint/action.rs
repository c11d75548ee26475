//! Alarms that tell nobody.

use serde_json::Value;

use super::Findings;
use crate::Stacks;
use crate::model::Alarm;

const ACTIONS: [&str; 3] = ["AlarmActions", "OKActions", "InsufficientDataActions"];

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    // A rule on alarm states hears of every alarm.
    let is_heard_otherwise = stacks
        .event_rules
        .iter()
        .any(|rule| rule.pattern.as_deref().is_some_and(|pattern| pattern.contains("CloudWatch Alarm")));
    let is_child = |alarm: &Alarm| {
        stacks.composite_alarms.iter().any(|composite| {
            composite
                .properties
                .text(&["AlarmRule"])
                .is_some_and(|rule| rule.value.contains(&alarm.name) || rule.value.contains(&alarm.arn))
        })
    };
    for alarm in stacks.alarms.iter().chain(&stacks.composite_alarms) {
        let json = alarm.properties.json();
        let enabled = json.get("ActionsEnabled");
        if enabled == Some(&Value::Bool(false)) || enabled.and_then(Value::as_str) == Some("false") {
            findings.warn(
                "actions-disabled",
                &alarm.origin,
                alarm.properties.span_of(&["ActionsEnabled"]),
                "ActionsEnabled is false: the alarm changes its state and tells nobody",
                "take it out, or write true",
            );
            continue;
        }
        let has = |action: &&&str| {
            json.get(**action).is_some_and(|list| list.as_array().is_none_or(|list| !list.is_empty()))
        };
        let given: Vec<&&str> = ACTIONS.iter().filter(has).collect();
        if given.iter().any(|action| **action == "AlarmActions") || is_heard_otherwise || is_child(alarm) {
            continue;
        }
        let message = match given.as_slice() {
            [] => "this alarm has no action: it goes off and nobody is told".to_owned(),
            others => {
                let others: Vec<&str> = others.iter().map(|action| **action).collect();
                format!("this alarm has only {}: it goes off and nobody is told", others.join(" and "))
            }
        };
        findings.warn(
            "no-alarm-action",
            &alarm.origin,
            alarm.origin.span,
            message,
            "write AlarmActions with a topic somebody subscribes to",
        );
    }
}
