//! Functions that nobody calls or that their caller may not call, and events that are lost when a call fails.

use std::collections::BTreeSet;

use serde_json::Value;
use trailbell_text::Span;

use super::topic::mentions;
use super::{Findings, is_left_out};
use crate::model::{LambdaFunction, Origin};
use crate::{Stacks, is_placeholder};

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    for function in &stacks.functions {
        let calls = calls_of(stacks, function);
        let mut told = BTreeSet::new();
        for call in &calls {
            if !may_call(stacks, function, call.service) && told.insert(call.service) {
                findings.warn(
                    "missing-permission",
                    call.origin,
                    call.span,
                    format!("nothing permits {} to call {}: {}", call.who, function.origin.logical_id, call.then),
                    format!(
                        "add an AWS::Lambda::Permission with Action lambda:InvokeFunction, Principal {} and a SourceArn",
                        call.service
                    ),
                );
            }
        }
        if calls.is_empty() && !function.forwards_to.is_empty() && !is_used_elsewhere(stacks, function) {
            findings.warn(
                "missing-permission",
                &function.origin,
                function.origin.span,
                "this function forwards to a topic, and nothing here calls it or permits CloudWatch Logs to: \
                 its subscription filter must be made by hand in the console",
                "add an AWS::Logs::SubscriptionFilter with it as DestinationArn, and an AWS::Lambda::Permission for \
                 logs.amazonaws.com",
            );
        }
        let is_called_later = !calls.is_empty() || !function.forwards_to.is_empty();
        if is_called_later && !keeps_what_failed(stacks, function) {
            findings.warn(
                "no-dead-letter",
                &function.origin,
                function.origin.span,
                "an event that this function fails on is tried twice more, within minutes, and then dropped",
                "add DeadLetterConfig, or an AWS::Lambda::EventInvokeConfig with DestinationConfig.OnFailure",
            );
        }
    }
}

/// Something that calls a function without waiting for it.
struct Call<'s> {
    who: &'static str,
    service: &'static str,
    /// What happens when it may not.
    then: &'static str,
    origin: &'s Origin,
    span: Span,
}

fn calls_of<'s>(stacks: &'s Stacks, function: &LambdaFunction) -> Vec<Call<'s>> {
    let mut calls = Vec::new();
    for filter in
        stacks.subscription_filters.iter().filter(|filter| is_of(function, &filter.destination_arn.value))
    {
        calls.push(Call {
            who: "CloudWatch Logs",
            service: "logs.amazonaws.com",
            then: "AWS refuses the subscription filter",
            origin: &filter.origin,
            span: filter.destination_arn.span,
        });
    }
    for rule in &stacks.event_rules {
        for target in rule.targets.iter().filter(|target| is_of(function, &target.arn.value)) {
            calls.push(Call {
                who: "EventBridge",
                service: "events.amazonaws.com",
                then: "the rule matches, and the function is not called",
                origin: &rule.origin,
                span: target.arn.span,
            });
        }
    }
    for subscription in &stacks.subscriptions {
        if subscription.protocol.value == "lambda" && is_of(function, &subscription.endpoint.value) {
            calls.push(Call {
                who: "SNS",
                service: "sns.amazonaws.com",
                then: "what is published to the topic does not reach it",
                origin: &subscription.origin,
                span: subscription.endpoint.span,
            });
        }
    }
    for alarm in stacks.alarms.iter().chain(&stacks.composite_alarms) {
        let actions = alarm.properties.json().get("AlarmActions").and_then(Value::as_array);
        if actions.into_iter().flatten().filter_map(Value::as_str).any(|action| is_of(function, action)) {
            calls.push(Call {
                who: "CloudWatch",
                service: "lambda.alarms.cloudwatch.amazonaws.com",
                then: "the alarm goes off, and the function is not called",
                origin: &alarm.origin,
                span: alarm.properties.span_of(&["AlarmActions"]),
            });
        }
    }
    calls
}

/// Whether a name or an ARN, perhaps with a version or alias behind it, is this function's.
fn is_of(function: &LambdaFunction, named: &str) -> bool {
    let is =
        |whole: &str| named.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    is(&function.arn) || is(&function.name) || named.ends_with(&format!(":function:{}", function.name))
}

fn may_call(stacks: &Stacks, function: &LambdaFunction, service: &str) -> bool {
    if is_left_out(stacks, &function.origin, "AWS::Lambda::Permission") {
        return true;
    }
    // CloudWatch Logs has a principal for each region, too: logs.eu-west-1.amazonaws.com.
    let regional =
        service.split('.').next().filter(|first| *first == "logs").map(|first| format!("{first}."));
    stacks.permissions.iter().any(|permission| {
        let principal = permission.principal.as_str();
        (is_of(function, &permission.function) || is_placeholder(&permission.function))
            && (principal == service
                || principal == "*"
                || is_placeholder(principal)
                || regional.as_deref().is_some_and(|prefix| principal.starts_with(prefix)))
    })
}

/// Whether a permission or any other resource speaks of the function.
fn is_used_elsewhere(stacks: &Stacks, function: &LambdaFunction) -> bool {
    if is_left_out(stacks, &function.origin, "AWS::Lambda::Permission") {
        return true;
    }
    stacks
        .permissions
        .iter()
        .any(|permission| is_of(function, &permission.function) || is_placeholder(&permission.function))
        || stacks.resources.iter().filter(|resource| resource.origin != function.origin).any(|resource| {
            let json = resource.properties.json();
            let about_its_logs = matches!(
                resource.origin.type_name.as_str(),
                "AWS::Logs::LogGroup" | "AWS::IAM::Role" | "AWS::IAM::Policy"
            ) || resource.origin.type_name.starts_with("AWS::CloudWatch::");
            !about_its_logs && (mentions(json, &function.arn) || is_in_full(json, &function.name))
        })
}

/// Whether a text is a value by itself.
fn is_in_full(value: &Value, text: &str) -> bool {
    match value {
        Value::String(one) => one == text,
        Value::Array(items) => items.iter().any(|item| is_in_full(item, text)),
        Value::Object(members) => members.values().any(|member| is_in_full(member, text)),
        _ => false,
    }
}

fn keeps_what_failed(stacks: &Stacks, function: &LambdaFunction) -> bool {
    if is_left_out(stacks, &function.origin, "AWS::Lambda::EventInvokeConfig") {
        return true;
    }
    stacks.resources.iter().any(|resource| {
        let json = resource.properties.json();
        if resource.origin == function.origin {
            return json.get("DeadLetterConfig").is_some();
        }
        resource.origin.type_name == "AWS::Lambda::EventInvokeConfig"
            && json
                .get("FunctionName")
                .and_then(Value::as_str)
                .is_some_and(|name| is_of(function, name) || is_placeholder(name))
            && json.pointer("/DestinationConfig/OnFailure").is_some()
    })
}
