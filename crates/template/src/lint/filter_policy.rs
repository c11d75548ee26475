//! Subscriptions whose filter policy lets no alarm through: what alarms publish has no message attributes.

use serde_json::Value;

use super::Findings;
use super::topic::mentions;
use crate::{Stacks, Topic};

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    for topic in &stacks.topics {
        let Some(alarm) = stacks.alarms.iter().chain(&stacks.composite_alarms).find(|alarm| {
            alarm.properties.json().get("AlarmActions").is_some_and(|all| mentions(all, &topic.arn))
        }) else {
            continue;
        };
        subscriptions(stacks, topic, &alarm.origin.logical_id, findings);
    }
}

fn subscriptions(stacks: &Stacks, topic: &Topic, alarm: &str, findings: &mut Findings) {
    for subscription in stacks.subscriptions.iter().filter(|one| one.topic_arn == topic.arn) {
        let Some(Value::Object(policy)) = &subscription.filter_policy else { continue };
        let asks_for_absence = policy.values().any(|tests| tests.to_string().contains(r#""exists":false"#));
        if policy.is_empty() || asks_for_absence || subscription.filter_policy_scope != "MessageAttributes" {
            continue;
        }
        findings.warn(
            "filter-policy-scope",
            &subscription.origin,
            subscription.filter_policy_span,
            format!("this filter policy asks for message attributes, and alarms publish none: {alarm} never gets through"),
            r#"write FilterPolicyScope: MessageBody, and a policy on the body, such as {"NewStateValue": ["ALARM"]}"#,
        );
    }
}
