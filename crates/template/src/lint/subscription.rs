//! Subscriptions that SNS refuses, in its words.

use trailbell_sns::{FilterPolicy, Protocol, Scope};
use trailbell_text::Diagnostic;

use super::{Findings, Level};
use crate::model::Subscription;
use crate::problem::did_you_mean;
use crate::{Stacks, is_placeholder};

/// All protocols; `application` is a mobile device's, which trailbell renders nothing for.
const PROTOCOLS: [&str; 9] =
    ["application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"];

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    for subscription in &stacks.subscriptions {
        protocol(subscription, findings);
        filter_policy(subscription, findings);
    }
}

fn protocol(subscription: &Subscription, findings: &mut Findings) {
    let Subscription { origin, protocol, endpoint, .. } = subscription;
    let name = protocol.value.as_str();
    if is_placeholder(name) {
        return;
    }
    match Protocol::of_name(name) {
        None if !PROTOCOLS.contains(&name) => {
            let shown: String = name.chars().take(80).collect();
            findings.error(
                "subscription",
                origin,
                protocol.span,
                format!("Invalid parameter: Does not support this protocol string: {shown}"),
                did_you_mean(name, PROTOCOLS).unwrap_or_default(),
            );
        }
        Some(known) if !is_placeholder(&endpoint.value) => {
            if let Err(error) = known.check_endpoint(&endpoint.value) {
                let fix = format!("write an address that begins with {name}://, or its own protocol");
                findings.error("subscription", origin, endpoint.span, error.to_string(), fix);
            }
        }
        _ => {}
    }
}

fn filter_policy(subscription: &Subscription, findings: &mut Findings) {
    let Some(text) = subscription.filter_policy_text() else { return };
    // Where the scope is not known, what either takes is taken.
    let scope = match subscription.filter_policy_scope.as_str() {
        "MessageAttributes" => Scope::MessageAttributes,
        _ => Scope::MessageBody,
    };
    if is_placeholder(&text) {
        return;
    }
    if let Err(error) = FilterPolicy::parse(&text, scope) {
        // It is written as YAML or as a text in it: only its place as a whole is known.
        let diagnostic = Diagnostic {
            message: error.to_string(),
            span: subscription.filter_policy_span,
            hint: error.diagnostic().and_then(|found| found.hint.clone()),
        };
        findings.add("filter-policy", Level::Error, &subscription.origin, diagnostic);
    }
}

impl Subscription {
    /// `FilterPolicy` as JSON text; what was written as a text and is no JSON is as it was written.
    pub fn filter_policy_text(&self) -> Option<String> {
        self.filter_policy.as_ref().map(|policy| match policy.as_str() {
            Some(text) => text.to_owned(),
            None => policy.to_string(),
        })
    }
}
