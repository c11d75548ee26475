//! Topics nobody hears, subscriptions to nothing, and topics that keep out who is to publish.

use serde_json::Value;

use super::{Findings, is_left_out};
use crate::collect::NESTED;
use crate::model::{Resource, Topic};
use crate::{Stacks, is_placeholder};

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    for topic in &stacks.topics {
        subscriber(stacks, topic, findings);
        publishers(stacks, topic, findings);
    }
    for subscription in &stacks.subscriptions {
        let arn = &subscription.topic_arn;
        if is_placeholder(arn) || stacks.topics.iter().any(|topic| topic.arn == *arn) {
            continue;
        }
        let span = stacks
            .resources
            .iter()
            .find(|resource| resource.origin == subscription.origin)
            .map_or(subscription.origin.span, |resource| resource.properties.span_of(&["TopicArn"]));
        findings.note(
            "unknown-topic",
            &subscription.origin,
            span,
            format!(
                "the topic {arn} is not among these templates: if it does not exist already, the stack fails"
            ),
            "write !Ref and the topic's logical id, or hand in the template it is in",
        );
    }
}

/// Types that use a topic's ARN and subscribe nobody to it.
const NO_SUBSCRIBERS: [&str; 15] = [
    "AWS::ApplicationAutoScaling::",
    "AWS::AutoScaling::",
    "AWS::Budgets::",
    "AWS::CloudTrail::",
    "AWS::CloudWatch::",
    "AWS::Config::",
    "AWS::Events::",
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::Lambda::",
    "AWS::Logs::",
    "AWS::S3::",
    "AWS::SNS::",
    "AWS::SQS::",
    "AWS::SSM::",
];

fn subscriber(stacks: &Stacks, topic: &Topic, findings: &mut Findings) {
    // A nested stack that was read shows its subscriptions; one that was not, and a custom resource, may subscribe somebody.
    let may_subscribe = |resource: &Resource| {
        let type_name = &resource.origin.type_name;
        let child = format!("{}/{}", resource.origin.template, resource.origin.logical_id);
        !NO_SUBSCRIBERS.iter().any(|prefix| type_name.starts_with(prefix))
            && !stacks.stacks.iter().any(|stack| stack.template == child)
            && mentions(resource.properties.json(), &topic.arn)
    };
    let is_heard = stacks.subscriptions.iter().any(|subscription| subscription.topic_arn == topic.arn);
    let may_be_heard =
        ["AWS::SNS::Subscription", NESTED].iter().any(|kind| is_left_out(stacks, &topic.origin, kind));
    if is_heard || may_be_heard || stacks.resources.iter().any(may_subscribe) {
        return;
    }
    findings.warn(
        "no-subscriber",
        &topic.origin,
        topic.origin.span,
        "nobody subscribes to this topic: what is published to it reaches no one",
        "add an AWS::SNS::Subscription, or hand in the template that has it; e-mail must be confirmed, too",
    );
}

/// Whether a text is anywhere in a value.
pub(super) fn mentions(value: &Value, text: &str) -> bool {
    match value {
        Value::String(one) => !text.is_empty() && one.contains(text),
        Value::Array(items) => items.iter().any(|item| mentions(item, text)),
        Value::Object(members) => members.values().any(|member| mentions(member, text)),
        _ => false,
    }
}

/// Event rules always need the topic's policy to name them. Alarms do not, unless a policy takes the default one's place.
fn publishers(stacks: &Stacks, topic: &Topic, findings: &mut Findings) {
    let policies: Vec<&Value> = stacks
        .topic_policies
        .iter()
        .filter(|policy| policy.topics.contains(&topic.arn))
        .map(|policy| &policy.document)
        .collect();
    let allows = |service: &str| policies.iter().any(|document| lets_in(document, service));
    if policies.is_empty()
        && stacks.topic_policies.iter().flat_map(|policy| &policy.topics).any(|arn| is_placeholder(arn))
    {
        return;
    }
    let mut rules = stacks.event_rules.iter();
    if let Some((rule, target)) =
        rules.find_map(|rule| Some((rule, rule.targets.iter().find(|target| target.arn.value == topic.arn)?)))
        && !allows("events.amazonaws.com")
    {
        findings.warn(
            "topic-policy",
            &rule.origin,
            target.arn.span,
            format!(
                "no topic policy lets EventBridge publish to {}: the rule matches, and nothing arrives",
                topic.origin.logical_id
            ),
            "add an AWS::SNS::TopicPolicy that allows events.amazonaws.com sns:Publish on it",
        );
    }
    let uses_it = |alarm: &&crate::Alarm| {
        alarm.properties.json().get("AlarmActions").is_some_and(|actions| mentions(actions, &topic.arn))
    };
    if let Some(alarm) = stacks.alarms.iter().chain(&stacks.composite_alarms).find(uses_it)
        && !policies.is_empty()
        && !allows("cloudwatch.amazonaws.com")
    {
        findings.warn(
            "topic-policy",
            &alarm.origin,
            alarm.properties.span_of(&["AlarmActions"]),
            format!(
                "the policy of {} takes the default one's place and does not let CloudWatch publish",
                topic.origin.logical_id
            ),
            "let the policy allow cloudwatch.amazonaws.com sns:Publish, too",
        );
    }
}

/// Whether some statement lets a service in; what it may do, and under which conditions, is not looked at.
fn lets_in(document: &Value, service: &str) -> bool {
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    statements
        .iter()
        .filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some("Allow"))
        .any(|statement| {
            match statement.get("Principal") {
                Some(Value::String(anybody)) => anybody == "*",
                Some(principal) => {
                    principal.get("Service").is_some_and(|services| mentions(services, service))
                    // Principals of accounts come with conditions that say who is meant; which, is not worked out here.
                    || principal.get("AWS").is_some_and(|_| service == "cloudwatch.amazonaws.com")
                }
                None => statement.get("NotPrincipal").is_some(),
            }
        })
}
