//! Whether it will hear and be heard, once the stack stands.

use jiff::Timestamp;
use trailbell_aws::{Aws, FunctionState, Stack, Subscription};

use super::super::doctor::check::{Check, in_time, theirs};
use super::super::doctor::trails::recording;

/// What `doctor` would ask, as far as it is about what lives in the account.
pub(super) async fn checks(aws: &Aws, region: &str, stack: &Stack, has_channels: bool) -> Vec<Check> {
    let output = |name: &str| stack.outputs.get(name).map(String::as_str);
    let mut checks = Vec::new();
    if let Some(name) = output("FunctionName") {
        checks.push(function(in_time(aws.function(region, name)).await));
    }
    if let Some(topic) = output("TopicArn") {
        checks.extend(subscriptions(in_time(aws.subscriptions(topic)).await, &stack.name, has_channels));
    }
    // What reads a bucket, or hears of Config, needs no trail here.
    let value = |name: &str| stack.parameters.get(name).map_or("", String::as_str);
    let through_trail =
        ["WatchWithLogs", "WatchWithAlarm", "WatchWithEventBridge"].iter().any(|way| value(way) == "yes");
    if through_trail {
        checks.extend(recording(in_time(aws.trails()).await, true, Timestamp::now()));
    }
    checks
}

fn function(state: Result<FunctionState, String>) -> Check {
    let about = "function";
    match state {
        Err(problem) => Check::warn(about, format!("how it is cannot be seen: {problem}")),
        Ok(state) if state.state == "Failed" || state.last_update_status == "Failed" => {
            let reason = if state.state_reason.is_empty() { "no reason given" } else { &state.state_reason };
            Check::fail(about, format!("Lambda cannot run it: {}", theirs(reason)))
        }
        Ok(state) => {
            let size = state.code_size / 1024;
            let words = match state.state.as_str() {
                "" | "Active" => "it is there and takes events",
                "Inactive" => "it is there, and Lambda wakes it with the next event",
                _ => "it is there, and Lambda is getting it ready",
            };
            Check::ok(about, format!("{words} ({size} KB)"))
        }
    }
}

fn subscriptions(listed: Result<Vec<Subscription>, String>, stack: &str, has_channels: bool) -> Vec<Check> {
    let about = "recipients";
    let listed = match listed {
        Ok(listed) => listed,
        Err(problem) => {
            return vec![Check::warn(about, format!("who is subscribed cannot be seen: {problem}"))];
        }
    };
    let named = if stack == super::DEFAULT_STACK {
        String::new()
    } else {
        format!(" --stack-name {}", theirs(stack))
    };
    if listed.is_empty() {
        return vec![if has_channels {
            Check::ok(about, "nobody is subscribed to the topic; the configuration's channels are told")
        } else {
            Check::warn(about, "nobody is subscribed, so nobody is told")
                .mend(format!("trailbell recipients add ADDRESS{named}"))
        }];
    }
    let pending = listed.iter().filter(|one| one.is_pending);
    let mut checks: Vec<Check> = pending
        .map(|one| {
            Check::warn(about, format!("{} has not confirmed, and is told nothing yet", theirs(&one.endpoint)))
                .mend("open the link in AWS's mail (look among the junk, too); it is good for two days, then `trailbell recipients add` sends another")
        })
        .collect();
    let confirmed = listed.len() - checks.len();
    if confirmed > 0 {
        let words = if confirmed == 1 { "1 is told".to_owned() } else { format!("{confirmed} are told") };
        checks.push(Check::ok(about, words));
    }
    checks
}
